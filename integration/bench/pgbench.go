package main

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// A load is one way to run pgbench.
type load struct {
	clients  int
	mode     string // -M: simple, extended, prepared
	script   string // name of one of scripts; default pgbench's own -S
	connect  bool   // a new connection for each transaction
	sampling int    // every how many transactions are logged; default 1

	per float64 // units (queries, MiB) in a transaction; default 1

	// rate is the number of transactions to begin in a second whatever became of
	// the earlier ones; 0 is as many as go. Latency then counts from when a
	// transaction should have begun.
	rate float64
}

// scripts are pgbench's, beside its own.
var scripts = map[string]string{
	// Sixteen queries leave before the first answer is read.
	"pipelined": "\\startpipeline\n" + strings.Repeat("\\set aid random(1, 100000 * :scale)\nSELECT abalance FROM pgbench_accounts WHERE aid = :aid;\n", 16) + "\\endpipeline\n",
	"value":     "SELECT v FROM bench_value WHERE id = 1;\n",
	"rows":      "SELECT v FROM bench_rows;\n",
}

// tables are what the scripts read: a value of 1 MiB that the server needs not
// unpack, and 1 MiB in values of 100 bytes.
var tables = []string{
	"drop table if exists bench_value, bench_rows",
	"create table bench_value (id int primary key, v text)",
	"alter table bench_value alter column v set storage external",
	"insert into bench_value values (1, repeat('x', 1 << 20))",
	"create table bench_rows (v text)",
	"insert into bench_rows select repeat('x', 100) from generate_series(1, (1 << 20) / 100)",
	"vacuum analyze bench_value, bench_rows",
}

// pgbench runs a load against addr, and reads the CPU time of t, if there is one,
// over the window.
func (b *bench) pgbench(ctx context.Context, addr string, l load, t tree) (s sample, err error) {
	dir, err := os.MkdirTemp(b.dir, "pgbench-")
	if err != nil {
		return s, err
	}
	defer os.RemoveAll(dir)
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute+time.Duration(b.seconds)*time.Second)
	defer cancel()
	cmd := b.postgres.command(ctx, dir, addr, b.args(l, dir)...)
	cmd.WaitDelay = time.Second
	stderr, err := cmd.StderrPipe()
	if err != nil {
		return s, err
	}
	if err := cmd.Start(); err != nil {
		return s, err
	}
	w, err := watch(stderr, warmup, warmup+b.seconds, t)
	// The signal of its own clock: it ends as if the time of -T were over, so the logs are whole.
	_ = cmd.Process.Signal(syscall.SIGALRM)
	defer time.AfterFunc(5*time.Second, func() { _ = cmd.Process.Kill() }).Stop()
	_, _ = io.Copy(io.Discard, stderr)
	end := cmd.Wait()
	if ctx.Err() != nil {
		return s, context.Cause(ctx)
	}
	if err != nil {
		return s, fmt.Errorf("pgbench: %w (%w)", err, cmp.Or(end, errors.New("exit code 0")))
	}
	s = w.sample(max(l.per, 1))
	took, err := readLogs(dir, w.begin, w.end)
	if err != nil {
		return s, err
	}
	s.p50, s.p99 = quantile(took, 0.50), quantile(took, 0.99)
	return s, nil
}

func (b *bench) args(l load, dir string) []string {
	threads := min(2, l.clients)
	args := []string{
		"-n", "-M", l.mode,
		"-c", strconv.Itoa(l.clients), "-j", strconv.Itoa(threads),
		"-T", strconv.Itoa(warmup + b.seconds + 30), // it is stopped before that
		"-P", "1",
		"-l", "--log-prefix=" + filepath.Join(dir, "log"),
	}
	if l.sampling > 1 {
		args = append(args, fmt.Sprintf("--sampling-rate=%g", 1/float64(l.sampling)))
	}
	if l.connect {
		args = append(args, "-C")
	}
	if l.rate > 0 {
		args = append(args, "-R", strconv.FormatFloat(l.rate, 'f', 0, 64))
	}
	if l.script != "" {
		return append(args, "-f", filepath.Join(b.dir, l.script+".sql"), "-D", "scale="+strconv.Itoa(b.scale))
	}
	return append(args, "-S")
}

// command prepares pgbench to talk to addr, with dir for its home.
func (p *postgresBackend) command(ctx context.Context, dir, addr string, args ...string) *exec.Cmd {
	host, port, _ := strings.Cut(addr, ":")
	cmd := exec.CommandContext(ctx, p.pgbench, args...)
	cmd.Env = []string{
		"PATH=" + os.Getenv("PATH"), "LC_ALL=C", "TZ=UTC", "HOME=" + dir,
		"PGHOST=" + host, "PGPORT=" + port, "PGUSER=" + p.User, "PGPASSWORD=" + p.Password,
		"PGDATABASE=" + p.database, "PGSSLMODE=disable", "PGGSSENCMODE=disable",
	}
	return cmd
}

// A window is what happened between the end of the warm-up and the end of the
// measurement.
type window struct {
	begin, end   time.Time
	transactions float64
	cpu          time.Duration
}

func (w *window) sample(per float64) sample {
	units := w.transactions * per
	return sample{
		rate: units / w.end.Sub(w.begin).Seconds(),
		cpu:  float64(w.cpu.Microseconds()) / units,
	}
}

// watch reads pgbench's progress lines: the one of second from begins the window,
// the one of second to ends it. Lines carry rates, so the time between their
// arrivals is what makes numbers of them.
func watch(stderr io.Reader, from, to int, t tree) (w window, err error) {
	lines := bufio.NewScanner(stderr)
	var said []string
	var cpu0 time.Duration
	for lines.Scan() {
		now := time.Now()
		p, ok := parseProgress(lines.Text())
		if !ok {
			said = append(said[max(0, len(said)-3):], lines.Text())
			if strings.Contains(lines.Text(), "error:") {
				return w, errors.New(lines.Text())
			}
			continue
		}
		if p.failed > 0 {
			return w, fmt.Errorf("%d transactions failed", p.failed)
		}
		cpu, err := t.cpu()
		if err != nil {
			return w, fmt.Errorf("the proxy's CPU time: %w", err)
		}
		second := int(p.second + 0.5)
		switch {
		case second < from:
			continue
		case w.begin.IsZero():
			w.begin, w.end, cpu0 = now, now, cpu
			continue
		}
		w.transactions += p.rate * now.Sub(w.end).Seconds()
		w.end = now
		w.cpu = cpu - cpu0
		if second >= to {
			if w.transactions == 0 {
				return w, errors.New("no transaction in the window")
			}
			return w, nil
		}
	}
	return w, fmt.Errorf("ended before its window did: %s", strings.Join(said, "; "))
}
