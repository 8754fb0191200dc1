package scenarios_test

import (
	"encoding/binary"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgproto3"

	"github.com/sluice-proxy/sluice/filters"
)

// TestDenials refuses statements in front of a real server: the server does the rest, as after an error of its own.
func TestDenials(t *testing.T) {
	eachGuarded(t, func(t *testing.T, g *guarded) {
		for _, tt := range []struct {
			name string
			do   func(*testing.T, *guarded, *client)
		}{
			{"batch", denyInBatch}, {"transaction", denyInTransaction}, {"several statements", denySeveral}, {"parse only", denyParse},
			{"execute", denyExecute}, {"copy", denyCopy},
		} {
			t.Run(tt.name, func(t *testing.T) {
				c := g.client(t)
				tt.do(t, g, c)
				rows := ask(t, c, "select 1 as alive") // the connection lives on
				if rows.Rows != 1 || rows.Outcome != "ok" {
					t.Errorf("afterwards: got %+v", rows)
				}
			})
		}
	})
}

// ask runs one simple query.
func ask(t *testing.T, c *client, text string) *entry {
	t.Helper()
	x := c.open("command", "Query")
	c.add(x, &pgproto3.Query{String: text})
	settle(t, c)
	return x
}

func settle(t *testing.T, c *client) {
	t.Helper()
	if err := c.round(); err != nil {
		t.Fatal(err)
	}
}

// wants compares an exchange with how it should have ended.
func wants(t *testing.T, what string, x *entry, outcome, status string) {
	t.Helper()
	if x.Outcome != outcome || x.Status != status {
		t.Errorf("%s: got %s %s, want %s %s", what, x.Outcome, x.Status, outcome, status)
	}
}

// execute adds an unnamed statement.
func execute(c *client, text string) *entry {
	x := c.open("command", "Execute")
	c.add(x, &pgproto3.Parse{Query: text}, &pgproto3.Bind{}, &pgproto3.Describe{ObjectType: 'P'}, &pgproto3.Execute{})
	return x
}

func denyInBatch(t *testing.T, g *guarded, c *client) {
	before := execute(c, "insert into t values (1)")
	denied := execute(c, "insert into t values (2) /* forbidden */")
	after := execute(c, "insert into t values (3)")
	c.add(after, &pgproto3.Sync{})
	settle(t, c)
	wants(t, "before", before, "ok", "")
	wants(t, "denied", denied, "error", "42501")
	wants(t, "after", after, "skipped", "")
	g.logged(t, c, "ok", "denied", "skipped")
	if x := ask(t, c, "select * from t"); x.Rows != 0 {
		t.Errorf("%d rows are left of a batch that was denied", x.Rows)
	}
}

func denyInTransaction(t *testing.T, g *guarded, c *client) {
	ask(t, c, "begin")
	ask(t, c, "insert into t values (1)")
	wants(t, "denied", ask(t, c, "select 'forbidden'"), "error", "42501")
	wants(t, "the transaction", ask(t, c, "select 1"), "error", "25P02")
	g.logged(t, c, "ok", "ok", "denied", "error")
	ask(t, c, "commit")
	if x := ask(t, c, "select * from t"); x.Rows != 0 {
		t.Errorf("%d rows are left of a transaction that had failed", x.Rows)
	}
}

func denySeveral(t *testing.T, g *guarded, c *client) {
	wants(t, "denied", ask(t, c, "insert into t values (1); select 'forbidden'; insert into t values (2)"), "error", "42501")
	g.logged(t, c, "denied")
	if x := ask(t, c, "select * from t"); x.Rows != 0 {
		t.Errorf("%d rows are there, of statements that were denied with their neighbour", x.Rows)
	}
}

func denyParse(t *testing.T, g *guarded, c *client) {
	x := c.open("prepare", "Parse")
	c.add(x, &pgproto3.Parse{Name: "s", Query: "select 'forbidden'"}, &pgproto3.Describe{ObjectType: 'S', Name: "s"}, &pgproto3.Sync{})
	settle(t, c)
	wants(t, "denied", x, "error", "42501")
	g.logged(t, c, "denied")
	x = c.open("command", "Execute")
	c.add(x, &pgproto3.Bind{PreparedStatement: "s"}, &pgproto3.Execute{}, &pgproto3.Sync{})
	settle(t, c)
	wants(t, "its execution", x, "error", "26000")
}

// denyExecute lets a statement be prepared and denies to execute it, in the middle of a batch.
func denyExecute(t *testing.T, g *guarded, c *client) {
	x := c.open("prepare", "Parse")
	c.add(x, &pgproto3.Parse{Name: "s", Query: "insert into t values (2) /* not to be executed */"}, &pgproto3.Sync{})
	settle(t, c)
	wants(t, "preparation", x, "ok", "")
	before := execute(c, "insert into t values (1)")
	denied := c.open("command", "Execute")
	c.add(denied, &pgproto3.Bind{PreparedStatement: "s"}, &pgproto3.Execute{}, &pgproto3.Sync{})
	settle(t, c)
	wants(t, "before", before, "ok", "")
	wants(t, "denied", denied, "error", "42501")
	g.logged(t, c, "ok", "ok", "denied")
	if x := ask(t, c, "select * from t"); x.Rows != 0 {
		t.Errorf("%d rows are left of a batch that was denied", x.Rows)
	}
}

// denyCopy has the data on their way already when the COPY is denied.
func denyCopy(t *testing.T, g *guarded, c *client) {
	x := c.open("command", "Query")
	c.add(x, &pgproto3.Query{String: "copy t from stdin /* forbidden */"}, &pgproto3.CopyData{Data: []byte("1\n2\n")})
	c.ignored(x, &pgproto3.CopyDone{})
	settle(t, c)
	wants(t, "denied", x, "error", "42501")
	g.logged(t, c, "denied")
	if x := ask(t, c, "select * from t"); x.Rows != 0 {
		t.Errorf("%d rows are there, of a copy that was denied", x.Rows)
	}
}

// TestHold has requests wait for their verdict, with the rest of the pipeline behind them.
func TestHold(t *testing.T) {
	eachGuarded(t, func(t *testing.T, g *guarded) {
		c := g.client(t)
		first := execute(c, "insert into t values (1)")
		held := execute(c, "insert into t values (2) /* held */")
		last := execute(c, "insert into t values (3)")
		c.add(last, &pgproto3.Sync{})
		if err := c.send(); err != nil {
			t.Fatal(err)
		}
		// Parse, Bind and Execute of the held one have its text, and are asked about one by one.
		for range 3 {
			next(t, g.judge.tickets).Resume(filters.Verdict{})
		}
		if err := c.rest(); err != nil {
			t.Fatal(err)
		}
		for _, x := range []*entry{first, held, last} {
			wants(t, "resumed with pass", x, "ok", "")
		}
		if x := ask(t, c, "select * from t"); x.Rows != 3 {
			t.Errorf("got %d rows, want 3", x.Rows)
		}

		held = c.open("command", "Query")
		c.add(held, &pgproto3.Query{String: "delete from t /* held */"})
		behind := c.open("command", "Query")
		c.add(behind, &pgproto3.Query{String: "select * from t"})
		if err := c.send(); err != nil {
			t.Fatal(err)
		}
		next(t, g.judge.tickets).Resume(filters.Verdict{Action: filters.Deny})
		if err := c.rest(); err != nil {
			t.Fatal(err)
		}
		wants(t, "resumed with deny", held, "error", "42501")
		if behind.Rows != 3 {
			t.Errorf("behind a denied one: got %d rows, want 3", behind.Rows)
		}
	})
}

// TestOwnExchange has the proxy ask the server something itself, ahead of the client's request.
func TestOwnExchange(t *testing.T) {
	eachGuarded(t, func(t *testing.T, g *guarded) {
		c := g.client(t)
		types := ""
		c.tap = func(typ byte, _ []byte) { types += string(typ) }
		x := ask(t, c, "select g from generate_series(1, 3) g /* ask first */")
		if want := "TDDDCZ"; types != want || x.Rows != 3 {
			t.Errorf("the client got %s and %d rows, want %s", types, x.Rows, want)
		}
		a := next(t, g.judge.answers)
		if a.err != nil || a.rows != 1 || !strings.Contains(a.messages, "RowDescription DataRow CommandComplete ReadyForQuery") {
			t.Errorf("the proxy got %+v", a)
		}
		types = ""
		ask(t, c, "begin")
		x = ask(t, c, "select 1 /* ask first */")
		next(t, g.judge.answers)
		if want := "CZTDCZ"; types != want || x.Outcome != "ok" {
			t.Errorf("in a transaction the client got %s (%s), want %s", types, x.Outcome, want)
		}
		g.logged(t, c, "ok", "ok", "ok")
	})
}

// TestEdit changes replies: a parameter's value at login, a column's name, a command tag.
func TestEdit(t *testing.T) {
	eachGuarded(t, func(t *testing.T, g *guarded) {
		c := g.client(t)
		if got := c.params["server_version"]; got != "99.9 (edited)" {
			t.Errorf("server_version: got %q", got)
		}
		var column, tag string
		c.tap = func(typ byte, body []byte) {
			switch typ {
			case 'T':
				column, _, _ = strings.Cut(string(body[2:]), "\x00")
			case 'C':
				tag = string(body[:len(body)-1])
			}
		}
		x := ask(t, c, "select g as secret_column from generate_series(1, 500) g /* edit */")
		if column != "edited_to_a_longer_name" || tag != "EDITED" || x.Rows != 500 {
			t.Errorf("got column %q, tag %q, %d rows", column, tag, x.Rows)
		}
	})
}

// next gives what the judge has to say.
func next[T any](t *testing.T, ch chan T) T {
	t.Helper()
	select {
	case v := <-ch:
		return v
	case <-time.After(patience):
		t.Fatal("the filter was not asked")
		panic("unreachable")
	}
}

// message makes a message of the server.
func message(typ byte, body string) []byte {
	m := binary.BigEndian.AppendUint32([]byte{typ}, uint32(len(body)+4))
	return append(m, body...)
}
