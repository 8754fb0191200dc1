package scenarios_test

import (
	"errors"
	"net"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5"
)

// lastWords reads until the connection ends, and gives the code of the farewell.
func lastWords(t *testing.T, c *pgx.Conn) string {
	t.Helper()
	_, err := c.WaitForNotification(within(t))
	return sqlstate(err)
}

// TestDrain asks the program to end while sessions are idle, listen, and are inside of a transaction. Each may finish what it does.
func TestDrain(t *testing.T) {
	each(t, func(t *testing.T, b *backend) {
		ctx := within(t)
		p := configured(t, "drain: {limit: 60s}", b.Addr)
		idle, listening, busy, running := b.connect(t, p.addr, "trustdb"), b.connect(t, p.addr, "trustdb"), b.connect(t, p.addr, "trustdb"), b.connect(t, p.addr, "trustdb")
		for c, text := range map[*pgx.Conn]string{listening: "listen news", busy: "begin; create temp table kept (id int)", idle: "select 1"} {
			if _, err := c.Exec(ctx, text); err != nil {
				t.Fatal(err)
			}
		}
		// A statement that waits for busy's lock runs when the signal comes, and has its answer.
		if _, err := busy.Exec(ctx, "select pg_advisory_xact_lock(4711)"); err != nil {
			t.Fatal(err)
		}
		answered := make(chan error, 1)
		var n int
		go func() { // ends with busy's transaction
			answered <- running.QueryRow(ctx, "select 42 from pg_advisory_xact_lock(4711)").Scan(&n)
		}()
		b.awaitBlocked(t, "trustdb", running.PgConn().PID())

		p.expected = true
		p.signal(t, syscall.SIGTERM)
		for name, c := range map[string]*pgx.Conn{"idle": idle, "listening": listening} {
			if got := lastWords(t, c); got != "57P01" {
				t.Errorf("%s: the last words are %q, want 57P01", name, got)
			}
		}
		if c, err := net.Dial("tcp", p.addr); err == nil {
			c.Close()
			t.Error("a client was accepted while the program drains")
		}
		if _, err := busy.Exec(ctx, "insert into kept values (1)"); err != nil {
			t.Errorf("inside a transaction: %v", err)
		}
		if tag, err := busy.Exec(ctx, "commit"); err != nil || tag.String() != "COMMIT" {
			t.Errorf("commit: %v, %v", tag, err)
		}
		if got := lastWords(t, busy); got != "57P01" {
			t.Errorf("after the commit: the last words are %q, want 57P01", got)
		}
		if err := <-answered; err != nil || n != 42 {
			t.Errorf("the statement that ran: %d, %v", n, err)
		}
		if got := lastWords(t, running); got != "57P01" {
			t.Errorf("after the statement: the last words are %q, want 57P01", got)
		}
		p.await(t)
		if p.code != 0 {
			t.Errorf("exit code: got %d, want 0", p.code)
		}
		for _, c := range []*pgx.Conn{idle, listening, busy, running} {
			local := port(c.PgConn().Conn())
			if l := p.log.find(t, "a drained session", ended(local)); l.Cause != "drained" {
				t.Errorf("a session's cause: got %s, want drained", l.Cause)
			}
		}
	})
}

// TestDrainLimit has sessions that do not come to rest: they are cut at the limit, with the last words where these can be said.
func TestDrainLimit(t *testing.T) {
	each(t, func(t *testing.T, b *backend) {
		ctx := within(t)
		p := configured(t, "drain: {limit: 500ms}", b.Addr)
		stuck, sleeping := b.connect(t, p.addr, "trustdb"), b.connect(t, p.addr, "trustdb")
		if _, err := stuck.Exec(ctx, "begin"); err != nil {
			t.Fatal(err)
		}
		done := make(chan error, 1)
		go func() { // ends with the session
			_, err := sleeping.Exec(ctx, "select pg_sleep(600)")
			done <- err
		}()
		b.awaitActive(t, "trustdb", sleeping.PgConn().PID())
		p.expected = true
		p.signal(t, syscall.SIGTERM)
		if got := lastWords(t, stuck); got != "57P01" {
			t.Errorf("in a transaction: the last words are %q, want 57P01", got)
		}
		if err := <-done; sqlstate(err) != "57P01" {
			t.Errorf("in a statement: got %v", err)
		}
		p.await(t)
		if p.code != 4 {
			t.Errorf("exit code: got %d, want 4", p.code)
		}
		for _, c := range []*pgx.Conn{stuck, sleeping} {
			if l := p.log.find(t, "a cut session", ended(port(c.PgConn().Conn()))); l.Cause != "drain_limit" {
				t.Errorf("a session's cause: got %s, want drain_limit", l.Cause)
			}
		}
		l := p.log.find(t, "the statement that was cut", statement("select pg_sleep(?)"))
		if l.Outcome != "lost" {
			t.Errorf("the statement that was cut is logged as %s", l.raw)
		}
		b.exec(t, "trustdb", "select pg_terminate_backend(pid) from pg_stat_activity where query = 'select pg_sleep(600)'")
	})
}

// TestSecondSignal ends everything at once.
func TestSecondSignal(t *testing.T) {
	b := shared(t, versions[0])
	p := configured(t, "drain: {limit: 10m}", b.Addr)
	c := b.connect(t, p.addr, "trustdb")
	if _, err := c.Exec(within(t), "begin"); err != nil {
		t.Fatal(err)
	}
	p.expected = true
	p.signal(t, syscall.SIGTERM)
	for { // until it drains
		if _, err := net.Dial("tcp", p.addr); errors.Is(err, syscall.ECONNREFUSED) {
			break
		}
	}
	p.signal(t, syscall.SIGTERM)
	p.await(t)
	if p.code == 0 {
		t.Error("the program says that it ended well")
	}
}
