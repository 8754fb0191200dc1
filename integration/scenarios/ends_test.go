package scenarios_test

import (
	"errors"
	"io"
	"net"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// awaitActive waits until the server says that a session runs a statement. It tells nobody by itself.
func (b *backend) awaitActive(t *testing.T, database string, pid uint32) {
	t.Helper()
	b.awaitRow(t, database, "select 1 from pg_stat_activity where pid = $1 and state = 'active'", pid)
}

// awaitBlocked waits until a session waits for a lock.
func (b *backend) awaitBlocked(t *testing.T, database string, pid uint32) {
	t.Helper()
	b.awaitRow(t, database, "select 1 from pg_stat_activity where pid = $1 and wait_event_type = 'Lock'", pid)
}

// awaitGone waits until a session has ended.
func (b *backend) awaitGone(t *testing.T, database string, pid uint32) {
	t.Helper()
	b.awaitRow(t, database, "select 1 where not exists (select from pg_stat_activity where pid = $1)", pid)
}

func (b *backend) awaitRow(t *testing.T, database, query string, pid uint32) {
	t.Helper()
	ctx := within(t)
	c := b.connect(t, b.Addr, database)
	for {
		var one int
		err := c.QueryRow(ctx, query, pid).Scan(&one)
		if err == nil {
			return
		}
		if !errors.Is(err, pgx.ErrNoRows) {
			t.Fatal(err)
		}
		select {
		case <-time.After(5 * time.Millisecond):
		case <-ctx.Done():
			t.Fatalf("%s: never", query)
		}
	}
}

// loginWire logs in on a connection on which the test reads and writes messages itself.
func loginWire(t *testing.T, addr string) wire {
	t.Helper()
	w := dialWire(t, addr)
	w.write(packet(3<<16, "user\x00postgres\x00database\x00trustdb\x00\x00"))
	w.until('Z')
	return w
}

// TestHalfClose has a client that says all it has to say, closes its side, and reads: it gets its whole answer, and then the end.
func TestHalfClose(t *testing.T) {
	each(t, func(t *testing.T, b *backend) {
		p := front(t, b.Addr)
		w := loginWire(t, p.addr)
		w.write(message('Q', "select g, repeat('x', 100) from generate_series(1, 100000) g\x00"))
		if err := w.Conn.(*net.TCPConn).CloseWrite(); err != nil {
			t.Fatal(err)
		}
		_, types := w.until('Z')
		if n := strings.Count(types, "D"); n != 100_000 {
			t.Errorf("got %d rows", n)
		}
		if rest, err := io.ReadAll(w); err != nil || len(rest) != 0 {
			t.Errorf("behind the answer: %q, %v", rest, err)
		}
		if l := p.log.find(t, "the session", ended(port(w.Conn))); l.Cause != "client_closed" {
			t.Errorf("the session's cause: got %s", l.Cause)
		}
		l := p.log.find(t, "the statement", func(l line) bool { return l.Request == "Query" })
		if l.Outcome != "ok" || l.Rows != 100_000 {
			t.Errorf("the statement is logged as %s", l.raw)
		}
	})
}

// endless says whether l is the execution of the statement whose reply has no end. (pgx prepares it first.)
func endless(l line) bool { return l.Purpose == "command" && strings.Contains(l.Text, "endless") }

// TestReset has a client that breaks off while it reads: the server must find out, and the log says how it was.
func TestReset(t *testing.T) {
	each(t, func(t *testing.T, b *backend) {
		p := front(t, b.Addr)
		c := b.connect(t, p.addr, "trustdb")
		pid, tcp := c.PgConn().PID(), c.PgConn().Conn().(*net.TCPConn)
		rows, err := c.Query(within(t), "select repeat('x', 1000) as endless, generate_series(1, 100000000)")
		if err != nil || !rows.Next() {
			t.Fatal(err)
		}
		local := port(tcp)
		if err := tcp.SetLinger(0); err != nil {
			t.Fatal(err)
		}
		tcp.Close()
		b.awaitGone(t, "trustdb", pid)
		if l := p.log.find(t, "the session", ended(local)); l.Cause != "client_reset" {
			t.Errorf("the session's cause: got %s", l.Cause)
		}
		if l := p.log.find(t, "the statement", endless); l.Outcome != "lost" || l.Rows == 0 {
			t.Errorf("the statement is logged as %s", l.raw)
		}
	})
}

// TestServerKilled kills the server's process in the middle of its reply: the client must not take what it has got for all there is.
func TestServerKilled(t *testing.T) {
	each(t, func(t *testing.T, shared *backend) {
		b := shared.another(t)
		if b.BinDir == "" {
			lacking(t, "a server on this machine", errors.New("its processes can't be killed"))
		}
		p := front(t, b.Addr)
		c := b.connect(t, p.addr, "trustdb")
		pid, local := c.PgConn().PID(), port(c.PgConn().Conn())
		rows, err := c.Query(within(t), "select repeat('x', 1000) as endless, generate_series(1, 100000000)")
		if err != nil || !rows.Next() {
			t.Fatal(err)
		}
		if err := syscall.Kill(int(pid), syscall.SIGKILL); err != nil {
			t.Skipf("NOT TESTED: can't kill the server's process: %v", err)
		}
		for rows.Next() {
		}
		if rows.Err() == nil {
			t.Error("the reply of a killed server came to a good end")
		}
		l := p.log.find(t, "the session", ended(local))
		if l.Cause != "server_closed" && l.Cause != "server_reset" {
			t.Errorf("the session's cause: got %s", l.Cause)
		}
		if l := p.log.find(t, "the statement", endless); l.Outcome == "ok" || l.Rows == 0 {
			t.Errorf("the statement is logged as %s", l.raw)
		}
		// The server recovers, and so does what comes by way of Sluice.
		ctx := within(t)
		for {
			again, err := pgx.Connect(ctx, b.url(p.addr, "trustdb"))
			if err == nil {
				closeNow(again.PgConn())
				break
			}
			if code := sqlstate(err); code != "57P03" && code != "08001" && ctx.Err() != nil {
				t.Fatal(err)
			}
		}
	})
}

// TestNoServer has nobody who listens: the client gets an error that says so.
func TestNoServer(t *testing.T) {
	b := shared(t, versions[0])
	p := front(t, freeAddr(t))
	_, err := pgx.Connect(within(t), b.url(p.addr, "postgres"))
	var e *pgconn.PgError
	if !errors.As(err, &e) || e.Severity != "FATAL" || e.Code != "08001" {
		t.Errorf("got %v", err)
	}
	if l := p.log.find(t, "the session", func(l line) bool { return l.Event == "session" }); l.Cause != "connect_failed" {
		t.Errorf("the session's cause: got %s", l.Cause)
	}
	if l := p.log.find(t, "the login", func(l line) bool { return l.Purpose == "connect" }); l.Outcome != "lost" {
		t.Errorf("the login is logged as %s", l.raw)
	}
}

// TestNextServer has one server of two that is not there: nobody notices.
func TestNextServer(t *testing.T) {
	b := shared(t, versions[0])
	p := front(t, freeAddr(t), b.Addr)
	for range 4 {
		c := b.connect(t, p.addr, "trustdb")
		if _, err := c.Exec(within(t), "select 1"); err != nil {
			t.Error(err)
		}
	}
}
