package redis

import (
	"bytes"

	"github.com/sluice-proxy/sluice/codecs"
)

// fromServer decodes what the server sends.
func (d *decoder) fromServer(p []byte) (int, *codecs.Message, error) {
	r := &d.in
	n := 0
	if len(p) > 0 && !r.inside && d.silenced() {
		d.queue.end(&d.quiet)
		return 0, d.silence(), nil
	}
	if r.rest > 0 {
		n = int(min(r.rest, int64(len(p))))
		r.rest -= int64(n)
		r.off += int64(n)
		p = p[n:]
	}
	if len(p) == 0 {
		return n, nil, nil
	}
	if !r.inside {
		if d.follows {
			m := d.stream(len(p))
			return n + len(p), m, nil
		}
		if e := d.queue.front(); e != nil && e.role == roleReplicate {
			switch p[0] {
			case '\n':
				return n + 1, d.newline(), nil
			case '$': // SYNC is answered by the stream itself
				d.follow()
				return n + len(p), d.stream(len(p)), nil
			}
		}
		if d.deserted(p[0]) {
			d.queue.drop()
			return n, d.silence(), nil
		}
		r.begin()
		if k := d.quick(p); k > 0 {
			return n + k, &d.msg[codecs.FromServer], nil
		}
	}
	k, what, end, err := r.next(p, d.each())
	n += k
	switch {
	case err != nil:
		return 0, nil, d.fail(codecs.FromServer, err)
	case what == more:
		return n, nil, nil
	case what == piece:
		m := d.message(codecs.FromServer, codecs.Reply, "")
		d.part(m)
		m.Start, m.End, m.Count = r.start, end, r.count
		r.start, r.count = end, 0
		return n, m, nil
	}
	m := d.message(codecs.FromServer, codecs.Reply, "")
	m.Start, m.End = r.start, end
	d.answer(m)
	if r.keep > 0 {
		m.Body = r.body
		m.Cut = int64(len(r.body)) < end-r.start
	}
	if r.rest == 0 && d.silenced() {
		d.giveBack(1)
		n--
	}
	return n, m, nil
}

// quick reads the short replies that most are: a line, or a string. It gives how many bytes of p it used, 0 if the reply is another one.
func (d *decoder) quick(p []byte) int {
	r := &d.in
	if r.keep > 0 {
		return 0
	}
	var size int64
	switch p[0] {
	case '$':
		n, used, state := number(p[1:])
		if state != lineOK || n < -1 || n > maxBulk {
			return 0
		}
		r.kind, r.length = '$', n
		if size = int64(1 + used); n >= 0 {
			size += n + 2
		}
	case '+', ':', '-', '_':
		i := bytes.IndexByte(p[:min(len(p), headSize)], '\n')
		if i < 2 || p[i-1] != '\r' {
			return 0
		}
		size = int64(i + 1)
		r.kind, r.text = p[0], p[1:i-1]
	default:
		return 0
	}
	head := int(size)
	if p[0] == '$' && r.length >= 0 {
		head = int(size - r.length - 2)
	}
	k := int(min(size, int64(len(p))))
	r.inside = false
	r.off += int64(k)
	r.rest = size - int64(k)
	m := d.message(codecs.FromServer, codecs.Reply, "")
	m.Start, m.End = r.start, r.start+size
	d.answer(m)
	if d.silenced() {
		back := max(k-head, 1)
		if k == head && r.rest > 0 {
			back = 0
		}
		d.giveBack(back)
		k -= back
	}
	return k
}

// silenced says that exchanges behind the last answer end without one. Their ends are told before the last bytes of that answer are used up, for there may
// be none behind it.
func (d *decoder) silenced() bool {
	q := &d.queue
	return q.gone < q.len && q.at(q.gone).silent
}

// giveBack leaves the last n bytes of a reply to the next call.
func (d *decoder) giveBack(n int) {
	d.in.rest += int64(n)
	d.in.off -= int64(n)
}

// silence ends the oldest exchange, to which there is no answer.
func (d *decoder) silence() *codecs.Message {
	m := d.message(codecs.FromServer, codecs.Reply, "silence")
	m.Start = d.in.off + d.in.rest
	m.End = m.Start
	d.end(m)
	return m
}

// deserted says that the subscription that is to be answered won't be, for the server answers something else. Then requests and answers don't match.
func (d *decoder) deserted(kind byte) bool {
	e := d.queue.front()
	if e == nil || e.silent || e.gone || !e.role.subscribes() && !e.role.unsubscribes() || kind == '*' || kind == '>' || kind == '-' || kind == '|' || kind == '+' {
		return false
	}
	d.loose = true
	return true
}

// newline is sent by a server to a replica that waits for the stream. Redis, src/replication.c, replicationCron.
func (d *decoder) newline() *codecs.Message {
	m := d.message(codecs.FromServer, codecs.Async, "newline")
	m.Start, m.End = d.in.off, d.in.off+1
	d.in.off++
	return m
}

// stream is what a server sends to a replica: a snapshot, and commands without end.
func (d *decoder) stream(n int) *codecs.Message {
	m := d.message(codecs.FromServer, codecs.Opaque, "replication stream")
	m.Start, m.End = d.in.off, d.in.off+int64(n)
	m.Exchange, m.Purpose = d.ended+1, codecs.Streaming
	d.in.off = m.End
	return m
}
