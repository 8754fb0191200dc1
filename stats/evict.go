package stats

// rowBytes is what a row costs beside its strings and its histogram's buckets: itself, its entry in the map and its place in the ring.
// A test holds it against what the heap says.
const rowBytes = 480

// firstBuckets is what a histogram's first octave costs.
const firstBuckets = 64

func cost(k key, text string) int64 {
	return rowBytes + firstBuckets + int64(len(k.user)+len(k.database)+len(text))
}

// tries is how many rows an eviction looks at: it takes the one of them that was not used for the longest time. That is nearly the least
// recently used row of all, at a cost that doesn't depend on how many there are.
const tries = 8

// evict drops a row other than keep, and adds it to the evicted totals.
func (sh *shard) evict(keep *row) {
	var old *row
	for range min(tries, len(sh.ring)) {
		if sh.hand >= len(sh.ring) {
			sh.hand = 0
		}
		if r := sh.ring[sh.hand]; r != keep && (old == nil || r.last < old.last) {
			old = r
		}
		sh.hand++
	}
	if old == nil {
		return
	}
	sh.evicted.Add(&old.counts)
	sh.times.Merge(&old.times)
	sh.evictions++
	sh.drop(old)
}

// enter puts r into the table, right behind the hand, so that it is the last to be looked at.
func (sh *shard) enter(r *row) {
	sh.rows[r.key] = r
	sh.bytes += r.bytes
	r.place = len(sh.ring)
	sh.ring = append(sh.ring, r)
	if at := min(sh.hand, len(sh.ring)) - 1; at >= 0 {
		other := sh.ring[at]
		sh.ring[at], sh.ring[r.place] = r, other
		other.place, r.place = r.place, at
	}
}

// drop takes r out of the table.
func (sh *shard) drop(r *row) {
	delete(sh.rows, r.key)
	end := len(sh.ring) - 1
	last := sh.ring[end]
	sh.ring[r.place], last.place = last, r.place
	sh.ring[end] = nil
	sh.ring = sh.ring[:end]
	sh.bytes -= r.bytes
	r.times.Reset()
	if r.times.size() > firstBuckets {
		r.times = Histogram{} // a spare row must cost what insert expects
	}
	*r = row{times: r.times}
	sh.spare = r
}

// grown accounts for the buckets that r's histogram took.
func (sh *shard) grown(r *row) {
	b := cost(r.key, r.text) - firstBuckets + int64(r.times.size())
	sh.bytes += b - r.bytes
	r.bytes = b
	for sh.bytes > sh.limit && len(sh.ring) > 1 {
		sh.evict(r)
	}
}

// size is how full a table is.
type size struct {
	rows      int
	bytes     int64
	limit     int64
	calls     uint64
	evictions uint64
}

func (t *Table) size() (s size) {
	for _, sh := range t.shards {
		sh.mu.Lock()
		s.rows += len(sh.ring)
		s.bytes += sh.bytes
		s.limit += sh.limit
		s.calls += sh.total.Calls
		s.evictions += sh.evictions
		sh.mu.Unlock()
	}
	return s
}
