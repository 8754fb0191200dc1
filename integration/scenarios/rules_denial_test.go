package scenarios_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
)

// noSecrets allows everything but the table secret.
const noSecrets = `
statements:
  default: allow
  rules:
    - {name: no-secrets, effect: deny, accesses: {kind: table, names: public.secret}}
`

var secretTables = []string{"create table secret (id int)", "insert into secret values (42)", "create table kept (id int)"}

// TestRulesDenialLikeTheServers plays the same bytes twice: directly, as a role that the server itself refuses the table, and through the proxy, as one that may do
// all, under a policy that denies the table. Both must see the same replies, and leave the same rows. What comes of Parse, Bind and Describe isn't compared, for the proxy denies earlier.
func TestRulesDenialLikeTheServers(t *testing.T) {
	forbidden := "select * from secret"
	insert := func(n int) string { return fmt.Sprintf("insert into kept values (%d)", n) }
	scripts := []struct {
		name  string
		ready int // how many times the server is ready again
		bytes []byte
	}{
		{"Query", 2, joined(query(forbidden), query("select 1"))},
		{"Query between others", 5, joined(query(insert(1)), query(forbidden), query(insert(2)), query(forbidden), query(insert(3)))},
		{"transaction", 5, joined(query("begin"), query(insert(1)), query(forbidden), query("select 1"), query("commit"))},
		{"savepoint", 7, joined(query("begin"), query(insert(1)), query("savepoint a"), query(forbidden), query("rollback to a"), query(insert(2)), query("commit"))},
		{"batch, one Sync", 2, joined(runs(insert(1)), runs(forbidden), runs(insert(2)), syncing, query("select 1"))},
		{"batch, a Sync each", 3, joined(runs(insert(1)), syncing, runs(forbidden), syncing, runs(insert(2)), syncing)},
		{"batch in a transaction", 3, joined(query("begin"), runs(insert(1)), runs(forbidden), runs(insert(2)), syncing, query("commit"))},
		{"two denied in a batch", 1, joined(runs(insert(1)), runs(forbidden), runs(forbidden), syncing)},
		{"batch that begins a transaction", 2, joined(runs("begin"), runs(insert(1)), runs(forbidden), syncing, query("commit"))},
		{"batch that has committed", 2, joined(runs("begin"), runs(insert(1)), runs("commit"), runs(insert(2)), runs(forbidden), syncing, query("select 1"))},
		{"Flush in the middle", 1, joined(runs(insert(1)), flushing, runs(forbidden), flushing, runs(insert(2)), flushing, syncing)},
		{"Query in the middle of a batch", 2, joined(runs(insert(1)), query(forbidden), query("select 1"))},
		{"Sync behind Sync", 3, joined(runs(forbidden), syncing, syncing, runs(insert(1)), syncing)},
		{"libpq's pipeline", 1, joined(
			parse("", "insert into kept values ($1)"), bindOf("", "", "1"), describe('P', ""), executeOf("", 0),
			parse("", "select * from secret where id = $1"), bindOf("", "", "2"), describe('P', ""), executeOf("", 0),
			parse("", "insert into kept values ($1)"), bindOf("", "", "3"), describe('P', ""), executeOf("", 0), syncing)},
		{"libpq's pipeline, two parts", 2, joined(
			parse("", "insert into kept values ($1)"), bindOf("", "", "1"), describe('P', ""), executeOf("", 0), syncing,
			parse("", "select * from secret where id = $1"), bindOf("", "", "2"), describe('P', ""), executeOf("", 0),
			parse("", "insert into kept values ($1)"), bindOf("", "", "3"), describe('P', ""), executeOf("", 0), syncing)},
		{"JDBC's first batch", 2, joined(
			parse("", "BEGIN"), bindOf("", ""), executeOf("", 0),
			parse("S_1", "insert into kept values ($1)"), describe('S', "S_1"),
			bindOf("", "S_1", "1"), executeOf("", 1), bindOf("", "S_1", "2"), executeOf("", 1),
			parse("", "delete from secret where id = $1"), describe('S', ""), bindOf("", "", "1"), executeOf("", 1), syncing, query("ROLLBACK"))},
		{"JDBC's batch, binary", 1, joined(
			parse("S_2", "insert into kept values ($1)"),
			bindIn(1, "", "S_2", "\x00\x00\x00\x01"), executeOf("", 1), bindIn(1, "", "S_2", "\x00\x00\x00\x02"), executeOf("", 1),
			parse("", "insert into secret values ($1)"), bindIn(1, "", "", "\x00\x00\x00\x03"), describe('P', ""), executeOf("", 1), syncing)},
		{"JDBC's fetch size", 2, joined(
			parse("", "BEGIN"), bindOf("", ""), executeOf("", 0),
			parse("S_3", "select g from generate_series(1, 5) g"), bindOf("C_1", "S_3"), describe('P', "C_1"), executeOf("C_1", 2),
			runs(forbidden), executeOf("C_1", 2), syncing, query("ROLLBACK"))},
		{"COPY in", 2, joined(query("copy secret from stdin"), copied("1\n"), copied("2\n"), copyDone, query("select 1"))},
		{"COPY in, given up", 2, joined(query("copy secret from stdin"), copied("1\n"), copyFail, query("select 1"))},
		{"COPY in, extended", 2, joined(runs(insert(1)), runs("copy secret from stdin"), syncing, copied("1\n"), copyDone, syncing)},
		{"COPY out", 2, joined(query("copy secret to stdout"), query("select 1"))},
		{"COPY out of a query", 2, joined(query("copy (select * from kept, secret) to stdout"), query("copy kept to stdout"))},
		{"cursor", 4, joined(query("begin"), query("declare c cursor for select * from secret"), query("fetch c"), query("rollback"))},
		{"EXPLAIN", 2, joined(query("explain (costs off) delete from secret"), query("select 1"))},
	}
	each(t, func(t *testing.T, b *backend) {
		b.role(t, "limited")
		r := b.rule(t, ruling{policy: noSecrets}, append(secretTables, "grant all on kept to limited")...)
		direct := *r
		direct.proxy = &proxy{addr: b.Addr}
		for _, tt := range scripts {
			t.Run(tt.name, func(t *testing.T) {
				var replies, rows [2]string
				for i, url := range []string{direct.as("limited"), b.url(r.addr, r.database)} {
					b.exec(t, r.database, "truncate kept")
					k := talk(t, url)
					k.say(tt.bytes)
					heard := k.hear(tt.ready)
					replies[i] = outline(heard, '1', '2', 'n', 't', 'T')
					rows[i] = r.kept(t)
					for _, e := range errorsOf(heard) {
						if own := e.Detail == detail("no-secrets"); e.Code == "42501" && own != (i == 1) {
							t.Errorf("an error of the wrong side: %+v", e)
						}
					}
					k.hangUp()
				}
				if !strings.Contains(replies[0], "42501") {
					t.Fatalf("the server denies nothing: %s", replies[0])
				}
				if replies[1] != replies[0] || rows[1] != rows[0] {
					t.Errorf("got %s and rows %s\ndirectly %s and rows %s", replies[1], rows[1], replies[0], rows[0])
				}
			})
		}
	})
}

// kept gives the rows of the table kept.
func (r *ruled) kept(t *testing.T) string {
	t.Helper()
	c, err := pgx.Connect(within(t), r.b.url(r.b.Addr, r.database))
	if err != nil {
		t.Fatal(err)
	}
	defer closeNow(c.PgConn())
	rows, err := c.Query(within(t), "select id from kept order by id")
	if err != nil {
		t.Fatal(err)
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[int])
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprint(ids)
}

// TestRulesDenialsFields looks at the error itself, and that there is nothing else.
func TestRulesDenialsFields(t *testing.T) {
	each(t, func(t *testing.T, b *backend) {
		r := b.rule(t, ruling{policy: noSecrets}, secretTables...)
		k := talk(t, b.url(r.addr, r.database))
		for what, bytes := range map[string][]byte{"Query": query("select * from secret"), "Parse": joined(runs("select * from secret"), syncing)} {
			k.say(bytes)
			all := k.hear(1)
			if got := outline(all); got != "E(42501) Z(I)" {
				t.Errorf("%s: got %s", what, got)
				continue
			}
			e := errorsOf(all)[0]
			if e.Severity != "ERROR" || e.SeverityUnlocalized != "ERROR" || !strings.Contains(e.Message, "secret") || e.Detail != detail("no-secrets") || e.Hint == "" {
				t.Errorf("%s: got %+v", what, e)
			}
			if e.File != "" || e.Routine != "" || e.Position != 0 {
				t.Errorf("%s: the error says where the server's source has something else: %+v", what, e)
			}
		}
		for _, l := range r.log.several(t, "denials", 2, func(l line) bool { return l.Outcome == "denied" }) {
			if j := judgement(t, l); l.Status != "42501" || j.Verdict != "deny" || j.Rule != "no-secrets" || l.Operation != "SELECT" {
				t.Errorf("a denial is logged as %s", l.raw)
			}
		}
		if n := r.metric(t, "sluice_exchanges_total", "outcome=denied"); n != 2 {
			t.Errorf("metric: %d exchanges denied, want 2", n)
		}
	})
}

// TestRulesSeveralStatements: a text with one forbidden statement runs nothing, wherever that stands.
func TestRulesSeveralStatements(t *testing.T) {
	each(t, func(t *testing.T, b *backend) {
		r := b.rule(t, ruling{policy: noSecrets}, secretTables...)
		k := talk(t, b.url(r.addr, r.database))
		for _, text := range []string{
			"insert into kept values (1); select * from secret; insert into kept values (2)",
			"select * from secret; insert into kept values (1)",
			"insert into kept values (1); commit; begin; insert into kept values (2); table secret",
			"insert into kept values (1);;; /* ; */ select ';'; table secret -- ;",
		} {
			if got := outline(k.ask(text)); got != "E(42501) Z(I)" {
				t.Errorf("%s: got %s", text, got)
			}
		}
		if rows := r.kept(t); rows != "[]" {
			t.Errorf("rows %s of denied texts are there", rows)
		}
		if got := outline(k.ask("insert into kept values (1); insert into kept values (2)")); got != "C(INSERT 0 1) C(INSERT 0 1) Z(I)" {
			t.Errorf("without the forbidden one: got %s", got)
		}
	})
}
