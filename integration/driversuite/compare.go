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
	"time"
)

// Side runs tests on one of the two ways to the server: those of packages whose
// names match pattern.
type Side func(ctx context.Context, packages []string, pattern string) (*Results, error)

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

// Compare runs the tests on both sides and repeats the differing ones. It tells
// log how it goes on.
func Compare(ctx context.Context, log io.Writer, direct, proxied Side, packages []string, pattern string) (*Report, error) {
	run := func(what string, side Side, packages []string, pattern string) (*Results, error) {
		start := time.Now()
		res, err := side(ctx, packages, pattern)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", what, err)
		}
		fmt.Fprintf(log, "%s: %v in %.0f s\n", what, res, time.Since(start).Seconds())
		return res, nil
	}
	d, err := run("direct", direct, packages, pattern)
	if err != nil {
		return nil, err
	}
	p, err := run("through the proxy", proxied, packages, pattern)
	if err != nil {
		return nil, err
	}
	report := &Report{Direct: d, Proxied: p, Differences: differences(d, p)}
	for i := range Reruns {
		packages, pattern := toRepeat(report.Real())
		if pattern == "" {
			break
		}
		if d, err = run(fmt.Sprintf("repetition %d, direct", i+1), direct, packages, pattern); err != nil {
			return nil, err
		}
		if p, err = run(fmt.Sprintf("repetition %d, through the proxy", i+1), proxied, packages, pattern); err != nil {
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

// toRepeat is what to give to go test to run the differing tests again: their
// packages and a pattern for the names, which is empty if there is nothing to
// do. A subtest is repeated with its whole test, on whose other parts it may
// depend.
func toRepeat(diffs []Difference) (packages []string, pattern string) {
	var tests []string
	for _, d := range diffs {
		n := d.Name.top()
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
