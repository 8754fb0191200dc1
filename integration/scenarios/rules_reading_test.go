package scenarios_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// A text that names secret only for a server that takes a backslash for an escape: for others all of it behind select is one string.
const escaped = `select '\'', (select id from secret) --'`

// Texts that name secret only for a server that knows the encoding: the byte before the backslash makes a character with it. For whoever reads bytes, the quote
// behind is escaped and the string goes on to the end.
var foreign = map[string]string{
	"SJIS": "select e'\x83\\', (select id from secret) --'", "BIG5": "select e'\xa5\\', (select id from secret) --'",
	"GBK": "select e'\xbf\\', (select id from secret) --'", "GB18030": "select e'\xbf\\', (select id from secret) --'",
}

// TestRulesReading has settings that change where strings end changed right in front of a text that means something else then: in the same segment.
func TestRulesReading(t *testing.T) {
	each(t, func(t *testing.T, b *backend) {
		r := b.rule(t, ruling{policy: noSecrets}, append(secretTables, "create table t (id int)")...)
		type attack struct {
			name  string
			login []string
			bytes []byte
			ready int
		}
		set, back := "set standard_conforming_strings = ", "reset standard_conforming_strings"
		attacks := []attack{
			{"SET", nil, joined(query(set+"off"), query(escaped)), 2},
			{"SET in a batch", nil, joined(runs(set+"off"), runs(escaped), syncing), 1},
			{"SET in a batch, Query behind", nil, joined(runs(set+"off"), query(escaped)), 1},
			{"SET in a batch, then another", nil, joined(runs(set+"off"), syncing, runs(escaped), syncing), 2},
			{"set_config", nil, joined(query("select set_config('standard_conforming_strings', 'off', false)"), query(escaped)), 2},
			{"set_config, computed", nil, joined(query("select set_config('standard_' || 'conforming_strings', 'off', false)"), query(escaped)), 2},
			{"options", []string{"options=-cstandard_conforming_strings=off"}, query(escaped), 1},
			{"a parameter", []string{"standard_conforming_strings=off"}, query(escaped), 1},
			{"RESET to what the login said", []string{"standard_conforming_strings=off"}, joined(query(set+"on"), query(back), query(escaped)), 3},
			{"DISCARD ALL", []string{"standard_conforming_strings=off"}, joined(query(set+"on"), query("discard all"), query(escaped)), 3},
			{"rolled back", []string{"standard_conforming_strings=off"}, joined(query("begin"), query(set+"on"), query("rollback"), query(escaped)), 4},
			{"an error rolls back", []string{"standard_conforming_strings=off"}, joined(query("begin; "+set+"on; select 1/0"), query("rollback"), query(escaped)), 3},
			{"SET LOCAL ends", []string{"standard_conforming_strings=off"}, joined(query("begin"), query("set local standard_conforming_strings = on"), query("commit"), query(escaped)), 4},
			{"PREPARE of it", nil, joined(query(set+"off"), query("prepare p as "+escaped), query("execute p")), 3},
			{"prepared before", nil, joined(parse("s", "select set_config('standard_conforming_strings', $1, false)"), bindOf("", "s", "off"), executeOf("", 0), syncing, query(escaped)), 2},
		}
		for encoding, text := range foreign {
			attacks = append(attacks,
				attack{encoding, nil, joined(query("set client_encoding = '"+encoding+"'"), query(text)), 2},
				attack{encoding + " at login", []string{"client_encoding=" + encoding}, query(text), 1},
				attack{encoding + ", NAMES", nil, joined(query("set names '"+encoding+"'"), runs(text), syncing), 2},
				attack{encoding + " in a batch", nil, joined(runs("set client_encoding = '"+encoding+"'"), runs(text), syncing), 1})
		}
		for _, tt := range attacks {
			k := talk(t, b.url(r.addr, r.database, tt.login...))
			k.say(tt.bytes)
			all := k.hear(tt.ready)
			for _, a := range all {
				if a.typ == 'D' && len(a.body) > 8 && string(a.body[len(a.body)-2:]) == "42" {
					t.Errorf("%s: the secret came out: %s", tt.name, outline(all))
				}
			}
			if e := errorsOf(all); len(e) == 0 || e[len(e)-1].Code != "42501" {
				t.Errorf("%s: got %s, want a denial at the end", tt.name, outline(all))
			}
			k.hangUp()
		}
	})
}

// TestRulesReadingHarmless: what does no harm in any reading still passes.
func TestRulesReadingHarmless(t *testing.T) {
	each(t, func(t *testing.T, b *backend) {
		r := b.rule(t, ruling{policy: noSecrets}, append(secretTables, "create table t (id int)")...)
		k := talk(t, b.url(r.addr, r.database))
		k.say(query("set standard_conforming_strings = off"), query("select 'it''s' from t"), query("set client_encoding = 'LATIN1'"), query("select 'plain' from t"),
			query("reset client_encoding"), query("select 'gr\u00fcn' from t"), query("set standard_conforming_strings = on"), query(`select 'c:\temp' from t`), query(escaped))
		want := "C(SET) Z(I) C(SELECT 0) Z(I) C(SET) Z(I) C(SELECT 0) Z(I) C(RESET) Z(I) C(SELECT 0) Z(I) C(SET) Z(I) C(SELECT 0) Z(I) D C(SELECT 1) Z(I)"
		if got := outline(k.hear(9), 'S', 'T'); got != want {
			t.Errorf("got %s\nwant %s", got, want)
		}
	})
}

// TestRulesQuestionsUnseen plays a session directly and through the proxy, which asks the server about search_path in between: the client must get the same bytes,
// and the server be in the same state.
func TestRulesQuestionsUnseen(t *testing.T) {
	each(t, func(t *testing.T, b *backend) {
		r := b.pathed(t, ruling{policy: notVault})
		asked := "select name, statement from pg_prepared_statements union all select name, statement from pg_cursors order by 1"
		parts := []struct {
			bytes []byte
			ready int
		}{
			{joined(parse("", "select 'unnamed, kept'"), syncing), 1},
			{joined(bindOf("", ""), executeOf("", 0), syncing), 1},
			{query("set search_path = app"), 1},
			{joined(runs("select count(*) from x"), syncing), 1},
			{joined(query("set search_path = app, public"), query("select count(*) from x"), query("reset search_path"), query("select count(*) from x")), 4},
			{joined(parse("mine", "select g from generate_series(1, 5) g"), query("begin"), bindOf("p", "mine"), executeOf("p", 2), syncing), 2},
			{joined(query("set local search_path = app"), executeOf("p", 2), syncing), 2},
			{query(asked), 1},
			{joined(executeOf("p", 9), syncing, query("rollback"), query(asked)), 3},
			{query("begin; set local search_path = app; select 1/0"), 1},
			{joined(query("select 1"), query("rollback"), query("select count(*) from x")), 3},
			{joined(runs("set search_path = app"), syncing, runs("select count(*) from x"), syncing), 2},
			{joined(query("listen ch"), query("set search_path = public"), query("notify ch, 'hello'"), query("select count(*) from x")), 4},
			{query("prepare by_sql as select count(*) from x"), 1},
			{joined(query("set search_path = app"), query("execute by_sql"), query(asked), query("discard all"), query(asked), query("select count(*) from x")), 6},
			{joined(query("begin"), query("set local search_path = app"), query("set transaction isolation level serializable"), query("select count(*) from x"), query("commit")), 5},
			{joined(query("begin transaction read only"), query("set search_path = app"), query("select count(*) from x"), query("commit"), query("select count(*) from x")), 5},
			{joined(query("create temp table y (id int)"), query("set statement_timeout = '5s'"), query("select count(*) from y")), 3},
			{joined(query("show transaction_isolation"), query("select pg_current_xact_id_if_assigned() is null")), 2},
		}
		var seen [2][]string
		for i, addr := range []string{b.Addr, r.addr} {
			k := talk(t, b.url(addr, r.database))
			for _, p := range parts {
				k.say(p.bytes)
				var heard []reply
				for _, a := range k.hear(p.ready) {
					if a.typ == 'A' { // has the number of a server process
						a.body = a.body[4:]
					}
					heard = append(heard, a)
				}
				seen[i] = append(seen[i], shown(heard))
			}
		}
		for i, p := range parts {
			if seen[1][i] != seen[0][i] {
				t.Errorf("part %d, %q:\n got %s\nwant %s", i+1, p.bytes, seen[1][i], seen[0][i])
			}
		}
	})
}

// TestRulesQuestionsMeetTraffic has a session in which the server speaks unasked while the proxy asks.
func TestRulesQuestionsMeetTraffic(t *testing.T) {
	each(t, func(t *testing.T, b *backend) {
		r := b.pathed(t, ruling{policy: notVault})
		c := r.connect(t, "")
		passes(t, c, "listen ch")
		other, err := pgx.Connect(within(t), b.url(b.Addr, r.database))
		if err != nil {
			t.Fatal(err)
		}
		defer closeNow(other.PgConn())
		const rounds = 50
		done := make(chan error, 1)
		go func() { // ends by itself
			for i := range rounds {
				if _, err := other.Exec(t.Context(), "select pg_notify('ch', $1)", fmt.Sprint(i)); err != nil {
					done <- err
					return
				}
				<-time.After(time.Millisecond)
			}
			done <- nil
		}()
		for i := range rounds {
			passes(t, c, "set search_path = "+[]string{"app", "public", "app, public"}[i%3])
			passes(t, c, "select * from x")
		}
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		for range rounds {
			if _, err := c.WaitForNotification(within(t)); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// TestRulesServerGone has the server end sessions right before their first statement, which the proxy wants to ask about: the client must be told, and no session be left.
func TestRulesServerGone(t *testing.T) {
	each(t, func(t *testing.T, b *backend) {
		r := b.pathed(t, ruling{policy: notVault})
		killer, err := pgx.Connect(within(t), b.url(b.Addr, r.database))
		if err != nil {
			t.Fatal(err)
		}
		defer closeNow(killer.PgConn())
		for i := range 40 {
			c := r.connect(t, "")
			if _, err := killer.Exec(within(t), "select pg_terminate_backend($1)", c.PgConn().PID()); err != nil {
				t.Fatal(err)
			}
			if i%2 == 0 {
				<-time.After(time.Duration(i) * 100 * time.Microsecond)
			}
			if err := run1(t, c, "select * from x"); err == nil {
				t.Error("a statement got through to a server that is gone")
			}
			closeNow(c.PgConn())
		}
		r.empties(t)
	})
}
