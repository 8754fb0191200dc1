package main

import (
	"math"
	"slices"
)

// A metric is one of a sample's numbers.
type metric func(sample) float64

func rateOf(s sample) float64   { return s.rate }
func p50Of(s sample) float64    { return s.p50 }
func p99Of(s sample) float64    { return s.p99 }
func cpuOf(s sample) float64    { return s.cpu }
func memoryOf(s sample) float64 { return s.memory }

// A spread is the middle of some values, and the least and the greatest of them.
type spread struct {
	median, least, most float64
	n                   int // values
}

func spreadOf(values []float64) spread {
	if len(values) == 0 {
		return spread{}
	}
	return spread{median(values), slices.Min(values), slices.Max(values), len(values)}
}

// median of nothing is 0.
func median(values []float64) float64 {
	if len(values) == 0 {
		return 0
	}
	v := slices.Sorted(slices.Values(values))
	mid := len(v) / 2
	if len(v)%2 == 1 {
		return v[mid]
	}
	return (v[mid-1] + v[mid]) / 2
}

// medianOf is a row's median of a metric over its rounds.
func medianOf(x *row, m metric) float64 {
	if x == nil {
		return 0
	}
	var values []float64
	for _, s := range x.samples() {
		values = append(values, m(s))
	}
	return median(values)
}

// ratios compares two rows by round: only what was measured at about the same time
// is comparable. Rounds in which one of them failed don't count.
func ratios(x, base *row, m metric) []float64 {
	return perRound(func(s ...sample) float64 { return m(s[0]) / m(s[1]) }, x, base)
}

// perRound computes f of each round's samples of the rows. What isn't a positive
// number is no value: a difference that noise turned round says nothing.
func perRound(f func(...sample) float64, rows ...*row) []float64 {
	var values []float64
	if slices.Contains(rows, nil) {
		return nil
	}
rounds:
	for round := range rows[0].outcomes {
		var samples []sample
		for _, x := range rows {
			if !x.outcomes[round].ok() {
				continue rounds
			}
			samples = append(samples, x.outcomes[round].sample)
		}
		if v := f(samples...); v > 0 && !math.IsInf(v, 0) {
			values = append(values, v)
		}
	}
	return values
}
