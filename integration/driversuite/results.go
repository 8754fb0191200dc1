package driversuite

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
)

// Outcome is how a test ended.
type Outcome string

// The outcomes.
const (
	Pass   Outcome = "pass"
	Fail   Outcome = "fail" // also: it began and did not end
	Skip   Outcome = "skip"
	Absent Outcome = "absent" // it did not run
)

// Name is a test's, or a subtest's; a package's if Test is empty.
type Name struct{ Package, Test string }

func (n Name) String() string {
	if n.Test == "" {
		return n.Package
	}
	return n.Package + " " + n.Test
}

// top is the test that n is or is a part of.
func (n Name) top() Name {
	test, _, _ := strings.Cut(n.Test, "/")
	test, _, _ = strings.Cut(test, " ")
	return Name{n.Package, test}
}

// Results are the outcomes of a run.
type Results struct {
	outcomes map[Name]Outcome
	output   map[Name]string // the end of what it said
}

// Of is the outcome of one test.
func (r *Results) Of(n Name) Outcome {
	if o, ok := r.outcomes[n]; ok {
		return o
	}
	return Absent
}

// Names are the tests that ended so, in order.
func (r *Results) Names(o Outcome) []Name {
	var names []Name
	for n, got := range r.outcomes {
		if got == o {
			names = append(names, n)
		}
	}
	slices.SortFunc(names, byName)
	return names
}

// Count says how many tests ended so.
func (r *Results) Count(o Outcome) int { return len(r.Names(o)) }

// named are the tests of that name, one for each package that has it.
func (r *Results) named(test string) []Name {
	var names []Name
	for n := range r.outcomes {
		if n.Test == test {
			names = append(names, n)
		}
	}
	return names
}

// fresh is the name under which to keep another test: n, or "n (2)" if there is
// one already.
func (r *Results) fresh(n Name) Name {
	test := n.Test
	for i := 2; r.Of(n) != Absent; i++ {
		n.Test = fmt.Sprintf("%s (%d)", test, i)
	}
	return n
}

func (r *Results) String() string {
	return fmt.Sprintf("%d pass, %d fail, %d skip", r.Count(Pass), r.Count(Fail), r.Count(Skip))
}

// event is a line of go test -json; see go doc test2json.
type event struct {
	Action, Package, Test, Output string
}

// temporary finds, in the name of a subtest that is made of a file's name, the
// number that makes t.TempDir's folder a new one each time.
var temporary = regexp.MustCompile(`(/Test\w*?)\d{4,}(/\d{3})`)

// maxOutput bounds what is kept of a test's output.
const maxOutput = 4 << 10

// Parse reads the output of go test -json to its end.
//
// A package and its external tests may both have a test of one name; the second
// counts as "name (2)". A package is itself among the results only if it fails
// without a test that does: it does not build, or it panics.
func Parse(r io.Reader) (*Results, error) {
	res := &Results{map[Name]Outcome{}, map[Name]string{}}
	running := map[Name]Name{} // by the name in the events
	failed := map[string]bool{}
	lines := bufio.NewReader(r)
	for {
		line, err := lines.ReadBytes('\n')
		if err == io.EOF && len(line) == 0 {
			break
		}
		if err != nil && err != io.EOF {
			return nil, err
		}
		var e event
		if err := json.Unmarshal(line, &e); err != nil {
			return nil, fmt.Errorf("the output of go test -json: %w", err)
		}
		raw := Name{e.Package, e.Test}
		n, isTest := running[raw]
		switch e.Action {
		case "run":
			n = res.fresh(Name{e.Package, temporary.ReplaceAllString(e.Test, "${1}N${2}")})
			running[raw] = n
			res.outcomes[n] = Fail // until it ends
		case "output":
			if !isTest {
				n = Name{Package: e.Package}
			}
			said := res.output[n] + e.Output
			res.output[n] = said[max(0, len(said)-maxOutput):]
		case "pass", "fail", "skip":
			switch {
			case isTest:
				res.outcomes[n] = Outcome(e.Action)
				failed[e.Package] = failed[e.Package] || e.Action == "fail"
			case e.Test == "" && e.Action == "fail" && !failed[e.Package]:
				res.outcomes[Name{Package: e.Package}] = Fail
			}
		}
	}
	return res, nil
}
