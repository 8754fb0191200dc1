package rbac

import (
	"sync"
	"sync/atomic"

	"github.com/sluice-proxy/sluice/codecs"
	"github.com/sluice-proxy/sluice/filters"
	"github.com/sluice-proxy/sluice/metadata"
	"github.com/sluice-proxy/sluice/rbac"
)

// A Filter judges by one policy. It is shared by the sessions of all listeners that have the policy.
type Filter struct {
	shards int
	policy atomic.Pointer[policy]

	mu       sync.Mutex
	counters map[string]*counter // by rule; they outlive policies
}

var _ filters.MessageFilter = (*Filter)(nil)

// New makes a filter. shards is how many drivers there are.
func New(shards int, e *rbac.Engine) *Filter {
	f := &Filter{shards: max(shards, 1), counters: map[string]*counter{}}
	f.Replace(e)
	return f
}

// Replace makes e the policy that counts, for what is judged from now on.
func (f *Filter) Replace(e *rbac.Engine) {
	p := &policy{engine: e, subjects: map[rbac.Identity]*rbac.Subject{}, alike: map[string]*rbac.Subject{}}
	f.mu.Lock()
	p.counters = append(p.counters, f.counter(""))
	for _, r := range e.Rules() {
		p.counters = append(p.counters, f.counter(r.Name))
	}
	f.mu.Unlock()
	for id := range p.counters {
		p.allowing = append(p.allowing, &verdict{judgement: filters.Allowed, rule: e.Name(rbac.RuleID(id)), decided: p.counters[id]})
	}
	f.policy.Store(p)
}

// OnRequest judges.
func (f *Filter) OnRequest(x *filters.Exchange) filters.Verdict {
	switch x.Request.Kind {
	case codecs.Startup, codecs.Cancel:
		return f.login(x)
	}
	if len(x.Effects) == 0 {
		return filters.Verdict{}
	}
	k := f.session(x.Session)
	if !k.admitted { // the protocol has no login, or the client spared itself
		if v := k.policy.verdict(k.policy.engine.Connection(identity(x.Session, metadata.User)), codecs.NotAdmitted); v.judgement == filters.Refused {
			return v.pronounce(x)
		}
		k.admitted = true
	}
	return k.verdict(x).pronounce(x)
}

// login judges who wants to connect, or to cancel what a session does. Users are claims.
func (f *Filter) login(x *filters.Exchange) filters.Verdict {
	k := f.session(x.Session)
	v := k.policy.verdict(k.policy.engine.Connection(identity(x.Session, metadata.ClaimedUser)), codecs.NotAdmitted)
	k.admitted = v.judgement == filters.Allowed
	return v.pronounce(x)
}

// WantReply wants none.
func (f *Filter) WantReply(*filters.Exchange, *codecs.Message) bool { return false }

// OnReply passes.
func (f *Filter) OnReply(*filters.Exchange, *codecs.Message) filters.Verdict {
	return filters.Verdict{}
}

// OnDone counts what was judged, once for each exchange.
func (f *Filter) OnDone(x *filters.Exchange) {
	if v, ok := x.Judged.(*verdict); ok {
		v.count(x.Session.Shard)
	}
}

func identity(s *filters.Session, user metadata.Key) rbac.Identity {
	return rbac.Identity{
		Listener: s.Plan.Listener, User: s.Meta.Str(user), Database: s.Meta.Str(metadata.Namespace), Application: s.Meta.Str(metadata.Application),
		Source: s.Client.Addr().Unmap(),
	}
}
