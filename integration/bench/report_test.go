package main

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares with a file of testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v (make it with -update)", err)
	}
	if got != string(want) {
		t.Errorf("%s differs; see what -update changes. Got:\n%s", path, got)
	}
}

// exampleRow is a row of three rounds, by how much more than HAProxy's it costs.
func exampleRow(key, title string, factor float64) row {
	x := row{peer: peer{key: key, title: title}}
	for _, drift := range []float64{1, 1.25, 1.1} {
		x.outcomes = append(x.outcomes, outcome{sample: sample{
			rate: 20_000 / factor / drift, p50: 2000 * factor * drift, p99: 5000 * factor * drift, cpu: 15 * factor * drift,
		}})
	}
	return x
}

// exampleRedis are a workload's three rounds, with the decoder's.
func exampleRedis() *results {
	return &results{
		protocol: redis,
		machine:  machine{date: "2026-01-31", cpu: "A Processor", cores: 2, memory: "23 GiB", kernel: "Linux 6.1", golang: "go1.26", server: "Redis 7.0.15, installed"},
		tables: []table{{workload: workload{key: keyRedisPipelined, title: "16 pipelined", columns: perCommand}, rows: []row{
			exampleRow(keyInspect, "Sluice, inspecting", 0.9), exampleRow(keyPolicy, "Sluice, judging", 0.95), exampleRow(keyHAProxy, haproxy.title, 1),
			exampleRow(keyEnvoyRedis, envoyRedis.title, 1.8),
		}}},
		micro: parseMicro([]byte("BenchmarkRoundTrip/get-2\t 1000\t 84 ns/op\t 42.0 ns/msg\t 0 B/op\t 0 allocs/op\n" +
			"BenchmarkRoundTrip/get_with_effects-2\t 1000\t 184 ns/op\t 92.0 ns/msg\t 0 B/op\t 0 allocs/op\n" +
			"BenchmarkRoundTrip/mget_10-2\t 1000\t 284 ns/op\t 142.0 ns/msg\t 0 B/op\t 1 allocs/op\n" +
			"BenchmarkBigValue-2\t 900\t 1000 ns/op\t 90000 MB/s\t 0 B/op\t 0 allocs/op\n")),
	}
}

// exampleResults are three rounds of two workloads, with a failure and a peer that
// is missing.
func exampleResults() *results {
	none := exampleRow(keyDirect, direct.title, 0.5)
	for i := range none.outcomes {
		none.outcomes[i].cpu = 0
	}
	broken := exampleRow(keyPgBouncer, pgbouncer.title, 0.8)
	broken.outcomes[1] = outcome{err: errors.New("pgbench: ended before its window did")}
	return &results{
		protocol: postgres,
		machine: machine{
			date: "2026-01-31", cpu: "A Processor", cores: 2, memory: "23 GiB", kernel: "Linux 6.1", golang: "go1.26", server: "PostgreSQL 15.14, installed",
			versions: [][2]string{{"HAProxy", "2.6.12"}}, method: "3 rounds", quiet: spread{1, 0, 4, 30},
		},
		tables: []table{
			{workload: workload{key: keyPrepared50, title: "pgbench -S, 50 connections", about: "As it is.", columns: perQuery}, rows: []row{
				none, exampleRow(keyInspect, "Sluice, inspecting", 0.9), exampleRow(keyLog, "Sluice, logging", 1.2), exampleRow(keyHAProxy, haproxy.title, 1), broken,
			}},
			{workload: workload{key: keyIdle, title: "Idle connections", columns: columns{rate: "connections", memory: "KiB/connection"}}, rows: []row{
				{peer{key: keyInspect, title: "Sluice, inspecting"}, []outcome{{sample: sample{rate: 10_000, memory: 7.5}}, {}, {}}},
			}},
		},
		missing: []missing{{envoy.title, errNoEnvoy}},
		micro: parseMicro([]byte("goos: linux\nBenchmarkRoundTrip/simple-2 \t 191062\t 2158 ns/op\t 35.67 MB/s\t 80.5 ns/msg\t 0 B/op\t 0 allocs/op\n" +
			"BenchmarkRoundTrip/prepared-2 \t 191062\t 2158 ns/op\t 35.67 MB/s\t 120.0 ns/msg\t 0 B/op\t 0 allocs/op\n" +
			"BenchmarkBigRow-2 \t 910\t 3176698 ns/op\t338005.61 MB/s\t 0 B/op\t 0 allocs/op\nPASS\n")),
	}
}

var errNoEnvoy = errors.New("no envoy in PATH")

func TestRender(t *testing.T) { golden(t, "report.md", render(exampleResults())) }

func TestRenderRedis(t *testing.T) { golden(t, "redis.md", render(exampleRedis())) }

func TestRenderNothing(t *testing.T) { golden(t, "nothing.md", render(&results{protocol: postgres})) }

func TestNumber(t *testing.T) {
	for v, want := range map[float64]string{0: "–", 0.756: "0.76", 12.34: "12.3", 999.6: "1,000", 1234567: "1,234,567", 123: "123", -1234: "-1,234"} {
		if got := number(v); got != want {
			t.Errorf("%g: got %q, want %q", v, got, want)
		}
	}
}

func TestVerdict(t *testing.T) {
	at := func(v float64) spread { return spread{v, v, v, 7} }
	for _, tt := range []struct {
		name string
		t    target
		want string
	}{
		{"below", target{limit: 0.95, got: at(0.9)}, "held"},
		{"at the limit", target{limit: 0.95, got: at(0.95)}, "held"},
		{"above", target{limit: 0.95, got: at(0.96)}, "**missed**"},
		{"at least, above", target{limit: 1, least: true, got: at(1.2)}, "held"},
		{"at least, at the limit", target{limit: 1, least: true, got: at(1)}, "held"},
		{"at least, below", target{limit: 1, least: true, got: at(0.9)}, "**missed**"},
		{"no allocations", target{limit: 0, got: at(0)}, "held"},
		{"nothing", target{limit: 1}, "not measured"},
		{"later", target{limit: 1, none: "due with TLS"}, "due with TLS"},
	} {
		if got := tt.t.verdict(); got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.name, got, tt.want)
		}
	}
}

func TestReplace(t *testing.T) {
	const document = "# Title\n\n<!-- bench:begin postgres -->\nold\n<!-- bench:end postgres -->\n\nText.\n<!-- bench:begin redis -->\n<!-- bench:end redis -->\n"
	got, err := replace(document, postgres, "new\n\n")
	if want := strings.Replace(document, "\nold\n", "\n\nnew\n\n", 1); err != nil || got != want {
		t.Errorf("got %q, %v", got, err)
	}
	got, err = replace(document, redis, "new\n")
	if want := strings.Replace(document, "begin redis -->\n", "begin redis -->\n\nnew\n\n", 1); err != nil || got != want {
		t.Errorf("got %q, %v", got, err)
	}
	begin, end := markers(redis)
	for _, bad := range []string{"", begin, end + begin} {
		if got, err := replace(bad, redis, "new"); err == nil {
			t.Errorf("%q: got %q and no error", bad, got)
		}
	}
}

// TestWriteDocument leaves alone what wasn't measured.
func TestWriteDocument(t *testing.T) {
	path := filepath.Join(t.TempDir(), "performance.md")
	const postgresPart = "<!-- bench:begin postgres -->\nold\n<!-- bench:end postgres -->\n"
	if err := os.WriteFile(path, []byte(postgresPart), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := checkDocument(path); err == nil {
		t.Error("no error of a document without a place for Redis")
	}
	if err := os.WriteFile(path, []byte(postgresPart+"<!-- bench:begin redis -->\nold\n<!-- bench:end redis -->\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := checkDocument(path); err != nil {
		t.Error(err)
	}
	if err := writeDocument(path, []*results{{protocol: redis}}); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got := string(text); !strings.HasPrefix(got, postgresPart) || strings.Count(got, "old") != 1 || !strings.Contains(got, "proxy CPU per command") {
		t.Errorf("got %q", got)
	}
}

func TestShortVersion(t *testing.T) {
	for _, tt := range []struct{ out, skip, want string }{
		{"HAProxy version 2.6.12-1+deb12u1 2023/12/16 - https://haproxy.org/\nStatus: x\n", "HAProxy version ", "2.6.12-1+deb12u1"},
		{"PgBouncer 1.18.0\nlibevent 2.1.12-stable\n", "PgBouncer ", "1.18.0"},
		{"pgbench (PostgreSQL) 15.14 (Debian 15.14-0+deb12u1)\n", "pgbench ", "15.14 (Debian 15.14-0+deb12u1)"},
		{"\n/usr/bin/envoy  version: 9e55809337/1.40.0/Clean/RELEASE/BoringSSL\n", "", "1.40.0"},
		{"This is nutcracker-0.5.0\nasync event backend: epoll\n", "This is nutcracker-", "0.5.0"},
		{"redis-benchmark 7.0.15\n", "redis-benchmark ", "7.0.15"},
		{"sluice 0.1-3-gabc (go1.26.8, linux/amd64)\n", "sluice ", "0.1-3-gabc"},
	} {
		if got := shortVersion(tt.out, tt.skip); got != tt.want {
			t.Errorf("got %q, want %q", got, tt.want)
		}
	}
}
