package rbac

import "github.com/sluice-proxy/sluice/metadata"

// A judgement is about one effect.
type judgement struct {
	view        *view
	path        *metadata.SearchPath
	deny, allow mask   // the rules whose operations fit
	denyBare    RuleID // the first of them that denies whatever is accessed; 0 if there is none
	allowBare   RuleID // likewise, that allows
	covered     RuleID // the first rule of which one selector covers the effect
	number      int    // of the effect's operation, among those that selectors name; -1 if none does
}

// scratch is room for the masks of an effect with inner operations, so that they need no allocation.
type scratch struct{ deny, allow [scratchWords]uint64 }

const scratchWords = 32 // 2048 rules

// effect begins to judge an effect. The judgement uses s, which is wanted only if the effect has inner operations.
func (v *view) effect(e *metadata.Effect, path *metadata.SearchPath, s *scratch) judgement {
	if v.engine.operations == nil && len(v.selectors) == 0 {
		return judgement{view: v, path: path, deny: v.deny, allow: v.allow, allowBare: v.allowBare}
	}
	o := v.operation(e.Operation)
	j := judgement{view: v, path: path, deny: o.deny, allow: o.allow, denyBare: o.denyBare, allowBare: o.allowBare, number: o.number}
	if len(e.Inner) > 0 && v.engine.operations != nil {
		j.inner(e, s)
	}
	if len(v.selectors) > 0 {
		j.covered = j.covering(e)
	}
	return j
}

// inner takes the effect's inner operations into account. For a rule that denies, one of all its operations must be among the rule's own; for one that allows, all of them.
func (j *judgement) inner(e *metadata.Effect, s *scratch) {
	v := j.view
	deny, allow := mask(s.deny[:]), mask(s.allow[:])
	if n := len(v.deny); n > scratchWords {
		deny, allow = newMask(64*n), newMask(64*n)
	} else {
		deny, allow = deny[:n], allow[:n]
	}
	copy(deny, j.deny)
	copy(allow, j.allow)
	for _, inner := range e.Inner {
		o := v.operation(inner)
		for i := range deny {
			deny[i] |= o.deny[i]
			allow[i] &= o.allow[i]
		}
	}
	j.deny, j.allow = deny, allow
	j.denyBare, j.allowBare = deny.firstIn(v.engine.bare), allow.firstIn(v.engine.bare)
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
