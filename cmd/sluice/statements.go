package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

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
	fs := flag.NewFlagSet("statements", flag.ContinueOnError)
	addr := fs.String("admin", "127.0.0.1:9900", "")
	by := fs.String("sort", "time", "")
	limit := fs.Int("limit", 20, "")
	users := fs.Bool("users", false, "")
	watch := fs.Bool("watch", false, "")
	interval := fs.Duration("interval", 2*time.Second, "")
	if _, code, done := p.parse("statements", fs, args, 0); done {
		return code
	}
	if _, err := stats.ParseSort(*by); err != nil {
		return p.usage("statements", "--sort %s: %v", *by, err)
	}
	if *limit < 0 || *interval <= 0 {
		return p.usage("statements", "--limit and --interval can't be negative")
	}
	o := stats.RenderOptions{Width: width(p.out), Users: *users}
	target := statementsURL(*addr, *by, *limit)
	if !*watch {
		if err := show(context.Background(), p.out, target, "", o); err != nil {
			return p.fail("%v", err)
		}
		return ok
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	clear := "\n"
	if terminal(p.out) {
		clear = "\x1b[H\x1b[2J"
	}
	tick := time.NewTicker(*interval)
	defer tick.Stop()
	for {
		if err := show(ctx, p.out, target, clear, o); err != nil && ctx.Err() == nil {
			return p.fail("%v", err)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return ok
		}
	}
}

func statementsURL(addr, by string, limit int) string {
	addr = strings.TrimSuffix(strings.TrimPrefix(addr, "http://"), "/")
	if strings.HasPrefix(addr, ":") {
		addr = "127.0.0.1" + addr
	}
	u := url.URL{Scheme: "http", Host: addr, Path: "/statements"}
	u.RawQuery = url.Values{"sort": {by}, "limit": {strconv.Itoa(limit)}}.Encode()
	return u.String()
}

// maxReport bounds what is read of an answer: ten times what a table of the default size can hold.
const maxReport = 512 << 20

// show fetches a report and prints it.
func show(ctx context.Context, w io.Writer, target, before string, o stats.RenderOptions) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	q, err := http.NewRequestWithContext(ctx, http.MethodGet, target, nil)
	if err != nil {
		return fmt.Errorf("--admin is no address: %w", err)
	}
	a, err := http.DefaultClient.Do(q)
	if err != nil {
		var u *url.Error
		if errors.As(err, &u) {
			err = u.Err
		}
		return fmt.Errorf("no proxy answers at %s: %w; start one with an admin address, or name its address with --admin", q.URL.Host, err)
	}
	defer func() { _ = a.Body.Close() }() // it was read, or there is nothing to be done
	body := io.LimitReader(a.Body, maxReport)
	if a.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answers %s; is it sluice's admin address?", q.URL.Host, a.Status)
	}
	var r stats.Report
	if err := json.NewDecoder(body).Decode(&r); err != nil {
		return fmt.Errorf("%s answers something else than statements; is it sluice's admin address? (%w)", q.URL.Host, err)
	}
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
	_, err = io.WriteString(w, b.String())
	return err
}

func terminal(w io.Writer) bool {
	f, isFile := w.(*os.File)
	if !isFile {
		return false
	}
	_, err := unix.IoctlGetWinsize(int(f.Fd()), unix.TIOCGWINSZ)
	return err == nil
}

// width gives the terminal's width; 0 if w is none.
func width(w io.Writer) int {
	if n, err := strconv.Atoi(os.Getenv("COLUMNS")); err == nil && n > 0 {
		return n
	}
	if f, isFile := w.(*os.File); isFile {
		if s, err := unix.IoctlGetWinsize(int(f.Fd()), unix.TIOCGWINSZ); err == nil {
			return int(s.Col)
		}
	}
	return 0
}
