package stats

import (
	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
)

// The classic buckets are powers of two of a second, because those are bounds of the histogram's own buckets too: so what they count is exact. A
// "nice" bound such as 5 ms lies inside of a bucket and would be a guess.
const (
	classicLow  = -15 // 30.5 µs
	classicHigh = 5   // 32 s
)

// Metric gives a snapshot of h as a Prometheus metric, both with classic buckets and as a native histogram; the handler of a scrape sends what the
// scraper asked for. The labels are desc's variable ones, in order.
func (h *Histogram) Metric(desc *prometheus.Desc, labels ...string) prometheus.Metric {
	m := &histogramMetric{desc: desc}
	m.from.Copy(h)
	// client_golang knows which of desc's labels are which, but tells only through a metric of its own.
	_ = prometheus.MustNewConstMetric(desc, prometheus.GaugeValue, 0, labels...).Write(&m.labels)
	return m
}

type histogramMetric struct {
	desc   *prometheus.Desc
	labels dto.Metric
	from   Histogram
}

func (m *histogramMetric) Desc() *prometheus.Desc { return m.desc }

func (m *histogramMetric) Write(out *dto.Metric) error {
	out.Label = m.labels.Label
	out.Histogram = m.from.proto()
	return nil
}

func (h *Histogram) proto() *dto.Histogram {
	p := &dto.Histogram{
		SampleCount:   new(h.count),
		SampleSum:     new(h.sum.seconds()),
		Schema:        new(int32(3)),
		ZeroThreshold: new(upperBound(lowest)),
	}
	h.classic(p)
	h.native(p)
	return p
}

func (h *Histogram) classic(p *dto.Histogram) {
	var sum uint64
	i := 0
	for e := classicLow; e <= classicHigh; e++ {
		for ; i < len(h.counts) && h.first+i <= e*8; i++ {
			sum += h.counts[i]
		}
		p.Bucket = append(p.Bucket, &dto.Bucket{UpperBound: new(upperBound(e * 8)), CumulativeCount: new(sum)})
	}
}

// maxGap is how many empty buckets are cheaper to write out than a new span.
const maxGap = 2

// native writes the buckets as spans of neighbours with differences of counts. The lowest bucket is Prometheus' zero bucket: for durations the
// threshold below which it doesn't matter.
func (h *Histogram) native(p *dto.Histogram) {
	zero := uint64(0)
	next, before := 0, int64(0)
	for i, n := range h.counts {
		b := h.first + i
		if b == lowest {
			zero = n
			continue
		}
		if n == 0 {
			continue
		}
		gap := b - next
		switch {
		case len(p.PositiveSpan) == 0 || gap > maxGap:
			p.PositiveSpan = append(p.PositiveSpan, &dto.BucketSpan{Offset: new(int32(gap)), Length: new(uint32(0))})
		default:
			for range gap {
				p.PositiveDelta = append(p.PositiveDelta, -before)
				*p.PositiveSpan[len(p.PositiveSpan)-1].Length++
				before = 0
			}
		}
		p.PositiveDelta = append(p.PositiveDelta, int64(n)-before)
		*p.PositiveSpan[len(p.PositiveSpan)-1].Length++
		next, before = b+1, int64(n)
	}
	p.ZeroCount = new(zero)
	if len(p.PositiveSpan) == 0 && zero == 0 {
		p.PositiveSpan = []*dto.BucketSpan{{Offset: new(int32(0)), Length: new(uint32(0))}} // says: a native histogram, though empty
	}
}

// Describe tells Prometheus which metrics Collect gives.
func (t *Table) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range tableDescs {
		ch <- d.desc
	}
}

// Collect tells Prometheus how full the table is. The statements themselves are no metrics: there may be any number of them.
func (t *Table) Collect(ch chan<- prometheus.Metric) {
	s := t.size()
	for _, d := range tableDescs {
		ch <- prometheus.MustNewConstMetric(d.desc, d.kind, d.value(&s))
	}
}

var tableDescs = []struct {
	desc  *prometheus.Desc
	kind  prometheus.ValueType
	value func(*size) float64
}{
	{prometheus.NewDesc("sluice_statement_rows", "Rows of the statement table, each shard's counted by itself.", nil, nil),
		prometheus.GaugeValue, func(s *size) float64 { return float64(s.rows) }},
	{prometheus.NewDesc("sluice_statement_table_bytes", "Memory that the statement table uses.", nil, nil),
		prometheus.GaugeValue, func(s *size) float64 { return float64(s.bytes) }},
	{prometheus.NewDesc("sluice_statement_table_limit_bytes", "Memory that the statement table may use.", nil, nil),
		prometheus.GaugeValue, func(s *size) float64 { return float64(s.limit) }},
	{prometheus.NewDesc("sluice_statement_calls_total", "Exchanges that the statement table was told of, evicted rows' included.", nil, nil),
		prometheus.CounterValue, func(s *size) float64 { return float64(s.calls) }},
	{prometheus.NewDesc("sluice_statement_evictions_total", "Rows that left the statement table because it was full; their counts live on in the evicted totals.", nil, nil),
		prometheus.CounterValue, func(s *size) float64 { return float64(s.evictions) }},
}
