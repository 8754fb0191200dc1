package main

import (
	"fmt"
	"math"
	"strings"
)

// render makes the Markdown of a protocol's results.
func render(r *results) string {
	var w strings.Builder
	r.machine.render(&w)
	renderTargets(&w, targets(r))
	for i := range r.tables {
		renderTable(&w, &r.tables[i])
	}
	r.micro.render(&w)
	if len(r.missing) > 0 {
		w.WriteString("### Not measured\n\n")
		for _, m := range r.missing {
			fmt.Fprintf(&w, "* %s: not measured: %v.\n", m.title, m.err)
		}
		w.WriteString("\n")
	}
	return w.String()
}

// A column is a metric with a title, printed if the workload has it. With versus its
// ratio to HAProxy's is a column of its own.
type column struct {
	title  string
	metric metric
	versus bool
}

func (t *table) columns() []column {
	c := t.workload.columns
	var all []column
	for _, x := range []column{
		{c.rate, rateOf, c.cpu != ""},
		{c.p50, p50Of, false},
		{c.p99, p99Of, false},
		{c.cpu, cpuOf, true},
		{c.memory, memoryOf, true},
	} {
		if x.title != "" {
			all = append(all, x)
		}
	}
	return all
}

func renderTable(w *strings.Builder, t *table) {
	fmt.Fprintf(w, "### %s\n\n", t.title)
	if t.about != "" {
		fmt.Fprintf(w, "%s\n\n", t.about)
	}
	var base *row
	for i := range t.rows {
		if t.rows[i].key == keyHAProxy {
			base = &t.rows[i]
		}
	}
	head, rule := "| |", "|---|"
	for _, c := range t.columns() {
		head += " " + c.title + " |"
		rule += "--:|"
		if c.versus && base != nil {
			head += " × HAProxy |"
			rule += "--:|"
		}
	}
	fmt.Fprintf(w, "%s\n%s\n", head, rule)
	for i := range t.rows {
		x := &t.rows[i]
		fmt.Fprintf(w, "| %s |", x.title)
		for _, c := range t.columns() {
			fmt.Fprintf(w, " %s |", number(medianOf(x, c.metric)))
			switch {
			case !c.versus || base == nil:
			case x == base:
				w.WriteString(" 1 |")
			default:
				fmt.Fprintf(w, " %s |", spreadOf(ratios(x, base, c.metric)))
			}
		}
		w.WriteString("\n")
	}
	w.WriteString("\n")
	renderFailures(w, t)
}

// renderFailures names the runs that a table has no numbers of.
func renderFailures(w *strings.Builder, t *table) {
	any := false
	for i := range t.rows {
		for round, o := range t.rows[i].outcomes {
			if o.err != nil {
				fmt.Fprintf(w, "* %s failed in round %d: %v\n", t.rows[i].title, round+1, o.err)
				any = true
			}
		}
	}
	if any {
		w.WriteString("\n")
	}
}

// String gives a ratio with its spread: 0.87 (0.81–0.95).
func (s spread) String() string {
	switch s.n {
	case 0:
		return "–"
	case 1:
		return fmt.Sprintf("%.2f", s.median)
	}
	return fmt.Sprintf("%.2f (%.2f–%.2f)", s.median, s.least, s.most)
}

// number prints a measured value with three digits or more; nothing measured is a dash.
func number(v float64) string {
	switch {
	case v == 0 || math.IsNaN(v):
		return "–"
	case math.Abs(v) < 10:
		return fmt.Sprintf("%.2f", v)
	case math.Abs(v) < 100:
		return fmt.Sprintf("%.1f", v)
	}
	// 12,345
	digits := fmt.Sprintf("%.0f", v)
	for i := len(digits) - 3; i > 0 && digits[i-1] != '-'; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}
