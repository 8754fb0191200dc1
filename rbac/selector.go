package rbac

import (
	"fmt"
	"slices"

	"github.com/sluice-proxy/sluice/metadata"
)

// A selector is one of a rule's, compiled.
type selector struct {
	rule       RuleID
	operations []uint64 // a set of operations, by their numbers; nil: all
	scopes     []scope  // one for each kind
}

// A scope is the accesses of a kind that a selector holds.
type scope struct {
	kind  metadata.Kind
	all   verbs // upon whatever name
	texts *textIndex
	verbs []verbs // upon names, by the pattern's slot
}

// selectors checks a rule's selectors and compiles them. A rule with one that holds everything is about everything, and needs none.
func (c *compiler) selectors(r *rule) {
	s := r.spec
	if s.Selectors == nil {
		return
	}
	at := r.path + ".selectors"
	c.notEmpty(at, len(s.Selectors) == 0)
	if s.Operations != nil || s.Accesses != nil {
		c.problem(at, "says what is allowed by itself; remove operations and accesses, or make a rule of its own of them")
	}
	if s.Effect == Deny {
		c.problem(at, "says what is allowed; a rule that denies says what by operations and accesses")
	}
	for i := range s.Selectors {
		from := &s.Selectors[i]
		if from.Operations == nil && from.Accesses == nil {
			r.selectors = nil
			return
		}
		r.selectors = append(r.selectors, c.selector(fmt.Sprintf("%s[%d]", at, i), r.id, from))
	}
}

func (c *compiler) selector(at string, id RuleID, from *Selector) *selector {
	s := &selector{rule: id}
	c.notEmpty(at+".operations", from.Operations != nil && len(from.Operations) == 0)
	for _, op := range from.Operations {
		n := c.number(op)
		for n/64 >= len(s.operations) {
			s.operations = append(s.operations, 0)
		}
		s.operations[n/64] |= 1 << (n % 64)
	}
	if len(from.Accesses) == 0 {
		c.problem(at+".accesses", "is missing; say what the operations may access")
	}
	for i := range from.Accesses {
		c.scope(fmt.Sprintf("%s.accesses[%d]", at, i), s, &from.Accesses[i])
	}
	for i := range s.scopes {
		if t := s.scopes[i].texts; t != nil {
			t.finish()
		}
	}
	return s
}

// number gives the number of an operation that a selector names.
func (c *compiler) number(operation string) int {
	n, known := c.e.numbers[operation]
	if !known {
		if c.e.numbers == nil {
			c.e.numbers = map[string]int{}
		}
		n = len(c.e.numbers)
		c.e.numbers[operation] = n
	}
	return n
}

func (c *compiler) scope(at string, s *selector, from *Scope) {
	bits, known := verbBits(from.Verbs)
	switch {
	case !known:
		c.problem(at+".verbs", "holds a verb that isn't known; there are %v", metadata.Verbs())
	case !from.Kind.Known() || from.Kind.Qualified() || from.Kind == metadata.KindServerFile:
		c.problem(at+".kind", "%q is not a kind whose names have one part and are compared as they are", from.Kind)
		return
	}
	i := slices.IndexFunc(s.scopes, func(x scope) bool { return x.kind == from.Kind })
	if i < 0 {
		i = len(s.scopes)
		s.scopes = append(s.scopes, scope{kind: from.Kind})
	}
	x := &s.scopes[i]
	if from.Globs == nil {
		x.all |= bits
		return
	}
	c.notEmpty(at+".globs", len(from.Globs) == 0)
	if x.texts == nil {
		x.texts = newTextIndex()
	}
	for j, text := range from.Globs {
		p, err := parseGlob(text)
		if err != nil {
			c.problem(fmt.Sprintf("%s.globs[%d]", at, j), "%s %v", text, err)
			continue
		}
		slot := x.texts.slot(&p)
		if int(slot) == len(x.verbs) {
			x.verbs = append(x.verbs, 0)
		}
		x.verbs[slot] |= bits
	}
}

// claims gives the kinds that the selector speaks of, as a set of their places among the engine's: what is free otherwise needs a rule here.
func (s *selector) claims(e *Engine) (kinds uint64) {
	for i := range s.scopes {
		kinds |= 1 << e.kind(s.scopes[i].kind).place
	}
	return kinds
}

// covering gives the first rule of which one selector covers the effect; 0 if there is none.
func (j *judgement) covering(e *metadata.Effect) RuleID {
	for _, s := range j.view.selectors {
		if j.fits(s, e) && j.covers(s, e) {
			return s.rule
		}
	}
	return 0
}

// culprit gives the access to tell of when the effect is denied because no selector covers it, and access k is the first that no other rule allows: the first one
// that no selector holds by itself.
func (j *judgement) culprit(e *metadata.Effect, k int) int {
	for i := k; i < len(e.Accesses); i++ {
		a := &e.Accesses[i]
		held := slices.ContainsFunc(j.view.selectors, func(s *selector) bool { return j.fits(s, e) && s.has(a, verbBit(a.Verb)) })
		if r := j.access(a); !held && !r.allow && r.reason == ByDefault {
			return i
		}
	}
	return k
}

// number gives the number of an operation; -1 if no selector names it.
func (e *Engine) number(operation string) int {
	if n, named := e.numbers[operation]; named {
		return n
	}
	return -1
}

// fits says that the selector is about the effect's operations.
func (j *judgement) fits(s *selector, e *metadata.Effect) bool {
	if s.operations == nil {
		return true
	}
	if !s.lists(j.number) {
		return false
	}
	for _, inner := range e.Inner {
		if !s.lists(j.view.operation(inner).number) {
			return false
		}
	}
	return true
}

func (s *selector) lists(number int) bool {
	return number >= 0 && number/64 < len(s.operations) && s.operations[number/64]&(1<<(number%64)) != 0
}

// covers says that s holds every access of the effect. A guarded one may be allowed by another rule, which names it.
//
// Where an access follows from the one before it, a client does both to one object by one word: one pattern must allow both.
func (j *judgement) covers(s *selector, e *metadata.Effect) bool {
	for k := 0; k < len(e.Accesses); k++ {
		a := &e.Accesses[k]
		want := verbBit(a.Verb)
		if want == 0 {
			return false
		}
		alone := true
		for ; k+1 < len(e.Accesses) && e.Accesses[k+1].Implied && sameObject(a, &e.Accesses[k+1]); k++ {
			alone = false
			want |= verbBit(e.Accesses[k+1].Verb)
		}
		if !s.has(a, want) && (!alone || !a.Kind.Guarded() || !j.access(a).allow) {
			return false
		}
	}
	return true
}

func sameObject(a, b *metadata.Access) bool {
	return a.Kind == b.Kind && a.Name == b.Name && a.Schema == b.Schema
}

// has says that the selector holds what want does to the object of a.
func (s *selector) has(a *metadata.Access, want verbs) bool {
	for i := range s.scopes {
		x := &s.scopes[i]
		if x.kind == a.Kind {
			return x.all&want == want || x.texts != nil && a.Name != "" && x.names(a.Name, want)
		}
	}
	return false
}

// names says that one pattern that matches name has all of want.
func (x *scope) names(name string, want verbs) bool {
	var s textSearch
	x.texts.start(&s, name)
	for slot := s.next(); slot >= 0; slot = s.next() {
		if x.verbs[slot]&want == want {
			return true
		}
	}
	return false
}
