package redis

import (
	"bytes"

	"github.com/sluice-proxy/sluice/codecs"
	"github.com/sluice-proxy/sluice/metadata"
)

// fromClient decodes what the client sends.
func (d *decoder) fromClient(p []byte) (int, *codecs.Message, error) {
	if d.rest > 0 {
		return d.data(p)
	}
	f, s := &d.frame, &d.scan
	d.puzzle = false
	b := p
	fresh := f.AtBoundary()
	if fresh {
		s.reset()
	} else { // the beginning of the request came before
		b = f.Need(p, max(s.pos, 1))
	}
	var err error
	switch {
	case b[0] == '*' && fresh && s.short(b, d.limits.Inspect):
	case b[0] == '*':
		b, err = d.array(b, p)
	default:
		b, err = d.line(p)
	}
	if err != nil {
		return 0, nil, d.fail(codecs.FromClient, err)
	}
	if b == nil {
		return len(p), nil, nil
	}
	s.args.b = b
	m := d.message(codecs.FromClient, codecs.Request, "empty")
	if s.args.n > 0 {
		if err := d.request(m); err != nil {
			return 0, nil, err
		}
	}
	var n int
	m.Start, m.End, n = f.Finish(p, s.size)
	return n, m, nil
}

// array scans a request that is an array, of which b is the beginning. It gives as much of it as is wanted, nil if p does not have that.
func (d *decoder) array(b, p []byte) ([]byte, error) {
	for {
		need, err := d.scan.look(b, &d.limits)
		if need == 0 || err != nil {
			return b, err
		}
		if b = d.frame.Need(p, need); b == nil {
			return nil, nil
		}
	}
}

// line scans an inline request. It gives the array that this stands for, nil if p does not have the line's end.
func (d *decoder) line(p []byte) ([]byte, error) {
	s := &d.scan
	i := bytes.IndexByte(p[:min(len(p), maxInline-s.seen)], '\n')
	if i < 0 {
		if s.seen += len(p); s.seen >= maxInline {
			return nil, errLine
		}
		d.frame.Need(p, maxInline) // it keeps all of p
		return nil, nil
	}
	line := d.frame.Need(p, s.seen+i+1)
	size := int64(len(line))
	array, ok := d.inline.rewrite(bytes.TrimSuffix(line[:size-1], []byte{'\r'}))
	switch {
	case !ok && bytes.IndexByte(line, 0) >= 0:
		return nil, codecs.ErrMalformed
	case !ok:
		return nil, errQuotes
	}
	limits := d.limits
	limits.Inspect = len(array)
	s.reset()
	_, err := s.look(array, &limits)
	s.size = size
	return array, err
}

// request is a command whose arguments are here, as far as they matter.
func (d *decoder) request(m *codecs.Message) error {
	s := &d.scan
	c, args := s.command, &s.args
	if c == nil {
		c = &unknown
	}
	m.Name, m.Purpose = c.name, codecs.Command
	d.puzzle = c == &unknown && args.have > 0
	if d.follows {
		return d.following(m, c)
	}
	if !d.told {
		d.begin(m)
	}
	if d.limits.Effects {
		m.Effects = d.acct.of(c, args, d.database, s.cut, d.doubt())
	}
	if c.categories&catBlocking != 0 && !d.grouped && c.waits(args) {
		m.Meta.PutBool(Blocking, true)
	}
	m.Cut = s.cut
	d.opened++
	m.Exchange = d.opened
	e := entry{count: 1}
	silent := d.off || d.skip
	d.skip = false
	if c.seeks != 0 && !d.grouped && !silent {
		m.Sought, d.sought = c.sought(args.n), d.opened
	}
	d.rest, d.behind = s.more, s.behind
	if c.role == noRole && !silent {
		d.queue.plain()
		return nil
	}
	if c.role != noRole && c.takes(args.n) {
		var err error
		if e, err = d.takesRole(m, c.role, silent); err != nil {
			return err
		}
	}
	e.silent = e.silent || silent && e.role != roleUnmute && e.role != roleReset
	if e.silent {
		if e.gone = d.ended == d.opened-1; e.gone {
			if d.hushed = d.rest > 0; !d.hushed {
				d.end(m)
			}
		}
	}
	d.remember(e)
	return nil
}

// maxSilent bounds how many requests to which there is no answer are remembered, in case the server has not accepted CLIENT REPLY OFF.
const maxSilent = 1024

// remember queues e.
func (d *decoder) remember(e entry) {
	if e.gone {
		if d.sure {
			return
		}
		if d.off && d.queue.len >= maxSilent && d.queue.gone == d.queue.len {
			d.queue.reset()
			d.sure = true
			return
		}
	}
	d.queue.push(e)
}

// data is an argument behind those that are part of the request. The request ends with the line before the first of them.
func (d *decoder) data(p []byte) (int, *codecs.Message, error) {
	f := &d.frame
	size := d.behind
	for need := 1; size == 0; {
		b := f.Need(p, need)
		if b == nil {
			return len(p), nil, nil
		}
		n, used, state := number(b[1:])
		switch {
		case b[0] != '$':
			return 0, nil, d.fail(codecs.FromClient, errNoBulk(b[0]))
		case state == lineBad, n < 0, n > maxBulk:
			return 0, nil, d.fail(codecs.FromClient, errLength)
		case state == lineShort:
			need = len(b) + 1
		default:
			size = int64(1+used) + n + 2
		}
	}
	m := d.message(codecs.FromClient, codecs.Data, "argument")
	d.rest--
	d.behind = 0
	m.Exchange, m.Purpose = d.opened, codecs.Command // which may have ended: a denied request is answered before it is all here
	if d.hushed && d.rest == 0 {
		d.end(m)
		d.hushed = false
	}
	var n int
	m.Start, m.End, n = f.Finish(p, size)
	return n, m, nil
}

// claim says who the client pretends to be.
func claim(m *codecs.Message, user string) { m.Meta.PutString(metadata.ClaimedUser, user) }
