package addresses

import "github.com/prometheus/client_golang/prometheus"

// Metrics tells what the filters of all listeners have counted.
type Metrics []*Filter

var (
	rewritten = prometheus.NewDesc("sluice_addresses_rewritten_total", "Addresses of servers in replies that were replaced by those of listeners.", []string{"listener"}, nil)
	leaked    = prometheus.NewDesc("sluice_addresses_leaked_total",
		"Addresses of servers in replies that no listener is known to be in front of: clients that go there go past the proxy. A reply that is too long to be looked at counts once.",
		[]string{"listener"}, nil)
)

// Describe tells Prometheus which metrics Collect gives.
func (m Metrics) Describe(ch chan<- *prometheus.Desc) {
	ch <- rewritten
	ch <- leaked
}

// Collect tells Prometheus the present numbers.
func (m Metrics) Collect(ch chan<- prometheus.Metric) {
	for _, f := range m {
		ch <- prometheus.MustNewConstMetric(rewritten, prometheus.CounterValue, float64(f.rewritten.Load()), f.c.Listener)
		ch <- prometheus.MustNewConstMetric(leaked, prometheus.CounterValue, float64(f.leaked.Load()), f.c.Listener)
	}
}
