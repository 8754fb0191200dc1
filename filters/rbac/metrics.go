package rbac

import (
	"maps"
	"slices"
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"
)

// What a counter counts of a rule.
const (
	allowed = iota
	refused
	shadowed // it is a shadow rule, and would have decided otherwise
	counted
)

var countedNames = [counted]string{"allow", "deny", "shadow"}

// A counter counts what a rule decided, by driver.
type counter struct {
	name   string
	shards []padded
}

// padded keeps the counts of one driver off the cache lines of the others.
type padded struct {
	n [counted]atomic.Uint64
	_ [128 - 8*counted]byte
}

func (f *Filter) counter(rule string) *counter {
	c := f.counters[rule]
	if c == nil {
		c = &counter{name: rule, shards: make([]padded, f.shards)}
		f.counters[rule] = c
	}
	return c
}

func (c *counter) add(shard, what int) { c.shards[uint(shard)%uint(len(c.shards))].n[what].Add(1) }

func (c *counter) total(what int) (n uint64) {
	for i := range c.shards {
		n += c.shards[i].n[what].Load()
	}
	return n
}

// Hits are the exchanges that a rule decided.
type Hits struct{ Allowed, Refused, Shadowed uint64 }

// Hits gives what each rule decided, by its name; the default is "".
func (f *Filter) Hits() map[string]Hits {
	f.mu.Lock()
	defer f.mu.Unlock()
	all := make(map[string]Hits, len(f.counters))
	for name, c := range f.counters {
		all[name] = Hits{c.total(allowed), c.total(refused), c.total(shadowed)}
	}
	return all
}

var ruleHits = prometheus.NewDesc("sluice_policy_rule_hits_total",
	"Exchanges that a rule of a policy decided. The rule is empty for the default. The verdict shadow counts what a shadow rule would have decided otherwise.",
	[]string{"policy", "rule", "verdict"}, nil)

// DescribeHits tells Prometheus which metrics CollectHits gives.
func DescribeHits(ch chan<- *prometheus.Desc) { ch <- ruleHits }

// CollectHits tells Prometheus what the rules of the policy, which is called name, decided. It is for a collector of all policies.
func (f *Filter) CollectHits(ch chan<- prometheus.Metric, name string) {
	hits := f.Hits()
	for _, rule := range slices.Sorted(maps.Keys(hits)) {
		h := hits[rule]
		for i, n := range [counted]uint64{h.Allowed, h.Refused, h.Shadowed} {
			if n > 0 || i != shadowed {
				ch <- prometheus.MustNewConstMetric(ruleHits, prometheus.CounterValue, float64(n), name, rule, countedNames[i])
			}
		}
	}
}
