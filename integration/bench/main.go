package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"regexp"
	"syscall"
	"time"
)

func main() {
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer cancel()
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
	case err != nil:
		fmt.Fprintf(os.Stderr, "bench: %v\n", err)
		cancel()
		os.Exit(1)
	}
}

// options are the flags.
type options struct {
	rounds   int
	seconds  int
	only     *regexp.Regexp // workloads
	peers    *regexp.Regexp
	write    string
	sluice   string // the program
	scale    int    // pgbench's
	idle     int    // connections
	idleWait time.Duration
	list     bool
	profile  string // folder for profiles; "" takes none
	fakeAddr string
}

// warmup is how long each load runs before its window begins. It is a whole
// number of pgbench's progress intervals, which are a second.
const warmup = 1

func parseOptions(args []string, stderr io.Writer) (o options, err error) {
	f := flag.NewFlagSet("bench", flag.ContinueOnError)
	f.SetOutput(stderr)
	f.IntVar(&o.rounds, "rounds", 7, "how often each workload runs through each peer")
	f.IntVar(&o.seconds, "seconds", 4, "length of a window, after a warm-up of 1 s")
	only := f.String("only", "", "run only the workloads that match this `regexp`: redis is all of Redis, micro the codecs' own benchmarks")
	peers := f.String("peers", "", "run only through the peers that match this `regexp`; HAProxy is needed for ratios")
	f.StringVar(&o.write, "write", "", "keep the results in this `file`, each protocol's between its bench markers")
	f.StringVar(&o.sluice, "sluice", envOr("SLUICE_TEST_BINARY", "../bin/sluice"), "Sluice's `program`")
	f.IntVar(&o.scale, "scale", 10, "pgbench's scale: 100,000 rows each")
	f.IntVar(&o.idle, "idle-connections", 10_000, "how many idle connections memory is measured with; fewer if the limit of open files asks for it")
	f.DurationVar(&o.idleWait, "idle-wait", 30*time.Second, "how long after the last connect memory is read")
	f.BoolVar(&o.list, "list", false, "list workloads and peers, and end")
	quick := f.Bool("quick", false, "2 rounds of 1 s and few idle connections: shows that it works, not how fast anything is")
	f.StringVar(&o.profile, "profile", "", "keep CPU profiles of Sluice, one for each run, in this `folder`; they cost CPU themselves")
	f.StringVar(&o.fakeAddr, "fake-postgres", "", "be the fake server of the idle connections on this `address` (bench starts itself with it)")
	if err := f.Parse(args); err != nil {
		return o, err
	}
	if f.NArg() > 0 {
		return o, fmt.Errorf("unknown argument %q; see -help", f.Arg(0))
	}
	if *quick {
		given := map[string]bool{}
		f.Visit(func(f *flag.Flag) { given[f.Name] = true })
		for name, value := range map[string]string{"rounds": "2", "seconds": "1", "idle-connections": "500", "idle-wait": "2s"} {
			if given[name] {
				continue
			}
			if err := f.Set(name, value); err != nil {
				return o, err
			}
		}
	}
	if o.rounds < 1 || o.seconds < 1 {
		return o, errors.New("-rounds and -seconds must be at least 1")
	}
	if o.only, err = regexp.Compile(*only); err != nil {
		return o, fmt.Errorf("-only: %w", err)
	}
	if o.peers, err = regexp.Compile(*peers); err != nil {
		return o, fmt.Errorf("-peers: %w", err)
	}
	return o, nil
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	o, err := parseOptions(args, stderr)
	if err != nil {
		return err
	}
	switch {
	case o.fakeAddr != "":
		return serveFake(o.fakeAddr, os.Stdin)
	case o.list:
		return list(stdout)
	}
	if o.write != "" {
		// A wrong name should not cost an hour.
		if err := checkDocument(o.write); err != nil {
			return err
		}
	}
	b, err := newBench(ctx, o, stderr)
	if err != nil {
		return err
	}
	defer b.close()
	failed := b.measure(ctx)
	for _, r := range b.results {
		if _, err := fmt.Fprintf(stdout, "## %s\n\n%s", r.protocol.title(), render(r)); err != nil {
			return err
		}
	}
	if failed != nil {
		return failed // what there is has been printed, but is not worth keeping
	}
	if o.write != "" {
		return writeDocument(o.write, b.results)
	}
	return nil
}

// list prints what -only and -peers can choose from.
func list(w io.Writer) error {
	for _, l := range workloads() {
		if _, err := fmt.Fprintf(w, "%s\t%s\n", l.key, l.title); err != nil {
			return err
		}
		for _, p := range l.peers {
			if _, err := fmt.Fprintf(w, "\t%s\t%s\n", p.key, p.title); err != nil {
				return err
			}
		}
	}
	return nil
}

func envOr(name, otherwise string) string {
	if v := os.Getenv(name); v != "" {
		return v
	}
	return otherwise
}
