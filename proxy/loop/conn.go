package loop

import (
	"math/bits"
	"syscall"

	"github.com/sluice-proxy/sluice/filters"
)

// A conn is an adopted session.
type conn struct {
	s     *filters.Session // nil once it has gone
	sides [2]side          // the client's and the server's, by the direction of which they are the source
	at    filters.Instant  // when its timer is set for; 0: not
	timer int32            // its place among the timers
	slot  uint32
	sent  [2]int16 // by direction: its send in the batch, or -1

	queued bool // on the run list
	broken bool // it panicked: nothing of the session is called any more
}

// A side is one socket of a session.
type side struct {
	fd    int32
	ready ready
	size  uint8         // of the next receive, as a power of two
	err   syscall.Errno // a send met it: the connection is gone, though a receive may no longer say so
}

// Receive sizes, as powers of two.
const (
	sizeMin = 15 // 32 KiB
	sizeMax = 18 // 256 KiB
)

// fit adapts the size of receives after one of n bytes: bulk gets few long ones, small requests stay within the processor's cache.
func (sd *side) fit(n int) {
	switch {
	case n == 1<<sd.size:
		sd.size = min(sd.size+1, sizeMax)
	case sd.size > sizeMin && bits.Len(uint(n)) < int(sd.size)-1:
		sd.size--
	}
}

// Descriptors are registered under (generation, slot, side).

func (l *Loop) id(c *conn, dir filters.Direction) uint64 {
	return uint64(l.gens[c.slot])<<32 | uint64(c.slot)<<1 | uint64(dir)
}

// find gives the session and side that id means; nil if they have gone.
func (l *Loop) find(id uint64) (*conn, *side) {
	slot := uint32(id) >> 1
	if int(slot) >= len(l.slots) || l.gens[slot] != uint32(id>>32) {
		return nil, nil
	}
	c := l.slots[slot]
	if c == nil {
		return nil, nil
	}
	return c, &c.sides[id&1]
}

// place gives c a slot.
func (l *Loop) place(c *conn) {
	if n := len(l.free); n > 0 {
		c.slot = l.free[n-1]
		l.free = l.free[:n-1]
	} else {
		c.slot = uint32(len(l.slots))
		l.slots = append(l.slots, nil)
		l.gens = append(l.gens, 0)
	}
	l.slots[c.slot] = c
}

// displace frees c's slot for another generation.
func (l *Loop) displace(c *conn) {
	l.slots[c.slot] = nil
	l.gens[c.slot]++
	l.free = append(l.free, c.slot)
}
