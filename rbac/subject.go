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

	selectors  []*selector // of the rules that allow, in their order
	operations *operations
	claimed    uint64 // kinds of which no access is free, by their places: selectors speak of them
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
	v := view{engine: e, deny: newMask(len(e.rules)), allow: newMask(len(e.rules)), operations: new(operations)}
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
		if v.allow.has(r.id) {
			v.selectors = append(v.selectors, r.selectors...)
		}
	}
	for _, s := range v.selectors {
		v.claimed |= s.claims(e)
	}
	return v
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
		switch {
		case h.Allow:
			d.Shadow = s.shadow.rule(&effects[d.Effect], d.Access, path)
		case h.Rule == 0 || !s.engine.shadows.has(h.Rule):
			d.Shadow = s.shadow.claimant(h.Access)
		}
	}
	return d
}

// judge decides by the view's rules.
func (v *view) judge(effects []metadata.Effect, path *metadata.SearchPath) Decision {
	if v.denyWhole != 0 {
		return Decision{Rule: v.denyWhole, Reason: ByWhole}
	}
	for i := range effects {
		if len(effects[i].Inner) > 0 {
			var s scratch // making it costs as much as much of the rest
			return v.judgeIn(&s, effects, path)
		}
	}
	return v.judgeIn(nil, effects, path)
}

// judgeIn judges with room for the masks of effects that have inner operations; nil if none has.
func (v *view) judgeIn(s *scratch, effects []metadata.Effect, path *metadata.SearchPath) Decision {
	d := Decision{Allow: true, Reason: Harmless}
	for i := range effects {
		e := &effects[i]
		j := v.effect(e, path, s)
		if id := j.denyBare; id != 0 {
			return Decision{Rule: id, Reason: ByOperation, Effect: int32(i), Operation: v.engine.rules[id-1].denied(e)}
		}
		for k := range e.Accesses {
			a := &e.Accesses[k]
			r := j.access(a)
			if r.allow && !r.tells(&d) {
				continue
			}
			if r.reason == ByDefault && !r.allow && len(v.selectors) > 0 {
				a = &e.Accesses[j.culprit(e, k)]
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

// claimant gives the first shadow rule because of which an access is not free.
func (v *view) claimant(a *metadata.Access) RuleID {
	kind := uint64(1) << v.engine.kind(a.Kind).place
	for _, s := range v.selectors {
		if v.engine.shadows.has(s.rule) && s.claims(v.engine)&kind != 0 {
			return s.rule
		}
	}
	return 0
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

// rule gives the shadow rule that allows an access, which is not allowed without it.
func (v *view) rule(e *metadata.Effect, a *metadata.Access, path *metadata.SearchPath) RuleID {
	var s scratch
	j := v.effect(e, path, &s)
	id := j.access(a).rule
	for k := 0; !v.engine.shadows.has(id) && k < len(e.Accesses); k++ { // a selector covers the effect only as a shadow rule allows another access
		id = j.access(&e.Accesses[k]).rule
	}
	return id
}
