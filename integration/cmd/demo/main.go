package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/sluice-proxy/sluice/integration/servers"
)

func main() {
	program := flag.String("sluice", "../bin/sluice", "`path` of the program")
	name := flag.String("protocol", "postgres", "`name` of the protocol: postgres or redis")
	flag.Parse()
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer cancel()
	if err := demo(ctx, *program, *name, newScreen(os.Stdout)); err != nil {
		fmt.Fprintf(os.Stderr, "demo: %v\n", err)
		os.Exit(1)
	}
}

// demo runs until ctx ends or the time is over.
func demo(ctx context.Context, program, name string, s *screen) error {
	protocol, err := protocolOf(name)
	if err != nil {
		return err
	}
	limit, err := duration(os.Getenv("DEMO_SECONDS"))
	if err != nil {
		return err
	}
	s.columns = protocol.columns
	s.note("Getting a %s …", protocol.product)
	db, err := protocol.server(ctx, servers.Options{Log: progress{s}})
	if err != nil {
		return whileWanted(ctx, err)
	}
	defer db.Stop()
	shop, err := protocol.open(ctx, db)
	if err != nil {
		return whileWanted(ctx, err)
	}
	defer shop.close()
	p, err := startSluice(ctx, program, name, db.Addr)
	if err != nil {
		return whileWanted(ctx, err)
	}
	defer func() { _ = p.stop() }() // how it ended was told before, if it ended by itself

	s.fact("backend", "%s %s on %s: %s", db.Product, number(db.Version), db.Addr, db.How)
	s.fact("sluice", "%s → %s, metrics and statements on http://%s", p.addr, db.Addr, p.admin)
	s.fact("clients", "%s", shop.describe())
	if limit > 0 {
		s.fact("until", "Ctrl-C, or %v", limit)
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, limit)
		defer cancel()
	} else {
		s.fact("until", "Ctrl-C")
	}
	s.header()
	told := make(chan struct{})
	go func() { // ends with the program's log
		defer close(told)
		p.read(s.line)
	}()
	werr := shop.work(ctx, p.addr)
	report, err := p.report()
	if err == nil {
		err = p.stop()
	}
	<-told
	if err := errors.Join(werr, err); err != nil {
		return err
	}
	return s.summary(report, db.Product+" "+number(db.Version)+", "+db.How)
}

// whileWanted gives err, unless the user did not want to wait any longer.
func whileWanted(ctx context.Context, err error) error {
	end, limited := ctx.Deadline()
	if ctx.Err() != nil || limited && errors.Is(err, os.ErrDeadlineExceeded) && time.Until(end) < time.Second { // a driver's own clock may be the faster one
		return nil
	}
	return err
}

func duration(seconds string) (time.Duration, error) {
	if seconds == "" {
		return 0, nil
	}
	n, err := strconv.ParseFloat(seconds, 64)
	if err != nil || n < 0 {
		return 0, fmt.Errorf("DEMO_SECONDS is a number of seconds, not %q", seconds)
	}
	return time.Duration(n * float64(time.Second)), nil
}

// number is the version without what the packager says about it.
func number(version string) string {
	n, _, _ := strings.Cut(version, " ")
	return n
}

// progress shows what takes long while a server is got. What could not be had is in the error, if there is one.
type progress struct{ s *screen }

var _ io.Writer = progress{}

func (p progress) Write(text []byte) (int, error) {
	line := strings.TrimPrefix(strings.TrimSpace(string(text)), "servers: ")
	for _, slow := range []string{"fetching", "pulling", "running"} {
		if strings.HasPrefix(line, slow) {
			p.s.note("%s", line)
		}
	}
	return len(text), nil
}
