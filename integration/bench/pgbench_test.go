package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestParseProgress(t *testing.T) {
	for _, tt := range []struct {
		name, line string
		want       progress
		ok         bool
	}{
		{"PostgreSQL 15", "progress: 5.0 s, 23145.9 tps, lat 2.145 ms stddev 0.812, 0 failed", progress{5, 23145.9, 0}, true},
		{"throttled", "progress: 2.0 s, 8000.1 tps, lat 0.145 ms stddev 0.012, 3 failed, lag 0.011 ms", progress{2, 8000.1, 3}, true},
		{"PostgreSQL 14", "progress: 1.0 s, 100.0 tps, lat 1.000 ms stddev 0.500", progress{1, 100, 0}, true},
		{"nothing done", "progress: 3.0 s, 0.0 tps, lat NaN ms stddev NaN, 0 failed", progress{3, 0, 0}, true},
		{"nothing done, an older one", "progress: 3.0 s, 0.0 tps, lat -nan ms stddev -nan, 0 failed", progress{3, 0, 0}, true},
		{"a banner", "pgbench (15.14 (Debian 15.14-0+deb12u1))", progress{}, false},
		{"an error", `pgbench: error: connection to server at "127.0.0.1", port 1 failed: Connection refused`, progress{}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, ok := parseProgress(tt.line)
			if got != tt.want || ok != tt.ok {
				t.Errorf("got %v, %t; want %v, %t", got, ok, tt.want, tt.ok)
			}
		})
	}
}

func TestParseLog(t *testing.T) {
	const text = "0 1 100 0 1000 0\n" + // at the window's very beginning
		"1 2 200 0 1001 500000\n" +
		"1 3 300 0 1002 500000 17\n" + // with its lag
		"0 4 400 0 1004 1\n" + // after the window
		"0 5 skipped 0 1001 0 5\n" +
		"0 6 999 0 10" // pgbench was stopped
	got := parseLog(nil, []byte(text), time.Unix(1000, 0), time.Unix(1004, 0))
	if want := []float64{100, 200, 300}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestReadLogs(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"log.77": "0 1 300 0 1000 1\n", "log.77.1": "1 1 100 0 1000 2\n", "other": "1 1 200 0 1000 2\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	got, err := readLogs(dir, time.Unix(1000, 0), time.Unix(1001, 0))
	if want := []float64{100, 300}; err != nil || !slices.Equal(got, want) {
		t.Errorf("got %v, %v; want %v", got, err, want)
	}
}

func TestQuantile(t *testing.T) {
	hundred := make([]float64, 100)
	for i := range hundred {
		hundred[i] = float64(i + 1)
	}
	for _, tt := range []struct {
		values  []float64
		q, want float64
	}{
		{nil, 0.5, 0},
		{[]float64{7}, 0.99, 7},
		{hundred, 0.5, 51},
		{hundred, 0.99, 100},
		{hundred, 1, 100},
	} {
		if got := quantile(tt.values, tt.q); got != tt.want {
			t.Errorf("the %g quantile of %d values: got %g, want %g", tt.q, len(tt.values), got, tt.want)
		}
	}
}

func TestWatch(t *testing.T) {
	line := func(second, rate string) string {
		return "progress: " + second + " s, " + rate + " tps, lat 1.000 ms stddev 0.500, 0 failed\n"
	}
	for _, tt := range []struct {
		name, text, err string
	}{
		{"whole", "starting vacuum...end.\n" + line("1.0", "5.0") + line("2.0", "1000.0") + line("3.0", "1000.0") + line("4.0", "1.0"), ""},
		{"late", line("1.4", "5.0") + line("3.2", "1000.0"), ""},
		{"ended", line("1.0", "5.0") + "pgbench: fatal: too many clients\n", "ended before its window did: pgbench: fatal: too many clients"},
		{"error", "pgbench: error: client 3 aborted\n" + line("1.0", "5.0"), "pgbench: error: client 3 aborted"},
		{"failures", strings.ReplaceAll(line("1.0", "5.0"), "0 failed", "2 failed"), "2 transactions failed"},
		{"stalled", line("1.0", "5.0") + line("3.0", "0.0"), "no transaction in the window"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w, err := watch(strings.NewReader(tt.text), 1, 3, nil)
			switch {
			case tt.err == "" && (err != nil || w.transactions <= 0 || !w.end.After(w.begin)):
				t.Errorf("got %+v, %v", w, err)
			case tt.err != "" && (err == nil || err.Error() != tt.err):
				t.Errorf("got %v, want %q", err, tt.err)
			}
		})
	}
}

func TestWindowSample(t *testing.T) {
	begin := time.Unix(1000, 0)
	w := window{begin: begin, end: begin.Add(4 * time.Second), transactions: 1000, cpu: 80 * time.Millisecond}
	if got, want := w.sample(16), (sample{rate: 4000, cpu: 5}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}
