package loop

import (
	"sync"

	"github.com/sluice-proxy/sluice/filters"
)

// An inbox takes what other goroutines want of a loop.
type inbox struct {
	mu     sync.Mutex
	items  []item
	spare  []item
	told   bool // the loop was woken and hasn't looked yet
	closed bool
	wake   func() // called with mu held, so that it never comes after the loop saw closed and gave its descriptors back
}

// An item is a session to adopt (fn is nil), or something to run as a step of an adopted one.
type item struct {
	c  *conn
	fn func(*filters.Session)
}

// put adds it, and wakes the loop once for all that it will find. It reports whether the inbox is open.
func (b *inbox) put(it item) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return false
	}
	b.items = append(b.items, it)
	b.tell()
	return true
}

// close lets nothing more in.
func (b *inbox) close() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.closed {
		b.closed = true
		b.tell()
	}
}

func (b *inbox) tell() {
	if !b.told {
		b.told = true
		b.wake()
	}
}

// take gives what has come, valid until the next call, and whether the inbox is closed.
func (b *inbox) take() ([]item, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	items := b.items
	clear(b.spare)
	b.items, b.spare = b.spare[:0], items
	b.told = false
	return items, b.closed
}
