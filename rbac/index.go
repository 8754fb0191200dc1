package rbac

import (
	"slices"

	"github.com/sluice-proxy/sluice/metadata"
)

// verbs is a set of verbs: bit i is the i-th of metadata.Verbs.
type verbs uint8

// verbBits gives the set of the verbs in list, all of them if it is nil; ok is false if one isn't known.
func verbBits(list []metadata.Verb) (v verbs, ok bool) {
	if list == nil {
		return ^verbs(0), true
	}
	for _, verb := range list {
		bit := verbBit(verb)
		if bit == 0 {
			return 0, false
		}
		v |= bit
	}
	return v, true
}

// verbBit gives the set of one verb; 0 if it isn't known.
func verbBit(verb metadata.Verb) verbs {
	switch verb {
	case metadata.Read:
		return 1 << 0
	case metadata.Write:
		return 1 << 1
	case metadata.Create:
		return 1 << 2
	case metadata.Alter:
		return 1 << 3
	case metadata.Drop:
		return 1 << 4
	case metadata.Execute:
		return 1 << 5
	case metadata.Publish:
		return 1 << 6
	case metadata.Subscribe:
		return 1 << 7
	}
	return 0
}

// grants are the rules of one pattern, by their verbs: most patterns belong to rules with the same ones.
type grants []grant

type grant struct {
	verbs verbs
	rules ruleSet
}

func (g *grants) add(v verbs, id RuleID) {
	i := slices.IndexFunc(*g, func(x grant) bool { return x.verbs == v })
	if i < 0 {
		i = len(*g)
		*g = append(*g, grant{verbs: v})
	}
	(*g)[i].rules.add(id)
}

// A query is what is looked for: rules that are about a verb, among those that deny and those that allow.
type query struct {
	verb        verbs
	deny, allow mask
}

// found are the first rules, in the policy's order, that answer a query; 0 if there is none.
type found struct{ deny, allow RuleID }

// answer adds what the rules of a pattern answer.
func (f *found) answer(g grants, q *query) {
	for i := range g {
		if g[i].verbs&q.verb != 0 {
			f.deny = earlier(f.deny, g[i].rules.firstIn(q.deny))
			f.allow = earlier(f.allow, g[i].rules.firstIn(q.allow))
		}
	}
}

// denied adds only what rules that deny answer, allowed the others.
func (f *found) denied(g grants, q *query) {
	for i := range g {
		if g[i].verbs&q.verb != 0 {
			f.deny = earlier(f.deny, g[i].rules.firstIn(q.deny))
		}
	}
}

func (f *found) allowed(g grants, q *query) {
	for i := range g {
		if g[i].verbs&q.verb != 0 {
			f.allow = earlier(f.allow, g[i].rules.firstIn(q.allow))
		}
	}
}

// A nameIndex finds rules by a name of one part.
type nameIndex struct {
	texts *textIndex
	rules []grants // by the pattern's slot
	every grants   // of any pattern
	all   grants   // of the pattern *
}

func (x *nameIndex) add(p *pattern, v verbs, id RuleID) {
	if x.texts == nil {
		x.texts = newTextIndex()
	}
	slot := x.texts.slot(p)
	if int(slot) == len(x.rules) {
		x.rules = append(x.rules, nil)
	}
	x.rules[slot].add(v, id)
	x.every.add(v, id)
	if p.shape == anything {
		x.all.add(v, id)
	}
}

func (x *nameIndex) finish() {
	if x.texts != nil {
		x.texts.finish()
	}
}

func (x *nameIndex) find(name string, q *query, f *found) {
	if x.texts == nil {
		return
	}
	var s textSearch
	x.texts.start(&s, name)
	for slot := s.next(); slot >= 0; slot = s.next() {
		f.answer(x.rules[slot], q)
	}
}

// An objectIndex finds the rules about objects of one kind.
type objectIndex struct {
	kind      metadata.Kind
	place     int // among the engine's kinds
	qualified bool
	guarded   bool
	paths     bool // names are paths of files

	all         grants // about every name
	every       grants // of any pattern
	names       nameIndex
	schemas     nameIndex   // of names of two parts: rules by schema, whatever the name
	within      []nameIndex // and by name, for each slot of schemas
	expressions []expressionRules
	expressed   grants // of any expression
}

type expressionRules struct {
	pattern
	rules grants
}

func (x *objectIndex) add(n namePattern, v verbs, id RuleID) {
	x.every.add(v, id)
	switch {
	case n == everyName:
		x.all.add(v, id)
	case n.isExpression():
		x.addExpression(n.name, v, id)
	default:
		x.names.add(&n.name, v, id)
		if x.qualified {
			x.schemas.add(&n.schema, v, id)
			slot := x.schemas.texts.slot(&n.schema)
			for int(slot) >= len(x.within) {
				x.within = append(x.within, nameIndex{})
			}
			x.within[slot].add(&n.name, v, id)
		}
	}
}

func (x *objectIndex) addExpression(p pattern, v verbs, id RuleID) {
	x.expressed.add(v, id)
	i := slices.IndexFunc(x.expressions, func(e expressionRules) bool { return e.text == p.text })
	if i < 0 {
		i = len(x.expressions)
		x.expressions = append(x.expressions, expressionRules{pattern: p})
	}
	x.expressions[i].rules.add(v, id)
}

func (x *objectIndex) finish() {
	x.names.finish()
	x.schemas.finish()
	for i := range x.within {
		x.within[i].finish()
	}
}

// at finds the rules about the object of this name; schema is "" for kinds with names of one part.
func (x *objectIndex) at(schema, name string, q *query) (f found) {
	f.answer(x.all, q)
	switch {
	case !x.qualified:
		x.names.find(name, q, &f)
	case x.schemas.texts != nil:
		var s textSearch
		x.schemas.texts.start(&s, schema)
		for slot := s.next(); slot >= 0; slot = s.next() {
			x.within[slot].find(name, q, &f)
		}
	}
	if len(x.expressions) > 0 {
		x.express(schema, name, q, &f)
	}
	return f
}

func (x *objectIndex) express(schema, name string, q *query, f *found) {
	text := name
	if x.qualified {
		text = schema + "." + name
	}
	// A dot in a schema's name makes one name look like another: that must not help to be allowed.
	ambiguous := x.qualified && hasDot(schema)
	for i := range x.expressions {
		e := &x.expressions[i]
		var g found
		g.answer(e.rules, q)
		if g != (found{}) && e.re.MatchString(text) {
			f.deny = earlier(f.deny, g.deny)
			if !ambiguous {
				f.allow = earlier(f.allow, g.allow)
			}
		}
	}
}

// anySchema finds the rules about a name that may be in any schema: those that deny it in one, and those that allow it in every one.
func (x *objectIndex) anySchema(name string, q *query) (f found) {
	var in found
	x.names.find(name, q, &in)
	f.deny = in.deny
	f.denied(x.all, q)
	f.denied(x.expressed, q)
	f.allowed(x.all, q)
	if t := x.schemas.texts; t != nil && t.every >= 0 {
		in = found{}
		x.within[t.every].find(name, q, &in)
		f.allow = earlier(f.allow, in.allow)
	}
	return f
}

// anyName finds the rules about objects of any name in a schema: those that deny one, and those that allow every one.
func (x *objectIndex) anyName(schema string, q *query) (f found) {
	f.denied(x.all, q)
	f.denied(x.expressed, q)
	f.allowed(x.all, q)
	if x.schemas.texts == nil {
		return f
	}
	var s textSearch
	x.schemas.texts.start(&s, schema)
	for slot := s.next(); slot >= 0; slot = s.next() {
		f.denied(x.within[slot].every, q)
		f.allowed(x.within[slot].all, q)
	}
	return f
}

// anyObject finds the rules about an object of which nothing is known: those that deny one, and those that allow every one.
func (x *objectIndex) anyObject(q *query) (f found) {
	f.denied(x.every, q)
	f.allowed(x.all, q)
	return f
}
