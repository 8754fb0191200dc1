package keys

import (
	"hash/maphash"
	"strings"
	"sync"

	"github.com/apache/datasketches-go/frequencies"

	"github.com/sluice-proxy/sluice/filters"
	"github.com/sluice-proxy/sluice/metadata"
	"github.com/sluice-proxy/sluice/stats"
)

// A shard is what one driver counts.
type shard struct {
	mu       sync.Mutex
	commands uint64          // that have keys
	rows     map[uint64]*row // by hash
	ring     []*row          // all rows, in no order: the search for a little used one goes round
	room     int             // how many rows there may be
	hand     int
	current  *row // used last
	rest     row  // of what has no row of its own
	evicted  uint64

	seed   maphash.Seed             // clients must not know which names have equal hashes
	sketch *frequencies.LongsSketch // of what has no row of its own, by hash

	requests, replies biggest
	free              []*held
	_                 [64]byte // keeps the next allocation's words off this one's cache lines
}

// key is what a row is about: a prefix in a database, "" if that isn't known.
type key struct{ database, prefix string }

// hash gives a number for k. Two prefixes of one hash never come: if they did, the second one would not get a row.
func (sh *shard) hash(k key) uint64 {
	return maphash.String(sh.seed, k.prefix) + 3*maphash.String(sh.seed, k.database)
}

type row struct {
	key     key
	hash    uint64
	counts  stats.KeyCounts
	weight  uint64 // of commands that came before it had a row
	command uint64 // the last command that it counted
	last    filters.Instant
	gone    bool // evicted
}

// used is how much a row was used, for comparisons with others.
func (r *row) used() uint64 { return r.weight + r.counts.Commands }

const (
	// A shard keeps roomFactor rows for each prefix that matters, and at least leastRoom: the top of several shards together is right only if each knows more than
	// the top of its own.
	roomFactor = 4
	leastRoom  = 256

	// sketchSize is how many counters the sketch has at most, of 18 bytes. It finds every prefix that makes up more than about 1/1000 of what has no row.
	sketchSize = 4096

	// tries is how many rows are looked at for one that is little used.
	tries = 8
)

func newShard(top int) *shard {
	sketch, err := frequencies.NewLongsSketchWithMaxMapSize(sketchSize)
	if err != nil {
		panic(err) // sketchSize is no power of 2
	}
	listed := min(top, maxListed)
	return &shard{rows: map[uint64]*row{}, room: max(roomFactor*top, leastRoom), seed: maphash.MakeSeed(), sketch: sketch,
		requests: biggest{room: listed}, replies: biggest{room: listed}}
}

// row gives the row of a prefix, which may be the rest. It begins to count a command if it is the first one asked for it.
func (sh *shard) row(database, prefix string) *row {
	k := key{database, prefix}
	if sh.current != nil && sh.current.key == k {
		return sh.current
	}
	hash := sh.hash(k)
	r := sh.rows[hash]
	if r == nil {
		r = sh.admit(k, hash)
	}
	if r == nil || r.key != k {
		return &sh.rest
	}
	sh.current = r
	return r
}

// admit makes a row for k if it deserves one; else it gives nil.
func (sh *shard) admit(k key, hash uint64) *row {
	if len(sh.ring) < sh.room {
		r := sh.enter(k, hash, 0)
		sh.ring = append(sh.ring, r)
		return r
	}
	seen := sh.seen(hash)
	place, least := 0, (*row)(nil)
	for range tries {
		if sh.hand++; sh.hand >= len(sh.ring) {
			sh.hand = 0
		}
		if r := sh.ring[sh.hand]; least == nil || r.used() < least.used() {
			place, least = sh.hand, r
		}
	}
	if seen <= least.used() {
		return nil
	}
	delete(sh.rows, least.hash)
	least.gone = true
	sh.rest.counts.Add(&least.counts)
	sh.evicted++
	r := sh.enter(k, hash, seen-1)
	sh.ring[place] = r
	return r
}

// enter makes a row.
func (sh *shard) enter(k key, hash, weight uint64) *row {
	r := &row{key: key{strings.Clone(k.database), strings.Clone(k.prefix)}, hash: hash, weight: weight}
	sh.rows[hash] = r
	return r
}

// seen counts a prefix in the sketch, and gives how often it was counted there at least.
func (sh *shard) seen(hash uint64) uint64 {
	if sh.sketch.Update(int64(hash)) != nil {
		return 0 // it could make no room, so this one is not counted
	}
	n, err := sh.sketch.GetLowerBound(int64(hash))
	if err != nil {
		return 0
	}
	return uint64(max(n, 0))
}

// held is what is kept of an exchange until its end.
type held struct {
	shard    *shard
	row      *row   // of its first key
	key      []byte // its first key, at most maxKey of it
	database string
	keys     int
}

// maxFree bounds the memory for exchanges that are open at once.
const maxFree = 4096

// hold begins a command whose first key a touches.
func (sh *shard) hold(r *row, a *metadata.Access) *held {
	sh.commands++
	var h *held
	if n := len(sh.free); n > 0 {
		h, sh.free = sh.free[n-1], sh.free[:n-1]
	} else {
		h = &held{shard: sh}
	}
	h.row, h.database, h.keys = r, a.Schema, 0
	h.key = append(h.key[:0], a.Name[:min(len(a.Name), maxKey)]...)
	return h
}

func (sh *shard) release(h *held) {
	h.row = nil
	if len(sh.free) < maxFree {
		sh.free = append(sh.free, h)
	}
}
