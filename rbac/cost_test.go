package rbac_test

import (
	"fmt"
	"net/netip"
	"testing"

	"github.com/sluice-proxy/sluice/metadata"
	"github.com/sluice-proxy/sluice/rbac"
)

var ann = rbac.Identity{Listener: "postgres-6432", User: "ann", Database: "shop", Application: "psql", Source: netip.MustParseAddr("10.1.2.3")}

// compile gives the engine of a policy that must be right.
func compile(t testing.TB, p rbac.Policy) *rbac.Engine {
	t.Helper()
	e, problems := rbac.Compile(p)
	for _, x := range problems {
		t.Errorf("%s: %s", x.Path, x.Text)
	}
	if e == nil {
		t.FailNow()
	}
	return e
}

// manyPolicies are policies of a thousand rules that all match ann, by what their rules are like.
func manyPolicies() map[string]rbac.Policy {
	const n = 1000
	access := func(names ...string) []rbac.AccessRule {
		return []rbac.AccessRule{{Verbs: []metadata.Verb{metadata.Read, metadata.Write}, Kind: metadata.KindTable, Names: names}}
	}
	kinds := map[string]func(i int) rbac.Rule{
		"exact":    func(i int) rbac.Rule { return rbac.Rule{Accesses: access(fmt.Sprintf("s%d.table_%d", i%50, i))} },
		"prefixes": func(i int) rbac.Rule { return rbac.Rule{Accesses: access(fmt.Sprintf("s%d.table_%d_*", i%50, i))} },
		"suffixes": func(i int) rbac.Rule { return rbac.Rule{Accesses: access(fmt.Sprintf("*.*_%d", i))} },
		"schemas":  func(i int) rbac.Rule { return rbac.Rule{Accesses: access(fmt.Sprintf("tenant_%d_*.*", i))} },
		"same": func(i int) rbac.Rule {
			return rbac.Rule{Accesses: access("*.table_17"), Operations: []string{fmt.Sprintf("OPERATION_%d", i), "SELECT"}}
		},
		"mixed": func(i int) rbac.Rule {
			r := rbac.Rule{Accesses: access(fmt.Sprintf("s%d.table_%d", i%50, i), fmt.Sprintf("*.t%d_*", i), fmt.Sprintf("arch_%d.*", i)), Users: []string{"a*"}}
			if i%3 == 0 {
				r.Operations = []string{"SELECT", "CREATE_*"}
			}
			return r
		},
	}
	all := map[string]rbac.Policy{}
	for name, rule := range kinds {
		p := rbac.Policy{Statements: rbac.Rules{Default: rbac.Deny}}
		for i := range n - 3 {
			r := rule(i)
			r.Name, r.Effect = fmt.Sprintf("rule-%d", i), rbac.Allow
			if i%2 == 1 {
				r.Effect = rbac.Deny
				r.Accesses[0].Verbs = []metadata.Verb{metadata.Drop}
			}
			p.Statements.List = append(p.Statements.List, r)
		}
		for i, table := range []string{"s17.table_17", "s18.table_18", "public.t9_items"} {
			p.Statements.List = append(p.Statements.List, rbac.Rule{Name: fmt.Sprintf("last-%d", i), Effect: rbac.Allow, Accesses: []rbac.AccessRule{
				{Verbs: []metadata.Verb{metadata.Read}, Kind: metadata.KindTable, Names: []string{table}}}})
		}
		all[name] = p
	}
	return all
}

// threeTables is a statement that reads three tables, two of them named without a schema.
var threeTables = []metadata.Effect{{Operation: "SELECT", Accesses: []metadata.Access{
	{Verb: metadata.Read, Kind: metadata.KindTable, Schema: "s17", Name: "table_17"},
	{Verb: metadata.Read, Kind: metadata.KindTable, Schema: "s18", Name: "table_18"},
	{Verb: metadata.Read, Kind: metadata.KindTable, Name: "t9_items"},
}}}

var publicPath = &metadata.SearchPath{Known: true, Search: []string{"public"}, Later: []string{"ann"}, System: "pg_catalog"}

func TestDecidingDoesNotAllocate(t *testing.T) {
	for name, p := range manyPolicies() {
		s := compile(t, p).Subject(ann)
		if d := s.Decide(threeTables, publicPath); !d.Allow {
			t.Errorf("%s: %s", name, d.Message())
		}
		if n := testing.AllocsPerRun(100, func() { s.Decide(threeTables, publicPath) }); n != 0 {
			t.Errorf("%s: %v allocations per decision, want 0", name, n)
		}
	}
}

// ordersACL is what a rule like "+@read +@write ~orders:* …" becomes: one selector of many operations and ten patterns.
func ordersACL() rbac.Policy {
	s := rbac.Selector{Operations: []string{"GET", "SET"}, Accesses: []rbac.Scope{{Kind: metadata.KindCommand}, {Kind: metadata.KindKey}, {Kind: metadata.KindChannel, Globs: []string{"news:*"}}}}
	for i := range 200 {
		s.Operations = append(s.Operations, fmt.Sprintf("OPERATION_%d", i))
	}
	for i := range 7 {
		s.Accesses[1].Globs = append(s.Accesses[1].Globs, fmt.Sprintf("app%d:*", i))
	}
	s.Accesses[1].Globs = append(s.Accesses[1].Globs, "tmp:[0-9]*", "order?:x:*", "orders:*")
	return rbac.Policy{Statements: rbac.Rules{List: []rbac.Rule{selecting("orders", s)}}}
}

var getOrder = does("GET", key(metadata.Read, "orders:1234567"))

func TestDecidingBySelectorsDoesNotAllocate(t *testing.T) {
	s := compile(t, ordersACL()).Subject(ann)
	copied := does("COPY", key(metadata.Read, "orders:1"), key(metadata.Write, "secret"))
	if !s.Decide(getOrder, nil).Allow || s.Decide(copied, nil).Allow {
		t.Error("the ACL doesn't work")
	}
	if n := testing.AllocsPerRun(100, func() { s.Decide(getOrder, nil); s.Decide(copied, nil) }); n != 0 {
		t.Errorf("%v allocations, want 0", n)
	}
}

func BenchmarkDecideBySelector(b *testing.B) {
	s := compile(b, ordersACL()).Subject(ann)
	b.ReportAllocs()
	for b.Loop() {
		s.Decide(getOrder, nil)
	}
}

func BenchmarkDecide(b *testing.B) {
	for name, p := range manyPolicies() {
		s := compile(b, p).Subject(ann)
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				s.Decide(threeTables, publicPath)
			}
		})
	}
}

func BenchmarkSubject(b *testing.B) {
	e := compile(b, manyPolicies()["mixed"])
	b.ReportAllocs()
	for b.Loop() {
		e.Subject(ann)
	}
}

func BenchmarkCompile(b *testing.B) {
	p := manyPolicies()["mixed"]
	for b.Loop() {
		rbac.Compile(p)
	}
}
