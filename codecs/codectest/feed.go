package codectest

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"github.com/sluice-proxy/sluice/codecs"
)

// A cutter gives the length of the next piece of the n bytes that are left of a flow.
type cutter func(n int) int

func whole(n int) int  { return n }
func single(_ int) int { return 1 }

// A player feeds a decoder and keeps its books.
type player struct {
	d      codecs.Decoder
	logs   [2][]record
	last   [2]*codecs.Message // still valid
	said   [2]string          // what it said when it was new
	inputs [2][]byte          // what it may alias
	off    [2]int64           // where the next message must start
	fed    [2]int64
	opened uint64
	ended  uint64
	calls  int
	pieces int
	err    error // the decoder's own
}

// A record is a message in comparable form; neighbours that differ in place and number only are one.
type record struct {
	what        string
	start, end  int64
	count, rows int64
	plain       bool // without a body
}

func (r record) String() string {
	return fmt.Sprintf("[%d,%d) x%d rows %d %s", r.start, r.end, r.count, r.rows, r.what)
}

func describe(m *codecs.Message) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s exchange %d %s last %v cut %v body %x text %q mode %d memo %v blind %v addresses %v sought %d found %d token %x meta",
		m.Kind, m.Name, m.Exchange, m.Purpose, m.Last, m.Cut, m.Body, m.Text, m.Mode, m.Memo != nil, m.Blind, m.Addresses, m.Sought, m.Found, m.Token)
	for _, f := range m.Meta.Fields() {
		fmt.Fprintf(&b, " %s=%q/%d", f.Key.Name, f.Value.Str, f.Value.Int)
	}
	return b.String()
}

// play feeds s, cut by cut. The error is a broken promise; what the decoder itself refuses is in p.err.
func (p *player) play(s Script, cut cutter) error {
	for _, f := range s {
		for b := f.Bytes; len(b) > 0 && p.err == nil; {
			n := min(max(cut(len(b)), 1), len(b))
			if err := p.feed(f.Dir, b[:n]); err != nil {
				return err
			}
			b = b[n:]
		}
	}
	return nil
}

func (p *player) feed(dir codecs.Direction, b []byte) error {
	if err := p.retire(dir); err != nil {
		return err
	}
	in := bytes.Clone(b)
	p.inputs[dir] = in
	p.fed[dir] += int64(len(in))
	p.pieces++
	for idle := 0; len(in) > 0; {
		if err := p.check(dir); err != nil {
			return err
		}
		n, m, err := p.d.Decode(dir, in)
		p.calls++
		p.last[dir] = nil
		switch {
		case err != nil:
			p.err = err
			if n != 0 || m != nil {
				return fmt.Errorf("an error came with %d bytes used and message %v", n, m != nil)
			}
			return nil
		case n < 0 || n > len(in):
			return fmt.Errorf("%d of %d bytes used", n, len(in))
		case m == nil && n < len(in):
			return errors.New("no message, and not all of the input used")
		}
		in = in[n:]
		if m == nil {
			break
		}
		if idle++; n > 0 {
			idle = 0
		}
		if idle > 1<<16 {
			return errors.New("messages without bytes come without end")
		}
		if err := p.book(dir, m); err != nil {
			return err
		}
	}
	return nil
}

// check verifies that the last message of dir still says what it said.
func (p *player) check(dir codecs.Direction) error {
	if m := p.last[dir]; m != nil {
		if got := describe(m); got != p.said[dir] {
			return fmt.Errorf("a message of the %s changed before the next call:\n was %s\n  is %s", dir, p.said[dir], got)
		}
	}
	return nil
}

// retire ends the life of dir's last message and of its input.
func (p *player) retire(dir codecs.Direction) error {
	if err := p.check(dir); err != nil {
		return err
	}
	if m := p.last[dir]; m != nil {
		meta := m.Meta
		*m = codecs.Message{Kind: 99, Name: "scribble", Start: -1, End: -1, Exchange: 1 << 60, Last: true, Meta: meta}
		p.last[dir] = nil
	}
	for i := range p.inputs[dir] {
		p.inputs[dir][i] = 0xa5
	}
	return nil
}

// book enters m, and checks where it stands and which exchange it belongs to.
func (p *player) book(dir codecs.Direction, m *codecs.Message) error {
	what := describe(m)
	if m.Start != p.off[dir] || m.End < m.Start || m.Count < 1 {
		return fmt.Errorf("the %s's message at [%d,%d) must start at %d: %s", dir, m.Start, m.End, p.off[dir], what)
	}
	if m.Kind == codecs.Skipped && m.Len() != 0 {
		return fmt.Errorf("a skipped message has bytes: %s", what)
	}
	p.off[dir] = m.End
	if x := m.Exchange; x != 0 {
		switch {
		case dir == codecs.FromClient && x == p.opened+1:
			p.opened++
		case x > p.opened:
			return fmt.Errorf("exchange %d is used, the last one opened is %d: %s", x, p.opened, what)
		case x <= p.ended && (m.Kind != codecs.Data || dir == codecs.FromServer || x != p.opened): // the rest of a request may come behind its answer
			return fmt.Errorf("exchange %d is used, and has ended: %s", x, what)
		}
		if m.Last {
			if x != p.ended+1 {
				return fmt.Errorf("exchange %d ends before exchange %d: %s", x, p.ended+1, what)
			}
			p.ended = x
		}
	} else if m.Last {
		return fmt.Errorf("no exchange ends: %s", what)
	}
	if got, want := p.d.Standing().Open, int(p.opened-p.ended); got != want {
		return fmt.Errorf("%d exchanges are said to be open, and %d are: %s", got, want, what)
	}
	p.last[dir], p.said[dir] = m, what
	count := int64(m.Count)
	if m.Kind == codecs.Opaque && p.d.Standing().Opaque {
		count = 0 // nobody knows how many messages these are
	}
	log := p.logs[dir]
	if k := len(log) - 1; k >= 0 && log[k].plain && m.Body == nil && log[k].what == what {
		log[k].end = m.End
		log[k].count += count
		log[k].rows += m.Rows
		return nil
	}
	p.logs[dir] = append(log, record{what, m.Start, m.End, count, m.Rows, m.Body == nil})
	return nil
}

// same compares what two players saw.
func same(a, b *player) error {
	for dir := range a.logs {
		for i := range max(len(a.logs[dir]), len(b.logs[dir])) {
			var x, y string
			if i < len(a.logs[dir]) {
				x = a.logs[dir][i].String()
			}
			if i < len(b.logs[dir]) {
				y = b.logs[dir][i].String()
			}
			if x != y {
				return fmt.Errorf("message %d of the %s differs:\n     %s\n and %s", i, codecs.Direction(dir), x, y)
			}
		}
	}
	switch {
	case (a.err == nil) != (b.err == nil), a.err != nil && a.err.Error() != b.err.Error():
		return fmt.Errorf("errors differ: %w and %w", a.err, b.err)
	case a.err == nil && a.d.Standing() != b.d.Standing():
		return fmt.Errorf("standings differ: %+v and %+v", a.d.Standing(), b.d.Standing())
	}
	return nil
}
