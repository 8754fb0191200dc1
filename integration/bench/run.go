package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/sluice-proxy/sluice/integration/servers"
)

// A bench is what a run has: the server, the flags, and what came out so far.
type bench struct {
	options

	log      io.Writer
	dir      string // for files that end with the run
	programs map[string]string
	server   *servers.Server
	database string    // one that asks no password, if the server has such
	control  *pgx.Conn // to the server itself
	rate     float64   // half of HAProxy's, once known
	results  *results
	began    time.Time
	quiet    []float64 // how busy the machine was before each run
}

func (b *bench) logf(format string, args ...any) {
	fmt.Fprintf(b.log, "bench: "+format+"\n", args...)
}

func newBench(ctx context.Context, o options, log io.Writer) (_ *bench, err error) {
	b := &bench{options: o, log: log, programs: map[string]string{}, began: time.Now()}
	defer func() {
		if err != nil {
			b.close()
		}
	}()
	if err := raiseFiles(); err != nil {
		return nil, err
	}
	for _, name := range []string{"pgbench"} {
		if b.programs[name], err = servers.Program(name); err != nil {
			return nil, err
		}
	}
	if b.dir, err = os.MkdirTemp("", "sluice-bench-"); err != nil {
		return nil, err
	}
	for name, text := range scripts {
		if err := os.WriteFile(filepath.Join(b.dir, name+".sql"), []byte(text), 0o600); err != nil {
			return nil, err
		}
	}
	b.server, err = servers.Postgres(ctx, servers.Options{Log: log, Settings: map[string]string{
		"max_connections":    "1100",
		"shared_buffers":     "512MB",
		"autovacuum":         "off", // it would come in somebody's window
		"max_wal_size":       "8GB", // so would a checkpoint
		"checkpoint_timeout": "1h",
		"log_min_messages":   "fatal",
	}})
	if err != nil {
		return nil, err
	}
	return b, b.prepare(ctx)
}

// prepare fills the tables.
func (b *bench) prepare(ctx context.Context) (err error) {
	b.database = servers.TrustDatabase
	if b.control, err = pgx.Connect(ctx, b.server.URL(b.database)); err != nil {
		b.database = b.server.Database
		b.logf("%v; connects will cost what the server's authentication costs", err)
		if b.control, err = pgx.Connect(ctx, b.server.URL(b.database)); err != nil {
			return err
		}
	}
	b.logf("filling pgbench's tables, scale %d", b.scale)
	out, err := b.client(ctx, "pgbench", b.server.Addr, "-i", "-q", "-s", fmt.Sprint(b.scale)).CombinedOutput()
	if err != nil {
		return fmt.Errorf("pgbench -i: %w: %s", err, out)
	}
	for _, sql := range tables {
		if _, err := b.control.Exec(ctx, sql); err != nil {
			return fmt.Errorf("%s: %w", sql, err)
		}
	}
	_, err = b.control.Exec(ctx, "checkpoint")
	return err
}

func (b *bench) close() {
	if b.control != nil {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		// The server ends anyway.
		_ = b.control.Close(ctx)
	}
	if b.server != nil {
		b.server.Stop()
	}
	if b.dir != "" {
		os.RemoveAll(b.dir)
	}
}

// measure runs everything. What there is comes back also with an error, which is
// ctx's.
func (b *bench) measure(ctx context.Context) (*results, error) {
	b.results = b.newResults(ctx)
	b.logf("%s, %d rounds, about %s", b.results.counts(), b.rounds, b.estimate().Round(time.Minute))
	for round := range b.rounds {
		for i := range b.results.tables {
			t := &b.results.tables[i]
			if t.once && round > 0 {
				continue
			}
			for j := range t.rows {
				if err := ctx.Err(); err != nil {
					return b.finish(), context.Cause(ctx)
				}
				row := &t.rows[(round+i+j)%len(t.rows)]
				row.outcomes[round] = b.once(ctx, &t.workload, &row.peer)
				b.progress(round, t, row)
			}
		}
	}
	if b.only.MatchString(keyMicro) {
		b.logf("the decoder's benchmarks")
		b.results.micro = runMicro(ctx, b.seconds)
	}
	return b.finish(), nil
}

func (b *bench) finish() *results {
	b.results.machine = describe(b)
	return b.results
}

// once measures a workload through a peer.
func (b *bench) once(ctx context.Context, w *workload, p *peer) outcome {
	if err := b.settle(ctx); err != nil {
		return outcome{err: err}
	}
	s, err := w.run(ctx, b, p)
	return outcome{s, err}
}

// settle waits until the server's processes of the run before are gone, and looks
// how much goes on that is not ours.
func (b *bench) settle(ctx context.Context) error {
	for end := time.Now().Add(30 * time.Second); ; {
		var n int
		err := b.control.QueryRow(ctx, "select count(*) from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid()").Scan(&n)
		if err != nil {
			return fmt.Errorf("the server: %w", err)
		}
		if n == 0 || time.Now().After(end) {
			break
		}
		time.Sleep(20 * time.Millisecond)
	}
	share, err := busy(200 * time.Millisecond)
	b.quiet = append(b.quiet, share)
	return err
}

func (b *bench) progress(round int, t *table, row *row) {
	o := row.outcomes[round]
	if o.err != nil {
		b.logf("round %d  %-13s %-28s failed: %v", round+1, t.key, row.key, o.err)
		return
	}
	b.logf("round %d  %-13s %-28s %9.0f/s  p50 %6.0f  p99 %6.0f  cpu %8.2f  mem %6.1f", round+1, t.key, row.key, o.rate, o.p50, o.p99, o.cpu, o.memory)
}

// estimate is how long measure will take: a window, its warm-up, and two seconds to
// begin and end.
func (b *bench) estimate() time.Duration {
	var sum time.Duration
	for _, t := range b.results.tables {
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
