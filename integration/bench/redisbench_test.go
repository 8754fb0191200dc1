package main

import (
	"math"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"
)

// redisReport is what redis-benchmark says of a test.
func redisReport(test, rate, latencies string) string {
	const blank = "                    \r"
	return " \r" + test + ": rps=0.0 (overall: 0.0) avg_msec=-nan (overall: -nan)\r" +
		blank + test + ": rps=1000.0 (overall: 1000.0) avg_msec=1.1 (overall: 1.1)\r" +
		blank + test + ": rps=2000.0 (overall: 1500.0) avg_msec=1.1 (overall: 1.1)\r" + blank +
		"====== " + test + " ======\n  8000 requests completed in 0.76 seconds\n  20 parallel clients\n  host configuration \"save\": \n\n" +
		"Latency by percentile distribution:\n0.000% <= 0.056 milliseconds (cumulative count 1)\n\n" +
		"Summary:\n  throughput summary: " + rate + " requests per second\n  latency summary (msec):\n" +
		"          avg       min       p50       p95       p99       max\n" + latencies + "\n"
}

func TestWatchRedis(t *testing.T) {
	const took = "        1.690     0.056     0.655     7.559    14.903    59.487"
	for _, tt := range []struct {
		name, out string
		want      []redisTest
		err       string // a part of it
	}{
		{"two tests", redisReport("SET", "10582.01", took) + redisReport("GET", "8008.01", "  2.262 0.056 0.527 9.711 20.975 32.831"),
			[]redisTest{{"SET", 10582.01, 655, 14903}, {"GET", 8008.01, 527, 20975}}, ""},
		{"a command", redisReport("GET bench:1MiB", "283.5", took), []redisTest{{"GET bench:1MiB", 283.5, 655, 14903}}, ""},
		{"one test, then an error", redisReport("SET", "10582.01", took) + "GET: rps=0.0 (overall: 0.0)\r", []redisTest{{"SET", 10582.01, 655, 14903}}, ""},
		{"Redis 6.0", "====== GET ======\n  8000 requests completed in 0.76 seconds\n\n99.90% <= 1 milliseconds\n8008.01 requests per second\n", nil, ""},
		{"nothing", "", nil, ""},
		{"cut", redisReport("GET", "8008.01", "  2.262 0.056"), nil, "test GET: latencies"},
		{"in no time", redisReport("GET", "inf", took), nil, "test GET: throughput: inf measures nothing"},
		{"nothing done", redisReport("GET", "0.00", took), nil, "test GET: throughput: 0.00 measures nothing"},
		{"no latencies", redisReport("GET", "8008.01", " 0.000 0.000 -nan 0.000 0.000 0.000"), nil, "test GET: latencies"},
		{"not a number", redisReport("GET", "fast", took), nil, "test GET: throughput"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, _, err := watchRedis(iotest.OneByteReader(strings.NewReader(tt.out)), nil)
			if tt.err == "" && err != nil || tt.err != "" && (err == nil || !strings.Contains(err.Error(), tt.err)) {
				t.Fatalf("got the error %v, want %q", err, tt.err)
			}
			if !slices.EqualFunc(got, tt.want, func(a, b redisTest) bool {
				return a.name == b.name && a.rate == b.rate && math.Abs(a.p50-b.p50)+math.Abs(a.p99-b.p99) < 1e-6
			}) {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

// TestRedisWindow: what a test does while it connects doesn't count, nor what happens between two tests.
func TestRedisWindow(t *testing.T) {
	var w redisWindow
	start := time.Unix(1000, 0)
	for _, line := range []struct {
		after      time.Duration
		test, rate string
	}{
		{0, "SET", "0.0"}, {250, "SET", "90000.0"}, {500, "SET", "1000.0"}, {1000, "SET", "2000.0"},
		{2000, "GET", "70000.0"}, {2250, "GET", "80000.0"}, {2500, "GET", "4000.0"},
	} {
		if err := w.progress(start.Add(line.after*time.Millisecond), line.test, line.rate, nil); err != nil {
			t.Fatal(err)
		}
	}
	if w.commands != 250+1000+1000 {
		t.Errorf("got %g commands, want 2250", w.commands)
	}
}

func TestLastRate(t *testing.T) {
	const blank = "                    \r"
	for _, tt := range []struct {
		name, out string
		want      float64
		ok        bool
	}{
		{"the last one", "GET: rps=28064.0 (overall: 27841.3) avg_msec=1.154 (overall: 1.154)\r" + blank + "GET: rps=29087.7 (overall: 28463.2) avg_msec=1.093 (overall: 1.123)\r", 28463.2, true},
		{"cut", "GET: rps=28064.0 (overall: 27841.3) avg_msec=1.154 (overall: 1.154)\r" + blank + "GET: rps=29087.7 (over", 27841.3, true},
		{"nothing done yet", "GET: rps=0.0 (overall: 0.0) avg_msec=-nan (overall: -nan)\r", 0, false},
		{"at the very start", "GET: rps=inf (overall: -nan) avg_msec=-nan (overall: -nan)\r", 0, false},
		{"an error", "Error from server: NOPERM this user has no permissions\n", 0, false},
	} {
		if got, ok := lastRate(tt.out); got != tt.want || ok != tt.ok {
			t.Errorf("%s: got %g, %t; want %g, %t", tt.name, got, ok, tt.want, tt.ok)
		}
	}
}

// TestJoined: a test of half the speed takes two thirds of the time.
func TestJoined(t *testing.T) {
	got := joined([]redisTest{{"SET", 1000, 100, 900}, {"GET", 2000, 200, 300}})
	if math.Abs(got.rate-4000.0/3) > 1e-6 || got.p50 != 150 || got.p99 != 900 {
		t.Errorf("got %+v", got)
	}
}

func TestRedisLoad(t *testing.T) {
	for _, tt := range []struct {
		load  redisLoad
		parts int
		units float64
	}{
		{redisLoad{clients: 50}, 2, 1},
		{redisLoad{clients: 10, tests: "get"}, 1, 1},
		{redisLoad{clients: 8, get: "bench:64KiB"}, 1, 1. / 16},
		{redisLoad{clients: 8, get: "bench:1MiB"}, 1, 1},
	} {
		if parts, units := tt.load.parts(), tt.load.units(); parts != tt.parts || units != tt.units {
			t.Errorf("%+v: got %d, %g; want %d, %g", tt.load, parts, units, tt.parts, tt.units)
		}
	}
	if got, want := (sample{rate: 160, p50: 7, cpu: 10}).per(1./16), (sample{rate: 10, p50: 7, cpu: 160}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}
