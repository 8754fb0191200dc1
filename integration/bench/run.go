package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"
)

// A bench is what a run has: the servers, the flags, and what came out so far.
type bench struct {
	options

	log      io.Writer
	dir      string           // for files that end with the run
	postgres *postgresBackend // nil if no workload wants it
	redis    *redisBackend    // likewise
	rate     float64          // half of HAProxy's, once known
	results  []*results       // of each protocol
	began    time.Time
	quiet    []float64 // how busy the machine was before each run
}

func (b *bench) logf(format string, args ...any) {
	fmt.Fprintf(b.log, "bench: "+format+"\n", args...)
}

// newBench starts the servers that the workloads want. A protocol whose server can't be had is reported as not measured, unless there is no other.
func newBench(ctx context.Context, o options, log io.Writer) (_ *bench, err error) {
	b := &bench{options: o, log: log, began: time.Now()}
	defer func() {
		if err != nil {
			b.close()
		}
	}()
	if err := raiseFiles(); err != nil {
		return nil, err
	}
	if b.dir, err = os.MkdirTemp("", "sluice-bench-"); err != nil {
		return nil, err
	}
	var lacking []error
	for _, p := range protocols() {
		r := b.newResults(p)
		if len(r.tables) > 0 {
			if err := b.startBackend(ctx, p); err != nil {
				b.logf("%s: not measured: %v", p.title(), err)
				lacking = append(lacking, err)
				continue
			}
		}
		if len(r.tables) > 0 || r.wantMicro {
			b.results = append(b.results, r)
		}
	}
	if len(b.results) == 0 {
		if lacking == nil {
			lacking = append(lacking, errors.New("no workload has a peer that matches -only and -peers and is on this machine; see -list"))
		}
		return nil, errors.Join(lacking...)
	}
	return b, nil
}

func (b *bench) close() {
	for _, p := range protocols() {
		if s := b.backend(p); s != nil {
			s.close()
		}
	}
	if b.dir != "" {
		os.RemoveAll(b.dir)
	}
}

// tables are those of all protocols.
func (b *bench) tables() []*table {
	var all []*table
	for _, r := range b.results {
		for i := range r.tables {
			all = append(all, &r.tables[i])
		}
	}
	return all
}

// measure runs everything. What there is is kept also with an error, which is ctx's.
func (b *bench) measure(ctx context.Context) error {
	defer b.finish()
	all := b.tables()
	b.logf("%d workloads, %d rows, %d rounds, about %s", len(all), countRows(all), b.rounds, b.estimate(all).Round(time.Minute))
	for round := range b.rounds {
		for i, t := range all {
			if t.once && round > 0 {
				continue
			}
			for j := range t.rows {
				if err := ctx.Err(); err != nil {
					return context.Cause(ctx)
				}
				row := &t.rows[(round+i+j)%len(t.rows)]
				row.outcomes[round] = b.once(ctx, &t.workload, &row.peer)
				b.progress(round, t, row)
			}
		}
	}
	for _, r := range b.results {
		if r.wantMicro {
			b.logf("the benchmarks of %s's decoder", r.protocol.title())
			r.micro = runMicro(ctx, r.protocol, b.seconds)
		}
	}
	return nil
}

func (b *bench) finish() {
	for _, r := range b.results {
		r.machine = describe(b, r)
	}
}

// once measures a workload through a peer.
func (b *bench) once(ctx context.Context, w *workload, p *peer) outcome {
	if err := b.settle(ctx, w.protocol); err != nil {
		return outcome{err: err}
	}
	s, err := w.run(ctx, b, p)
	return outcome{s, err}
}

// settle waits until the server is rid of the run before, and looks how much goes on
// that is not ours.
func (b *bench) settle(ctx context.Context, p protocol) error {
	if err := b.backend(p).settle(ctx); err != nil {
		return err
	}
	share, err := busy(200 * time.Millisecond)
	b.quiet = append(b.quiet, share)
	return err
}

func (b *bench) progress(round int, t *table, row *row) {
	o := row.outcomes[round]
	if o.err != nil {
		b.logf("round %d  %-18s %-28s failed: %v", round+1, t.key, row.key, o.err)
		return
	}
	b.logf("round %d  %-18s %-28s %9.0f/s  p50 %6.0f  p99 %6.0f  cpu %8.2f  mem %6.1f", round+1, t.key, row.key, o.rate, o.p50, o.p99, o.cpu, o.memory)
}

func countRows(all []*table) (n int) {
	for _, t := range all {
		n += len(t.rows)
	}
	return n
}

// estimate is how long measure will take: a window, its warm-up, and two seconds to
// begin and end.
func (b *bench) estimate(all []*table) time.Duration {
	var sum time.Duration
	for _, t := range all {
		each := time.Duration(b.seconds+warmup+2) * time.Second
		rounds := b.rounds
		if t.once {
			each += b.idleWait + 15*time.Second // to connect
			rounds = 1
		}
		sum += time.Duration(rounds*len(t.rows)) * each
	}
	return sum
}
