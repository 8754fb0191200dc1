package keys

import (
	"github.com/sluice-proxy/sluice/filters"
)

// maxListed bounds how many big values are listed.
const maxListed = 100

// biggest lists the biggest requests or replies, each key once.
type biggest struct {
	list  []big
	room  int
	least int64 // what is not bigger has no place in the list
}

// A big is a key, and the biggest message about it.
type big struct {
	database, key string
	bytes         int64
	command       string
	keys          int // that the command has; key is the first of them
	at            filters.Instant
}

// offer puts an exchange into the list, if it is big enough.
func (b *biggest) offer(bytes int64, h *held, x *filters.Exchange) {
	place, known := -1, false
	for i := range b.list {
		if e := &b.list[i]; e.key == string(h.key) && e.database == h.database {
			place, known = i, true
			break
		}
		if place < 0 || b.list[i].bytes < b.list[place].bytes {
			place = i
		}
	}
	switch {
	case known:
		if e := &b.list[place]; bytes > e.bytes {
			e.bytes, e.command, e.keys, e.at = bytes, x.Name, h.keys, x.Ended
			b.measure()
		}
		return
	case len(b.list) < b.room:
		place = len(b.list)
		b.list = append(b.list, big{})
	}
	b.list[place] = big{h.database, string(h.key), bytes, x.Name, h.keys, x.Ended}
	b.measure()
}

// measure finds out what is too small from now on.
func (b *biggest) measure() {
	if len(b.list) < b.room {
		return
	}
	b.least = b.list[0].bytes
	for i := range b.list {
		b.least = min(b.least, b.list[i].bytes)
	}
}
