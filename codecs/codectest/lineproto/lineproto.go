// Package lineproto is a toy protocol for testing filters and drivers: lines of text, answered in order. It has one of
// everything that real protocols have, and nothing else. It is no protocol of the proxy and not in codecs/all.
//
// A request is a line. It opens an exchange that the next reply ends:
//
//	hello NAME   Startup: its reply confirms NAME as the user
//	begin, end   the session is busy from the reply to begin until the reply to end
//	big N        followed by N bytes of payload (Data), answered by "$N" and N bytes
//	quit         Terminate: no exchange, no reply
//	?…           not understood: Opaque, no exchange, no reply
//	fail …       answered by a line that begins "-ERR" (Error)
//	anything     answered by the same line (Reply)
//
// A line of the server that begins with "*" is Async. A reply without a request is Opaque. Start from [Protocol] and [Server].
package lineproto

import (
	"bytes"
	"strconv"

	"github.com/sluice-proxy/sluice/codecs"
	"github.com/sluice-proxy/sluice/metadata"
)

// Protocol is the toy protocol's value.
var Protocol = codecs.Protocol{
	Name:        "line",
	System:      "line",
	Spec:        "the package comment of codecs/codectest/lineproto",
	DefaultPort: 7,
	New: func(l codecs.Limits) codecs.Decoder {
		return &decoder{limits: l.WithDefaults()}
	},
	NewReady: func(l codecs.Limits) codecs.Decoder {
		return &decoder{limits: l.WithDefaults()}
	},
	Refuse: func(dst []byte, m *codecs.Message) []byte {
		if m.Kind != codecs.Request {
			return nil
		}
		return append(dst, "DENY\n"...)
	},
	Denial: func(dst []byte, _ *codecs.Message, why codecs.Refusal) []byte {
		return append(append(append(dst, "-DENIED "...), why.Rule...), '\n')
	},
	Farewell: func(dst []byte, why codecs.Refusal) []byte {
		return append(append(append(dst, "-BYE "...), why.Reason.String()...), '\n')
	},
}

// What a request's reply means to the session.
type effect uint8

const (
	none effect = iota
	confirms
	begins
	ends
)

type decoder struct {
	limits  codecs.Limits
	dirs    [2]side
	queue   []effect // of the exchanges not yet answered
	opened  uint64
	ended   uint64
	claimed string
	busy    bool
	err     error
}

// A side is one direction: a line that its input cut, and what is left of a payload.
type side struct {
	off  int64
	buf  []byte // the beginning of a line
	used bool   // buf was returned
	data int64  // payload to be reported as Data
	skip int64  // payload of a message already reported
	msg  codecs.Message
}

func (d *decoder) Standing() codecs.Standing {
	st := codecs.Standing{Open: int(d.opened - d.ended), Busy: d.busy, Full: len(d.queue) >= d.limits.Queue}
	for i := range d.dirs {
		s := &d.dirs[i]
		st.Boundary[i] = s.skip == 0 && s.data == 0 && (s.used || len(s.buf) == 0)
	}
	return st
}

func (d *decoder) End(dir codecs.Direction) error {
	if d.err == nil && !d.Standing().Boundary[dir] {
		return failure(dir, d.dirs[dir].off, codecs.ErrTruncated)
	}
	return d.err
}

func (d *decoder) fail(dir codecs.Direction, off int64, err error) { d.err = failure(dir, off, err) }

func failure(dir codecs.Direction, off int64, err error) error {
	return &codecs.DecodeError{Protocol: "line", Dir: dir, Offset: off, Name: "line", Err: err}
}

func (d *decoder) Decode(dir codecs.Direction, p []byte) (int, *codecs.Message, error) {
	if d.err != nil {
		return 0, nil, d.err
	}
	s := &d.dirs[dir]
	if s.used {
		s.buf, s.used = nil, false
	}
	n := int(min(s.skip, int64(len(p))))
	s.skip -= int64(n)
	s.off += int64(n)
	if n == len(p) {
		return n, nil, nil
	}
	meta := s.msg.Meta
	meta.Clear()
	s.msg = codecs.Message{Start: s.off, Count: 1, Meta: meta}
	if s.data > 0 {
		s.msg.Kind, s.msg.Name = codecs.Data, "payload"
		if d.opened > d.ended { // else it was refused already
			s.msg.Exchange, s.msg.Purpose = d.opened, codecs.Command
		}
		s.msg.End, s.data, s.skip = s.off+s.data, 0, s.data
		k := int(min(s.skip, int64(len(p)-n)))
		s.skip -= int64(k)
		s.off += int64(k)
		return n + k, &s.msg, nil
	}
	line, start := p[n:], s.off-int64(len(s.buf))
	i := bytes.IndexByte(line, '\n')
	if i >= 0 {
		line = line[:i+1]
	}
	if len(s.buf)+len(line) > d.limits.Inspect {
		d.fail(dir, start, codecs.ErrTooLarge)
		return 0, nil, d.err
	}
	n += len(line)
	s.off += int64(len(line))
	if i < 0 || len(s.buf) > 0 {
		s.buf = append(s.buf, line...)
		line = s.buf
		s.used = i >= 0
	}
	if i < 0 {
		return n, nil, nil
	}
	s.msg.Start, s.msg.End, s.msg.Body, s.msg.Name = start, s.off, line, "line"
	if dir == codecs.FromClient {
		d.request(s, line[:len(line)-1])
	} else {
		d.reply(s, line[:len(line)-1])
	}
	if d.err != nil {
		return 0, nil, d.err
	}
	k := int(min(s.skip, int64(len(p)-n)))
	s.skip -= int64(k)
	s.off += int64(k)
	return n + k, &s.msg, nil
}

func (d *decoder) request(s *side, line []byte) {
	m := &s.msg
	m.Kind, m.Purpose, m.Text = codecs.Request, codecs.Command, line
	word, arg, _ := bytes.Cut(line, []byte{' '})
	e := none
	switch {
	case len(line) > 0 && line[0] == '?':
		m.Kind, m.Purpose, m.Text = codecs.Opaque, codecs.NoPurpose, nil
		return
	case string(word) == "quit":
		m.Kind, m.Purpose, m.Text = codecs.Terminate, codecs.NoPurpose, nil
		return
	case string(word) == "hello":
		m.Kind, m.Purpose, e = codecs.Startup, codecs.Connect, confirms
		d.claimed = string(arg)
		m.Meta.PutString(metadata.ClaimedUser, d.claimed)
	case string(word) == "begin":
		e = begins
	case string(word) == "end":
		e = ends
	case string(word) == "big":
		if s.data = length(arg); s.data < 0 {
			d.fail(codecs.FromClient, m.Start, codecs.ErrMalformed)
			return
		}
	}
	d.opened++
	d.queue = append(d.queue, e)
	m.Exchange = d.opened
}

func (d *decoder) reply(s *side, line []byte) {
	m := &s.msg
	var first byte
	if len(line) > 0 {
		first = line[0]
	}
	if first == '*' {
		m.Kind = codecs.Async
		return
	}
	if first == '$' {
		if s.skip = length(line[1:]); s.skip < 0 {
			d.fail(codecs.FromServer, m.Start, codecs.ErrMalformed)
			return
		}
		m.End += s.skip
		m.Cut = s.skip > 0
	}
	if len(d.queue) == 0 {
		return // Opaque
	}
	e := d.queue[0]
	d.queue = append(d.queue[:0], d.queue[1:]...)
	d.ended++
	m.Kind, m.Exchange, m.Last = codecs.Reply, d.ended, true
	if first == '-' {
		m.Kind = codecs.Error
		m.Meta.PutString(metadata.StatusCode, "ERR")
		return
	}
	switch e {
	case confirms:
		m.Meta.PutString(metadata.User, d.claimed)
	case begins:
		d.busy = true
	case ends:
		d.busy = false
	}
}

// length reads a decimal of at most nine digits; -1 if it is none.
func length(b []byte) int64 {
	if len(b) == 0 || len(b) > 9 {
		return -1
	}
	n, err := strconv.ParseUint(string(b), 10, 32)
	if err != nil {
		return -1
	}
	return int64(n)
}
