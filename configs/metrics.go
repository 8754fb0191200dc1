package configs

import (
	"runtime"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"github.com/sluice-proxy/sluice/codecs/all"
	"github.com/sluice-proxy/sluice/proxy/loop"
	"github.com/sluice-proxy/sluice/proxy/upstream"
)

// register gives the registry of everything that is counted.
func (a *assembly) register(n *Instance) *prometheus.Registry {
	r := prometheus.NewRegistry()
	r.MustRegister(a.counter, a.table, &processMetrics{n, a.o.Version, a.clusters},
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	if a.access != nil {
		r.MustRegister(a.access)
	}
	if len(a.keys) > 0 {
		r.MustRegister(a.keys)
	}
	if len(a.readdress) > 0 {
		r.MustRegister(a.readdress)
	}
	if len(a.policies) > 0 {
		r.MustRegister(policyMetrics(a.policies))
	}
	return r
}

// processMetrics tells what is known of the process and of its endpoints, and of no exchange.
type processMetrics struct {
	n        *Instance
	version  string
	clusters []*upstream.Cluster
}

func describe(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc("sluice_"+name, help, labels, nil)
}

var (
	buildInfo = describe("build_info", "Always 1; the labels say what runs.", "version", "go_version")
	driver    = describe("driver_info", "The number of event loops, and how they send; 0 with the driver conn, which has none.", "driver", "sender")
	panics    = describe("session_panics_total", "Sessions that ended by a panic, which is a bug: the process's log has the stack.")
	draining  = describe("draining", "1 while the process ends its sessions, to end itself.")
	parsed    = describe("statements_parsed", "1 if this program can parse the protocol's statements, 0 if it was built without the parser.", "protocol")
	sessions  = describe("sessions", "Sessions that are open now, on all drivers.")
	dials     = describe("endpoint_dials_total", "Connections to the endpoint that were tried.", "cluster", "endpoint")
	failures  = describe("endpoint_dial_failures_total", "Connections to the endpoint that could not be made.", "cluster", "endpoint")

	loopSessions = describe("loop_sessions", "Sessions that event loops drive now.")
)

// loopCounters are the numbers of the loops, added up.
var loopCounters = []struct {
	desc  *prometheus.Desc
	value func(*loop.Stats) int64
}{
	{describe("loop_passes_total", "Passes of event loops over what was ready."), func(s *loop.Stats) int64 { return s.Passes.Load() }},
	{describe("loop_receives_total", "System calls that received."), func(s *loop.Stats) int64 { return s.Recvs.Load() }},
	{describe("loop_batches_total", "System calls that sent, each a batch of sends."), func(s *loop.Stats) int64 { return s.Batches.Load() }},
	{describe("loop_sends_total", "Sends in those batches."), func(s *loop.Stats) int64 { return s.Sends.Load() }},
	{describe("loop_blocked_sends_total", "Sends of which the socket took a part or nothing: the receiver is slow."),
		func(s *loop.Stats) int64 { return s.Short.Load() + s.Blocked.Load() }},
}

// Describe tells Prometheus which metrics Collect gives.
func (p *processMetrics) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{buildInfo, driver, panics, draining, parsed, sessions, dials, failures, loopSessions} {
		ch <- d
	}
	for i := range loopCounters {
		ch <- loopCounters[i].desc
	}
}

// Collect tells Prometheus the present numbers.
func (p *processMetrics) Collect(ch chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	counter := func(d *prometheus.Desc, v float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, v, labels...)
	}
	gauge(buildInfo, 1, p.version, runtime.Version())
	gauge(driver, float64(p.n.driver.Loops), p.n.driver.Name, p.n.driver.Sender)
	counter(panics, float64(p.n.server.Panics()))
	state := 0.
	if p.n.draining.Load() {
		state = 1
	}
	gauge(draining, state)
	gauge(sessions, float64(p.n.Open()))
	for _, c := range all.Protocols() {
		if c.NewAnalyser != nil {
			can := 1.
			if c.Unparsed != "" {
				can = 0
			}
			gauge(parsed, can, c.Name)
		}
	}
	for _, c := range p.clusters {
		for _, s := range c.Status() {
			counter(dials, float64(s.Dials), s.Endpoint.Cluster, s.Endpoint.Address)
			counter(failures, float64(s.Failures), s.Endpoint.Cluster, s.Endpoint.Address)
		}
	}
	loops := p.n.server.Loops()
	open := int64(0)
	for _, l := range loops {
		open += l.Stats().Sessions.Load()
	}
	gauge(loopSessions, float64(open))
	for _, c := range loopCounters {
		sum := int64(0)
		for _, l := range loops {
			sum += c.value(l.Stats())
		}
		counter(c.desc, float64(sum))
	}
}
