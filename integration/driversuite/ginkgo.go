package driversuite

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"regexp"
	"strings"
)

// specs is the Go test that runs all of ginkgo's specs. A spec counts as a subtest
// of it, by its whole text.
const specs = "TestGinkgoSuite"

// A suiteReport is what matters of ginkgo's JSON report.
type suiteReport struct {
	SpecReports []struct {
		ContainerHierarchyTexts    []string
		LeafNodeType, LeafNodeText string
		State                      string
		Failure                    struct {
			Message  string
			Location struct {
				FileName   string
				LineNumber int
			}
		}
	}
}

// addSpecs puts the specs of a report in the place of the Go test that ran them.
// If there is no report, that test ended before it could write one.
func (r *Results) addSpecs(report string) error {
	text, err := os.ReadFile(report)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	var suites []suiteReport
	if err := json.Unmarshal(text, &suites); err != nil {
		return fmt.Errorf("ginkgo's report: %w", err)
	}
	for _, n := range r.named(specs) {
		delete(r.outcomes, n)
		for _, suite := range suites {
			r.addSuite(n, suite)
		}
	}
	return nil
}

func (r *Results) addSuite(suite Name, report suiteReport) {
	for _, s := range report.SpecReports {
		outcome := Fail
		switch s.State {
		case "passed":
			outcome = Pass
		case "skipped", "pending":
			outcome = Skip
		}
		// What the flags leave out is skipped too, but does not say why.
		if s.LeafNodeType != "It" || outcome == Skip && s.Failure.Message == "" {
			continue
		}
		text := strings.Join(append(s.ContainerHierarchyTexts, s.LeafNodeText), " ")
		n := r.fresh(Name{suite.Package, suite.Test + "/" + text})
		r.outcomes[n] = outcome
		if s.Failure.Message != "" {
			r.output[n] = fmt.Sprintf("%s:%d: %s", s.Failure.Location.FileName, s.Failure.Location.LineNumber, s.Failure.Message)
		}
	}
}

// numbered finds what Results adds to a name that is there twice.
var numbered = regexp.MustCompile(` \(\d+\)$`)

// focus gives the flags by which ginkgo runs the specs among the names only.
func focus(names []Name) []string {
	var flags []string
	for _, n := range names {
		if text, ok := strings.CutPrefix(n.Test, specs+"/"); ok {
			flags = append(flags, "-ginkgo.focus= "+regexp.QuoteMeta(numbered.ReplaceAllString(text, ""))+"$")
		}
	}
	return flags
}
