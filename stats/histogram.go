package stats

import (
	"math"
	"math/bits"
	"time"
)

// A Histogram counts durations in buckets whose bounds grow by the factor 2^(1/8), which is Prometheus' native schema 3: whatever is read off it
// is at most 4.5 % away from the truth. Everything up to 2^-20 s (0.95 µs) is one bucket, and so is everything beyond 2^24 s (194 days).
//
// It keeps only the buckets from the least to the greatest duration seen, so that one costs about 200 bytes for a usual statement, and at
// most 2.8 KiB. The zero Histogram is empty and ready to use. It is not safe for concurrent use.
type Histogram struct {
	counts []uint64
	first  int // index of counts[0]
	count  uint64
	sum    span
	min    int64
	max    int64
}

// Observe counts d. A negative duration counts as 0.
func (h *Histogram) Observe(d time.Duration) {
	ns := max(int64(d), 0)
	i := bucketOf(ns) - h.first
	if uint(i) >= uint(len(h.counts)) {
		h.cover(i+h.first, i+h.first)
		i = bucketOf(ns) - h.first
	}
	h.counts[i]++
	if h.count == 0 || ns < h.min {
		h.min = ns
	}
	h.max = max(h.max, ns)
	h.count++
	h.sum.add(uint64(ns))
}

// cover makes room for the buckets lo to hi, by whole octaves so that it is rarely called.
func (h *Histogram) cover(lo, hi int) {
	if len(h.counts) > 0 {
		lo, hi = min(lo, h.first), max(hi, h.first+len(h.counts)-1)
	}
	lo = max(lo&^7, lowest)
	hi = min(hi|7, highest)
	if len(h.counts) > 0 && lo == h.first && hi == h.first+len(h.counts)-1 {
		return
	}
	if n := hi - lo + 1; len(h.counts) == 0 && n <= cap(h.counts) {
		h.counts = h.counts[:n]
		clear(h.counts)
	} else {
		wider := make([]uint64, n)
		if len(h.counts) > 0 {
			copy(wider[h.first-lo:], h.counts)
		}
		h.counts = wider
	}
	h.first = lo
}

// Merge adds what o counted.
func (h *Histogram) Merge(o *Histogram) {
	if o.count == 0 {
		return
	}
	h.cover(o.first, o.first+len(o.counts)-1)
	for i, n := range o.counts {
		h.counts[i+o.first-h.first] += n
	}
	if h.count == 0 || o.min < h.min {
		h.min = o.min
	}
	h.max = max(h.max, o.max)
	h.count += o.count
	h.sum.merge(o.sum)
}

// Copy makes h equal to o, in h's own memory.
func (h *Histogram) Copy(o *Histogram) {
	counts := append(h.counts[:0], o.counts...)
	*h = *o
	h.counts = counts
}

// Reset empties h and keeps its memory.
func (h *Histogram) Reset() { *h = Histogram{counts: h.counts[:0]} }

// Count gives how many durations were counted.
func (h *Histogram) Count() uint64 { return h.count }

// Seconds gives the sum of all durations in seconds; unlike a time.Duration it can't overflow.
func (h *Histogram) Seconds() float64 { return h.sum.seconds() }

// Min gives the least duration, exactly; 0 if there is none.
func (h *Histogram) Min() time.Duration { return time.Duration(h.min) }

// Max gives the greatest duration, exactly.
func (h *Histogram) Max() time.Duration { return time.Duration(h.max) }

// Mean gives the average duration.
func (h *Histogram) Mean() time.Duration {
	if h.count == 0 {
		return 0
	}
	return time.Duration(h.sum.seconds() / float64(h.count) * 1e9)
}

// Quantile gives the duration that a share q (0 to 1) of all durations doesn't exceed. It is the middle of the bucket that holds the answer, so it
// may be up to 4.5 % off either way; it never lies outside of Min and Max. Of the outermost two buckets it knows only Min and Max.
func (h *Histogram) Quantile(q float64) time.Duration {
	if h.count == 0 {
		return 0
	}
	rank := uint64(math.Ceil(min(max(q, 0), 1) * float64(h.count)))
	rank = min(max(rank, 1), h.count)
	for i, n := range h.counts {
		if rank <= n {
			var ns float64
			switch b := h.first + i; b {
			case lowest:
				return h.Min()
			case highest:
				return h.Max()
			default:
				ns = upperBound(b) / halfBucket * 1e9
			}
			return time.Duration(min(max(int64(ns), h.min), h.max))
		}
		rank -= n
	}
	return h.Max()
}

// size gives the bytes that h keeps outside of itself.
func (h *Histogram) size() int { return 8 * cap(h.counts) }

// A span is a sum of nanoseconds. 64 bits would do for 584 years only, and ten thousand connections that wait pass those in three weeks.
type span struct{ hi, lo uint64 }

func (s *span) add(ns uint64) {
	var carry uint64
	s.lo, carry = bits.Add64(s.lo, ns, 0)
	s.hi += carry
}

func (s *span) merge(o span) {
	s.add(o.lo)
	s.hi += o.hi
}

func (s *span) seconds() float64 { return (float64(s.hi)*(1<<64) + float64(s.lo)) / 1e9 }
