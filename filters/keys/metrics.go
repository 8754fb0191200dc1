package keys

import (
	"github.com/prometheus/client_golang/prometheus"
)

// Metrics tells Prometheus how full the filters' tables are. The prefixes themselves are no metrics: clients choose them.
type Metrics []*Filter

var (
	prefixes = prometheus.NewDesc("sluice_key_prefixes", "Prefixes of keys that are counted by themselves, each shard's by itself.", []string{"listener"}, nil)
	commands = prometheus.NewDesc("sluice_key_commands_total", "Commands with keys, of listeners that count by prefix.", []string{"listener"}, nil)
	rest     = prometheus.NewDesc("sluice_key_commands_rest_total", "Commands with keys whose prefix had no row of its own, or has lost it.", []string{"listener"}, nil)
	evicted  = prometheus.NewDesc("sluice_key_prefix_evictions_total", "Prefixes of keys that had to make room for others that are used more.", []string{"listener"}, nil)
)

// Describe tells Prometheus which metrics Collect gives.
func (m Metrics) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{prefixes, commands, rest, evicted} {
		ch <- d
	}
}

// Collect tells Prometheus the present numbers.
func (m Metrics) Collect(ch chan<- prometheus.Metric) {
	for _, f := range m {
		var rows, all, others, gone uint64
		for _, sh := range f.shards {
			sh.mu.Lock()
			rows += uint64(len(sh.ring))
			all += sh.commands
			others += sh.rest.counts.Commands
			gone += sh.evicted
			sh.mu.Unlock()
		}
		ch <- prometheus.MustNewConstMetric(prefixes, prometheus.GaugeValue, float64(rows), f.c.Listener)
		ch <- prometheus.MustNewConstMetric(commands, prometheus.CounterValue, float64(all), f.c.Listener)
		ch <- prometheus.MustNewConstMetric(rest, prometheus.CounterValue, float64(others), f.c.Listener)
		ch <- prometheus.MustNewConstMetric(evicted, prometheus.CounterValue, float64(gone), f.c.Listener)
	}
}
