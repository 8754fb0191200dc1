package rbac

import "github.com/sluice-proxy/sluice/metadata"

// A Subject is the rules that matter to one identity. It is immutable, and safe for concurrent use.
type Subject struct {
	engine *Engine
	real   view
	shadow *view // the rules with the shadow ones among them; nil if there are none of these
}

// A view is a set of rules, as they matter to one identity.
type view struct {
	engine      *Engine
	deny, allow mask

	denyWhole  RuleID // the first rule that denies all; 0 if there is none
	allowWhole RuleID // the first rule that allows all
	denyPart   RuleID // the first other rule that denies: it forbids what a guarded access could do
	denyBare   bool   // there are rules that deny an operation, whatever it accesses
	allowBare  RuleID // the first rule that allows whatever is accessed
}

// Subject finds the rules that matter to an identity. That looks at each different condition of the policy's rules once: keep the result.
func (e *Engine) Subject(id Identity) *Subject {
	matching := newMask(len(e.rules))
	for i := range e.audiences {
		if a := &e.audiences[i]; a.who.holds(&id) {
			a.rules.addTo(matching)
		}
	}
	s := &Subject{engine: e}
	if matching.firstIn(e.shadows) == 0 {
		s.real = e.view(matching)
		return s
	}
	with := e.view(matching)
	s.shadow = &with
	for i := range matching {
		matching[i] &^= e.shadows[i]
	}
	s.real = e.view(matching)
	return s
}

func (e *Engine) view(rules mask) view {
	v := view{engine: e, deny: newMask(len(e.rules)), allow: newMask(len(e.rules))}
	for i, w := range rules {
		v.deny[i], v.allow[i] = w&e.denies[i], w&^e.denies[i]
	}
	for i := range e.rules {
		r := e.rules[i]
		switch {
		case v.deny.has(r.id) && r.everything():
			v.denyWhole = earlier(v.denyWhole, r.id)
		case v.deny.has(r.id):
			v.denyPart = earlier(v.denyPart, r.id)
			v.denyBare = v.denyBare || e.bare.has(r.id)
		case v.allow.has(r.id) && r.everything():
			v.allowWhole = earlier(v.allowWhole, r.id)
		}
		if v.allow.has(r.id) && e.bare.has(r.id) {
			v.allowBare = earlier(v.allowBare, r.id)
		}
	}
	return v
}

// NeedsParse says whether a decision can depend on what a request does. If not, Decide(nil, nil) decides all.
func (s *Subject) NeedsParse() bool {
	return !s.real.settled() || s.shadow != nil && !s.shadow.settled()
}

// settled says that the identity and the default alone decide.
func (v *view) settled() bool {
	return v.denyWhole != 0 || v.denyPart == 0 && (v.allowWhole != 0 || v.engine.statements == Allow)
}

// NeedsPath says whether a decision can depend on where names without a schema are looked for. If not, Decide's path may be nil.
func (s *Subject) NeedsPath() bool {
	v := &s.real
	if s.shadow != nil {
		v = s.shadow
	}
	return s.NeedsParse() && (v.deny.firstIn(s.engine.schemaBound) != 0 || v.allow.firstIn(s.engine.schemaBound) != 0)
}

// Decide judges a request: its effects, and where the server looks for names without a schema, nil if that isn't known. It borrows both for the call, but for
// the access to which the decision points.
func (s *Subject) Decide(effects []metadata.Effect, path *metadata.SearchPath) Decision {
	d := s.real.judge(effects, path)
	if s.shadow == nil {
		return d
	}
	if h := s.shadow.judge(effects, path); h.Allow != d.Allow {
		d.Shadow = h.Rule
		if h.Allow {
			d.Shadow = s.shadow.rule(&effects[d.Effect], d.Access, path)
		}
	}
	return d
}

// judge decides by the view's rules.
func (v *view) judge(effects []metadata.Effect, path *metadata.SearchPath) Decision {
	if v.denyWhole != 0 {
		return Decision{Rule: v.denyWhole, Reason: ByWhole}
	}
	d := Decision{Allow: true, Reason: Harmless}
	var s scratch
	for i := range effects {
		e := &effects[i]
		j := v.effect(e, path, &s)
		if v.denyBare {
			if id := j.deny.firstIn(v.engine.bare); id != 0 {
				return Decision{Rule: id, Reason: ByOperation, Effect: int32(i), Operation: v.engine.rules[id-1].denied(e)}
			}
		}
		for k := range e.Accesses {
			a := &e.Accesses[k]
			r := j.access(a)
			if r.allow && !r.tells(&d) {
				continue
			}
			d = Decision{Allow: r.allow, Rule: r.rule, Reason: r.reason, Effect: int32(i), Operation: e.Operation, Access: a}
			if !r.allow {
				d.Unresolved = j.unresolved(a)
				return d
			}
		}
	}
	if d.Reason == Harmless && v.allowWhole != 0 {
		d.Rule, d.Reason = v.allowWhole, ByWhole
	} else if d.Reason == Harmless && len(effects) == 0 && v.engine.statements == Allow {
		d.Reason = ByDefault
	}
	return d
}

// denied gives the operation of an effect that the rule names.
func (r *rule) denied(e *metadata.Effect) string {
	for _, op := range e.Inner {
		if anyMatches(r.operations, op) && !anyMatches(r.operations, e.Operation) {
			return op
		}
	}
	return e.Operation
}

// rule gives the rule that allows an access.
func (v *view) rule(e *metadata.Effect, a *metadata.Access, path *metadata.SearchPath) RuleID {
	var s scratch
	j := v.effect(e, path, &s)
	return j.access(a).rule
}
