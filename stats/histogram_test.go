package stats_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/sluice-proxy/sluice/stats"
)

func TestQuantileKeepsItsPromise(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for _, tt := range []struct {
		name string
		draw func() time.Duration
	}{
		{"lognormal around 1 ms", func() time.Duration { return time.Duration(1e6 * math.Exp(r.NormFloat64())) }},
		{"uniform up to 10 s", func() time.Duration { return time.Duration(r.Int64N(1e10)) }},
		{"two humps", func() time.Duration {
			if r.IntN(10) == 0 {
				return 2*time.Second + time.Duration(r.Int64N(1e6))
			}
			return 50*time.Microsecond + time.Duration(r.Int64N(1e4))
		}},
		{"2 µs to 3 hours", func() time.Duration { return time.Duration(2e3 * math.Exp(r.Float64()*math.Log(5.4e9))) }},
		{"all the same", func() time.Duration { return 1234567 }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var h stats.Histogram
			all := make([]time.Duration, 20_000)
			for i := range all {
				all[i] = tt.draw()
				h.Observe(all[i])
			}
			slices.Sort(all)
			for _, q := range []float64{0, .01, .25, .5, .9, .95, .99, .999, 1} {
				rank := max(int(math.Ceil(q*float64(len(all)))), 1)
				want := all[rank-1]
				got := h.Quantile(q)
				if off := math.Abs(float64(got-want)) / float64(want); off > .05 {
					t.Errorf("quantile %g: got %v, want %v within 5 %%", q, got, want)
				}
			}
			if h.Min() != all[0] || h.Max() != all[len(all)-1] || h.Count() != uint64(len(all)) {
				t.Errorf("min, max, count: got %v, %v, %d", h.Min(), h.Max(), h.Count())
			}
		})
	}
}

func TestMergedIsAsCountedTogether(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	var parts [4]stats.Histogram
	var whole, merged stats.Histogram
	for i := range 10_000 {
		d := time.Duration(r.Int64() >> r.IntN(63))
		parts[i%3].Observe(d) // the fourth part stays empty
		whole.Observe(d)
	}
	for i := range parts {
		merged.Merge(&parts[i])
	}
	if merged.Count() != whole.Count() || merged.Seconds() != whole.Seconds() || merged.Min() != whole.Min() || merged.Max() != whole.Max() {
		t.Error("merging lost something")
	}
	for q := 0.0; q <= 1; q += .001 {
		if got, want := merged.Quantile(q), whole.Quantile(q); got != want {
			t.Fatalf("quantile %g: got %v, want %v", q, got, want)
		}
	}
}

func TestEmptyAndReusedHistogram(t *testing.T) {
	var h stats.Histogram
	if h.Quantile(.5) != 0 || h.Mean() != 0 || h.Max() != 0 {
		t.Error("an empty histogram must give zeros")
	}
	h.Observe(time.Hour)
	h.Observe(-time.Second)
	if h.Min() != 0 || h.Max() != time.Hour {
		t.Errorf("a negative duration counts as 0: got min %v, max %v", h.Min(), h.Max())
	}
	h.Reset()
	h.Observe(time.Millisecond)
	if h.Count() != 1 || h.Min() != time.Millisecond || h.Quantile(.5) != time.Millisecond {
		t.Errorf("after a reset: got %d, %v, %v", h.Count(), h.Min(), h.Quantile(.5))
	}
}

func TestSumDoesNotOverflow(t *testing.T) {
	var h stats.Histogram
	for range 5 {
		h.Observe(math.MaxInt64)
	}
	if got, want := h.Seconds(), 5*float64(math.MaxInt64)/1e9; math.Abs(got-want) > want*1e-12 {
		t.Errorf("got %g s, want %g", got, want)
	}
}

func BenchmarkObserve(b *testing.B) {
	var h stats.Histogram
	d := 100 * time.Microsecond
	b.ReportAllocs()
	for b.Loop() {
		h.Observe(d)
		d += 17
		if d > time.Second {
			d = time.Microsecond
		}
	}
}
