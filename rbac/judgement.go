package rbac

import "github.com/sluice-proxy/sluice/metadata"

// A judgement is about one effect.
type judgement struct {
	view        *view
	path        *metadata.SearchPath
	deny, allow mask   // the rules whose operations fit
	allowBare   RuleID // the first of them that allows whatever is accessed; 0 if there is none
	covered     RuleID // the first rule of which one selector covers the effect
}

// scratch is room for the masks of one effect, so that they need no allocation.
type scratch struct {
	deny, allow, other [scratchWords]uint64
}

const scratchWords = 32 // 2048 rules

// effect begins to judge an effect. The judgement uses s.
func (v *view) effect(e *metadata.Effect, path *metadata.SearchPath, s *scratch) judgement {
	j := judgement{v, path, v.deny, v.allow, v.allowBare, 0}
	if v.engine.operations != nil {
		j.deny, j.allow = v.fitting(e, s)
		if j.allowBare != 0 {
			j.allowBare = j.allow.firstIn(v.engine.bare)
		}
	}
	if len(v.selectors) > 0 {
		j.covered = j.covering(e)
	}
	return j
}

// fitting finds the rules whose operations fit. For a rule that denies, one of the effect's must be among its own; for one that allows, all of them.
func (v *view) fitting(e *metadata.Effect, s *scratch) (deny, allow mask) {
	other := mask(s.other[:])
	deny, allow = s.deny[:], s.allow[:]
	if n := len(v.deny); n > scratchWords {
		deny, allow, other = make(mask, n), make(mask, n), make(mask, n)
	} else {
		deny, allow, other = deny[:n], allow[:n], other[:n]
	}
	v.engine.fitting(e.Operation, allow)
	copy(deny, allow)
	for _, inner := range e.Inner {
		v.engine.fitting(inner, other)
		for i := range other {
			deny[i] |= other[i]
			allow[i] &= other[i]
		}
	}
	for i := range deny {
		deny[i] &= v.deny[i]
		allow[i] &= v.allow[i]
	}
	return deny, allow
}

// fitting puts the rules that name an operation, or none at all, into m.
func (e *Engine) fitting(operation string, m mask) {
	copy(m, e.anyOp)
	var s textSearch
	e.operations.texts.start(&s, operation)
	for slot := s.next(); slot >= 0; slot = s.next() {
		e.operations.rules[slot][0].rules.addTo(m) // operations have no verbs, so there is one grant
	}
}

// A ruling is the judgement of one access.
type ruling struct {
	allow  bool
	reason Reason
	rule   RuleID
}

// tells says that the ruling, which allows, says more than what is known of a decision so far.
func (r *ruling) tells(d *Decision) bool {
	return r.rule != 0 && d.Rule == 0 || r.reason == ByDefault && d.Reason == Harmless
}

// access judges one access of the effect.
func (j *judgement) access(a *metadata.Access) ruling {
	e := j.view.engine
	x := e.kind(a.Kind)
	q := query{verb: verbBit(a.Verb), deny: j.deny, allow: j.allow}
	var f found
	if len(x.every) > 0 {
		f = x.find(a, j.path, &q, e.shadows)
	}
	switch {
	case f.deny != 0 && (f.allow != 0 || !x.guarded || a.Free):
		return ruling{false, ByAccess, f.deny}
	case a.Free && j.view.claimed&(1<<x.place) == 0:
		return ruling{true, Harmless, 0}
	case x.guarded || q.verb == 0:
		return j.guarded(f)
	}
	if allow := earlier(f.allow, earlier(j.allowBare, j.covered)); allow != 0 {
		return ruling{true, ByAccess, allow}
	}
	return ruling{e.statements == Allow, ByDefault, 0}
}

// kind gives the index of a kind. There are few, those that most accesses are upon stand first, and comparing is cheaper than hashing.
func (e *Engine) kind(k metadata.Kind) *objectIndex {
	for i := range e.kinds {
		if e.kinds[i].kind == k {
			return &e.kinds[i]
		}
	}
	return &e.undeclared
}

// guarded judges an access that may reach more than it names: it is every access that a rule denies, unless it is allowed by name.
func (j *judgement) guarded(f found) ruling {
	v := j.view
	switch {
	case f.allow != 0:
		return ruling{true, ByAccess, f.allow}
	case f.deny != 0:
		return ruling{false, ByAccess, f.deny}
	case v.denyPart != 0:
		return ruling{false, ByDoubt, v.denyPart}
	case v.allowWhole != 0:
		return ruling{true, ByWhole, v.allowWhole}
	case j.covered != 0:
		return ruling{true, ByAccess, j.covered}
	}
	return ruling{v.engine.statements == Allow, ByDefault, 0}
}

// unresolved says that a name without a schema may mean several objects.
func (j *judgement) unresolved(a *metadata.Access) bool {
	if a.Schema != "" || a.Name == "" || !a.Kind.Qualified() {
		return false
	}
	s := schemasOf(a, j.path)
	return !s.known || s.count() > 1
}
