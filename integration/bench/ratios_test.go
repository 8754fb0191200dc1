package main

import (
	"errors"
	"slices"
	"testing"
)

// rowOf makes a row of CPU times; 0 is a round that failed.
func rowOf(key string, cpu ...float64) *row {
	x := &row{peer: peer{key: key}}
	for _, v := range cpu {
		o := outcome{sample: sample{rate: 1, cpu: v}}
		if v == 0 {
			o = outcome{err: errors.New("failed")}
		}
		x.outcomes = append(x.outcomes, o)
	}
	return x
}

func TestMedian(t *testing.T) {
	for _, tt := range []struct {
		values []float64
		want   float64
	}{
		{nil, 0},
		{[]float64{3}, 3},
		{[]float64{9, 1, 5}, 5},
		{[]float64{4, 1, 3, 2}, 2.5},
	} {
		given := slices.Clone(tt.values)
		if got := median(tt.values); got != tt.want {
			t.Errorf("median of %v: got %g, want %g", tt.values, got, tt.want)
		}
		if !slices.Equal(given, tt.values) {
			t.Errorf("%v was sorted to %v", given, tt.values)
		}
	}
}

func TestRatios(t *testing.T) {
	for _, tt := range []struct {
		name    string
		x, base *row
		want    []float64
	}{
		{"by round", rowOf("a", 8, 30, 9), rowOf("b", 10, 20, 10), []float64{0.8, 1.5, 0.9}},
		{"a failed round counts on neither side", rowOf("a", 8, 0, 9), rowOf("b", 0, 20, 10), []float64{0.9}},
		{"not run", rowOf("a", 8), nil, nil},
		{"nothing measured", rowOf("a", 8), &row{outcomes: []outcome{{sample: sample{rate: 1}}}}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := ratios(tt.x, tt.base, cpuOf); !slices.Equal(got, tt.want) {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

// TestRatiosOfADriftingMachine is why ratios are taken by round: the machine gets
// slower by half, and the ratio stays.
func TestRatiosOfADriftingMachine(t *testing.T) {
	got := spreadOf(ratios(rowOf("a", 8, 10, 12), rowOf("b", 10, 12.5, 15), cpuOf))
	if want := (spread{0.8, 0.8, 0.8, 3}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestAddedLatency(t *testing.T) {
	at := func(key string, p99 ...float64) row {
		x := row{peer: peer{key: key}}
		for _, v := range p99 {
			x.outcomes = append(x.outcomes, outcome{sample: sample{rate: 1, p99: v}})
		}
		return x
	}
	r := &results{tables: []table{{workload: workload{key: keyRate}, rows: []row{
		at(keyDirect, 100, 100, 100, 300),
		at(keyInspect, 150, 180, 90, 400),
		at(keyHAProxy, 200, 200, 200, 200), // in the last round it is faster than nothing
	}}}}
	if got, want := addedLatency(r, keyRate, keyInspect), []float64{0.5, 0.8}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
