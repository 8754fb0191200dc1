package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// A redisTest is what redis-benchmark says of one of its tests.
type redisTest struct {
	name     string
	rate     float64 // commands per second
	p50, p99 float64 // µs
}

// joined makes one sample of tests that did the same number of commands one after the other.
func joined(tests []redisTest) (s sample) {
	n, took := float64(len(tests)), 0.0 // seconds for a command of each
	for _, t := range tests {
		took += 1 / t.rate
		s.p50 += t.p50 / n
		s.p99 = max(s.p99, t.p99)
	}
	s.rate = n / took
	return s
}

var (
	// redisProgress is the line that redis-benchmark overwrites four times a second:
	//
	//	GET: rps=28064.0 (overall: 27841.3) avg_msec=1.154 (overall: 1.154)
	redisProgress = regexp.MustCompile(`^(.*): rps=([0-9.]+) \(overall: ([0-9.]+)\)`)

	// What it says when a test has ended, since version 6.2:
	//
	//	====== GET ======
	//	  throughput summary: 28571.43 requests per second
	//	  latency summary (msec):
	//	          avg       min       p50       p95       p99       max
	//	        1.086     0.352     1.063     1.575     2.079     2.583
	redisTitle      = regexp.MustCompile(`^====== (.*) ======$`)
	redisThroughput = regexp.MustCompile(`^  throughput summary: (\S+) requests per second$`)
	redisLatencies  = regexp.MustCompile(`^ +avg +min +p50 +p95 +p99 +max$`)
)

// watchRedis reads what redis-benchmark says of its tests until it ends. The window is made of the time between two progress lines, but for the first of each
// test, in which the connections are made.
func watchRedis(out io.Reader, t tree) (tests []redisTest, w redisWindow, err error) {
	lines := bufio.NewScanner(out)
	lines.Split(scanOverwritten)
	var test redisTest
	var expect func(line string) error // of the line that follows
	for lines.Scan() {
		line := lines.Text()
		if expect != nil {
			if err := expect(line); err != nil {
				return nil, w, err
			}
			tests, expect = append(tests, test), nil
			continue
		}
		if m := redisProgress.FindStringSubmatch(line); m != nil {
			if err := w.progress(time.Now(), m[1], m[2], t); err != nil {
				return nil, w, err
			}
		} else if m := redisTitle.FindStringSubmatch(line); m != nil {
			test = redisTest{name: m[1]}
		} else if m := redisThroughput.FindStringSubmatch(line); m != nil {
			if test.rate, err = positive(m[1]); err != nil {
				return nil, w, fmt.Errorf("redis-benchmark, test %s: throughput: %w", test.name, err)
			}
		} else if redisLatencies.MatchString(line) {
			expect = test.latencies
		}
	}
	return tests, w, lines.Err()
}

// latencies reads the line of numbers below their names.
func (t *redisTest) latencies(line string) (err error) {
	f := strings.Fields(line)
	if len(f) != 6 {
		return fmt.Errorf("redis-benchmark, test %s: latencies: %q", t.name, line)
	}
	var err1, err2 error
	t.p50, err1 = positive(f[2])
	t.p99, err2 = positive(f[4])
	if err := errors.Join(err1, err2); err != nil {
		return fmt.Errorf("redis-benchmark, test %s: latencies: %w", t.name, err)
	}
	t.p50, t.p99 = 1000*t.p50, 1000*t.p99 // from milliseconds
	return nil
}

// positive reads a number that measures something: redis-benchmark says inf, nan and 0 where nothing was done, or in no time.
func positive(s string) (float64, error) {
	v, err := strconv.ParseFloat(s, 64)
	if err == nil && (math.IsNaN(v) || math.IsInf(v, 0) || v <= 0) {
		err = fmt.Errorf("%s measures nothing", s)
	}
	return v, err
}

// A redisWindow is what was done between progress lines, and the proxy's CPU time meanwhile.
type redisWindow struct {
	commands float64
	cpu      time.Duration

	test string // of the last line
	seen int    // its lines
	at   time.Time
	used time.Duration // then
}

// progress adds what was done since the line before.
func (w *redisWindow) progress(now time.Time, test, rate string, t tree) error {
	used, err := t.cpu()
	if err != nil {
		return fmt.Errorf("the proxy's CPU time: %w", err)
	}
	if test != w.test {
		w.test, w.seen = test, 0
	}
	if w.seen++; w.seen > 2 {
		perSecond, err := strconv.ParseFloat(rate, 64)
		if err != nil {
			return err
		}
		w.commands += perSecond * now.Sub(w.at).Seconds()
		w.cpu += used - w.used
	}
	w.at, w.used = now, used
	return nil
}

// scanOverwritten splits lines that end with a carriage return, too: what follows it overwrites them on a terminal.
func scanOverwritten(data []byte, atEOF bool) (advance int, token []byte, err error) {
	if i := bytes.IndexAny(data, "\r\n"); i >= 0 {
		return i + 1, data[:i], nil
	}
	if atEOF && len(data) > 0 {
		return len(data), data, nil
	}
	return 0, nil, nil
}

// lastRate is the commands per second since the start, by the last progress line.
func lastRate(out string) (rate float64, ok bool) {
	for line := range strings.FieldsFuncSeq(out, func(r rune) bool { return r == '\r' || r == '\n' }) {
		if m := redisProgress.FindStringSubmatch(line); m != nil {
			if v, err := positive(m[3]); err == nil {
				rate, ok = v, true
			}
		}
	}
	return rate, ok
}
