package stats_test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/sluice-proxy/sluice/codecs"
	"github.com/sluice-proxy/sluice/filters"
	filterstats "github.com/sluice-proxy/sluice/filters/stats"
	"github.com/sluice-proxy/sluice/metadata"
	"github.com/sluice-proxy/sluice/stats"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func session(plan *filters.Plan, shard int) *filters.Session {
	s := &filters.Session{ID: 1, Plan: plan, Shard: shard, Opened: 1e9}
	s.Meta.PutString(metadata.DBSystem, "postgresql")
	s.Meta.PutString(metadata.ClientAddress, "127.0.0.1")
	s.Meta.PutInt(metadata.ClientPort, 4711)
	s.Meta.PutString(metadata.User, "ann")
	s.Meta.PutString(metadata.Namespace, "shop")
	return s
}

func exchange(s *filters.Session) *filters.Exchange {
	return &filters.Exchange{
		ID: 7, Session: s, Purpose: codecs.Command, Name: "Query",
		Statement: &filters.Statement{Operation: "SELECT", Normalized: "select * from orders where id = ?", Fingerprint: 42},
		Began:     2e9, FirstByte: 2e9 + 300_000, Ended: 2e9 + 500_000,
		RequestBytes: 40, ReplyBytes: 100, Rows: 3, Affected: 1, Outcome: filters.OK,
	}
}

var plan = &filters.Plan{Listener: "pg", Protocol: "postgres"}

func TestGoldenExposition(t *testing.T) {
	table := stats.NewTable(stats.Config{Shards: 2})
	f := filterstats.New(filterstats.Config{Operations: sql, ErrorClass: classes, Shards: 2, Table: table, Reasons: []string{"framing_error"}})
	f.Declare("my", "mysql")
	for shard := range 2 {
		s := session(plan, shard)
		f.OnOpen(s)
		for _, tt := range []struct {
			operation string
			outcome   filters.Outcome
			code      string
		}{
			{"SELECT", filters.OK, ""},
			{"CREATE TABLE", filters.OK, ""},
			{"WEIRD THING", filters.Denied, "42501"},
			{"INSERT", filters.Failed, "23505"},
			{"INSERT", filters.Failed, "<b>x>"},
			{"INSERT", filters.Skipped, ""},
			{"", filters.Lost, ""},
		} {
			x := exchange(s)
			x.Outcome, x.StatusCode = tt.outcome, tt.code
			x.Statement.Operation = tt.operation
			if tt.operation == "" {
				x.Statement, x.Name, x.Purpose, x.FirstByte = nil, "CancelRequest", codecs.Canceling, 0
				x.Canceled, x.Bypass = true, "unknown_message"
				f.Bypass(shard, "unknown_message")
			}
			f.OnDone(x)
		}
		if shard == 0 {
			s.Cause, s.Ended, s.Bytes = filters.ClientClosed, 5e9, [2]int64{300, 700}
			f.OnClose(s)
		}
	}
	r := prometheus.NewPedanticRegistry()
	r.MustRegister(f, table)
	if problems, err := testutil.GatherAndLint(r); err != nil || len(problems) > 0 {
		t.Errorf("lint: %v %v", problems, err)
	}
	got := exposition(t, r)
	const golden = "testdata/exposition.txt"
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("the exposition differs from %s; -update rewrites it. Got\n%s", golden, got)
	}
}

func exposition(t *testing.T, g prometheus.Gatherer) string {
	t.Helper()
	w := httptest.NewRecorder()
	promhttp.HandlerFor(g, promhttp.HandlerOpts{}).ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	if w.Code != 200 {
		t.Fatalf("got status %d: %s", w.Code, w.Body)
	}
	return w.Body.String()
}

// value sums what the metrics of that name count.
func value(t *testing.T, c prometheus.Collector, name string) (sum float64) {
	t.Helper()
	r := prometheus.NewPedanticRegistry()
	r.MustRegister(c)
	families, err := r.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		if f.GetName() != name {
			continue
		}
		for _, m := range f.Metric {
			sum += m.GetCounter().GetValue() + m.GetGauge().GetValue() + float64(m.GetHistogram().GetSampleCount())
		}
	}
	return sum
}

func TestMetricsAgreeWithTheTable(t *testing.T) {
	table := stats.NewTable(stats.Config{Shards: 2, Bytes: 1}) // the least there is: rows are evicted all the time
	f := filterstats.New(filterstats.Config{Operations: sql, ErrorClass: classes, Shards: 2, Table: table})
	const drivers, each = 4, 5000
	var wg sync.WaitGroup
	for d := range drivers {
		wg.Go(func() {
			r := rand.New(rand.NewPCG(uint64(d), 1))
			s := session(&filters.Plan{Listener: fmt.Sprint("l", d%2), Protocol: "postgres"}, d)
			f.OnOpen(s)
			for range each {
				x := exchange(s)
				x.Outcome = filters.Outcome(1 + r.IntN(5))
				x.Purpose = codecs.Purpose(r.IntN(8)) // also ones that there are not
				x.Statement.Fingerprint = uint64(r.IntN(1000))
				x.Rows, x.ReplyBytes = r.Int64N(10), r.Int64N(1000)
				f.OnDone(x)
			}
			s.Cause = filters.ClientClosed
			f.OnClose(s)
		})
	}
	wg.Go(func() {
		for range 20 {
			value(t, f, "sluice_exchanges_total")
		}
	})
	wg.Wait()
	report := table.Report(time.Now(), stats.ByTime, 0)
	sum := report.Evicted.Counts
	for i := range report.Statements {
		sum.Add(&report.Statements[i].Counts)
	}
	if report.Evicted.Evictions == 0 || sum != report.Totals {
		t.Errorf("%d evictions; rows and evicted %+v, totals %+v", report.Evicted.Evictions, sum, report.Totals)
	}
	for name, want := range map[string]uint64{
		"sluice_exchanges_total":           report.Totals.Calls,
		"sluice_exchange_duration_seconds": report.Totals.Calls,
		"sluice_exchange_errors_total":     report.Totals.Errors,
		"sluice_rows_returned_total":       report.Totals.Rows,
		"sluice_rows_affected_total":       report.Totals.Affected,
		"sluice_exchange_bytes_total":      report.Totals.RequestBytes + report.Totals.ReplyBytes,
		"sluice_connections_opened_total":  drivers,
		"sluice_connections_closed_total":  drivers,
		"sluice_connections_active":        0,
	} {
		if got := value(t, f, name); got != float64(want) {
			t.Errorf("%s: got %v, want %d", name, got, want)
		}
	}
	if report.Totals.Calls != drivers*each {
		t.Errorf("got %d exchanges, want %d", report.Totals.Calls, drivers*each)
	}
}

func TestNothingFromTheWireBecomesALabel(t *testing.T) {
	f := filterstats.New(filterstats.Config{Operations: sql, ErrorClass: classes})
	s := session(plan, 0)
	for i := range 1000 {
		x := exchange(s)
		evil := fmt.Sprintf("EVIL%d", i)
		x.Statement.Operation, x.Outcome, x.StatusCode = evil+" X", filters.Failed, evil[:5]
		x.Bypass = evil // even if a filter broke its promise
		f.OnDone(x)
	}
	r := prometheus.NewPedanticRegistry()
	r.MustRegister(f)
	for line := range strings.Lines(exposition(t, r)) {
		if strings.Contains(line, "EV") && !strings.HasPrefix(line, "sluice_exchanges_bypassed_total") {
			t.Errorf("got %s", line)
		}
	}
	if got := value(t, f, "sluice_exchanges_bypassed_total"); got != 1000 {
		t.Errorf("bypassed: got %v, want 1000", got)
	}
	if n := testutil.CollectAndCount(f, "sluice_exchanges_bypassed_total"); n > 64 {
		t.Errorf("got %d reasons", n)
	}
}

// classes are those of errors of the plan's protocol.
var classes = map[string]func(string) string{plan.Protocol: codecs.SQLStateClass}

// sql is what metrics tell apart of the plan's protocol.
var sql = map[string][]codecs.Operation{plan.Protocol: codecs.SQLOperations()}

func TestOperationsAreBoundedAndDistinct(t *testing.T) {
	if n := len(codecs.SQLOperations()); n > 63 {
		t.Errorf("%d operations by default, more than there is room for", n)
	}
	seen := map[string]bool{}
	for _, o := range codecs.SQLOperations() {
		if seen[o.Name] {
			t.Errorf("%s is listed twice", o.Name)
		}
		seen[o.Name] = true
	}
	var many []codecs.Operation
	for i := range 100 {
		many = append(many, codecs.Operation{Name: fmt.Sprint("OP", i)})
	}
	f := filterstats.New(filterstats.Config{Operations: map[string][]codecs.Operation{plan.Protocol: many}})
	s := session(plan, 0)
	for i := range 100 {
		x := exchange(s)
		x.Statement.Operation = fmt.Sprint("OP", i)
		f.OnDone(x)
	}
	if n := testutil.CollectAndCount(f, "sluice_exchanges_total"); n != 64 {
		t.Errorf("got %d series, want 64", n)
	}
	if got := value(t, f, "sluice_exchanges_total"); got != 100 {
		t.Errorf("got %v exchanges, want 100", got)
	}
}

func TestOldPlansAreNotKept(t *testing.T) {
	f := filterstats.New(filterstats.Config{Operations: sql, ErrorClass: classes})
	for range 1000 {
		f.OnOpen(session(&filters.Plan{Listener: "pg", Protocol: "postgres"}, 0))
	}
	if got := value(t, f, "sluice_connections_opened_total"); got != 1000 {
		t.Errorf("got %v connections, want 1000", got)
	}
	if n := testutil.CollectAndCount(f, "sluice_connections_opened_total"); n != 1 {
		t.Errorf("got %d series, want 1: plans of one listener are one", n)
	}
}

func TestOnDoneDoesNotAllocate(t *testing.T) {
	f := filterstats.New(filterstats.Config{Operations: sql, ErrorClass: classes, Table: stats.NewTable(stats.Config{})})
	x := exchange(session(plan, 0))
	f.OnDone(x)
	if n := testing.AllocsPerRun(1000, func() { f.OnDone(x) }); n != 0 {
		t.Errorf("got %v allocations, want 0", n)
	}
}

func BenchmarkOnDone(b *testing.B) {
	for _, tt := range []struct {
		name  string
		table *stats.Table
	}{{"table=no", nil}, {"table=yes", stats.NewTable(stats.Config{})}} {
		b.Run(tt.name, func(b *testing.B) {
			f := filterstats.New(filterstats.Config{Operations: sql, ErrorClass: classes, Table: tt.table})
			var some [16]*filters.Exchange
			for i := range some {
				some[i] = exchange(session(plan, 0))
				some[i].Statement.Fingerprint += uint64(i)
			}
			i := 0
			b.ReportAllocs()
			for b.Loop() {
				x := some[i&15]
				i++
				x.Ended += 100
				f.OnDone(x)
			}
		})
	}
}

func BenchmarkCollect(b *testing.B) {
	f := filterstats.New(filterstats.Config{Operations: sql, ErrorClass: classes, Shards: 4})
	for shard := range 4 {
		for i := range 100 {
			x := exchange(session(plan, shard))
			x.Statement.Operation = codecs.SQLOperations()[i%50].Name
			f.OnDone(x)
		}
	}
	r := prometheus.NewRegistry()
	r.MustRegister(f)
	for b.Loop() {
		_, _ = r.Gather()
	}
}

var waits = &metadata.Spec{Name: "redis.blocking", Type: metadata.Bool, Scope: metadata.OfExchange}

// TestWaitingIsApart counts exchanges that wait for others, what reads found, and messages that nobody asked for.
func TestWaitingIsApart(t *testing.T) {
	table := stats.NewTable(stats.Config{})
	f := filterstats.New(filterstats.Config{Table: table, Waits: map[string]metadata.Key{"redis": waits}})
	s := session(&filters.Plan{Listener: "l", Protocol: "redis"}, 0)
	for i := range 10 {
		x := exchange(s)
		x.Outcome, x.Sought, x.Found = filters.OK, 3, int64(i%5) // 0 to 4: more than was sought is all of it
		if i == 0 {
			x.Outcome = filters.Failed // of these nothing is known
		}
		if i >= 8 {
			x.Meta.PutBool(waits, true)
			x.Began, x.Sought = 0, 0
		}
		f.OnDone(x)
	}
	for _, name := range []string{"message", codecs.Part, "message", "invalidate"} {
		f.Async(s, &codecs.Message{Kind: codecs.Async, Name: name})
	}
	for name, want := range map[string]float64{
		"sluice_exchanges_total": 10, "sluice_exchange_duration_seconds": 8, "sluice_exchange_first_byte_seconds": 8, "sluice_blocked_seconds": 2,
		"sluice_lookups_total": 7 * 3, "sluice_async_messages_total": 3,
	} {
		if got := value(t, f, name); got != want {
			t.Errorf("%s: got %v, want %v", name, got, want)
		}
	}
	c := table.Report(time.Now(), stats.ByTime, 0).Statements[0]
	if hits := uint64(1 + 2 + 3 + 3 + 0 + 1 + 2); c.Hits != hits || c.Misses != 7*3-hits {
		t.Errorf("%d hits, %d misses", c.Hits, c.Misses)
	}
	if took := 2.0005; c.Calls != 10 || c.Blocked != 2 || c.BlockedTime != 2*took || c.Max != .0005 {
		t.Errorf("%d calls, %d blocked for %v s; the longest other one took %v s", c.Calls, c.Blocked, c.BlockedTime, c.Max)
	}
}
