package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// What the main module's own benchmarks say of the decoder: numbers that have no
// peers to be compared with.

// A micro is the outcome: by benchmark and unit, the value of each of its runs.
type micro struct {
	values map[microKey][]float64
	order  []microKey
	err    error
}

type microKey struct{ benchmark, unit string }

// microQuestion selects values: the worst of the benchmarks' medians is the answer.
type microQuestion struct {
	benchmarks *regexp.Regexp
	unit       string
	scale      float64
	least      bool // the least is the worst
}

var (
	microMessage = microQuestion{regexp.MustCompile("^(RoundTrip|Rows)/"), "ns/msg", 1, false}
	microAllocs  = microQuestion{regexp.MustCompile("^(RoundTrip|Rows)/"), "allocs/op", 1, false}
	microSkip    = microQuestion{regexp.MustCompile("^BigRow"), "MB/s", 1e-3, true}
	microHit     = microQuestion{regexp.MustCompile("^CachedStatement"), "ns/op", 1, false}
)

// Redis's small ones are commands of one key. Effects are what a policy judges.
var (
	microRedisMessage = microQuestion{regexp.MustCompile("^RoundTrip/(get|set|incr|hset|ping|get_pipelined_16)$"), "ns/msg", 1, false}
	microRedisAllocs  = microQuestion{regexp.MustCompile("^RoundTrip/"), "allocs/op", 1, false}
	microRedisSkip    = microQuestion{regexp.MustCompile("^BigValue$"), "MB/s", 1e-3, true}
	microRedisDecide  = microQuestion{regexp.MustCompile("^DecideBySelector$"), "ns/op", 1, false}
)

// A microRun is what is run, in the main module.
type microRun struct {
	packages   []string
	benchmarks string
}

var microRuns = map[protocol]microRun{
	postgres: {[]string{"./codecs/postgres", "./filters/inspect"}, "^Benchmark(RoundTrip|Rows|BigRow|CachedStatement)$"},
	redis:    {[]string{"./codecs/redis", "./rbac"}, "^Benchmark(RoundTrip|BigValue|LongArray|DecideBySelector)$"},
}

func runMicro(ctx context.Context, p protocol, seconds int) micro {
	r := microRuns[p]
	args := append([]string{"test", "-run", "^$", "-bench", r.benchmarks, "-benchmem", "-count", "5",
		"-benchtime", fmt.Sprintf("%dms", 100*seconds)}, r.packages...)
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = ".."
	out, err := cmd.CombinedOutput()
	if err != nil {
		return micro{err: fmt.Errorf("go test -bench: %w", err)}
	}
	return parseMicro(out)
}

var (
	benchLine = regexp.MustCompile(`^Benchmark(\S+?)(?:-\d+)?\s+\d+\s+(.*)$`)
	benchPair = regexp.MustCompile(`([0-9.e+]+) (\S+)`)
)

// parseMicro reads go test -bench's lines:
//
//	BenchmarkRows/100B-2   10000   69868 ns/op   937.76 MB/s   110.9 ns/msg   0 B/op   0 allocs/op
func parseMicro(out []byte) micro {
	m := micro{values: map[microKey][]float64{}}
	lines := bufio.NewScanner(bytes.NewReader(out))
	for lines.Scan() {
		f := benchLine.FindStringSubmatch(lines.Text())
		if f == nil {
			continue
		}
		for _, pair := range benchPair.FindAllStringSubmatch(f[2], -1) {
			v, err := strconv.ParseFloat(pair[1], 64)
			if err != nil {
				continue
			}
			key := microKey{f[1], pair[2]}
			if _, known := m.values[key]; !known {
				m.order = append(m.order, key)
			}
			m.values[key] = append(m.values[key], v)
		}
	}
	return m
}

// worst answers a question with the spread of the worst benchmark.
func (m *micro) worst(q microQuestion) (worst spread) {
	for _, key := range m.order {
		if key.unit != q.unit || !q.benchmarks.MatchString(key.benchmark) {
			continue
		}
		values := make([]float64, 0, len(m.values[key]))
		for _, v := range m.values[key] {
			values = append(values, v*q.scale)
		}
		s := spreadOf(values)
		if worst.n == 0 || (s.median < worst.median) == q.least && s.median != worst.median {
			worst = s
		}
	}
	return worst
}

func (m *micro) render(w *strings.Builder) {
	if m.err == nil && len(m.order) == 0 {
		return
	}
	w.WriteString("### The decoder by itself\n\n")
	if m.err != nil {
		fmt.Fprintf(w, "Not measured: %v.\n\n", m.err)
		return
	}
	w.WriteString("`go test -bench`, medians of five.\n\n| benchmark | ns/op | ns/message | MB/s | allocations |\n|---|--:|--:|--:|--:|\n")
	var names []string
	for _, key := range m.order {
		if !slices.Contains(names, key.benchmark) {
			names = append(names, key.benchmark)
		}
	}
	for _, name := range names {
		fmt.Fprintf(w, "| %s |", name)
		for _, unit := range []string{"ns/op", "ns/msg", "MB/s", "allocs/op"} {
			text := "–"
			if v, ok := m.values[microKey{name, unit}]; ok {
				if text = number(median(v)); median(v) == 0 {
					text = "0"
				}
			}
			fmt.Fprintf(w, " %s |", text)
		}
		w.WriteString("\n")
	}
	w.WriteString("\n")
}
