package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"time"
)

// A role is a user and what it does, on so many connections of type C.
type role[C any] struct {
	user, app   string
	connections int
	work        func(context.Context, C, *worker) error
	pause       time.Duration // between two things, about
}

// A crew is everybody who works.
type crew[C any] struct {
	roles   []role[C]
	suffix  string // of the users' names, so that a server that is not ours alone keeps its own
	connect func(ctx context.Context, addr string, r role[C]) (C, error)
	leave   func(C)
}

// users gives each user once, by the name without the suffix.
func (c *crew[C]) users() []string {
	var all []string
	seen := map[string]bool{}
	for _, r := range c.roles {
		if !seen[r.user] {
			all = append(all, r.user)
		}
		seen[r.user] = true
	}
	return all
}

func (c *crew[C]) describe() string {
	var all []string
	for _, r := range c.roles {
		all = append(all, fmt.Sprintf("%d × %s (%s)", r.connections, r.app, r.user+c.suffix))
	}
	return strings.Join(all, ", ")
}

// work has everybody work until ctx ends.
func (c *crew[C]) work(ctx context.Context, addr string) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var wait sync.WaitGroup
	errs := make(chan error, 64)
	n := uint64(0)
	for _, r := range c.roles {
		for range r.connections {
			n++
			w := newWorker(n)
			wait.Go(func() {
				if err := whileWanted(ctx, c.employ(ctx, addr, r, w)); err != nil {
					errs <- fmt.Errorf("%s: %w", r.app, err)
					cancel()
				}
			})
		}
	}
	wait.Wait()
	close(errs)
	return <-errs // nil if there is none
}

func (c *crew[C]) employ(ctx context.Context, addr string, r role[C], w *worker) error {
	conn, err := c.connect(ctx, addr, r)
	if err != nil {
		return err
	}
	defer c.leave(conn)
	for {
		if err := r.work(ctx, conn, w); err != nil {
			return err
		}
		w.done++
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(r.pause/2 + time.Duration(w.rnd.Int64N(int64(r.pause)))):
		}
	}
}

// A worker is somebody with a will of its own.
type worker struct {
	rnd  *rand.Rand
	done int // things
}

func newWorker(n uint64) *worker { return &worker{rnd: rand.New(rand.NewPCG(n, n))} }

// every says whether now, after so many things, it is time for a rare one: a short demonstration shows them all.
func (w *worker) every(n int) bool { return w.done%n == n-1 }

func (w *worker) upTo(n int) int { return 1 + w.rnd.IntN(n) }
