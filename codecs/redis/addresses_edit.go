package redis

import (
	"bytes"
	"cmp"
	"slices"
	"strconv"

	"github.com/sluice-proxy/sluice/codecs"
)

// A readdressing collects what is to be replaced in a reply, or in a text within it.
type readdressing struct {
	servers codecs.Directory
	edits   []edit
}

// An edit replaces the bytes from start to end.
type edit struct {
	start, end int
	by         []byte
}

// appendTo appends b with the edits carried out to dst; nothing if there is none.
func (r *readdressing) appendTo(dst, b []byte) []byte {
	if len(r.edits) == 0 {
		return dst
	}
	slices.SortFunc(r.edits, func(a, b edit) int { return cmp.Compare(a.start, b.start) })
	at := 0
	for _, e := range r.edits {
		dst = append(append(dst, b[at:e.start]...), e.by...)
		at = e.end
	}
	return append(dst, b[at:]...)
}

// put replaces the text of v. A null becomes a string.
func (r *readdressing) put(v *value, text string) {
	if string(v.text) == text {
		return
	}
	var by []byte
	switch v.kind {
	case textPart:
		by = append(by, text...)
	case '$', '_':
		by = appendString(by, '$', text)
	case '=', '!':
		by = appendString(by, v.kind, text)
	default:
		by = append(append(append(by, v.kind), text...), "\r\n"...)
	}
	r.edits = append(r.edits, edit{v.start, v.end, by})
}

func appendString(dst []byte, kind byte, text string) []byte {
	dst = append(strconv.AppendInt(append(dst, kind), int64(len(text)), 10), "\r\n"...)
	return append(append(dst, text...), "\r\n"...)
}

// within edits the text of v, in which find finds addresses.
func (r *readdressing) within(v *value, find func(r *readdressing, text []byte)) {
	inner := readdressing{servers: r.servers}
	find(&inner, v.text)
	if len(inner.edits) > 0 {
		r.put(v, string(inner.appendTo(nil, v.text)))
	}
}

// texts edits the strings in v, each by itself.
func (r *readdressing) texts(v *value, find func(r *readdressing, text []byte)) {
	for i := range v.items {
		r.texts(&v.items[i], find)
	}
	if v.kind == '$' || v.kind == '=' {
		r.within(v, find)
	}
}

type ports []*value

// maxHost is more than the length of any host's name.
const maxHost = 256

// server is one server in a reply: the ports at which it listens, and what its host is called. Where clients go is the first of hosts; it may be empty, for they know the host
// then. Ports and hosts may be missing. A server that is known by one of its names is known by all.
func (r *readdressing) server(ports ports, hosts ...*value) {
	named := hosts[:0]
	for i, h := range hosts {
		there := h.isText() && (i == 0 || len(h.text) > 0) && string(h.text) != "?" // which stands for an unknown name
		if there && len(h.text) < maxHost {
			named = append(named, h)
		}
	}
	if len(named) == 0 {
		return
	}
	own := make([]*codecs.Address, len(named))
	var known *codecs.Address
	for _, p := range ports {
		n := portNumber(p.text)
		if n == 0 {
			continue
		}
		var public *codecs.Address
		for i, h := range named {
			if a, ok := r.servers.Public(codecs.Address{Host: string(h.text), Port: n}); ok {
				public, own[i] = cmp.Or(public, &a), cmp.Or(own[i], &a)
			}
		}
		if public == nil {
			r.servers.Leak(codecs.Address{Host: cmp.Or(string(named[0].text), string(named[len(named)-1].text)), Port: n})
			continue
		}
		known = cmp.Or(known, public)
		r.put(p, strconv.Itoa(public.Port))
	}
	if known == nil {
		return
	}
	for i, h := range named {
		r.put(h, cmp.Or(own[i], known).Host)
	}
}

// pair is a server whose host and port are one text, host:port. An IPv6 address has no brackets.
func (r *readdressing) pair(v value) {
	i := bytes.LastIndexByte(v.text, ':')
	if i < 0 {
		return
	}
	host, port := v, v
	host.end, host.text = v.start+i, v.text[:i]
	port.start, port.text = v.start+i+1, v.text[i+1:]
	r.server(ports{&port}, &host)
}

// portNumber gives the number of a port; 0 if it is none.
func portNumber(text []byte) int {
	n, ok := parseInt(text)
	if !ok || n < 1 || n > 65535 {
		return 0
	}
	return int(n)
}
