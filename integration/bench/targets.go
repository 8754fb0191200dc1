package main

import (
	"fmt"
	"strings"
)

// A target is a number to hold.
type target struct {
	what  string
	limit float64
	least bool // hold it from above: at least limit
	unit  string
	got   spread
	none  string // in place of a verdict, where nothing can be measured yet
}

// targets computes every line about the protocol of the results.
func targets(r *results) []target {
	if r.protocol == redis {
		return redisTargets(r)
	}
	return postgresTargets(r)
}

// versus compares two rows of a workload.
func (r *results) versus(what string, limit float64, workload, peer, base string, m metric) target {
	return target{what: what, limit: limit, unit: " ×", got: spreadOf(ratios(r.row(workload, peer), r.row(workload, base), m))}
}

// atLeast makes a target one to hold from above.
func atLeast(t target) target {
	t.least = true
	return t
}

func postgresTargets(r *results) []target {
	versus := r.versus
	memory := spread{}
	if s := r.samples(keyIdle, keyInspect); len(s) > 0 {
		memory = spreadOf([]float64{s[0].memory})
	}
	return []target{
		versus("proxy CPU per query, inspected, 50 connections, against HAProxy", 0.95, keyPrepared50, keyInspect, keyHAProxy, cpuOf),
		versus("the same, with a policy", 0.95, keyPrepared50, keyPolicy, keyHAProxy, cpuOf),
		versus("the same, every exchange logged", 1.1, keyPrepared50, keyLog, keyHAProxy, cpuOf),
		versus("inspected, 1000 connections, against HAProxy", 0.85, keyPrepared1000, keyInspect, keyHAProxy, cpuOf),
		versus("the same, with a policy", 0.85, keyPrepared1000, keyPolicy, keyHAProxy, cpuOf),
		versus("inspected, 50 connections, against Envoy", 0.75, keyPrepared50, keyInspect, keyEnvoy, cpuOf),
		versus("16 pipelined, inspected, against HAProxy", 1.2, keyPipelined, keyInspect, keyHAProxy, cpuOf),
		atLeast(versus("throughput of pgbench -S, 1 connection, against HAProxy", 1, keyPrepared1, keyInspect, keyHAProxy, rateOf)),
		atLeast(versus("the same, 50 connections", 1, keyPrepared50, keyInspect, keyHAProxy, rateOf)),
		atLeast(versus("the same, 1000 connections", 1, keyPrepared1000, keyInspect, keyHAProxy, rateOf)),
		versus("proxy CPU per MiB, one value of 1 MiB, inspected, against HAProxy", 0.75, keyValue, keyInspect, keyHAProxy, cpuOf),
		versus("the same, against Envoy", 0.85, keyValue, keyInspect, keyEnvoy, cpuOf),
		{what: "added latency (p99 less direct p99) at half of HAProxy's top rate, against HAProxy's", limit: 1.1, unit: " ×", got: spreadOf(addedLatency(r, keyRate, keyInspect))},
		{what: "memory per idle inspected connection", limit: 8, unit: " KiB", got: memory},
		{what: "decoder, per small message", limit: 100, unit: " ns", got: r.micro.worst(microMessage)},
		{what: "decoder, allocations per exchange", limit: 0, got: r.micro.worst(microAllocs)},
		{what: "decoder, skipped bodies", limit: 5, least: true, unit: " GB/s", got: r.micro.worst(microSkip)},
		{what: "statement analysis on a cache hit, 100 bytes", limit: 150, unit: " ns", got: r.micro.worst(microHit)},
		{what: "TLS on both sides, against HAProxy", limit: 1.15, unit: " ×", none: "due with TLS"},
	}
}

// addedLatency is, by round, what a Sluice adds to the direct p99 as a share of what
// HAProxy adds. A round in which noise made one of them faster than no proxy at all
// says nothing.
func addedLatency(r *results, workload, peer string) []float64 {
	return perRound(func(s ...sample) float64 {
		sluice, base := s[0].p99-s[2].p99, s[1].p99-s[2].p99
		if sluice <= 0 || base <= 0 {
			return 0
		}
		return sluice / base
	}, r.row(workload, peer), r.row(workload, keyHAProxy), r.row(workload, keyDirect))
}

// verdict says held, missed, or why neither.
func (t *target) verdict() string {
	switch {
	case t.none != "":
		return t.none
	case t.got.n == 0:
		return "not measured"
	case t.least == (t.got.median >= t.limit) || t.got.median == t.limit:
		return "held"
	}
	return "**missed**"
}

func renderTargets(w *strings.Builder, all []target) {
	w.WriteString("### Targets\n\n| what | target | measured | |\n|---|--:|--:|---|\n")
	for _, t := range all {
		sign := "≤"
		if t.least {
			sign = "≥"
		}
		fmt.Fprintf(w, "| %s | %s %g%s | %s | %s |\n", t.what, sign, t.limit, t.unit, t.measured(), t.verdict())
	}
	w.WriteString("\n")
}

// measured prints a ratio as the other tables do, and anything else as a number.
func (t *target) measured() string {
	switch s := t.got; {
	case s.n == 0 || t.unit == " ×":
		return s.String()
	case s.most == 0:
		return "0"
	case s.n == 1:
		return number(s.median)
	default:
		return fmt.Sprintf("%s (%s–%s)", number(s.median), number(s.least), number(s.most))
	}
}
