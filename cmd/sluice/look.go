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
)

// A look is a command that shows a list of a proxy that runs, once or again and again.
type look struct {
	name  string
	path  string // of the admin server's page
	flags *flag.FlagSet

	admin, by string
	limit     int
	watch     bool
	interval  time.Duration
}

func newLook(name, path, by string) *look {
	l := &look{name: name, path: path, flags: flag.NewFlagSet(name, flag.ContinueOnError)}
	l.flags.StringVar(&l.admin, "admin", "127.0.0.1:9900", "")
	l.flags.StringVar(&l.by, "sort", by, "")
	l.flags.IntVar(&l.limit, "limit", 20, "")
	l.flags.BoolVar(&l.watch, "watch", false, "")
	l.flags.DurationVar(&l.interval, "interval", 2*time.Second, "")
	return l
}

// run runs the command. check says what is wrong with an order; show fetches the list and prints it, with something before it.
func (l *look) run(p *program, args []string, check func(by string) error, show func(ctx context.Context, target, before string) error) int {
	if _, code, done := p.parse(l.name, l.flags, args, 0); done {
		return code
	}
	if err := check(l.by); err != nil {
		return p.usage(l.name, "--sort %s: %v", l.by, err)
	}
	if l.limit < 0 || l.interval <= 0 {
		return p.usage(l.name, "--limit and --interval can't be negative")
	}
	if !l.watch {
		if err := show(context.Background(), l.url(), ""); err != nil {
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
	tick := time.NewTicker(l.interval)
	defer tick.Stop()
	for {
		if err := show(ctx, l.url(), clear); err != nil && ctx.Err() == nil {
			return p.fail("%v", err)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return ok
		}
	}
}

func (l *look) url() string {
	addr := strings.TrimSuffix(strings.TrimPrefix(l.admin, "http://"), "/")
	if strings.HasPrefix(addr, ":") {
		addr = "127.0.0.1" + addr
	}
	u := url.URL{Scheme: "http", Host: addr, Path: l.path}
	u.RawQuery = url.Values{"sort": {l.by}, "limit": {strconv.Itoa(l.limit)}}.Encode()
	return u.String()
}

// maxReport bounds what is read of an answer: ten times what a table of the default size can hold.
const maxReport = 512 << 20

// fetch gets what a proxy says at target, in JSON. what names it, for errors.
func fetch(ctx context.Context, target, what string, into any) error {
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
	switch a.StatusCode {
	case http.StatusOK:
	case http.StatusNotFound:
		return fmt.Errorf("%s knows no %s; is it sluice's admin address?", q.URL.Host, what)
	default:
		return fmt.Errorf("%s answers %s; is it sluice's admin address?", q.URL.Host, a.Status)
	}
	if err := json.NewDecoder(io.LimitReader(a.Body, maxReport)).Decode(into); err != nil {
		return fmt.Errorf("%s answers something else than %s; is it sluice's admin address? (%w)", q.URL.Host, what, err)
	}
	return nil
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
