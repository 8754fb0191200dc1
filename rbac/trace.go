package rbac

import "github.com/sluice-proxy/sluice/metadata"

// A Trace tells how a request was judged, access by access, for people who ask why.
type Trace struct {
	Decision Decision
	Effects  []EffectTrace
}

// An EffectTrace is about one effect.
type EffectTrace struct {
	Operation string
	Inner     []string

	// Denied is the rule that denies the operation whatever it accesses; 0 if none does.
	Denied RuleID

	Accesses []AccessTrace
}

// An AccessTrace is about one access.
type AccessTrace struct {
	Access metadata.Access
	Allow  bool
	Reason Reason
	Rule   RuleID // 0: none decided

	// Schemas are those in which the name may be, if it has none and they are known; Later those that only rules that deny consider. AnySchema says that it may
	// be in any.
	Schemas, Later []string
	AnySchema      bool
}

// Explain judges like Decide, and tells of every access, also behind the first one that is denied. Shadow rules are only told of in the decision.
func (s *Subject) Explain(effects []metadata.Effect, path *metadata.SearchPath) Trace {
	t := Trace{Decision: s.Decide(effects, path)}
	var room scratch
	for i := range effects {
		e := &effects[i]
		j := s.real.effect(e, path, &room)
		x := EffectTrace{Operation: e.Operation, Inner: e.Inner, Denied: s.real.denyWhole}
		if x.Denied == 0 {
			x.Denied = j.denyBare
		}
		for k := range e.Accesses {
			x.Accesses = append(x.Accesses, j.trace(&e.Accesses[k]))
		}
		t.Effects = append(t.Effects, x)
	}
	return t
}

func (j *judgement) trace(a *metadata.Access) AccessTrace {
	r := j.access(a)
	t := AccessTrace{Access: *a, Allow: r.allow, Reason: r.reason, Rule: r.rule}
	if a.Schema == "" && a.Name != "" && a.Kind.Qualified() {
		s := schemasOf(a, j.path)
		t.AnySchema = !s.known
		if s.known {
			t.Schemas, t.Later = s.list(), s.later
		}
	}
	return t
}
