package accesslog

import "github.com/prometheus/client_golang/prometheus"

type descs struct {
	lines, dropped, written, lost, errors, bytes, pending *prometheus.Desc
}

func newDescs(log string) descs {
	d := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc("sluice_access_log_"+name, help, labels, prometheus.Labels{"log": log})
	}
	return descs{
		lines:   d("lines_total", "Lines accepted: each is written, lost, or pending.", "event"),
		dropped: d("dropped_lines_total", "Lines not accepted, because there was no room."),
		written: d("written_lines_total", "Lines written."),
		lost:    d("lost_lines_total", "Lines accepted and not written, because the log was closed while it could not write."),
		errors:  d("write_errors_total", "Attempts to write that did not succeed."),
		bytes:   d("written_bytes_total", "Bytes written."),
		pending: d("pending_bytes", "Bytes that wait to be written."),
	}
}

// Describe tells Prometheus which metrics Collect gives.
func (l *Log) Describe(ch chan<- *prometheus.Desc) {
	d := &l.descs
	for _, d := range []*prometheus.Desc{d.lines, d.dropped, d.written, d.lost, d.errors, d.bytes, d.pending} {
		ch <- d
	}
}

var eventNames = [events]string{"exchange", "session", "dropped"}

// Collect tells Prometheus what became of the lines.
func (l *Log) Collect(ch chan<- prometheus.Metric) {
	c := l.Counts()
	counter := func(d *prometheus.Desc, n uint64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, float64(n), labels...)
	}
	for i, n := range [events]uint64{c.Exchanges, c.Sessions, c.Notes} {
		counter(l.descs.lines, n, eventNames[i])
	}
	counter(l.descs.dropped, c.Dropped)
	counter(l.descs.written, c.Written)
	counter(l.descs.lost, c.Lost)
	counter(l.descs.errors, c.Errors)
	counter(l.descs.bytes, c.Bytes)
	ch <- prometheus.MustNewConstMetric(l.descs.pending, prometheus.GaugeValue, float64(c.Pending))
}

// Counts says what became of the lines: Exchanges, Sessions and Notes are Written, Lost, or pending.
type Counts struct {
	Exchanges uint64 // lines accepted
	Sessions  uint64
	Notes     uint64 // lines that say how many were dropped
	Dropped   uint64 // lines not accepted
	Written   uint64
	Lost      uint64
	Errors    uint64 // attempts to write
	Bytes     uint64 // written
	Pending   int64  // bytes
}

// Counts gives the present numbers.
func (l *Log) Counts() (c Counts) {
	c.Written, c.Lost, c.Errors, c.Bytes = l.writer.lines.Load(), l.writer.lost.Load(), l.writer.errors.Load(), l.writer.bytes.Load()
	c.Pending = l.queue.pending()
	for _, sh := range l.shards {
		sh.mu.Lock()
		c.Exchanges += sh.accepted[exchangeEvent]
		c.Sessions += sh.accepted[sessionEvent]
		c.Notes += sh.accepted[droppedEvent]
		c.Dropped += sh.dropped
		c.Pending += int64(len(sh.buf))
		sh.mu.Unlock()
	}
	return c
}
