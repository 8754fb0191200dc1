package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/sluice-proxy/sluice/stats"
)

// A failure is what errors are told apart by.
type failure struct{ status, user, text string }

func (s *screen) failed(l *line) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.errors[failure{l.Status, l.User, l.Text}]++
}

// summary shows what Sluice has counted.
func (s *screen) summary(r *stats.Report, backend string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	title := func(text string) { fmt.Fprintf(s.out, "\n%s\n", s.paint(bold, text)) }

	title("Slowest statements (by the 95th percentile)")
	slowest := slices.DeleteFunc(slices.Clone(r.Statements), func(st stats.Statement) bool { return st.Text == "" }) // logins
	if err := stats.Render(s.out, slowest[:min(len(slowest), 10)], stats.RenderOptions{Width: s.width, Users: true}); err != nil {
		return err
	}

	title("Errors")
	type counted struct {
		failure
		n int
	}
	var all []counted
	for f, n := range s.errors {
		all = append(all, counted{f, n})
	}
	slices.SortFunc(all, func(a, b counted) int { return cmp.Or(cmp.Compare(b.n, a.n), cmp.Compare(a.text, b.text)) })
	if len(all) == 0 {
		fmt.Fprintln(s.out, "none")
	}
	statusWidth := 0
	for _, f := range all {
		statusWidth = max(statusWidth, len(f.status))
	}
	for _, f := range all {
		front := left(fmt.Sprint(f.n), 5) + "  " + pad(f.status, statusWidth) + "  " + pad(f.user, userWidth) + "  "
		fmt.Fprintln(s.out, front+s.paint(red, cut(f.text, s.width-len(front))))
	}

	title("Totals")
	t := &r.Totals
	fmt.Fprintf(s.out, "%d exchanges: %d ok, %d errors, %d skipped, %d lost. %d rows read, %d written; %s of requests, %s of replies.\n",
		t.Calls, t.Calls-t.Bad(), t.Errors, t.Skipped, t.Lost, t.Rows, t.Affected, size(t.RequestBytes), size(t.ReplyBytes))
	if t.Hits+t.Misses > 0 {
		fmt.Fprintf(s.out, "%d things read were there, %d were not; %d calls waited for others' work.\n", t.Hits, t.Misses, t.Blocked)
	}
	fmt.Fprintf(s.out, "%d different statements by user; %d lines in the access log. The backend was %s.\n", r.Rows, s.lines, strings.TrimSuffix(backend, "."))
	return nil
}

func size(n uint64) string {
	switch {
	case n >= 1<<20:
		return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20))
	case n >= 1<<10:
		return fmt.Sprintf("%.1f KiB", float64(n)/(1<<10))
	}
	return fmt.Sprintf("%d B", n)
}
