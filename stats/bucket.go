package stats

import "math"

// Bucket i holds the durations above 2^((i-1)/8) seconds and up to 2^(i/8) seconds, as Prometheus numbers them in schema 3.
const (
	lowest  = -160 // up to 2^-20 s, 0 included
	highest = 192  // up to 2^24 s, and what is beyond
)

// steps holds the bounds within an octave: 2^(k/8).
var steps = func() (s [9]float64) {
	for k := range s {
		s[k] = math.Exp2(float64(k) / 8)
	}
	return s
}()

// halfBucket takes a bucket's upper bound to its geometric middle: 2^(1/16).
var halfBucket = math.Exp2(1.0 / 16)

// slots cuts an octave into 32 equal parts, none of which has more than one bound inside: a slot says which bound that is, and how many buckets of
// the octave lie below it. So finding a bucket takes one comparison and no logarithm.
var slots = func() (t [32]struct {
	mantissa uint64
	below    int32
}) {
	for i := range t {
		low := 1 + float64(i)/32
		k := 0
		for steps[k] < low { // the first bound that is not below the slot
			k++
		}
		t[i].below = int32(k)
		t[i].mantissa = math.Float64bits(steps[k]) & (1<<52 - 1)
		if k == 8 {
			t[i].mantissa = 1<<52 - 1
		}
	}
	return t
}()

// bucketOf gives the bucket of a duration of ns nanoseconds.
func bucketOf(ns int64) int {
	b := math.Float64bits(float64(ns) / 1e9)
	m := b & (1<<52 - 1)
	s := &slots[m>>47]
	i := (int(b>>52)-1023)<<3 + int(s.below)
	if m > s.mantissa {
		i++
	}
	return min(max(i, lowest), highest)
}

// upperBound gives the greatest duration, in seconds, that belongs into bucket i.
func upperBound(i int) float64 { return math.Ldexp(steps[i&7], i>>3) }
