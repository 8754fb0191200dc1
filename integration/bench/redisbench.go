package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"os/exec"
	"strconv"
	"strings"
	"time"

	"github.com/sluice-proxy/sluice/integration/internal/child"
)

// A redisLoad is one way to run redis-benchmark.
type redisLoad struct {
	clients   int
	tests     string // -t; default SET and GET, one after the other
	get       string // a key of redisValues to GET in place of the tests
	pipeline  int    // commands that leave before the first answer is read; default 1
	reconnect bool   // a new connection for each command
}

// redisRun is a workload's run by redis-benchmark.
func redisRun(l redisLoad) func(context.Context, *bench, *peer) (sample, error) {
	return through(redis, func(ctx context.Context, b *bench, addr string, t tree) (sample, error) {
		return b.redis.load(ctx, addr, l, b.seconds, t)
	})
}

// load runs a load against addr, and reads the CPU time of t, if there is one, over it. redis-benchmark's unit is a number of commands and not a time: the warm-up
// tells how many make a window.
func (r *redisBackend) load(ctx context.Context, addr string, l redisLoad, seconds int, t tree) (s sample, err error) {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute+time.Duration(seconds)*time.Second)
	defer cancel()
	rate, err := r.warmUp(ctx, addr, l)
	if err != nil {
		return s, err
	}
	// Half a second more for each test's connections, which the window leaves out.
	each := 1 + int(rate*(float64(seconds)/float64(l.parts())+0.5))
	cmd := r.command(ctx, addr, l, each)
	var said child.Output
	cmd.Stderr = &said
	out, err := cmd.StdoutPipe()
	if err != nil {
		return s, err
	}
	if err := cmd.Start(); err != nil {
		return s, err
	}
	tests, w, err := watchRedis(out, t)
	if err != nil {
		_ = cmd.Process.Kill()
	}
	end := cmd.Wait()
	switch {
	case ctx.Err() != nil:
		return s, context.Cause(ctx)
	case err != nil:
		return s, err
	case end != nil:
		return s, fmt.Errorf("redis-benchmark: %w: %s", end, said.Tail())
	case len(tests) != l.parts():
		return s, fmt.Errorf("redis-benchmark reported %d tests of %d; version 6.2 or later is wanted", len(tests), l.parts())
	case w.commands == 0 && len(t) > 0:
		return s, errors.New("too short a window for the proxy's CPU time: make -seconds more")
	}
	s = joined(tests)
	if w.commands > 0 {
		s.cpu = float64(w.cpu.Microseconds()) / w.commands
	}
	return s.per(l.units()), nil
}

// warmUp runs the load for a while and gives how many commands it did in a second.
func (r *redisBackend) warmUp(ctx context.Context, addr string, l redisLoad) (rate float64, err error) {
	cmd := r.command(ctx, addr, l, 1_000_000_000) // more than it will come to
	var out child.Output
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		return 0, err
	}
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	stop := func() {
		_ = cmd.Process.Kill()
		<-done
	}
	// It may take longer until the first commands are answered, and never end if nobody listens.
	for wait := warmup * time.Second; wait <= 20*warmup*time.Second; wait *= 2 {
		select {
		case end := <-done:
			if ctx.Err() != nil {
				return 0, context.Cause(ctx)
			}
			return 0, fmt.Errorf("redis-benchmark: ended while warming up (%w): %s", cmp.Or(end, errors.New("exit code 0")), out.Tail())
		case <-time.After(wait):
		}
		if rate, ok := lastRate(out.String()); ok {
			stop()
			return rate, nil
		}
	}
	stop()
	return 0, fmt.Errorf("redis-benchmark: no command was answered: %s", out.Tail())
}

// command prepares redis-benchmark to do n commands of each of its tests.
func (r *redisBackend) command(ctx context.Context, addr string, l redisLoad, n int) *exec.Cmd {
	host, port, _ := net.SplitHostPort(addr)
	args := []string{"-h", host, "-p", port, "-c", strconv.Itoa(l.clients), "-n", strconv.Itoa(n), "-P", strconv.Itoa(max(1, l.pipeline))}
	if r.Password != "" {
		args = append(args, "--user", r.User, "-a", r.Password)
	}
	if l.reconnect {
		args = append(args, "-k", "0")
	}
	if l.get != "" {
		args = append(args, "GET", l.get)
	} else {
		args = append(args, "-r", strconv.Itoa(redisKeys), "-t", l.testList())
	}
	cmd := exec.CommandContext(ctx, r.benchmark, args...)
	cmd.WaitDelay = time.Second
	return cmd
}

func (l *redisLoad) testList() string {
	if l.tests == "" {
		return "set,get"
	}
	return l.tests
}

// parts is how many tests redis-benchmark does one after the other.
func (l *redisLoad) parts() int {
	if l.get != "" {
		return 1
	}
	return 1 + strings.Count(l.testList(), ",")
}

// units is how many of the workload's units (commands, MiB) a command is.
func (l *redisLoad) units() float64 {
	if l.get == "" {
		return 1
	}
	return float64(redisValues[l.get]) / (1 << 20)
}
