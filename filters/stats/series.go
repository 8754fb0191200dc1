package stats

import (
	"github.com/sluice-proxy/sluice/codecs"
	"github.com/sluice-proxy/sluice/filters"
	"github.com/sluice-proxy/sluice/metadata"
	"github.com/sluice-proxy/sluice/stats"
)

// The sizes of the constant tables that series are numbered by.
const (
	purposes = codecs.Streaming + 1
	outcomes = filters.Lost + 1
	causes   = int(filters.Stopped) + 1
)

// A listener is what series are first kept apart by.
type listener struct{ name, protocol string }

// series holds what is counted for one listener. A field that only ever grows is a counter.
type series struct {
	operations *operations
	waits      metadata.Key // the fact that says of an exchange that it waits for others; nil if there is none

	exchanges    [purposes][maxOperations][outcomes]uint64
	errors       reasons // by class
	times        [purposes][codecs.Classes]times
	blocked      stats.Histogram // of exchanges that wait for others, which are not in times
	returned     uint64
	affected     uint64
	requestBytes uint64
	replyBytes   uint64
	hits         uint64
	misses       uint64
	canceled     uint64
	bypasses     reasons
	async        reasons // messages that nobody asked for, by name

	opened   uint64
	closed   [causes]uint64
	received [2]uint64 // bytes of ended sessions, by who sent them
	lives    stats.Histogram
}

type times struct {
	whole stats.Histogram
	first stats.Histogram // to the first byte of the reply
}

// merge adds o.
func (s *series) merge(o *series) {
	for p := range o.exchanges {
		for op := range o.exchanges[p] {
			for out, n := range o.exchanges[p][op] {
				s.exchanges[p][op][out] += n
			}
		}
		for c := range o.times[p] {
			s.times[p][c].whole.Merge(&o.times[p][c].whole)
			s.times[p][c].first.Merge(&o.times[p][c].first)
		}
	}
	s.blocked.Merge(&o.blocked)
	s.errors.merge(&o.errors)
	s.returned += o.returned
	s.affected += o.affected
	s.requestBytes += o.requestBytes
	s.replyBytes += o.replyBytes
	s.hits += o.hits
	s.misses += o.misses
	s.canceled += o.canceled
	s.bypasses.merge(&o.bypasses)
	s.async.merge(&o.async)
	s.opened += o.opened
	for i, n := range o.closed {
		s.closed[i] += n
	}
	for i, n := range o.received {
		s.received[i] += n
	}
	s.lives.Merge(&o.lives)
}

// reasons counts by reason. There are few, so they are looked for one by one.
type reasons struct {
	names  []string
	counts []uint64
}

// maxReasons bounds the reasons, OTHER included.
const maxReasons = 64

func (r *reasons) add(name string, n uint64) {
	for i := range r.names {
		if r.names[i] == name {
			r.counts[i] += n
			return
		}
	}
	if len(r.names) >= maxReasons-1 && name != other {
		r.add(other, n)
		return
	}
	r.names = append(r.names, name)
	r.counts = append(r.counts, n)
}

func (r *reasons) merge(o *reasons) {
	for i, name := range o.names {
		r.add(name, o.counts[i])
	}
}
