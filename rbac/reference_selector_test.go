package rbac_test

import (
	"slices"

	"github.com/sluice-proxy/sluice/metadata"
	"github.com/sluice-proxy/sluice/rbac"
)

// claimant gives the first rule of which a selector speaks of a kind; 0 if there is none.
func (f *reference) claimant(kind metadata.Kind) rbac.RuleID {
	return f.first(func(r referenceRule) bool {
		return !isBare(r) && slices.ContainsFunc(r.Selectors, func(s rbac.Selector) bool {
			return slices.ContainsFunc(s.Accesses, func(x rbac.Scope) bool { return x.Kind == kind })
		})
	})
}

// covering gives the first rule of which one selector covers the effect.
func (f *reference) covering(e *metadata.Effect, p *metadata.SearchPath) rbac.RuleID {
	return f.first(func(r referenceRule) bool {
		return !isBare(r) && slices.ContainsFunc(r.Selectors, func(s rbac.Selector) bool { return f.covers(&s, e, p) })
	})
}

func (f *reference) covers(s *rbac.Selector, e *metadata.Effect, p *metadata.SearchPath) bool {
	if !lists(s, e) {
		return false
	}
	for _, m := range mentions(e.Accesses) {
		a := m[0]
		otherwise := len(m) == 1 && a.Kind.Guarded() && f.access(e, &a, p, 0).Allow
		if !permits(s, m) && !otherwise {
			return false
		}
	}
	return true
}

// culprit gives the access that is told of when one is denied as no rule allows it and no selector covers the effect: the first one that no selector holds, if there is one.
func (f *reference) culprit(e *metadata.Effect, k int, p *metadata.SearchPath) *metadata.Access {
	for i := k; i < len(e.Accesses); i++ {
		a := e.Accesses[i]
		held := f.first(func(r referenceRule) bool {
			return !isBare(r) && slices.ContainsFunc(r.Selectors, func(s rbac.Selector) bool { return lists(&s, e) && permits(&s, []metadata.Access{a}) })
		})
		if x := f.access(e, &e.Accesses[i], p, 0); held == 0 && !x.Allow && x.Reason == rbac.ByDefault {
			return &e.Accesses[i]
		}
	}
	return &e.Accesses[k]
}

// lists says that the selector is about all operations of the effect.
func lists(s *rbac.Selector, e *metadata.Effect) bool {
	return s.Operations == nil || !slices.ContainsFunc(append([]string{e.Operation}, e.Inner...), func(op string) bool { return !slices.Contains(s.Operations, op) })
}

// mentions puts accesses together that a client asks for by one mention of an object.
func mentions(list []metadata.Access) (all [][]metadata.Access) {
	for i, a := range list {
		if i > 0 && a.Implied && a.Kind == list[i-1].Kind && a.Schema == list[i-1].Schema && a.Name == list[i-1].Name {
			all[len(all)-1] = append(all[len(all)-1], a)
			continue
		}
		all = append(all, []metadata.Access{a})
	}
	return all
}

// permits says that one pattern of the selector has all that is done by a mention. Patterns that are written alike are one.
func permits(s *rbac.Selector, mention []metadata.Access) bool {
	a := mention[0]
	has := map[string][]metadata.Verb{} // by pattern; "" is no pattern, for all names
	for _, x := range s.Accesses {
		if x.Kind != a.Kind {
			continue
		}
		verbs := x.Verbs
		if verbs == nil {
			verbs = metadata.Verbs()
		}
		globs := x.Globs
		if globs == nil {
			globs = []string{""}
		}
		for _, g := range globs {
			has[g] = append(has[g], verbs...)
		}
	}
	for glob, verbs := range has {
		if glob != "" && (a.Name == "" || !matches(glob, a.Name)) {
			continue
		}
		if !slices.ContainsFunc(mention, func(a metadata.Access) bool { return !slices.Contains(verbs, a.Verb) }) {
			return true
		}
	}
	return false
}
