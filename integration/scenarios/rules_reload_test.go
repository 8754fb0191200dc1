package scenarios_test

import (
	"encoding/json"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A shownPolicy is what /policy says of a policy file.
type shownPolicy struct {
	File      string
	Listeners []string
	Loaded    time.Time
	Failed    string
	Defaults  struct {
		Connections, Statements string
		Allowed, Denied         int64
	}
	Rules []struct {
		ID                        int
		Name, Effect              string
		Shadow                    bool
		Allowed, Denied, Shadowed int64
	}
}

// shown reads /policy.
func (r *ruled) shown(t *testing.T) shownPolicy {
	t.Helper()
	text, err := r.get("/policy")
	if err != nil {
		t.Fatal(err)
	}
	var page struct{ Policies []shownPolicy }
	if err := json.Unmarshal([]byte(text), &page); err != nil || len(page.Policies) != 1 {
		t.Fatalf("/policy: %v\n%s", err, text)
	}
	return page.Policies[0]
}

// reload gives the policy file another text, tells the program, and waits until it has read it: until /policy is as it should be.
func (r *ruled) reload(t *testing.T, policy string, read func(shownPolicy) bool) {
	t.Helper()
	r.write(t, policy)
	r.reread(t, read)
}

func (r *ruled) reread(t *testing.T, read func(shownPolicy) bool) {
	t.Helper()
	r.signal(t, syscall.SIGHUP)
	for limit := time.Now().Add(patience); !read(r.shown(t)); {
		if time.Now().After(limit) {
			t.Fatalf("the policy was not read anew: %+v\n%s", r.shown(t), r.out)
		}
		<-time.After(5 * time.Millisecond)
	}
}

// replace gives the program another policy.
func (r *ruled) replace(t *testing.T, policy string) {
	t.Helper()
	before := r.shown(t).Loaded
	r.reload(t, policy, func(p shownPolicy) bool { return !p.Loaded.Equal(before) })
}

// hasRule says whether there is a rule.
func hasRule(name string) func(shownPolicy) bool {
	return func(p shownPolicy) bool {
		for _, r := range p.Rules {
			if r.Name == name {
				return true
			}
		}
		return false
	}
}

const tableOpen = `
statements:
  default: deny
  rules:
    - {name: t-is-open, effect: allow, accesses: {kind: table, names: public.t}}
`

const tableClosed = `
statements:
  default: deny
  rules:
    - {name: t-is-closed, effect: deny, accesses: {kind: table, names: public.t}}
`

// TestRulesReload: what was prepared, and portals that are open, are judged by the policy that counts when they are executed.
func TestRulesReload(t *testing.T) {
	each(t, func(t *testing.T, b *backend) {
		r := b.rule(t, ruling{policy: tableOpen}, "create table t as select g as id from generate_series(1, 9) g")
		k := talk(t, b.url(r.addr, r.database))
		k.say(parse("by_message", "select id from t where id = $1"), describe('S', "by_message"), syncing, query("prepare by_sql as select id from t where id = 3"))
		if got := outline(k.hear(2)); got != "1 t T Z(I) C(PREPARE) Z(I)" {
			t.Fatalf("preparing: got %s", got)
		}
		executions := map[string][]byte{
			"a statement that a message prepared": joined(bindOf("", "by_message", "2"), executeOf("", 0), syncing),
			"a statement that SQL prepared":       query("execute by_sql"),
			"an unnamed statement":                joined(runs("select id from t where id = 4"), syncing),
			"a Query":                             query("select id from t where id = 5"),
		}
		check := func(when string, allowed bool, rule string) {
			t.Helper()
			for what, bytes := range executions {
				k.say(bytes)
				all := k.hear(1)
				if allowed {
					if got := outline(all, '1', '2', 'T'); got != "D C(SELECT 1) Z(I)" {
						t.Errorf("%s, %s: got %s", when, what, got)
					}
				} else if e := errorsOf(all); len(e) != 1 || e[0].Code != "42501" || e[0].Detail != detail(rule) || outline(all, '1', '2', 'T', 'E') != "Z(I)" {
					t.Errorf("%s, %s: got %s", when, what, shown(all))
				}
			}
		}
		check("at first", true, "")
		r.reload(t, tableClosed, hasRule("t-is-closed"))
		check("after a policy that forbids", false, "t-is-closed")
		r.reload(t, tableOpen, hasRule("t-is-open"))
		check("after one that allows again", true, "")

		// A portal that was opened before.
		k.say(query("begin"), bindOf("p", "by_message", "2"), executeOf("p", 1), parse("all", "select id from t"), bindOf("q", "all"), executeOf("q", 2), syncing)
		k.hear(2)
		r.reload(t, tableClosed, hasRule("t-is-closed"))
		k.say(executeOf("q", 2), syncing, query("rollback"))
		if got := outline(k.hear(2)); got != "E(42501) Z(E) C(ROLLBACK) Z(I)" {
			t.Errorf("the rest of a portal whose table is forbidden meanwhile: got %s", got)
		}
	})
}

// TestRulesBadReload: a file with a mistake changes nothing, and the process's log, /policy and a metric say so until it is mended.
func TestRulesBadReload(t *testing.T) {
	b := shared(t, versions[0])
	r := b.rule(t, ruling{policy: tableOpen}, "create table t (id int)")
	c := r.connect(t, "")
	failed := func(p shownPolicy) bool { return p.Failed != "" }
	for _, tt := range []struct{ text, place, why string }{
		{strings.Replace(tableOpen, "kind: table", "kind: tabel", 1), "policy.yaml:5", "table"},
		{strings.Replace(tableOpen, "effect: allow", "affect: allow", 1), "policy.yaml:5", "effect"},
		{strings.Replace(tableOpen, "public.t", "t", 1), "policy.yaml:5", "schema"},
		{"statements: [", "policy.yaml", ""},
		{"", "policy.yaml", ""},
	} {
		r.reload(t, tt.text, failed)
		p := r.shown(t)
		if !strings.Contains(p.Failed, tt.place) || !strings.Contains(p.Failed, tt.why) {
			t.Errorf("%s: /policy says %q, want one with %s and %s", tt.text, p.Failed, tt.place, tt.why)
		}
		if !hasRule("t-is-open")(p) {
			t.Errorf("%s: /policy shows the rules %+v", tt.text, p.Rules)
		}
		passes(t, c, "select * from t")
		denied(t, c, "create table u (id int)", "")
		if n := r.metric(t, "sluice_policy_reload_failed"); n != 1 {
			t.Errorf("%s: sluice_policy_reload_failed is %d", tt.text, n)
		}
		r.reload(t, tableOpen, func(p shownPolicy) bool { return !failed(p) })
	}
	if n := strings.Count(r.out.String(), "could not be read anew"); n != 5 || !strings.Contains(r.out.String(), "policy.yaml:5") {
		t.Errorf("the process's log says %d times that a policy could not be read:\n%s", n, r.out)
	}
	if err := os.Remove(r.file); err != nil {
		t.Fatal(err)
	}
	r.reread(t, failed)
	passes(t, c, "select * from t")
	passes(t, r.connect(t, ""), "select * from t")
	if n := r.metric(t, "sluice_policy_reload_failed"); n != 1 {
		t.Errorf("without the file, sluice_policy_reload_failed is %d", n)
	}
}

// TestRulesPolicyPage compares /policy, the metrics and the access log with what was asked.
func TestRulesPolicyPage(t *testing.T) {
	b := shared(t, versions[0])
	r := b.rule(t, ruling{policy: tableOpen + "    - {name: soon-closed, effect: deny, shadow: true, accesses: {kind: table, names: public.t}}\n"}, "create table t (id int)")
	c := r.connect(t, "")
	const asked = 5
	for range asked {
		passes(t, c, "select * from t")
		denied(t, c, "create table u (id int)", "")
	}
	p := r.shown(t)
	if p.File != r.file || len(p.Listeners) != 1 || p.Listeners[0] != "front" || p.Defaults.Statements != "deny" || p.Defaults.Denied != asked {
		t.Errorf("/policy shows %+v", p)
	}
	if len(p.Rules) != 2 {
		t.Fatalf("/policy shows %d rules, want 2", len(p.Rules))
	}
	if one := p.Rules[0]; one.Name != "t-is-open" || one.Effect != "allow" || one.Shadow || one.Allowed != asked || one.Denied != 0 {
		t.Errorf("/policy shows %+v", one)
	}
	if two := p.Rules[1]; two.Name != "soon-closed" || two.Effect != "deny" || !two.Shadow || two.Shadowed != asked || two.Denied != 0 {
		t.Errorf("/policy shows %+v", two)
	}
	for _, tt := range []struct {
		rule, verdict string
		want          int64
	}{{"t-is-open", "allow", asked}, {"t-is-open", "deny", 0}, {"soon-closed", "shadow", asked}, {"", "deny", asked}} {
		if got := r.hits(t, tt.rule, tt.verdict); got != tt.want {
			t.Errorf("metric: rule %q, verdict %s: got %d, want %d", tt.rule, tt.verdict, got, tt.want)
		}
	}
	// What a rule decided is not forgotten with the policy.
	r.reload(t, tableClosed, hasRule("t-is-closed"))
	denied(t, c, "select * from t", "t-is-closed")
	if got := r.hits(t, "t-is-open", "allow"); got != asked {
		t.Errorf("metric: a rule that is gone: got %d, want %d", got, asked)
	}
	if got := r.hits(t, "t-is-closed", "deny"); got != 1 {
		t.Errorf("metric: the new rule: got %d, want 1", got)
	}
}
