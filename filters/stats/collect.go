package stats

import (
	"cmp"
	"slices"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/sluice-proxy/sluice/codecs"
	"github.com/sluice-proxy/sluice/filters"
)

func describe(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc("sluice_"+name, help, labels, nil)
}

// The metrics.
var (
	exchanges = describe("exchanges_total", "Exchanges that have ended, one per statement or command.",
		"listener", "protocol", "purpose", "operation", "outcome")
	exchangeErrors = describe("exchange_errors_total", "Exchanges that the server answered with an error, by the class of its code: the first two characters of a SQLSTATE, the first word of a Redis error.",
		"listener", "protocol", "class")
	durations = describe("exchange_duration_seconds", "Time from the first byte of a request to the last byte of its reply, of exchanges that do not wait for others.",
		"listener", "protocol", "purpose", "operation_class")
	firstBytes = describe("exchange_first_byte_seconds", "Time from the first byte of a request to the first byte of its reply, of those that got one.",
		"listener", "protocol", "purpose", "operation_class")
	blocked = describe("blocked_seconds", "The same of exchanges that wait for what others do (BLPOP, XREAD with BLOCK, WAIT): no measure of the server's work.",
		"listener", "protocol")
	lookups = describe("lookups_total", "Things that reads asked for, by whether they were there (hit) or not (miss), of reads whose answer tells.",
		"listener", "protocol", "result")
	async = describe("async_messages_total", "Messages that servers sent without being asked: what was published, invalidations, notices.",
		"listener", "protocol", "name")
	rowsReturned  = describe("rows_returned_total", "Rows in replies.", "listener", "protocol")
	rowsAffected  = describe("rows_affected_total", "Rows that the server says were inserted, changed, deleted or copied.", "listener", "protocol")
	exchangeBytes = describe("exchange_bytes_total", "Bytes of requests and of replies, of exchanges that have ended.",
		"listener", "protocol", "direction")
	canceled = describe("exchanges_canceled_total", "Exchanges that a cancel request named while they were open.", "listener", "protocol")
	bypassed = describe("exchanges_bypassed_total", "Exchanges that could not be inspected entirely.", "listener", "protocol", "reason")
	bypasses = describe("inspection_bypasses_total", "Messages and streams that passed without being understood.", "reason")

	opened          = describe("connections_opened_total", "Client connections accepted.", "listener", "protocol")
	active          = describe("connections_active", "Client connections that are open now.", "listener", "protocol")
	closed          = describe("connections_closed_total", "Client connections that have ended, by what ended them.", "listener", "protocol", "cause")
	connectionBytes = describe("connection_bytes_total", "Bytes received on connections that have ended, by who sent them.", "listener", "protocol", "sender")
	lives           = describe("connection_duration_seconds", "Time from a client's connection to its end.", "listener", "protocol")
)

// Describe tells Prometheus which metrics Collect gives.
func (f *Filter) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{exchanges, exchangeErrors, durations, firstBytes, blocked, lookups, async, rowsReturned, rowsAffected, exchangeBytes, canceled, bypassed, bypasses,
		opened, active, closed, connectionBytes, lives} {
		ch <- d
	}
}

// Collect merges the shards and tells Prometheus what they counted.
func (f *Filter) Collect(ch chan<- prometheus.Metric) {
	all := map[listener]*series{}
	var why reasons
	for _, sh := range f.shards {
		sh.merge(all, &why)
	}
	names := make([]listener, 0, len(all))
	for l := range all {
		names = append(names, l)
	}
	slices.SortFunc(names, func(a, b listener) int {
		return cmp.Or(cmp.Compare(a.name, b.name), cmp.Compare(a.protocol, b.protocol))
	})
	for _, l := range names {
		e := emitter{ch, l}
		e.exchanges(all[l])
		e.connections(all[l])
	}
	for i, r := range why.names {
		ch <- prometheus.MustNewConstMetric(bypasses, prometheus.CounterValue, float64(why.counts[i]), r)
	}
}

// merge adds the shard's series to those in into, under the lock for one listener's at a time.
func (sh *shard) merge(into map[listener]*series, why *reasons) {
	sh.mu.Lock()
	why.merge(&sh.bypasses)
	names := make([]listener, 0, len(sh.series))
	for l := range sh.series {
		names = append(names, l)
	}
	sh.mu.Unlock()
	for _, l := range names {
		m := into[l]
		if m == nil {
			m = &series{}
			into[l] = m
		}
		if m.operations == nil {
			m.operations = noOperations
			if ops := sh.operations[l.protocol]; ops != nil {
				m.operations = ops
			}
		}
		sh.mu.Lock()
		m.merge(sh.series[l])
		sh.mu.Unlock()
	}
}

// An emitter sends the metrics of one listener.
type emitter struct {
	ch chan<- prometheus.Metric
	l  listener
}

func (e emitter) counter(d *prometheus.Desc, n uint64, labels ...string) {
	e.ch <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, float64(n), e.labels(labels)...)
}

func (e emitter) labels(more []string) []string {
	return append([]string{e.l.name, e.l.protocol}, more...)
}

func (e emitter) exchanges(s *series) {
	ops := s.operations
	for p := range purposes {
		for op := range ops.list {
			for out := range outcomes {
				if n := s.exchanges[p][op][out]; n > 0 {
					e.counter(exchanges, n, p.String(), ops.list[op].Name, out.String())
				}
			}
		}
		for c := range codecs.Classes {
			t := &s.times[p][c]
			if t.whole.Count() > 0 {
				e.ch <- t.whole.Metric(durations, e.labels([]string{p.String(), c.String()})...)
			}
			if t.first.Count() > 0 {
				e.ch <- t.first.Metric(firstBytes, e.labels([]string{p.String(), c.String()})...)
			}
		}
	}
	if s.blocked.Count() > 0 {
		e.ch <- s.blocked.Metric(blocked, e.l.name, e.l.protocol)
	}
	if s.hits+s.misses > 0 {
		e.counter(lookups, s.hits, "hit")
		e.counter(lookups, s.misses, "miss")
	}
	for i, name := range s.async.names {
		e.counter(async, s.async.counts[i], name)
	}
	for i, r := range s.errors.names {
		e.counter(exchangeErrors, s.errors.counts[i], r)
	}
	for i, r := range s.bypasses.names {
		e.counter(bypassed, s.bypasses.counts[i], r)
	}
	e.counter(rowsReturned, s.returned)
	e.counter(rowsAffected, s.affected)
	e.counter(exchangeBytes, s.requestBytes, "request")
	e.counter(exchangeBytes, s.replyBytes, "reply")
	e.counter(canceled, s.canceled)
}

func (e emitter) connections(s *series) {
	ended := uint64(0)
	for i, n := range s.closed {
		ended += n
		if i > 0 || n > 0 { // no session ends as NotClosed
			e.counter(closed, n, filters.Cause(i).String())
		}
	}
	// A session may have been opened on one shard and closed on another, which was read later.
	open := max(int64(s.opened)-int64(ended), 0)
	e.counter(opened, s.opened)
	e.ch <- prometheus.MustNewConstMetric(active, prometheus.GaugeValue, float64(open), e.l.name, e.l.protocol)
	for dir, n := range s.received {
		e.counter(connectionBytes, n, codecs.Direction(dir).String())
	}
	e.ch <- s.lives.Metric(lives, e.l.name, e.l.protocol)
}
