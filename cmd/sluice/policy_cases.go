package main

import (
	"cmp"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/sluice-proxy/sluice/configs"
	"github.com/sluice-proxy/sluice/rbac"
)

func testPolicy(p *program, args []string) int {
	rest, code, done := p.parse("policy", flag.NewFlagSet("policy", flag.ContinueOnError), args, 1)
	switch {
	case done:
		return code
	case len(rest) == 0:
		return p.usage("policy", "which cases? sluice policy test cases.yaml")
	}
	cases, err := configs.LoadPolicyCases(rest[0])
	if err != nil {
		return p.fileError(rest[0], err)
	}
	e, err := configs.LoadPolicy(cases.Policy)
	if err != nil {
		return p.fileError(cases.Policy, err)
	}
	if code := p.unknownRules(rest[0], cases, e); code != ok {
		return code
	}
	var table strings.Builder
	w := tabwriter.NewWriter(&table, 0, 0, 2, ' ', 0)
	wrong := make([]string, len(cases.Cases)) // by case
	failed := 0
	for i := range cases.Cases {
		c := &cases.Cases[i]
		d, err := judge(e, c)
		if err != nil {
			return p.fail("%s:%d: %v", rest[0], c.Line, err)
		}
		result := "ok"
		if text := unexpected(e, c, d); text != "" {
			result = "FAIL"
			wrong[i] = fmt.Sprintf("  %s:%d: %s\n", rest[0], c.Line, text)
			failed++
		}
		_, _ = fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", result, title(c), effectOf(d), ruleName(e, d.Rule)) // w keeps it
	}
	_ = w.Flush() // into table
	i := 0
	for line := range strings.Lines(table.String()) {
		p.say(p.out, line+wrong[i])
		i++
	}
	p.say(p.out, fmt.Sprintf("%s, %d failed\n", count(len(cases.Cases), "case"), failed))
	if failed > 0 {
		return failure
	}
	return ok
}

// unknownRules says which rules the cases expect that the policy hasn't, and gives the exit code for that; ok if there are none.
func (p *program) unknownRules(file string, cases *configs.PolicyCases, e *rbac.Engine) int {
	known := []string{configs.NoRule}
	for _, r := range e.Rules() {
		known = append(known, r.Name)
	}
	code := ok
	for _, c := range cases.Cases {
		for _, name := range []string{c.Rule, c.Shadow} {
			if name == "" || slices.Contains(known, name) {
				continue
			}
			hint := "none stands for no rule"
			if near := configs.Nearest(name, known); near != "" {
				hint = "did you mean " + near + "?"
			}
			p.fail("%s:%d: there is no rule %q in %s; %s", file, c.Line, name, cases.Policy, hint)
			code = badConfig
		}
	}
	return code
}

// unexpected says in what a decision isn't what the case expects; "" if it is.
func unexpected(e *rbac.Engine, c *configs.PolicyCase, d rbac.Decision) string {
	var wrong []string
	if got := effectOf(d); got != c.Expect {
		text := fmt.Sprintf("got %s, want %s", got, c.Expect)
		if !d.Allow {
			text += " (" + d.Message() + ")"
		}
		wrong = append(wrong, text)
	}
	if got := ruleName(e, d.Rule); c.Rule != "" && got != c.Rule {
		wrong = append(wrong, fmt.Sprintf("decided by rule %s, want %s", got, c.Rule))
	}
	if got := ruleName(e, d.Shadow); c.Shadow != "" && got != c.Shadow {
		wrong = append(wrong, fmt.Sprintf("reported by shadow rule %s, want %s", got, c.Shadow))
	}
	return strings.Join(wrong, "; ")
}

func effectOf(d rbac.Decision) rbac.Effect {
	if d.Allow {
		return rbac.Allow
	}
	return rbac.Deny
}

func ruleName(e *rbac.Engine, id rbac.RuleID) string {
	if id == 0 {
		return configs.NoRule
	}
	return e.Name(id)
}

// title names a case in one short line.
func title(c *configs.PolicyCase) string {
	text := c.Name
	if text == "" {
		text = c.Identity.User + ": " + cmp.Or(c.Statement, "login")
	}
	text = strings.Join(strings.Fields(text), " ")
	if r := []rune(text); len(r) > 72 {
		text = string(r[:71]) + "…"
	}
	return text
}

// fileError says what is wrong with a file that commands about policies read.
func (p *program) fileError(file string, err error) int {
	var problems configs.Problems
	switch {
	case errors.As(err, &problems):
		p.say(p.err, fmt.Sprintf("%v\nsluice: %s in %s\n", err, count(len(problems), "problem"), file))
	case errors.Is(err, fs.ErrNotExist):
		p.fail("%s is not there", file)
	default:
		p.fail("%s can't be read: %v", file, err)
	}
	return badConfig
}
