package accesslog

import (
	"slices"
	"strconv"
	"strings"

	"github.com/sluice-proxy/sluice/filters"
	"github.com/sluice-proxy/sluice/metadata"
)

// A prefix is the part of a line that says what is known of its session. Most exchanges of a session have the same one, and writing it anew takes as
// long as all the rest; so a shard remembers some, and compares what they were made of.
type prefix struct {
	session uint64
	address string
	fields  []metadata.Field
	text    []byte
}

const (
	prefixes  = 1024    // sessions of a shard that are remembered; neighbours in number don't collide
	maxPrefix = 2 << 10 // bytes of one: about 2 MiB a shard at the very most
)

// session appends the prefix of s.
func (sh *shard) session(dst []byte, s *filters.Session) []byte {
	p := &sh.prefixes[s.ID%prefixes]
	fields := s.Meta.Fields()
	if p.session == s.ID && p.address == s.Endpoint.Address && slices.Equal(p.fields, fields) {
		return append(dst, p.text...)
	}
	start := len(dst)
	dst = appendSession(dst, s)
	*p = prefix{fields: p.fields[:0], text: p.text[:0]}
	if len(dst)-start > maxPrefix || len(s.Endpoint.Address) > maxValue {
		return dst
	}
	for i := range fields {
		if len(fields[i].Value.Str) > maxValue {
			return dst // the prefix would hold on to more than it wrote
		}
	}
	p.session, p.address, p.fields, p.text = s.ID, s.Endpoint.Address, append(p.fields, fields...), append(p.text, dst[start:]...)
	return dst
}

// forget lets go of what is remembered of s.
func (sh *shard) forget(s *filters.Session) {
	if p := &sh.prefixes[s.ID%prefixes]; p.session == s.ID {
		clear(p.fields)
		*p = prefix{fields: p.fields[:0], text: p.text[:0]}
	}
}

func appendSession(dst []byte, s *filters.Session) []byte {
	dst = short(append(dst, fieldListener...), s.Plan.Listener)
	dst = name(append(dst, fieldProtocol...), s.Plan.Protocol)
	dst = strconv.AppendUint(append(dst, fieldSession...), s.ID, 10)
	return server(facts(dst, s), s)
}

// facts appends what is known of the session, under the keys' own names. A user that is only claimed is written only while none is confirmed.
func facts(dst []byte, s *filters.Session) []byte {
	fields := s.Meta.Fields()
	for i := range fields {
		f := &fields[i]
		if f.Key == metadata.ClaimedUser && s.Meta.Str(metadata.User) != "" {
			continue
		}
		dst = fact(dst, f)
	}
	return dst
}

// fact appends one fact. Names of keys are constants that need no escape.
func fact(dst []byte, f *metadata.Field) []byte {
	dst = append(append(append(dst, `,"`...), f.Key.Name...), `":`...)
	switch f.Key.Type {
	case metadata.Int:
		return strconv.AppendInt(dst, f.Value.Int, 10)
	case metadata.Bool:
		return strconv.AppendBool(dst, f.Value.Int != 0)
	default:
		return short(dst, f.Value.Str)
	}
}

// server appends the endpoint's address, if the facts don't have it.
func server(dst []byte, s *filters.Session) []byte {
	if s.Endpoint.Address == "" {
		return dst
	}
	if _, ok := s.Meta.Get(metadata.ServerAddress); ok {
		return dst
	}
	host, port := s.Endpoint.Address, ""
	if s.Endpoint.Network != "unix" {
		if i := strings.LastIndexByte(host, ':'); i >= 0 {
			host, port = host[:i], host[i+1:]
			host = strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
		}
	}
	dst = short(append(dst, fieldServerAddress...), host)
	if n, err := strconv.ParseUint(port, 10, 16); err == nil {
		dst = strconv.AppendUint(append(dst, fieldServerPort...), n, 10)
	}
	return dst
}
