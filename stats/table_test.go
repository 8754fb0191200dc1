package stats_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sluice-proxy/sluice/stats"
)

func sample(n int) *stats.Sample {
	text := fmt.Sprintf("select * from t%d where id = ?", n)
	return &stats.Sample{
		Fingerprint: uint64(n + 1), Text: text, User: "ann", Database: "shop", Operation: "SELECT",
		Outcome: stats.Outcome(n % 5), Rows: 2, Affected: 1, RequestBytes: 10, ReplyBytes: 20, Duration: time.Duration(n+1) * time.Microsecond, At: int64(n + 1),
	}
}

func sum(r *stats.Report) (c stats.Counts) {
	for i := range r.Statements {
		c.Add(&r.Statements[i].Counts)
	}
	c.Add(&r.Evicted.Counts)
	return c
}

func TestTableMergesShards(t *testing.T) {
	table := stats.NewTable(stats.Config{Shards: 2})
	for shard := range 2 {
		for i := range 10 {
			s := sample(1)
			s.Outcome = stats.OK
			s.At = int64(100*shard + i + 1)
			s.Duration = time.Duration(i+1) * time.Millisecond
			if i == 0 {
				s.Outcome = stats.Failed
			}
			table.Record(shard, s)
		}
	}
	table.Record(5, &stats.Sample{Operation: "CancelRequest"}) // a shard beyond those declared is folded in
	r := table.Report(time.Unix(9, 0), stats.ByTime, 0)
	if len(r.Statements) != 2 {
		t.Fatalf("got %d rows, want 2", len(r.Statements))
	}
	got := r.Statements[0]
	want := stats.Counts{Calls: 20, Errors: 2, Rows: 40, Affected: 20, RequestBytes: 200, ReplyBytes: 400}
	if got.Counts != want {
		t.Errorf("got %+v, want %+v", got.Counts, want)
	}
	if got.Min != .001 || got.Max != .010 || got.Fingerprint != "0000000000000002" || got.Text != "select * from t1 where id = ?" {
		t.Errorf("got %+v", got)
	}
	if got.Total < .1099 || got.Total > .1101 {
		t.Errorf("time total: got %g, want 0.11", got.Total)
	}
	if got.FirstSeen.UnixNano() != 1 || got.LastSeen.UnixNano() != 110 {
		t.Errorf("seen: got %v to %v", got.FirstSeen, got.LastSeen)
	}
	if r.Statements[1].Fingerprint != "" || r.Statements[1].Operation != "CancelRequest" {
		t.Errorf("an exchange without a statement: got %+v", r.Statements[1])
	}
}

func TestRowsAreApartByUserDatabaseAndOperation(t *testing.T) {
	table := stats.NewTable(stats.Config{})
	for _, s := range []stats.Sample{
		{Fingerprint: 1}, {Fingerprint: 1, User: "a"}, {Fingerprint: 1, Database: "a"}, {Fingerprint: 1, Operation: "a"}, {Fingerprint: 2}, {Fingerprint: 1},
	} {
		table.Record(0, &s)
	}
	if n := table.Report(time.Now(), stats.ByTime, 0).Rows; n != 5 {
		t.Errorf("got %d rows, want 5", n)
	}
}

func TestEvictionKeepsTotalsAndBound(t *testing.T) {
	const limit = 256 << 10
	table := stats.NewTable(stats.Config{Shards: 2, Bytes: limit})
	r := rand.New(rand.NewPCG(7, 8))
	for i := range 50_000 {
		n := r.IntN(5000)
		if i%3 == 0 {
			n = i % 7 // seven statements are always in use
		}
		s := sample(n)
		s.At = int64(i)
		s.Duration = time.Duration(r.Int64() >> r.IntN(60))
		table.Record(i&1, s)
	}
	report := table.Report(time.Now(), stats.ByCalls, 0)
	if report.Evicted.Evictions == 0 || report.Evicted.Calls == 0 {
		t.Fatal("nothing was evicted")
	}
	if got := sum(report); got != report.Totals || got.Calls != 50_000 {
		t.Errorf("rows and evicted: got %+v, want the totals %+v", got, report.Totals)
	}
	for i, s := range report.Statements[:7] {
		if s.Calls < 50_000/3/7-10 {
			t.Errorf("statement %d of those always in use was evicted: %d calls", i, s.Calls)
		}
	}
}

func TestWhatNeverFitsIsCountedAsEvicted(t *testing.T) {
	table := stats.NewTable(stats.Config{Bytes: 1, Text: 1 << 20})
	s := sample(1)
	s.Text = strings.Repeat("x", 1<<20)
	table.Record(0, s)
	r := table.Report(time.Now(), stats.ByTime, 0)
	if r.Rows != 0 || r.Evicted.Calls != 1 || r.Totals.Calls != 1 {
		t.Errorf("got %+v", r)
	}
}

func TestLongTextsAndNamesAreCut(t *testing.T) {
	table := stats.NewTable(stats.Config{Text: 10})
	s := sample(1)
	s.Text, s.User = "123456789äö", strings.Repeat("u", 10_000)
	table.Record(0, s)
	got := table.Report(time.Now(), stats.ByTime, 0).Statements[0]
	if got.Text != "123456789" || len(got.User) != 128 {
		t.Errorf("got text %q and a user of %d bytes", got.Text, len(got.User))
	}
}

// The bound is one of memory, not of an own arithmetic.
func TestBoundIsWhatTheHeapSays(t *testing.T) {
	if testing.Short() {
		t.Skip("measures the heap")
	}
	const limit = 4 << 20
	heap := func() int64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return int64(m.HeapAlloc)
	}
	before := heap()
	table := stats.NewTable(stats.Config{Bytes: limit})
	for i := range 30_000 {
		s := sample(i)
		table.Record(0, s)
		s.Duration = time.Duration(i%1000) * time.Millisecond
		table.Record(0, s)
	}
	used := heap() - before
	r := table.Report(time.Now(), stats.ByTime, 1)
	t.Logf("%d rows use %d KiB of %d KiB", r.Rows, used>>10, limit>>10)
	if r.Evicted.Evictions == 0 || used > limit*5/4 || used < limit/2 {
		t.Errorf("%d rows, %d evictions use %d bytes, want about %d", r.Rows, r.Evicted.Evictions, used, limit)
	}
	runtime.KeepAlive(table)
}

func TestConcurrentUse(t *testing.T) {
	table := stats.NewTable(stats.Config{Shards: 3, Bytes: 200 << 10})
	var wg sync.WaitGroup
	for shard := range 4 {
		wg.Go(func() {
			for i := range 5000 {
				table.Record(shard, sample(i%1000))
			}
		})
	}
	wg.Go(func() {
		for range 50 {
			table.Report(time.Now(), stats.ByP95, 10)
		}
	})
	wg.Wait()
	r := table.Report(time.Now(), stats.ByTime, 0)
	if got := sum(r); got != r.Totals || got.Calls != 20_000 {
		t.Errorf("got %+v, want %+v", got, r.Totals)
	}
}

func TestReportSortsLimitsAndSurvivesJSON(t *testing.T) {
	table := stats.NewTable(stats.Config{})
	for i := range 10 {
		for range 10 - i {
			table.Record(0, sample(i))
		}
	}
	for _, by := range stats.Sorts() {
		if _, err := stats.ParseSort(string(by)); err != nil {
			t.Error(err)
		}
		r := table.Report(time.Unix(1, 0), by, 3)
		if len(r.Statements) != 3 || r.Rows != 10 || r.Totals.Calls != 55 {
			t.Errorf("by %s: got %d of %d rows, %d calls", by, len(r.Statements), r.Rows, r.Totals.Calls)
		}
		if by == stats.ByCalls && r.Statements[0].Calls != 10 {
			t.Errorf("by calls: got %d first", r.Statements[0].Calls)
		}
		text, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		var back stats.Report
		if err := json.Unmarshal(text, &back); err != nil {
			t.Fatal(err)
		}
		if back.Statements[1] != r.Statements[1] || back.Totals != r.Totals || back.Evicted != r.Evicted {
			t.Errorf("JSON lost something: %s", text)
		}
	}
	if _, err := stats.ParseSort("beauty"); err == nil || !strings.Contains(err.Error(), "time, calls") {
		t.Errorf("an unknown order: got %v", err)
	}
}

func TestRecordDoesNotAllocate(t *testing.T) {
	table := stats.NewTable(stats.Config{})
	s := sample(1)
	table.Record(0, s)
	if n := testing.AllocsPerRun(1000, func() { table.Record(0, s) }); n != 0 {
		t.Errorf("got %v allocations, want 0", n)
	}
}

func BenchmarkRecord(b *testing.B) {
	for _, rows := range []int{1, 100, 10_000} {
		b.Run(fmt.Sprintf("rows=%d", rows), func(b *testing.B) {
			table := stats.NewTable(stats.Config{})
			samples := make([]*stats.Sample, rows)
			for i := range samples {
				samples[i] = sample(i)
			}
			i := 0
			b.ReportAllocs()
			for b.Loop() {
				table.Record(0, samples[i])
				if i++; i == rows {
					i = 0
				}
			}
		})
	}
	b.Run("evicting", func(b *testing.B) {
		table := stats.NewTable(stats.Config{Bytes: 1 << 20})
		s := sample(1)
		b.ReportAllocs()
		for b.Loop() {
			s.Fingerprint++
			s.At++
			table.Record(0, s)
		}
	})
}

func BenchmarkReport(b *testing.B) {
	table := stats.NewTable(stats.Config{Shards: 2, Bytes: 1 << 30})
	for i := range 40_000 {
		table.Record(i&1, sample(i/2))
	}
	for b.Loop() {
		table.Report(time.Now(), stats.ByTime, 100)
	}
}
