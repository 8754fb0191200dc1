package stats

import (
	"math"
	"math/rand/v2"
	"testing"
)

func TestBucketHoldsWhatItsBoundsSay(t *testing.T) {
	check := func(ns int64) {
		t.Helper()
		s := float64(ns) / 1e9
		i := bucketOf(ns)
		if i > lowest && s <= upperBound(i-1) || i < highest && s > upperBound(i) {
			t.Fatalf("%d ns is not in bucket %d, (%g s, %g s]", ns, i, upperBound(i-1), upperBound(i))
		}
	}
	for i := lowest; i <= highest; i++ {
		near := int64(upperBound(i) * 1e9)
		for d := int64(-2); d <= 2; d++ {
			check(max(near+d, 0))
		}
	}
	r := rand.New(rand.NewPCG(1, 2))
	for range 100_000 {
		check(r.Int64() >> r.IntN(63))
	}
	check(0)
	check(math.MaxInt64)
}

func TestPowersOfTwoBelongBelowTheirBound(t *testing.T) {
	if got := bucketOf(1e9); got != 0 {
		t.Errorf("1 s is in bucket %d, want 0: bounds are inclusive", got)
	}
	if got := bucketOf(500e6); got != -8 {
		t.Errorf("0.5 s is in bucket %d, want -8", got)
	}
	if got := bucketOf(500e6 + 1); got != -7 {
		t.Errorf("just above 0.5 s is in bucket %d, want -7", got)
	}
}
