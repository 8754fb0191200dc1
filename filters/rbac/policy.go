package rbac

import (
	"cmp"
	"sync"

	"github.com/sluice-proxy/sluice/codecs"
	"github.com/sluice-proxy/sluice/filters"
	"github.com/sluice-proxy/sluice/metadata"
	"github.com/sluice-proxy/sluice/rbac"
)

// A policy is an engine, and what was found with it.
type policy struct {
	engine   *rbac.Engine
	counters []*counter // by rule; the first is for what no rule decides
	allowing []*verdict // by the rule that allows

	mu       sync.Mutex
	subjects map[rbac.Identity]*rbac.Subject
	alike    map[string]*rbac.Subject // by their rules: who has the same shares verdicts
}

// maxSubjects bounds the subjects that are kept. Beyond, they are forgotten, and found again.
const maxSubjects = 10_000

// subject gives the rules that matter to who.
func (p *policy) subject(who rbac.Identity) *rbac.Subject {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := p.subjects[who]
	if s == nil {
		if len(p.subjects) >= maxSubjects {
			clear(p.subjects)
			clear(p.alike)
		}
		s = p.engine.Subject(who)
		key := s.Key()
		if same := p.alike[key]; same != nil {
			s = same
		} else {
			p.alike[key] = s
		}
		p.subjects[who] = s
	}
	return s
}

// A verdict is a decision in the words of filters. It is immutable.
type verdict struct {
	judgement filters.Judgement
	rule      string
	shadow    string
	why       codecs.Refusal

	decided  *counter // of the rule, or of the default
	shadowed *counter // nil if no shadow rule would have decided otherwise

	// What it holds for.
	subject *rbac.Subject
	path    *metadata.SearchPath
}

// verdict gives a decision's verdict. Most requests are allowed, and share one verdict for each rule.
func (p *policy) verdict(d rbac.Decision, reason codecs.Reason) *verdict {
	if d.Allow && d.Shadow == 0 {
		return p.allowing[d.Rule]
	}
	v := *p.allowing[d.Rule]
	if d.Shadow != 0 {
		v.shadow, v.shadowed = p.engine.Name(d.Shadow), p.counters[d.Shadow]
	}
	if !d.Allow {
		v.judgement = filters.Refused
		v.why = codecs.Refusal{Reason: reason, Rule: v.rule, Message: d.Message(), Hint: cmp.Or(d.Hint(), askThem)}
	}
	return &v
}

// pronounce gives the verdict on x, which keeps what the log and the counters are to know.
func (v *verdict) pronounce(x *filters.Exchange) filters.Verdict {
	x.Judged = v
	x.Judgement, x.Rule, x.Reason, x.Shadow = v.judgement, v.rule, v.why.Message, v.shadow
	if v.judgement == filters.Allowed {
		return filters.Verdict{}
	}
	return filters.Verdict{Action: filters.Deny, Why: v.why}
}

// askThem is the hint where there is no better one.
const askThem = "Ask those who keep the policy of the proxy."

func (v *verdict) count(shard int) {
	i := allowed
	if v.judgement == filters.Refused {
		i = refused
	}
	v.decided.add(shard, i)
	if v.shadowed != nil {
		v.shadowed.add(shard, shadowed)
	}
}
