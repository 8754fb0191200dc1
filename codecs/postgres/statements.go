package postgres

import (
	"bytes"

	"github.com/sluice-proxy/sluice/codecs"
)

// A statement is a text that the client prepared. It is shared by the names that stand for it.
type statement struct {
	text []byte
	memo codecs.Memo
	mode codecs.Mode
	refs int32
}

// What names stand for.
const (
	statements = iota
	portals
)

// A slot is what a name stands for: a prepared statement, or the statement that a portal was made of. It is set when the client
// sends the request, for the requests behind it already mean the new one, and set back if the server refuses it.
type slot struct {
	name string
	kind uint8
	cur  *statement // nil: unknown
	set  uint64     // when
	last *change    // the newest change that is not confirmed
}

// A change is one assignment that the server has not confirmed yet.
type change struct {
	slot  *slot
	old   *statement
	set   uint64  // when old was
	at    uint64  // when it was made
	next  *change // of the same slot
	later *change // of any
}

// names are the prepared statements and portals of a session.
type names struct {
	limit   int
	bytes   int // of texts and slots
	kept    [2]map[string]*slot
	unnamed [2]slot
	before  [2]uint64 // what was set before that is forgotten: it takes no walk over the slots
	clock   uint64

	first, end *change // oldest and newest
	pending    int
	free       *change
	spare      int
}

const (
	slotCost      = 160 // bytes of a slot and its place in the map, about
	statementCost = 96
	changeSize    = 64
	maxSpare      = 16

	// maxName is how many bytes of a name the server looks at: longer ones are the same name. PostgreSQL 18,
	// src/backend/utils/hash/dynahash.c: string keys are cut to NAMEDATALEN-1.
	maxName = 63
)

// key gives the part of a name that the server looks at. ok is false for names with bytes beyond ASCII: what they mean changes
// with client_encoding, so they are not kept and stand for nothing known.
func key(name []byte) (k []byte, ok bool) {
	name = name[:min(len(name), maxName)]
	for _, c := range name {
		if c >= 0x80 {
			return nil, false
		}
	}
	return name, true
}

func (t *names) find(kind int, name []byte) *slot {
	k, ok := key(name)
	if !ok {
		return nil
	}
	if len(k) == 0 {
		return &t.unnamed[kind]
	}
	return t.kept[kind][string(k)]
}

// lookup gives what name stands for; nil if that is unknown.
func (t *names) lookup(kind int, name []byte) *statement {
	s := t.find(kind, name)
	if s == nil || s.set < t.before[kind] && (kind == portals || s.name != "") {
		return nil
	}
	return s.cur
}

// keep gives a statement of text; nil if it would exceed the limit. If name stands for the same text already, it is that statement.
func (t *names) keep(name, text []byte, mode codecs.Mode) *statement {
	if old := t.lookup(statements, name); old != nil && old.mode == mode && bytes.Equal(old.text, text) {
		return old
	}
	if t.bytes+len(text)+statementCost > t.limit {
		return nil
	}
	return &statement{text: bytes.Clone(text), mode: mode}
}

func (t *names) hold(s *statement) {
	if s == nil {
		return
	}
	if s.refs == 0 {
		t.bytes += len(s.text) + statementCost
	}
	s.refs++
}

func (t *names) release(s *statement) {
	if s == nil {
		return
	}
	if s.refs--; s.refs == 0 {
		t.bytes -= len(s.text) + statementCost
	}
}

// assign lets name stand for st (nil: nothing known) and gives the number of changes that this is: 0 or 1.
func (t *names) assign(kind int, name []byte, st *statement) uint8 {
	s := t.find(kind, name)
	if s == nil {
		k, ok := key(name)
		if st == nil || !ok || t.bytes+slotCost > t.limit {
			return 0
		}
		if t.kept[kind] == nil {
			t.kept[kind] = map[string]*slot{}
		}
		s = &slot{name: string(k), kind: uint8(kind)}
		t.kept[kind][s.name] = s
		t.bytes += slotCost
	}
	if s.cur == nil && st == nil && s.last == nil {
		return 0
	}
	c := t.free
	if c != nil {
		t.free = c.later
		t.spare--
	} else {
		c = new(change)
	}
	t.hold(st)
	t.clock++
	*c = change{slot: s, old: s.cur, set: s.set, at: t.clock}
	s.cur, s.set = st, t.clock
	if s.last != nil {
		s.last.next = c
	}
	s.last = c
	if t.end != nil {
		t.end.later = c
	} else {
		t.first = c
	}
	t.end = c
	t.pending++
	return 1
}

// An outcome is what became of a request.
type outcome uint8

const (
	done outcome = iota
	failed
	skipped
)

// settle ends the n oldest changes.
func (t *names) settle(n uint8, o outcome) {
	for ; n > 0; n-- {
		c := t.first
		s := c.slot
		if t.first = c.later; t.first == nil {
			t.end = nil
		}
		t.pending--
		if o == failed && s.name == "" {
			// PostgreSQL 18, 54.2.3: the unnamed statement and portal are destroyed before their successors are made.
			t.release(c.old)
			c.old = nil
		}
		switch {
		case o == done:
			t.release(c.old)
		case c.next != nil:
			t.release(c.next.old)
			c.next.old, c.next.set = c.old, c.set
		default:
			t.release(s.cur)
			s.cur, s.set = c.old, c.set
		}
		if s.last == c {
			s.last = nil
			t.drop(s)
		}
		*c = change{}
		if t.spare < maxSpare {
			c.later, t.free = t.free, c
			t.spare++
		}
	}
}

// drop forgets a slot that stands for nothing.
func (t *names) drop(s *slot) {
	if s.cur == nil && s.name != "" {
		delete(t.kept[s.kind], s.name)
		t.bytes -= slotCost
	}
}

// forget lets every confirmed name of a kind stand for nothing: for statements the named ones only.
func (t *names) forget(kind int) {
	if t.first != nil {
		t.before[kind] = t.first.at
		return
	}
	t.before[kind] = t.clock + 1
	for _, s := range t.kept[kind] {
		t.release(s.cur)
		s.cur = nil
		t.bytes -= slotCost
	}
	t.kept[kind] = nil
	if kind == portals {
		t.release(t.unnamed[portals].cur)
		t.unnamed[portals].cur = nil
	}
}
