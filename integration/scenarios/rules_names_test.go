package scenarios_test

import (
	"testing"
)

// TestRulesPrepared has statements that SQL or messages prepared executed by their names.
func TestRulesPrepared(t *testing.T) {
	const policy = `
statements:
  default: deny
  rules:
    - {name: reads-t, effect: allow, accesses: {kind: table, names: public.t}}
    - {name: no-secrets, effect: deny, accesses: {kind: table, names: public.secret}}
`
	each(t, func(t *testing.T, b *backend) {
		r := b.rule(t, ruling{policy: policy}, append(secretTables, "create table t (id int)", "insert into t values (1)")...)
		c := r.connect(t, "")
		passes(t, c, "prepare mine(int) as select * from t where id = $1")
		passes(t, c, "execute mine(1)")
		passes(t, c, "explain execute mine(1)")
		denied(t, c, "prepare theirs as select * from secret", "no-secrets")
		denied(t, c, "execute theirs", "no-secrets") // nobody knows it, so it could be what is denied
		denied(t, c, "execute unheard_of", "no-secrets")
		passes(t, c, "execute mine(1)")
		passes(t, c, "deallocate mine")
		passes(t, c, "prepare mine as select 2 from t; execute mine; deallocate mine")
		denied(t, c, "prepare mine as select 2 from t; execute mine; select * from secret", "no-secrets")
		passes(t, c, "deallocate all")

		// By messages: SQL can't execute what a message prepared unless a rule allows unknown statements.
		if _, err := c.Prepare(within(t), "by_message", "select id from t"); err != nil {
			t.Fatal(err)
		}
		if _, err := c.Exec(within(t), "by_message"); err != nil {
			t.Error(err)
		}
		denied(t, c, "execute by_message", "no-secrets")
		if _, err := c.Prepare(within(t), "forbidden", "select id from secret"); err == nil {
			t.Error("a statement on a forbidden table was prepared")
		} else {
			isDenial(t, "Parse", err, "no-secrets")
		}
	})
}

// TestRulesCursors opens cursors on what is allowed and on what is not.
func TestRulesCursors(t *testing.T) {
	each(t, func(t *testing.T, b *backend) {
		r := b.rule(t, ruling{policy: noSecrets}, append(secretTables, "create table t (id int)", "insert into t values (1), (2), (3)")...)
		k := talk(t, b.url(r.addr, r.database))
		for _, tt := range []struct{ text, want string }{
			{"begin", "C(BEGIN) Z(T)"},
			{"declare c scroll cursor with hold for select id from t", "C(DECLARE CURSOR) Z(T)"},
			{"fetch 2 from c", "T D D C(FETCH 2) Z(T)"},
			{"move backward all in c", "C(MOVE 1) Z(T)"},
			{"commit", "C(COMMIT) Z(I)"},
			{"fetch all c", "T D D D C(FETCH 3) Z(I)"},
			{"close c", "C(CLOSE CURSOR) Z(I)"},
			{"begin", "C(BEGIN) Z(T)"},
			{"declare d cursor for select t.id from t, secret", "E(42501) Z(E)"},
			{"fetch d", "E(25P02) Z(E)"},
			{"rollback", "C(ROLLBACK) Z(I)"},
			{"begin; declare d cursor for select id from t; fetch d; close d; commit", "C(BEGIN) C(DECLARE CURSOR) T D C(FETCH 1) C(CLOSE CURSOR) C(COMMIT) Z(I)"},
			{"begin; declare d cursor for select id from t for update; fetch d; update t set id = 4 where current of d; rollback",
				"C(BEGIN) C(DECLARE CURSOR) T D C(FETCH 1) C(UPDATE 1) C(ROLLBACK) Z(I)"},
		} {
			if got := outline(k.ask(tt.text)); got != tt.want {
				t.Errorf("%s: got %s, want %s", tt.text, got, tt.want)
			}
		}
		// A portal is a cursor to SQL, too.
		k.say(query("begin"), parse("s", "select id from t order by id"), bindOf("p", "s"), executeOf("p", 1), syncing, query("fetch all p"), query("rollback"))
		if got, want := outline(k.hear(4)), "C(BEGIN) Z(T) 1 2 D s Z(T) T D D C(FETCH 2) Z(T) C(ROLLBACK) Z(I)"; got != want {
			t.Errorf("a portal fetched from: got %s, want %s", got, want)
		}
	})
}

// TestRulesFunctionCall calls functions by their numbers, which no text says anything about.
func TestRulesFunctionCall(t *testing.T) {
	const allowed = `
statements:
  default: deny
  rules:
    - {name: calls, effect: allow, accesses: {kind: unknown, names: function_call}}
`
	each(t, func(t *testing.T, b *backend) {
		r := b.rule(t, ruling{policy: noSecrets})
		for policy, want := range map[string]string{
			noSecrets: "E(42501) Z(I)", allowed: "V Z(I)", "statements: {default: deny}": "E(42501) Z(I)", "statements: {default: allow}": "V Z(I)",
		} {
			r.replace(t, policy)
			k := talk(t, b.url(r.addr, r.database))
			k.say(call(1397, "-7"), query("select 1")) // abs(integer)
			if got := outline(k.hear(2)); got != want+" T D C(SELECT 1) Z(I)" {
				t.Errorf("under %s: got %s, want %s", policy, got, want)
			}
		}
	})
}
