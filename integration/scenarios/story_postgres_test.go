package scenarios_test

import (
	"errors"
	"fmt"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// postgresDialect tells the stories in PostgreSQL's words: an object is a table.
type postgresDialect struct{ b *backend }

func (*postgresDialect) name() string { return "postgres" }

func (d *postgresDialect) server(t *testing.T) string {
	t.Helper()
	d.b = shared(t, versions[0]).another(t)
	d.b.role(t, "ann", "bob")
	for _, table := range []string{"orders", "secret"} {
		d.b.exec(t, "trustdb", "create table "+table+" (n int)", "insert into "+table+" values (0)", "grant all on "+table+" to public")
	}
	return d.b.Addr
}

// restart kills one of the server's processes, whereupon it ends all the others, recovers, and begins anew. PostgreSQL 15, 20.13 "restart_after_crash".
func (d *postgresDialect) restart(t *testing.T) {
	t.Helper()
	if d.b.BinDir == "" {
		lacking(t, "a server on this machine", errors.New("its processes can't be killed"))
	}
	c, witness := d.b.connect(t, d.b.Addr, "trustdb"), d.b.connect(t, d.b.Addr, "trustdb")
	if _, err := c.Exec(t.Context(), "checkpoint"); err != nil { // the server's commits don't wait for the disk
		t.Fatal(err)
	}
	if err := syscall.Kill(int(c.PgConn().PID()), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	if _, err := witness.WaitForNotification(within(t)); err == nil || t.Context().Err() != nil {
		t.Fatal("the server goes on") // until another's session has ended, it takes new ones as if nothing had been
	}
	for limit := time.Now().Add(patience); ; <-time.After(10 * time.Millisecond) {
		c, err := pgx.Connect(t.Context(), d.b.url(d.b.Addr, "trustdb"))
		if err == nil {
			closeNow(c.PgConn())
			return
		}
		if time.Now().After(limit) {
			t.Fatal(err)
		}
	}
}

func (*postgresDialect) object(name string) string        { return "kind: table, names: public." + name }
func (*postgresDialect) operations() (read, write string) { return "SELECT", "UPDATE" }
func (*postgresDialect) patient() bool                    { return false }

func (*postgresDialect) codes() (denied, ends, noServer, idle string) {
	return "42501", "57P01", "08001", "57P05"
}

func (d *postgresDialect) connect(t *testing.T, addr, user string) (caller, error) {
	t.Helper()
	r := &ruled{proxy: &proxy{addr: addr}, b: d.b, database: "trustdb"}
	c, err := pgx.Connect(within(t), r.as(user))
	if err != nil {
		if e := (*pgconn.PgError)(nil); errors.As(err, &e) {
			return nil, fmt.Errorf("%s %s", e.Code, e.Message)
		}
		return nil, err
	}
	return &postgresCaller{c}, nil
}

type postgresCaller struct{ *pgx.Conn }

func (c *postgresCaller) ask(t *testing.T, wishes ...wish) (fates []fate) {
	t.Helper()
	p := c.PgConn().StartPipeline(within(t))
	defer func() { _ = p.Close() }() // what went wrong is in the fates
	for _, w := range wishes {
		p.SendQueryParams(map[string]string{
			"read": "select n::text from " + w.object, "write": "update " + w.object + " set n = n + 1", "begin": "begin", "commit": "commit", "rollback": "rollback",
			"listen": "listen " + w.object, "publish": "notify " + w.object + ", 'hello'",
		}[w.verb], nil, nil, nil, nil)
		p.SendPipelineSync()
	}
	if err := p.Flush(); err != nil {
		return append(fates, postgresFate(err))
	}
	var f fate
	for len(fates) < len(wishes) {
		got, err := p.GetResults()
		switch got := got.(type) {
		case *pgconn.ResultReader:
			r := got.Read()
			if f = postgresFate(r.Err); len(r.Rows) > 0 {
				f.value = string(r.Rows[0][0])
			}
		case *pgconn.PipelineSync:
			fates, f = append(fates, f), fate{}
		}
		if err != nil {
			if f = postgresFate(err); f.code == "gone" || c.IsClosed() {
				return append(fates, f)
			}
		}
	}
	return fates
}

func postgresFate(err error) fate {
	var e *pgconn.PgError
	switch {
	case err == nil:
		return fate{}
	case errors.As(err, &e):
		return fate{code: e.Code, text: e.Message + " " + e.Detail}
	}
	return fate{code: "gone", text: err.Error()}
}

func (c *postgresCaller) hear(t *testing.T) (string, error) {
	t.Helper()
	n, err := c.WaitForNotification(within(t))
	if err != nil {
		return "", postgresFate(err).failure()
	}
	return n.Payload, nil
}

func (c *postgresCaller) lastWords(t *testing.T) string {
	t.Helper()
	return lastWords(t, c.Conn)
}

func (c *postgresCaller) port() int { return port(c.PgConn().Conn()) }
func (c *postgresCaller) close()    { leave(c.Conn) }
