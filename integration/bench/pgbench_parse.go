package main

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"time"
)

// A progress is what a line of pgbench -P says of the interval that it ends.
type progress struct {
	second float64 // since the start
	rate   float64 // transactions per second
	failed int
}

// "progress: 5.0 s, 1000.0 tps, lat 1.000 ms stddev 0.500, 0 failed, lag 0.010 ms";
// before PostgreSQL 15 without the failures, with nothing done "lat NaN" or "lat -nan".
var progressLine = regexp.MustCompile(`^progress: ([0-9.]+) s, ([0-9.]+) tps, lat [^,]*(?:, ([0-9]+) failed)?`)

func parseProgress(line string) (p progress, ok bool) {
	m := progressLine.FindStringSubmatch(line)
	if m == nil {
		return p, false
	}
	var err1, err2, err3 error
	p.second, err1 = strconv.ParseFloat(m[1], 64)
	p.rate, err2 = strconv.ParseFloat(m[2], 64)
	if m[3] != "" {
		p.failed, err3 = strconv.Atoi(m[3])
	}
	return p, errors.Join(err1, err2, err3) == nil
}

// readLogs gives the latencies, in µs and sorted, of the transactions that ended
// between the two times, from the files that pgbench -l left in dir, one for each
// of its threads.
func readLogs(dir string, begin, end time.Time) ([]float64, error) {
	paths, err := filepath.Glob(filepath.Join(dir, "log.*"))
	if err != nil {
		return nil, err
	}
	var took []float64
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		took = parseLog(took, text, begin, end)
	}
	slices.Sort(took)
	return took, nil
}

// parseLog reads lines of
//
//	client_id transaction_no time script_no time_epoch time_us [schedule_lag]
//
// The last one may be cut, for pgbench was stopped.
//
// PostgreSQL 18, pgbench, "Per-Transaction Logging"
func parseLog(took []float64, text []byte, begin, end time.Time) []float64 {
	for {
		line, rest, whole := bytes.Cut(text, []byte("\n"))
		if !whole {
			return took
		}
		text = rest
		f := bytes.Fields(line)
		if len(f) < 6 {
			continue
		}
		us, err1 := strconv.ParseFloat(string(f[2]), 64)
		sec, err2 := strconv.ParseInt(string(f[4]), 10, 64)
		usec, err3 := strconv.ParseInt(string(f[5]), 10, 64)
		if errors.Join(err1, err2, err3) != nil {
			continue // "skipped" or "failed" in place of a time
		}
		if at := time.Unix(sec, usec*1000); at.Before(begin) || at.After(end) {
			continue
		}
		took = append(took, us)
	}
}

// quantile reads the share q off sorted values: the least that is not exceeded by
// that share of them. 0 if there are none.
func quantile(sorted []float64, q float64) float64 {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[min(int(q*float64(len(sorted))), len(sorted)-1)]
}
