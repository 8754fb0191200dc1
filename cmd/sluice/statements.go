package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/sluice-proxy/sluice/stats"
)

func statementsCommand() *command {
	return &command{
		name: "statements", args: "[--admin ADDR]", does: "what each statement costs, of a proxy that runs",
		help: `sluice statements [flags]

Asks a running proxy what each statement costs, and prints it as a table. The proxy needs an admin address (admin.address, or front's --admin).

  --admin ADDR     the proxy's admin address; default 127.0.0.1:9900
  --sort ORDER     what comes first: time (in total; the default), calls, errors, rows, bytes or p95
  --limit N        how many; default 20, 0 is all
  --users          with user and database
  --watch          again and again, until Ctrl-C
  --interval TIME  between two looks of --watch; default 2s

BAD counts exchanges that ended in any way but well. Percentiles are up to 4.5 % off, the rest is exact.
`,
		run: statements,
	}
}

func statements(p *program, args []string) int {
	l := newLook("statements", "/statements", string(stats.ByTime))
	users := l.flags.Bool("users", false, "")
	return l.run(p, args, func(by string) error {
		_, err := stats.ParseSort(by)
		return err
	}, func(ctx context.Context, target, before string) error {
		var r stats.Report
		if err := fetch(ctx, target, "statements", &r); err != nil {
			return err
		}
		return showStatements(p, &r, before, stats.RenderOptions{Width: width(p.out), Users: *users})
	})
}

// showStatements prints a report.
func showStatements(p *program, r *stats.Report, before string, o stats.RenderOptions) error {
	var b strings.Builder
	b.WriteString(before)
	fmt.Fprintf(&b, "%s: %d exchanges, %d not well; %d of %d statements, by %s", r.Time.Local().Format(time.TimeOnly), r.Totals.Calls, r.Totals.Bad(),
		len(r.Statements), r.Rows, r.Sort)
	if n := r.Evicted.Calls; n > 0 {
		fmt.Fprintf(&b, "; %d exchanges of statements that had to make room are not in the list", n)
	}
	b.WriteString("\n\n")
	if err := stats.Render(&b, r.Statements, o); err != nil {
		return err
	}
	p.say(p.out, b.String())
	return nil
}
