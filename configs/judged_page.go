package configs

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	filterrbac "github.com/sluice-proxy/sluice/filters/rbac"
	"github.com/sluice-proxy/sluice/rbac"
)

// A policyPage is what /policy shows of one policy file.
type policyPage struct {
	File      string    `json:"file"`
	Listeners []string  `json:"listeners"`
	Loaded    time.Time `json:"loaded"` // the version that counts
	Failed    string    `json:"failed,omitempty"`
	FailedAt  string    `json:"failed_at,omitempty"`

	Defaults struct {
		Connections rbac.Effect `json:"connections"`
		Statements  rbac.Effect `json:"statements"`
		Allowed     uint64      `json:"allowed"` // exchanges that no rule decided
		Denied      uint64      `json:"denied"`
	} `json:"defaults"`
	Rules []policyRule `json:"rules"`
}

// A policyRule is a rule, and the exchanges that it decided.
type policyRule struct {
	rbac.RuleInfo
	Allowed  uint64 `json:"allowed"`
	Denied   uint64 `json:"denied"`
	Shadowed uint64 `json:"shadowed"` // it is a shadow rule, and would have decided otherwise
}

// policyPage gives what the admin server shows at /policy; nil if there is no policy.
func (n *Instance) policyPage() func() any {
	if len(n.policies) == 0 {
		return nil
	}
	return func() any {
		pages := []policyPage{}
		for _, p := range n.policies {
			pages = append(pages, p.page())
		}
		return map[string]any{"policies": pages}
	}
}

func (p *livePolicy) page() policyPage {
	state, hits := p.state.Load(), p.filter.Hits()
	page := policyPage{File: p.file, Listeners: p.listeners, Loaded: state.loaded, Rules: []policyRule{}}
	if state.failed != nil {
		page.Failed, page.FailedAt = state.failed.Error(), state.tried.Format(time.RFC3339)
	}
	page.Defaults.Connections, page.Defaults.Statements = state.engine.Defaults()
	page.Defaults.Allowed, page.Defaults.Denied = hits[""].Allowed, hits[""].Refused
	for _, r := range state.engine.Rules() {
		h := hits[r.Name]
		page.Rules = append(page.Rules, policyRule{r, h.Allowed, h.Refused, h.Shadowed})
	}
	return page
}

var (
	policyLoaded = describe("policy_loaded_timestamp_seconds", "When the version of the policy file that counts was read.", "policy")
	policyFailed = describe("policy_reload_failed", "1 if the policy file could not be read anew the last time it was asked for: the version before counts.", "policy")
)

// policyMetrics tells how the policy files are, and what their rules decided.
type policyMetrics []*livePolicy

// Describe tells Prometheus which metrics Collect gives.
func (m policyMetrics) Describe(ch chan<- *prometheus.Desc) {
	ch <- policyLoaded
	ch <- policyFailed
	filterrbac.DescribeHits(ch)
}

// Collect tells Prometheus the present numbers.
func (m policyMetrics) Collect(ch chan<- prometheus.Metric) {
	for _, p := range m {
		state := p.state.Load()
		failed := 0.
		if state.failed != nil {
			failed = 1
		}
		ch <- prometheus.MustNewConstMetric(policyLoaded, prometheus.GaugeValue, float64(state.loaded.UnixMilli())/1000, p.name)
		ch <- prometheus.MustNewConstMetric(policyFailed, prometheus.GaugeValue, failed, p.name)
		p.filter.CollectHits(ch, p.name)
	}
}
