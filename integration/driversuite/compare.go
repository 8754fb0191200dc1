package driversuite

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"
)

// Side runs tests on one of the two ways to the server: all of a suite or, if
// there are any, those of only.
type Side func(ctx context.Context, only []Name) (*Results, error)

// Reruns is how often tests that came out differently are repeated on both
// sides.
const Reruns = 2

// Difference is a test that came out differently, with the outcomes of the first
// run and of the repetitions.
type Difference struct {
	Name            Name
	Direct, Proxied []Outcome
	Output          string // what it said when it failed
}

// Flaky is a difference that a repetition did not confirm.
func (d Difference) Flaky() bool {
	for i := range d.Direct {
		if d.Direct[i] == d.Proxied[i] {
			return true
		}
	}
	return false
}

func (d Difference) String() string {
	return fmt.Sprintf("%s: direct %v, through the proxy %v", d.Name, d.Direct, d.Proxied)
}

// Report is a comparison.
type Report struct {
	Direct, Proxied *Results // the first run of each
	Differences     []Difference
}

// Real are the differences that stay.
func (r *Report) Real() []Difference {
	return slices.DeleteFunc(slices.Clone(r.Differences), Difference.Flaky)
}

// Compare runs the tests on both sides at once and repeats the differing ones. It
// tells log how it goes on.
func Compare(ctx context.Context, log io.Writer, direct, proxied Side) (*Report, error) {
	both := func(what string, only []Name) (d, p *Results, err error) {
		start := time.Now()
		var wait sync.WaitGroup
		var derr, perr error
		wait.Go(func() { d, derr = direct(ctx, only) })
		wait.Go(func() { p, perr = proxied(ctx, only) })
		wait.Wait()
		if derr != nil {
			return nil, nil, fmt.Errorf("%s, direct: %w", what, derr)
		}
		if perr != nil {
			return nil, nil, fmt.Errorf("%s, through the proxy: %w", what, perr)
		}
		fmt.Fprintf(log, "%s: direct %v; through the proxy %v; in %.0f s\n", what, d, p, time.Since(start).Seconds())
		return d, p, nil
	}
	d, p, err := both("the suite", nil)
	if err != nil {
		return nil, err
	}
	report := &Report{Direct: d, Proxied: p, Differences: differences(d, p)}
	for i := range Reruns {
		var only []Name
		for _, d := range report.Real() {
			only = append(only, d.Name)
		}
		if len(only) == 0 {
			break
		}
		if d, p, err = both(fmt.Sprintf("repetition %d", i+1), only); err != nil {
			return nil, err
		}
		for i := range report.Differences {
			if diff := &report.Differences[i]; !diff.Flaky() {
				diff.Direct = append(diff.Direct, d.Of(diff.Name))
				diff.Proxied = append(diff.Proxied, p.Of(diff.Name))
			}
		}
	}
	return report, nil
}

// differences are the names whose outcomes differ, in order.
func differences(direct, proxied *Results) []Difference {
	names := maps.Clone(direct.outcomes)
	maps.Copy(names, proxied.outcomes)
	var diffs []Difference
	for _, n := range slices.SortedFunc(maps.Keys(names), byName) {
		d, p := direct.Of(n), proxied.Of(n)
		if d == p {
			continue
		}
		said := proxied.output[n]
		if p != Fail {
			said = direct.output[n]
		}
		diffs = append(diffs, Difference{n, []Outcome{d}, []Outcome{p}, said})
	}
	return diffs
}

func byName(a, b Name) int {
	return cmp.Or(cmp.Compare(a.Package, b.Package), cmp.Compare(a.Test, b.Test))
}

// Pattern is what to give to go test to run the named tests: their packages and a
// pattern for the names, which is empty if there are none. A subtest is run with
// its whole test, on whose other parts it may depend.
func Pattern(names []Name) (packages []string, pattern string) {
	var tests []string
	for _, n := range names {
		n = n.top()
		packages = append(packages, n.Package)
		test := regexp.QuoteMeta(n.Test)
		if n.Test == "" {
			test = ".*" // the package as a whole
		}
		tests = append(tests, test)
	}
	if len(tests) == 0 {
		return nil, ""
	}
	slices.Sort(packages)
	slices.Sort(tests)
	return slices.Compact(packages), "^(" + strings.Join(slices.Compact(tests), "|") + ")$"
}
