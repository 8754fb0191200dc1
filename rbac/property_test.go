package rbac_test

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/sluice-proxy/sluice/metadata"
	"github.com/sluice-proxy/sluice/rbac"
)

// A generator makes random policies and requests of few words, so that they often meet.
type generator struct{ *rand.Rand }

func pick[T any](g generator, list ...T) T { return list[g.IntN(len(list))] }

// some gives up to n of the list, nil most often if seldom.
func some[T any](g generator, n, seldom int, list ...T) []T {
	if g.IntN(seldom) > 0 {
		return nil
	}
	all := make([]T, 1+g.IntN(n))
	for i := range all {
		all[i] = pick(g, list...)
	}
	return all
}

func (g generator) rule(i int) rbac.Rule {
	r := rbac.Rule{
		Name: fmt.Sprintf("r%d", i), Effect: pick(g, rbac.Allow, rbac.Allow, rbac.Allow, rbac.Deny), Shadow: g.IntN(5) == 0,
		Users:        some(g, 2, 3, "ann", "a*", "*n", "!bob", "/^.n/", "?ob"),
		Databases:    some(g, 2, 8, "shop", "*", "!s*"),
		Applications: some(g, 1, 12, "x*", "!*y"),
		Listeners:    some(g, 1, 12, "l*"),
		Sources:      some(g, 2, 6, "10.0.0.0/8", "!10.1.0.0/16", "10.1.2.3", "unix", "!unix", "2001:db8::/32"),
		Operations:   some(g, 2, 3, "SELECT", "INSERT", "CREATE_*", "*E", "*_T*", "D?"),
	}
	if r.Effect == rbac.Allow && g.IntN(3) == 0 {
		r.Operations = nil
		for range 1 + g.IntN(3) {
			r.Selectors = append(r.Selectors, g.selector())
		}
		return r
	}
	if g.IntN(5) > 0 {
		r.Accesses = make([]rbac.AccessRule, 1+g.IntN(3))
		for k := range r.Accesses {
			r.Accesses[k] = g.accessRule()
		}
	}
	return r
}

func (g generator) selector() (s rbac.Selector) {
	if g.IntN(12) == 0 {
		return s
	}
	s.Operations = some(g, 4, 2, "SELECT", "INSERT", "DO", "BEGIN", "")
	for range 1 + g.IntN(3) {
		s.Accesses = append(s.Accesses, rbac.Scope{
			Verbs: some(g, 2, 2, metadata.Read, metadata.Write, metadata.Execute),
			Kind:  pick(g, metadata.KindSetting, metadata.KindSetting, metadata.KindProgram, metadata.KindOpaque),
			Globs: some(g, 3, 2, "a", "a*", "*b", "?b", "[a-c]b", "[^a]*", `D\O`, "*", "*a*", "a?"),
		})
	}
	return s
}

func (g generator) accessRule() rbac.AccessRule {
	a := rbac.AccessRule{
		Verbs: some(g, 2, 2, metadata.Read, metadata.Write, metadata.Execute),
		Kind: pick(g, metadata.KindTable, metadata.KindTable, metadata.KindFunction, metadata.KindSetting, metadata.KindOpaque, metadata.KindIndex,
			metadata.KindServerFile, rbac.AnyKind),
	}
	switch {
	case a.Kind == rbac.AnyKind:
	case a.Kind == metadata.KindServerFile:
		a.Names = some(g, 2, 1, "/tmp/*", "/tmp/a", "/etc/*", "*", "log/*", "/^.tmp.b$/")
	case a.Kind.Qualified():
		for range g.IntN(4) {
			a.Names = append(a.Names, pick(g, g.part(pick(g, "s", "t", "pg_catalog"))+"."+g.part(pick(g, "a", "b", "ab", "pg_x")),
				g.part("s")+"."+g.part("a"), "*.*", "*.a", "s.*", `/^s\.a/`, "/b$/"))
		}
	default:
		a.Names = some(g, 2, 2, "a", "DO", "D*", "*b", "*", "/^a$/", "?b", "*a*")
	}
	return a
}

// part makes a pattern of a word.
func (g generator) part(word string) string {
	switch g.IntN(9) {
	case 0:
		return "*"
	case 1:
		return word + "*"
	case 2:
		return "*" + word
	case 3:
		return word[:1] + "*" + word[len(word)-1:]
	case 4:
		return "?" + word[1:]
	case 5:
		return "*" + word[:1] + "*"
	case 6:
		return word + pick(g, "?", "??", "*?", "?*")
	}
	return word
}

func (g generator) effects() []metadata.Effect {
	all := make([]metadata.Effect, g.IntN(3))
	for i := range all {
		all[i].Operation = pick(g, "SELECT", "INSERT", "DO", "CREATE_TABLE", "BEGIN", "")
		all[i].Inner = some(g, 2, 6, "SELECT", "INSERT", "DELETE")
		for range g.IntN(4) {
			a := g.access()
			all[i].Accesses = append(all[i].Accesses, a)
			if g.IntN(6) == 0 {
				a.Verb, a.Implied = pick(g, metadata.Read, metadata.Write), true
				all[i].Accesses = append(all[i].Accesses, a)
			}
		}
	}
	return all
}

func (g generator) access() metadata.Access {
	a := metadata.Access{
		Verb: pick(g, metadata.Read, metadata.Write, metadata.Execute),
		Kind: pick(g, metadata.KindTable, metadata.KindTable, metadata.KindTable, metadata.KindFunction, metadata.KindSetting, metadata.KindOpaque,
			metadata.KindIndex, metadata.KindServerFile, metadata.KindProgram),
		Free: g.IntN(8) == 0, Implied: g.IntN(8) == 0, Anywhere: g.IntN(12) == 0,
	}
	switch {
	case a.Kind.Qualified():
		a.Schema = pick(g, "", "", "s", "t", "pg_catalog", "s.a")
		a.Name = pick(g, "a", "b", "ab", "ba", "pg_x", "a.b", "")
		a.System = pick(g, metadata.NotSystem, metadata.NotSystem, metadata.IsSystem, metadata.MaybeSystem)
	case a.Kind == metadata.KindServerFile:
		a.Name = pick(g, "/tmp/a", "/tmp/b", "/tmp/../etc/a", "log/a", "../x", "", "/etc//a")
	default:
		a.Name = pick(g, "a", "ab", "DO", "", "zb\xff")
	}
	return a
}

func (g generator) path() *metadata.SearchPath {
	if g.IntN(6) == 0 {
		return nil
	}
	return &metadata.SearchPath{
		Known: g.IntN(8) > 0, Search: some(g, 2, 1+g.IntN(2), "s", "t", "pg_catalog"), Later: some(g, 1, 3, "s", "t"),
		System: pick(g, "pg_catalog", "pg_catalog", ""),
	}
}

func (g generator) identity() rbac.Identity {
	return rbac.Identity{
		User: pick(g, "ann", "bob", ""), Database: pick(g, "shop", "s"), Application: pick(g, "x", "xy"), Listener: pick(g, "l1", "m"),
		Source: pick(g, netip.Addr{}, netip.MustParseAddr("10.1.2.3"), netip.MustParseAddr("10.2.0.1"), netip.MustParseAddr("2001:db8::1")),
	}
}

// useful compiles a policy without the rules that Compile refuses because they can never decide anything.
func useful(t *testing.T, p rbac.Policy) (*rbac.Engine, rbac.Policy) {
	t.Helper()
	e, problems := rbac.Compile(p)
	if problems == nil {
		return e, p
	}
	refused := map[string]bool{}
	for _, x := range problems {
		if !strings.Contains(x.Text, "can never match") && !strings.Contains(x.Text, "is the same as") {
			t.Fatalf("%s: %s", x.Path, x.Text)
		}
		refused[x.Path] = true
	}
	var rest []rbac.Rule
	for i, r := range p.Statements.List {
		if !refused[fmt.Sprintf("statements.rules[%d]", i)] {
			rest = append(rest, r)
		}
	}
	p.Statements.List = rest
	e, problems = rbac.Compile(p)
	if problems != nil {
		t.Fatalf("without the rules that can never match: %v", problems)
	}
	return e, p
}

// TestAgainstReference compares the engine with a plain reading of the table in docs/policy.md, and shows that the rules which Compile refuses as useless are.
func TestAgainstReference(t *testing.T) {
	policies := 3000
	if testing.Short() {
		policies = 500
	}
	verdicts := map[string]int{}
	for seed := range policies {
		g := generator{rand.New(rand.NewPCG(1, uint64(seed)))}
		full := rbac.Policy{Statements: rbac.Rules{Default: pick(g, rbac.Allow, rbac.Deny)}}
		for i := range g.IntN(8) {
			full.Statements.List = append(full.Statements.List, g.rule(i))
		}
		if g.IntN(10) == 0 { // rules of high numbers, in other words of the masks
			for i := range 70 {
				full.Statements.List = append(full.Statements.List, rbac.Rule{Name: fmt.Sprintf("nobody%d", i), Effect: rbac.Allow, Users: []string{fmt.Sprintf("nobody%d", i)}})
			}
			full.Statements.List = append(full.Statements.List, g.rule(8), g.rule(9))
		}
		e, p := useful(t, full)
		for range 40 {
			id, effects, path := g.identity(), g.effects(), g.path()
			s := e.Subject(id)
			got := s.Decide(effects, path)
			want := newReference(&p, id, false).decide(effects, path)
			verdicts[fmt.Sprint(got.Reason, got.Allow, got.Shadow != 0)]++
			if want.Reason == rbac.Harmless || len(effects) == 0 && want.Allow {
				want.Reason, want.Rule = got.Reason, got.Rule // which of several right answers is given is not for the table to say
			}
			if got.Allow != want.Allow || got.Rule != want.Rule || got.Reason != want.Reason || got.Effect != want.Effect || got.Access != want.Access {
				t.Fatalf("seed %d: got %+v\nwant %+v\n%s", seed, got, want, tell(&p, id, effects, path))
			}
			if without := newReference(&full, id, false).decide(effects, path); without.Allow != got.Allow {
				t.Fatalf("seed %d: a rule that was refused as useless changes the verdict: got %+v\n%s", seed, without, tell(&full, id, effects, path))
			}
			checkShadow(t, seed, &full, &p, id, effects, path, got)
			checkTrace(t, seed, s, effects, path, got)
		}
	}
	for _, way := range []string{
		"access true false", "access true true", "access false false", "default true false", "default true true", "default false false", "default false true",
		"doubt false false", "doubt false true", "harmless true false", "harmless true true", "operation false false", "whole true false", "whole true true",
		"whole false false",
	} {
		if verdicts[way] == 0 {
			t.Errorf("no case is decided by %s (reason, allow, shadow): the test shows less than it should", way)
		}
	}
	t.Logf("%d cases: %v", policies*40, verdicts)
}

func tell(p *rbac.Policy, id rbac.Identity, effects []metadata.Effect, path *metadata.SearchPath) string {
	var b strings.Builder
	for i, r := range p.Statements.List {
		fmt.Fprintf(&b, "%d: %+v\n", i+1, r)
	}
	return fmt.Sprintf("default %s\n%sidentity %+v\neffects %+v\npath %+v", p.Statements.Default, &b, id, effects, path)
}

// checkShadow compares with the verdict that there would be if shadow rules were real.
func checkShadow(t *testing.T, seed int, full, p *rbac.Policy, id rbac.Identity, effects []metadata.Effect, path *metadata.SearchPath, got rbac.Decision) {
	t.Helper()
	for _, q := range []*rbac.Policy{full, p} {
		if with := newReference(q, id, true).decide(effects, path); (with.Allow != got.Allow) != (got.Shadow != 0) {
			t.Fatalf("seed %d: shadow %d, but with shadow rules %+v, without %+v\n%s", seed, got.Shadow, with, got, tell(q, id, effects, path))
		}
	}
	if got.Shadow == 0 {
		return
	}
	r := p.Statements.List[got.Shadow-1]
	claims := r.Selectors != nil // so that it may be what makes something that is free otherwise need a rule
	if !r.Shadow || (r.Effect == rbac.Deny) != got.Allow && !claims {
		t.Fatalf("seed %d: rule %+v can't be what changes %+v", seed, r, got)
	}
	if got.Allow {
		return
	}
	if claims || slices.ContainsFunc(p.Statements.List, func(r rbac.Rule) bool { return r.Selectors != nil }) {
		return // the rule may be about another access of the effect, without which a selector doesn't cover it
	}
	a, e := got.Access, &effects[got.Effect]
	now, _, known := places(a, path)
	about := slices.ContainsFunc(append(now, ""), func(schema string) bool {
		return referenceRule{&r, got.Shadow}.surelyMeans(a, schema, known && schema != "" || a.Schema != "")
	})
	if !(referenceRule{&r, got.Shadow}).operationFits(e) || !about && r.Accesses != nil {
		t.Fatalf("seed %d: rule %+v is not about what is denied: %+v\n%s", seed, r, got, tell(p, id, effects, path))
	}
}

// checkTrace looks whether the explanation fits the decision.
func checkTrace(t *testing.T, seed int, s *rbac.Subject, effects []metadata.Effect, path *metadata.SearchPath, got rbac.Decision) {
	t.Helper()
	x := s.Explain(effects, path)
	allow := true
	for _, e := range x.Effects {
		allow = allow && e.Denied == 0
		for _, a := range e.Accesses {
			allow = allow && a.Allow
		}
	}
	if x.Decision != got || len(effects) > 0 && allow != got.Allow {
		t.Fatalf("seed %d: the trace says %v, the decision is %+v: %+v", seed, allow, got, x)
	}
}

// TestBeginningsAndEnds makes names and patterns of two letters, so that patterns begin with each other in all ways, and compares with trying them one by one.
func TestBeginningsAndEnds(t *testing.T) {
	for seed := range 300 {
		g := generator{rand.New(rand.NewPCG(2, uint64(seed)))}
		word := func(most int) string {
			b := make([]byte, 1+g.IntN(most))
			for i := range b {
				b[i] = pick[byte](g, 'a', 'b', 'b', 0xc3) // the last is no character by itself
			}
			return strings.ReplaceAll(string(b), "\xc3", "é")
		}
		p := rbac.Policy{Statements: rbac.Rules{}}
		for i := range 1 + g.IntN(150) {
			p.Statements.List = append(p.Statements.List, rule(rbac.Allow, fmt.Sprintf("r%d", i), on(metadata.KindSetting, pick(g, word(10)+"*", "*"+word(10), word(4)))))
		}
		e, p := useful(t, p)
		s := e.Subject(rbac.Identity{})
		for range 100 {
			name := word(14)
			want := slices.IndexFunc(p.Statements.List, func(r rbac.Rule) bool { return matches(r.Accesses[0].Names[0], name) }) + 1
			if got := s.Decide(does("SET", execute(metadata.KindSetting, name)), nil); int(got.Rule) != want {
				t.Fatalf("seed %d, %s: got %q, want %q", seed, name, e.Name(got.Rule), e.Name(rbac.RuleID(want)))
			}
		}
	}
}
