// Bench measures what Sluice costs beside other proxies, on PostgreSQL and Redis:
//
//	cd integration && go run ./bench                                # a table on standard output
//	cd integration && go run ./bench -write ../docs/performance.md  # and kept in the document
//	cd integration && go run ./bench -quick -only 'prepared-50'     # to see that it works
//	cd integration && go run ./bench -only redis                    # one protocol
//	cd integration && go run ./bench -list                          # the workloads and peers, for -only and -peers
//
// It wants Sluice's program (make build), pgbench and redis-benchmark, and measures
// whichever of HAProxy, PgBouncer, nutcracker and Envoy are on the machine; what isn't
// is reported as not measured, with the reason. The servers come from package servers.
//
// # Method
//
// A machine's speed drifts by more than the differences looked for. So the peers
// take turns: in each round every workload runs through every peer once, in an
// order that rotates, each time for a few seconds and with a fresh process of the
// peer. What counts is the median over the rounds of the ratio of two peers in the
// same round; the least and the greatest ratio are printed with it.
//
// Load comes from pgbench and redis-benchmark, which readers know and can run
// themselves. pgbench's window is what lies between two of its progress lines, the
// first of which ends the warm-up; pgbench is stopped after the second. A proxy's CPU
// time is utime and stime of all its processes, read as those lines arrive; per query
// means divided by what pgbench counted between them. Latencies are those of pgbench's
// own log, inside the window.
//
// redis-benchmark runs twice: the first run is the warm-up and tells how many commands
// make a window, the second does as many and reports its rate and latencies. CPU time
// is read as its progress lines arrive, but for the first of each test, in which the
// connections are made.
//
// The two measurements that they can't do are ours: idle connections (their
// clients, and a fake PostgreSQL that has no trouble with 10,000 of them) and the
// admin server's answers beside loops that are busy.
//
// The decoders' own numbers come from the main module's benchmarks (go test
// -bench).
//
// # Files
//
// protocols.go, workloads.go and peers.go are the lists. run.go puts them through each other,
// results.go keeps what came out, ratios.go, report.go and targets.go make the
// document's tables of it. Every process is answered for by package reaper,
// so nothing stays behind however bench ends.
package main
