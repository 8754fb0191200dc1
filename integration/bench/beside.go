package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"time"
)

// runBeside asks Sluice's HTTP server while its loops work.
func runBeside(ctx context.Context, b *bench, p *peer) (s sample, err error) {
	x, err := p.begin(ctx, b, b.postgres.Addr)
	if err != nil {
		return s, err
	}
	defer x.stop()
	type loaded struct {
		sample
		err error
	}
	done := make(chan loaded, 1)
	go func() {
		s, err := b.pgbench(ctx, x.addr, load{clients: 50, mode: "prepared", sampling: 100}, x.tree)
		done <- loaded{s, err}
	}()
	// One connection, as a session of the conn driver is one.
	client := &http.Client{Timeout: 10 * time.Second}
	defer client.CloseIdleConnections()
	var took []float64
	began := time.Now()
	ticks := time.NewTicker(10 * time.Millisecond)
	defer ticks.Stop()
	for {
		select {
		case l := <-done:
			if l.err != nil {
				return s, l.err
			}
			if err != nil {
				return s, err
			}
			slices.Sort(took)
			l.p50, l.p99 = quantile(took, 0.50), quantile(took, 0.99)
			return l.sample, nil
		case <-ticks.C:
		}
		if err != nil {
			continue // and wait for pgbench
		}
		var d time.Duration
		d, err = ask(ctx, client, "http://"+x.admin+"/healthz")
		if time.Since(began) > warmup*time.Second {
			took = append(took, float64(d)/float64(time.Microsecond))
		}
	}
}

// ask gives how long an answer took.
func ask(ctx context.Context, client *http.Client, url string) (time.Duration, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return 0, err
	}
	began := time.Now()
	res, err := client.Do(req)
	if err != nil {
		return 0, err
	}
	defer res.Body.Close()
	if _, err := io.Copy(io.Discard, res.Body); err != nil {
		return 0, err
	}
	if res.StatusCode != http.StatusOK {
		return 0, fmt.Errorf("%s: %s", url, res.Status)
	}
	return time.Since(began), nil
}
