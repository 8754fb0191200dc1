package rbac_test

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/sluice-proxy/sluice/codecs"
	"github.com/sluice-proxy/sluice/filters"
	filterrbac "github.com/sluice-proxy/sluice/filters/rbac"
	"github.com/sluice-proxy/sluice/metadata"
	"github.com/sluice-proxy/sluice/rbac"
)

// engine compiles a policy that lets logins pass but for those of nobody.
func engine(t *testing.T, rules ...rbac.Rule) *rbac.Engine {
	t.Helper()
	e, problems := rbac.Compile(rbac.Policy{
		Connections: rbac.Rules{Default: rbac.Allow, List: []rbac.Rule{{Name: "nobody", Effect: rbac.Deny, Users: []string{"nobody"}}}},
		Statements:  rbac.Rules{List: rules},
	})
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	return e
}

func tables(name string, effect rbac.Effect, users string, names ...string) rbac.Rule {
	return rbac.Rule{Name: name, Effect: effect, Users: []string{users}, Accesses: []rbac.AccessRule{{Kind: metadata.KindTable, Names: names}}}
}

func session(user string) *filters.Session {
	p := &filters.Plan{Listener: "pg", Protocol: "postgres", Clock: filters.NewEpoch(), Chain: func(*filters.Session) []filters.Filter { return nil }}
	s := filters.NewSession(p, 1, netip.MustParseAddrPort("192.0.2.1:5000"))
	s.Meta.PutString(metadata.User, user)
	return s
}

var public = &metadata.SearchPath{Known: true, Search: []string{"public"}}

func reads(table string) *filters.Deed {
	return &filters.Deed{Parsed: &codecs.Parsed{Effects: []metadata.Effect{{Operation: "SELECT", Accesses: []metadata.Access{{Verb: metadata.Read, Kind: metadata.KindTable, Name: table}}}}}}
}

// ask has an exchange judged and gives what becomes of it.
func ask(f *filterrbac.Filter, s *filters.Session, d *filters.Deed) (*filters.Exchange, bool) {
	x := &filters.Exchange{Session: s, Request: &codecs.Message{Kind: codecs.Request, Name: "Query"}, Deed: d, Effects: d.Effects, Path: public}
	v := f.OnRequest(x)
	f.OnDone(x)
	return x, v.Action == filters.Pass
}

func TestVerdictsFollowWhoAsksAndThePolicy(t *testing.T) {
	f := filterrbac.New(2, engine(t, tables("ann-reads-t", rbac.Allow, "ann", "public.t")))
	ann, bob, deed := session("ann"), session("bob"), reads("t")
	is := func(what string, s *filters.Session, rule string, want bool) {
		t.Helper()
		x, ok := ask(f, s, deed)
		if ok != want || x.Rule != rule || (x.Judgement == filters.Allowed) != want || (x.Reason == "") != want {
			t.Errorf("%s: passes %v by rule %q (%s: %s), want %v by %q", what, ok, x.Rule, x.Judgement, x.Reason, want, rule)
		}
	}
	for range 2 {
		is("ann", ann, "ann-reads-t", true)
		is("bob, with the same statement", bob, "", false)
	}
	bob.Meta.PutString(metadata.User, "ann")
	is("bob became ann", bob, "ann-reads-t", true)
	f.Replace(engine(t, tables("nobody-reads-t", rbac.Deny, "*", "*.t")))
	is("ann, under another policy", ann, "nobody-reads-t", false)

	const want = `
# HELP sluice_policy_rule_hits_total Exchanges that a rule of a policy decided. The rule is empty for the default. The verdict shadow counts what a shadow rule would have decided otherwise.
# TYPE sluice_policy_rule_hits_total counter
sluice_policy_rule_hits_total{policy="p",rule="",verdict="allow"} 0
sluice_policy_rule_hits_total{policy="p",rule="",verdict="deny"} 2
sluice_policy_rule_hits_total{policy="p",rule="ann-reads-t",verdict="allow"} 3
sluice_policy_rule_hits_total{policy="p",rule="ann-reads-t",verdict="deny"} 0
sluice_policy_rule_hits_total{policy="p",rule="nobody",verdict="allow"} 0
sluice_policy_rule_hits_total{policy="p",rule="nobody",verdict="deny"} 0
sluice_policy_rule_hits_total{policy="p",rule="nobody-reads-t",verdict="allow"} 0
sluice_policy_rule_hits_total{policy="p",rule="nobody-reads-t",verdict="deny"} 1
`
	if err := testutil.CollectAndCompare(collector{f}, strings.NewReader(want)); err != nil {
		t.Error(err)
	}
}

// TestKeysOfOtherDatabases: a rule for one database allows nothing in another.
func TestKeysOfOtherDatabases(t *testing.T) {
	keys := rbac.Rule{Name: "keys-of-0", Effect: rbac.Allow, Databases: []string{"0"}, Accesses: []rbac.AccessRule{{Kind: metadata.KindKey}}}
	more := rbac.Rule{Name: "keys-of-2", Effect: rbac.Allow, Databases: []string{"2"}, Accesses: []rbac.AccessRule{{Kind: metadata.KindKey}}}
	f := filterrbac.New(1, engine(t, keys, more))
	s := session("ann")
	s.Meta.PutString(metadata.Namespace, "0")
	for _, tt := range []struct {
		databases string
		want      bool
	}{{"0", true}, {"00", true}, {"1", false}, {"01", false}, {"02", true}, {"021", false}, {"0212", false}} {
		e := metadata.Effect{Operation: "COPY"}
		for _, database := range tt.databases {
			e.Accesses = append(e.Accesses, metadata.Access{Verb: metadata.Write, Kind: metadata.KindKey, Schema: string(database), Name: "k"})
		}
		x := &filters.Exchange{Session: s, Request: &codecs.Message{Kind: codecs.Request, Name: "COPY"}, Effects: []metadata.Effect{e}}
		if v := f.OnRequest(x); (v.Action == filters.Pass) != tt.want {
			t.Errorf("databases %s: got %+v, want allowed: %v", tt.databases, v, tt.want)
		}
	}
}

// A collector is one of a single policy, which is called p.
type collector struct{ f *filterrbac.Filter }

func (c collector) Describe(ch chan<- *prometheus.Desc) { filterrbac.DescribeHits(ch) }
func (c collector) Collect(ch chan<- prometheus.Metric) { c.f.CollectHits(ch, "p") }

func TestLogins(t *testing.T) {
	f := filterrbac.New(1, engine(t, rbac.Rule{Name: "all", Effect: rbac.Allow}))
	login := func(s *filters.Session, user string) filters.Verdict {
		s.Meta.PutString(metadata.ClaimedUser, user)
		return f.OnRequest(&filters.Exchange{Session: s, Request: &codecs.Message{Kind: codecs.Startup, Name: "StartupMessage"}})
	}
	if v := login(session(""), "ann"); v.Action != filters.Pass {
		t.Errorf("ann: got %+v", v)
	}
	v := login(session(""), "nobody")
	if v.Action != filters.Deny || v.Why.Reason != codecs.NotAdmitted || v.Why.Rule != "nobody" || v.Why.Hint == "" {
		t.Errorf("nobody: got %+v", v)
	}
	if _, ok := ask(f, session("nobody"), reads("t")); ok {
		t.Error("a session that never logged in was not judged at its first request")
	}
}

func TestShadowRulesOnlyReport(t *testing.T) {
	shadow := tables("would-deny", rbac.Deny, "*", "public.t")
	shadow.Shadow = true
	f := filterrbac.New(1, engine(t, rbac.Rule{Name: "all", Effect: rbac.Allow}, shadow))
	x, ok := ask(f, session("ann"), reads("t"))
	if !ok || x.Rule != "all" || x.Shadow != "would-deny" || f.Hits()["would-deny"].Shadowed != 1 {
		t.Errorf("passes %v by %q, shadow %q, hits %+v", ok, x.Rule, x.Shadow, f.Hits()["would-deny"])
	}
}

func TestAVerdictThatIsKeptCostsNothing(t *testing.T) {
	f := filterrbac.New(1, engine(t, tables("ann-reads-t", rbac.Allow, "ann", "public.t")))
	x := &filters.Exchange{Session: session("ann"), Request: &codecs.Message{Kind: codecs.Request}, Deed: reads("t"), Path: public}
	x.Effects = x.Deed.Effects
	if n := testing.AllocsPerRun(100, func() { f.OnRequest(x) }); n != 0 {
		t.Errorf("%v allocations, want 0", n)
	}
}

// BenchmarkKeptVerdict is the judgement of a statement that the same rules judged before.
func BenchmarkKeptVerdict(b *testing.B) {
	e, _ := rbac.Compile(rbac.Policy{Connections: rbac.Rules{Default: rbac.Allow}, Statements: rbac.Rules{List: []rbac.Rule{tables("ann-reads-t", rbac.Allow, "ann", "public.t")}}})
	f := filterrbac.New(1, e)
	x := &filters.Exchange{Session: session("ann"), Request: &codecs.Message{Kind: codecs.Request}, Deed: reads("t"), Path: public}
	x.Effects = x.Deed.Effects
	for b.Loop() {
		if v := f.OnRequest(x); v.Action != filters.Pass {
			b.Fatal("denied")
		}
	}
}
