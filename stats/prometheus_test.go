package stats_test

import (
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	dto "github.com/prometheus/client_model/go"

	"github.com/sluice-proxy/sluice/stats"
)

func written(t *testing.T, h *stats.Histogram) *dto.Metric {
	t.Helper()
	desc := prometheus.NewDesc("x_seconds", "X.", []string{"b", "a"}, nil)
	var m dto.Metric
	if err := h.Metric(desc, "2", "1").Write(&m); err != nil {
		t.Fatal(err)
	}
	return &m
}

func TestMetricHasBothKindsOfBuckets(t *testing.T) {
	var h stats.Histogram
	for _, d := range []time.Duration{0, 500 * time.Nanosecond, 1e9, 1e9, 1e9 + 1, 1.1e9, 2e9, 100e9, 1 << 62} {
		h.Observe(d)
	}
	m := written(t, &h)
	if m.Label[0].GetName() != "a" || m.Label[0].GetValue() != "1" || len(m.Label) != 2 {
		t.Errorf("labels: got %v", m.Label)
	}
	p := m.Histogram
	for _, b := range p.Bucket {
		want := map[bool]uint64{true: 2}[true]
		switch le := b.GetUpperBound(); {
		case le == 1:
			want = 4
		case le >= 2:
			want = 7
		}
		if b.GetCumulativeCount() != want {
			t.Errorf("classic bucket up to %g s: got %d, want %d", b.GetUpperBound(), b.GetCumulativeCount(), want)
		}
	}
	if p.GetSampleCount() != 9 || p.GetZeroCount() != 2 || p.GetSchema() != 3 {
		t.Errorf("got count %d, zero %d, schema %d", p.GetSampleCount(), p.GetZeroCount(), p.GetSchema())
	}
	// Unfold the spans: 1 s is bucket 0, 1.1 s bucket 2, 2 s bucket 8, 100 s bucket 54.
	got := map[int32]int64{}
	at, i, n := int32(0), 0, int64(0)
	for _, s := range p.PositiveSpan {
		at += s.GetOffset()
		for range s.GetLength() {
			n += p.PositiveDelta[i]
			if n != 0 {
				got[at] = n
			}
			i++
			at++
		}
	}
	for b, want := range map[int32]int64{0: 2, 1: 1, 2: 1, 8: 1, 54: 1, 192: 1} {
		if got[b] != want {
			t.Errorf("native bucket %d: got %d, want %d", b, got[b], want)
		}
		delete(got, b)
	}
	if len(got) != 0 || i != len(p.PositiveDelta) {
		t.Errorf("native buckets left over: %v", got)
	}
}

func TestEmptyHistogramIsNativeToo(t *testing.T) {
	if p := written(t, &stats.Histogram{}).Histogram; len(p.PositiveSpan) != 1 || p.GetSampleCount() != 0 {
		t.Errorf("got %v", p)
	}
}

func TestTableMetrics(t *testing.T) {
	table := stats.NewTable(stats.Config{Shards: 2})
	table.Record(0, sample(1))
	table.Record(1, sample(1))
	want := `
# HELP sluice_statement_calls_total Exchanges that the statement table was told of, evicted rows' included.
# TYPE sluice_statement_calls_total counter
sluice_statement_calls_total 2
# HELP sluice_statement_evictions_total Rows that left the statement table because it was full; their counts live on in the evicted totals.
# TYPE sluice_statement_evictions_total counter
sluice_statement_evictions_total 0
# HELP sluice_statement_rows Rows of the statement table, each shard's counted by itself.
# TYPE sluice_statement_rows gauge
sluice_statement_rows 2
# HELP sluice_statement_table_limit_bytes Memory that the statement table may use.
# TYPE sluice_statement_table_limit_bytes gauge
sluice_statement_table_limit_bytes 3.3554432e+07
`
	if err := testutil.CollectAndCompare(table, strings.NewReader(want), "sluice_statement_calls_total", "sluice_statement_evictions_total",
		"sluice_statement_rows", "sluice_statement_table_limit_bytes"); err != nil {
		t.Error(err)
	}
	if problems, err := testutil.CollectAndLint(table); err != nil || len(problems) > 0 {
		t.Error(problems, err)
	}
}
