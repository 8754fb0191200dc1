package scenarios_test

import (
	"fmt"
	"net"
	"net/netip"
	"testing"

	"github.com/jackc/pgx/v5"
)

// People, and what they may do, by everything that rules can ask for.
const byWhom = `
statements:
  default: deny
  rules:
    - {name: ann-reads, effect: allow, users: ann, accesses: {verbs: read, kind: table, names: "public.*"}}
    - {name: reports-count, effect: allow, applications: "report_*", operations: SELECT, accesses: {kind: table, names: public.counted}}
    - {name: from-the-office, effect: allow, sources: 127.0.0.2, accesses: {kind: table, names: public.office}}
    - {name: not-in-scratch, effect: deny, databases: "!scenario*", operations: INSERT}
    - {name: bob-writes, effect: allow, users: [bob], operations: [INSERT, "UPD*"], accesses: {names: public.counted, kind: table}}
    - {name: never-secrets, effect: deny, accesses: {kind: table, names: "*.secret"}}
    - {name: front-only, effect: allow, listeners: front, accesses: {kind: table, names: public.fronted, verbs: [read]}}
    - {name: elsewhere, effect: allow, listeners: back, accesses: {kind: table, names: public.backed, verbs: [read]}}
`

var byWhomTables = []string{
	"create table counted (id int)", "create table office (id int)", "create table secret (id int)", "create table fronted (id int)", "create table backed (id int)",
	"grant all on all tables in schema public to public",
}

// TestRulesByWhom asks as different people for different things. The server itself would let all of them.
func TestRulesByWhom(t *testing.T) {
	each(t, func(t *testing.T, b *backend) {
		b.role(t, "ann", "bob")
		r := b.rule(t, ruling{policy: byWhom}, byWhomTables...)
		for _, tt := range []struct {
			user, application, source, text string
			allowed                         bool
			rule                            string
		}{
			{"ann", "", "", "select * from counted", true, "ann-reads"},
			{"ann", "", "", "select * from public.office", true, "ann-reads"},
			{"ann", "", "", "insert into counted values (1)", false, ""},
			{"ann", "", "", "select * from secret", false, "never-secrets"},
			{"ann", "", "", "select 1", true, ""},
			{"ann", "", "", "select count(*) from counted, secret", false, "never-secrets"},
			{"ann", "", "", "update counted set id = 2", false, ""},
			{"bob", "", "", "select * from counted", false, ""},
			{"bob", "", "", "insert into counted values (2)", true, "bob-writes"},
			{"bob", "", "", "update counted set id = 3 where id = 2", true, "bob-writes"},
			{"bob", "", "", "delete from counted", false, ""},
			{"bob", "", "", "insert into office values (1)", false, ""},
			{"bob", "report_1", "", "select * from counted", true, "reports-count"},
			{"bob", "report_1", "", "select * from office", false, ""},
			{"bob", "my_report_1", "", "select * from counted", false, ""},
			{"bob", "", "127.0.0.2", "delete from office", true, "from-the-office"},
			{"bob", "", "127.0.0.3", "delete from office", false, ""},
			{"bob", "", "", "select * from fronted", true, "front-only"},
			{"bob", "", "", "select * from backed", false, ""},
		} {
			what := fmt.Sprintf("%s %s %s: %s", tt.user, tt.application, tt.source, tt.text)
			c := r.from(t, tt.source, r.as(tt.user, "application_name="+tt.application))
			if err := run1(t, c, tt.text); !tt.allowed {
				isDenial(t, what, err, tt.rule)
			} else if err != nil {
				t.Errorf("%s: %v, and it may pass", what, err)
			}
			leave(c)
			local := port(c.PgConn().Conn())
			l := r.log.find(t, what, func(l line) bool { return l.Port == local && l.Request == "Query" })
			verdict := map[bool]string{true: "allow", false: "deny"}[tt.allowed]
			if j := judgement(t, l); j.Verdict != verdict || j.Rule != tt.rule {
				t.Errorf("%s: the access log has verdict %q by rule %q, want %q by %q", what, j.Verdict, j.Rule, verdict, tt.rule)
			}
		}
	})
}

// from logs in from an address of this machine; "" is any.
func (r *ruled) from(t *testing.T, source, url string) *pgx.Conn {
	t.Helper()
	cfg, err := pgx.ParseConfig(url)
	if err != nil {
		t.Fatal(err)
	}
	if source != "" {
		d := net.Dialer{LocalAddr: net.TCPAddrFromAddrPort(netip.AddrPortFrom(netip.MustParseAddr(source), 0))}
		cfg.DialFunc = d.DialContext
	}
	c, err := pgx.ConnectConfig(within(t), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { leave(c) })
	return c
}

// TestRulesDefaultAllow has only rules that deny.
func TestRulesDefaultAllow(t *testing.T) {
	const policy = `
statements:
  default: allow
  rules:
    - {name: no-secrets, effect: deny, accesses: {kind: table, names: public.secret}}
    - {name: ann-drops-nothing, effect: deny, users: ann, operations: "DROP_*"}
    - {name: ann-may-not-matter, effect: allow, users: ann, accesses: {kind: table, names: "*.*"}}
    - {name: no-truncate, effect: deny, databases: "scenario*", operations: TRUNCATE, accesses: {kind: table, names: "public.t*"}}
`
	each(t, func(t *testing.T, b *backend) {
		b.role(t, "ann", "bob")
		r := b.rule(t, ruling{policy: policy}, "create table t (id int)", "create table u (id int)", "create table secret (id int)",
			"grant all on all tables in schema public to public", "grant create on schema public to public")
		ann, bob := r.connect(t, "ann"), r.connect(t, "bob")
		for _, c := range []*pgx.Conn{ann, bob} {
			passes(t, c, "select * from t, u")
			passes(t, c, "select version(), pg_backend_pid()")
			passes(t, c, "select relname from pg_class limit 1")
			denied(t, c, "select * from secret", "no-secrets")
			denied(t, c, "select (select max(id) from public.secret) from t", "no-secrets")
			denied(t, c, "truncate t", "no-truncate")
			denied(t, c, "truncate u, t", "no-truncate")
		}
		passes(t, ann, "create table hers (id int)")
		denied(t, ann, "drop table hers", "ann-drops-nothing")
		passes(t, bob, "create table his (id int)")
		passes(t, bob, "drop table his")
		// What may do anything may do what is denied.
		denied(t, bob, "do $$ begin perform 1; end $$", "no-secrets")
	})
}

// TestRulesShadow has rules that only tell what they would do.
func TestRulesShadow(t *testing.T) {
	const policy = `
statements:
  default: deny
  rules:
    - {name: reads, effect: allow, accesses: {verbs: read, kind: table, names: "public.*"}}
    - {name: soon-no-secrets, effect: deny, shadow: true, accesses: {kind: table, names: "public.secret"}}
    - {name: soon-inserts, effect: allow, shadow: true, accesses: {verbs: write, kind: table, names: "public.t"}}
`
	each(t, func(t *testing.T, b *backend) {
		r := b.rule(t, ruling{policy: policy}, "create table t (id int)", "create table secret (id int)")
		c := r.connect(t, "")
		for _, tt := range []struct {
			text, logged, verdict, rule, shadow string
		}{
			{"select * from t", "select * from t", "allow", "reads", ""},
			{"select * from secret", "select * from secret", "allow", "reads", "soon-no-secrets"},
			{"insert into t values (1)", "insert into t values (?)", "deny", "", "soon-inserts"},
			{"insert into secret values (1)", "insert into secret values (?)", "deny", "", ""},
		} {
			if err := run1(t, c, tt.text); (err == nil) != (tt.verdict == "allow") {
				t.Errorf("%s: got %v, want %s", tt.text, err, tt.verdict)
			}
			l := r.log.find(t, tt.text, statement(tt.logged))
			if j := judgement(t, l); j.Verdict != tt.verdict || j.Rule != tt.rule || j.Shadow != tt.shadow {
				t.Errorf("%s: the access log has verdict %q by rule %q, shadow %q; want %q, %q, %q", tt.text, j.Verdict, j.Rule, j.Shadow, tt.verdict, tt.rule, tt.shadow)
			}
		}
		for rule, want := range map[string]map[string]int64{
			"reads": {"allow": 2, "deny": 0}, "soon-no-secrets": {"shadow": 1}, "soon-inserts": {"shadow": 1}, "": {"deny": 2},
		} {
			for verdict, n := range want {
				if got := r.hits(t, rule, verdict); got != n {
					t.Errorf("metric: rule %q, verdict %s: got %d, want %d", rule, verdict, got, n)
				}
			}
		}
	})
}
