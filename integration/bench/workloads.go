package main

import (
	"context"
	"errors"
	"fmt"
)

// A workload is one thing to do through each of its peers.
type workload struct {
	key      string // what -only matches
	title    string
	about    string // what a reader needs to know beyond the title
	protocol protocol
	peers    []peer
	once     bool // one round is enough

	columns columns
	run     func(ctx context.Context, b *bench, p *peer) (sample, error)
}

// columns are a table's, by their titles; "" is a column that there is none of.
type columns struct{ rate, p50, p99, cpu, memory string }

// Keys that ratios and targets refer to.
const (
	keyPrepared1    = "prepared-1"
	keyPrepared50   = "prepared-50"
	keyPrepared1000 = "prepared-1000"
	keySimple50     = "simple-50"
	keyPipelined    = "pipelined-16"
	keyValue        = "large-value"
	keyRows         = "large-rows"
	keyConnects     = "connects"
	keyRate         = "half-rate"
	keyDrivers      = "drivers"
	keyBeside       = "beside"
	keyIdle         = "idle"
	keyMicro        = "micro"
)

var (
	perQuery = columns{rate: "queries/s", p50: "p50, µs", p99: "p99, µs", cpu: "proxy CPU, µs/query"}
	perMiB   = columns{rate: "MiB/s", p50: "p50, µs", p99: "p99, µs", cpu: "proxy CPU, µs/MiB"}
)

func workloads() []workload {
	var all []workload
	for _, p := range protocols() {
		list := postgresWorkloads
		if p == redis {
			list = redisWorkloads
		}
		for _, w := range list() {
			w.protocol = p
			all = append(all, w)
		}
	}
	return all
}

func postgresWorkloads() []workload {
	peers, judged := mainPeers(postgres), judgedPeers(postgres)
	return []workload{
		{key: keyPrepared1, title: "pgbench -S, prepared, 1 connection", peers: judged, columns: perQuery,
			run: pgbenchRun(load{clients: 1, mode: "prepared"})},
		{key: keyPrepared50, title: "pgbench -S, prepared, 50 connections", peers: judged, columns: perQuery,
			run: pgbenchRun(load{clients: 50, mode: "prepared", sampling: 10})},
		{key: keyPrepared1000, title: "pgbench -S, prepared, 1000 connections", peers: judged, columns: perQuery,
			run: pgbenchRun(load{clients: 1000, mode: "prepared", sampling: 10})},
		{key: keySimple50, title: "pgbench -S, simple, 50 connections", peers: judged, columns: perQuery,
			about: "Each query is a text of its own, with its literal.",
			run:   pgbenchRun(load{clients: 50, mode: "simple", sampling: 10})},
		{key: keyPipelined, title: "16 pipelined prepared queries, 50 connections", peers: judged, columns: perQuery,
			about: "A pgbench script of 16 selects between `\\startpipeline` and `\\endpipeline`. Latencies are those of the 16 together.",
			run:   pgbenchRun(load{clients: 50, mode: "prepared", script: "pipelined", per: 16})},
		{key: keyValue, title: "One value of 1 MiB, 8 connections", peers: peers, columns: perMiB,
			about: "Stored without compression, so that the server needs not unpack it.",
			run:   pgbenchRun(load{clients: 8, mode: "prepared", script: "value"})},
		{key: keyRows, title: "1 MiB in rows of 100 bytes, 8 connections", peers: peers, columns: perMiB,
			about: "Sent as rows of 111 bytes; a MiB is one of values.",
			run:   pgbenchRun(load{clients: 8, mode: "prepared", script: "rows"})},
		{key: keyConnects, title: "Connect, one select, disconnect; 10 clients", peers: peers,
			columns: columns{rate: "connections/s", cpu: "proxy CPU, µs/connection"},
			about:   "`pgbench -C -S`. PgBouncer keeps its server connections and gives them to the next client, which spares the server the start of a process: its rate is that of another service.",
			run:     pgbenchRun(load{clients: 10, mode: "simple", connect: true})},
		{key: keyRate, title: "pgbench -S -R, prepared, 50 connections, at half of HAProxy's top rate", peers: peers, columns: perQuery,
			about: "Open loop: queries begin by the clock, and latency counts from when they should have begun.",
			run:   runHalfRate},
		{key: keyDrivers, title: "Drivers, senders and loops: pgbench -S, prepared, 50 connections", peers: variants(), columns: perQuery,
			about: "`runtime: {loops, sender}`. The conn driver is `loops: 0`.",
			run:   pgbenchRun(load{clients: 50, mode: "prepared", sampling: 10})},
		{key: keyBeside, title: "Goroutines beside saturated loops", peers: besides(),
			columns: columns{rate: "queries/s meanwhile", p50: "p50 of /healthz, µs", p99: "p99 of /healthz, µs"},
			about: "How long the process's other goroutines wait: Sluice's HTTP server, which is on net.Conn as a session of the conn driver is, is asked 100 times a second while pgbench -S with 50 connections saturates the loops. " +
				"A session of the conn driver itself can't be had beside the loops: they adopt every plain one.",
			run: runBeside},
		{key: keyIdle, title: "Idle connections", peers: proxies(postgres), once: true,
			columns: columns{rate: "connections", memory: "proxy memory, KiB/connection"},
			about: "Growth of VmRSS after the last connect. Each connection has logged in and asked one query before. The server is a fake one, for a real one has a process for each connection." +
				" Memory that the kernel holds for sockets is in no proxy's number.",
			run: runIdle},
	}
}

// pgbenchRun is a workload's run by pgbench.
func pgbenchRun(l load) func(context.Context, *bench, *peer) (sample, error) {
	return through(postgres, func(ctx context.Context, b *bench, addr string, t tree) (sample, error) {
		return b.pgbench(ctx, addr, l, t)
	})
}

// through is a workload's run that measures a load on addr, where a peer listens whose processes are t.
func through(proto protocol, measure func(ctx context.Context, b *bench, addr string, t tree) (sample, error)) func(context.Context, *bench, *peer) (sample, error) {
	return func(ctx context.Context, b *bench, p *peer) (s sample, err error) {
		x, err := p.begin(ctx, b, b.backend(proto).about().Addr)
		if err != nil {
			return s, err
		}
		defer x.stop()
		if b.profile != "" && x.admin != "" {
			defer b.takeProfile(ctx, x.admin, p.key)()
		}
		s, err = measure(ctx, b, x.addr, x.tree)
		return s, x.explain(err)
	}
}

// runHalfRate needs HAProxy's top rate, from the workload that measures it or, if
// that isn't run, from a run of its own. Once known it stays.
func runHalfRate(ctx context.Context, b *bench, p *peer) (sample, error) {
	if b.rate == 0 {
		var rates []float64
		for _, s := range b.samples(keyPrepared50, keyHAProxy) {
			rates = append(rates, s.rate)
		}
		if len(rates) == 0 {
			if err := missingHAProxy(b); err != nil {
				return sample{}, fmt.Errorf("the rate is half of HAProxy's: %w", err)
			}
			s, err := pgbenchRun(load{clients: 50, mode: "prepared", sampling: 10})(ctx, b, &haproxy)
			if err != nil {
				return sample{}, fmt.Errorf("HAProxy's top rate: %w", err)
			}
			rates = append(rates, s.rate)
		}
		b.rate = median(rates) / 2
		if b.rate < 1 {
			return sample{}, errors.New("HAProxy's top rate is nought")
		}
		b.logf("half of HAProxy's top rate is %.0f queries/s", b.rate)
	}
	return pgbenchRun(load{clients: 50, mode: "prepared", rate: b.rate})(ctx, b, p)
}
