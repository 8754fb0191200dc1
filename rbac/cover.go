package rbac

import (
	"fmt"
	"slices"
)

// useless finds rules that can never decide anything, because others always do. list is in the policy's order.
func (c *compiler) useless(list []*rule) {
	written := map[string]*rule{}
	var denies []*rule
	for _, r := range list {
		if r.spec.Effect == Deny {
			denies = append(denies, r)
		}
	}
	for _, r := range list {
		key := r.key()
		if other := written[key]; other != nil {
			c.problem(r.path, "is the same as %s (%s) but for its name; remove one of them", other.path, other.spec.Name)
			continue
		}
		written[key] = r
		i := slices.IndexFunc(denies, func(other *rule) bool { return other.outdoes(r) })
		switch {
		case i < 0:
		case r.spec.Effect == Deny:
			c.problem(r.path, "can never match: all that it denies is denied by %s (%s) already; remove it", denies[i].path, denies[i].spec.Name)
		default:
			c.problem(r.path, "can never match: all that it allows is denied by %s (%s), and a rule that denies wins; remove it, or narrow that one",
				denies[i].path, denies[i].spec.Name)
		}
	}
}

// outdoes says that r, which denies, leaves nothing for other to decide. Of two rules that deny, the first one is told.
func (r *rule) outdoes(other *rule) bool {
	if r.id == other.id || r.spec.Shadow && !other.spec.Shadow || other.spec.Effect == Deny && r.id > other.id {
		return false
	}
	return r.covers(other)
}

// covers says that r matches whatever other does. It may say no where that isn't easily seen.
func (r *rule) covers(other *rule) bool {
	return r.coversOperations(other) && r.coversAccesses(other) && r.who.covers(&other.who)
}

func (r *rule) coversOperations(other *rule) bool {
	if len(r.operations) == 0 {
		return true
	}
	for i := range other.operations {
		if !anyCovers(r.operations, &other.operations[i]) {
			return false
		}
	}
	return len(other.operations) > 0
}

func (r *rule) coversAccesses(other *rule) bool {
	if len(r.accesses) == 0 {
		return true
	}
	for i := range other.accesses {
		a := &other.accesses[i]
		if !slices.ContainsFunc(r.accesses, func(b access) bool { return b.covers(a) }) {
			return false
		}
	}
	return len(other.accesses) > 0
}

func (a *access) covers(b *access) bool {
	if a.verbs&b.verbs != b.verbs || a.kind != b.kind && (a.kind != AnyKind || b.kind.Guarded()) {
		return false
	}
	for i := range b.names {
		if !slices.ContainsFunc(a.names, func(n namePattern) bool { return n.covers(&b.names[i]) }) {
			return false
		}
	}
	return true
}

// key is the same for rules that are written alike, but for their names and the order of their lists.
func (r *rule) key() string {
	s := r.spec
	key := fmt.Sprintf("%s %v %s %q", s.Effect, s.Shadow, s.whoKey(), sorted(s.Operations))
	var accesses []string
	for i := range s.Accesses {
		a := &s.Accesses[i]
		accesses = append(accesses, fmt.Sprintf("%s %q %q", a.Kind, sorted(a.Verbs), sorted(a.Names)))
	}
	return key + fmt.Sprintf("%q %q", sorted(accesses), s.Selectors)
}

// whoKey is the same for rules that ask the same of an identity.
func (s *Rule) whoKey() string {
	return fmt.Sprintf("%q %q %q %q %q", sorted(s.Users), sorted(s.Databases), sorted(s.Applications), sorted(s.Listeners), sorted(s.Sources))
}

func sorted[T ~string](list []T) []T {
	list = slices.Clone(list)
	slices.Sort(list)
	return list
}
