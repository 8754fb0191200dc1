package scenarios_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
)

// sqlstate gives the code of a server's error.
func sqlstate(err error) string {
	var e *pgconn.PgError
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}

// TestCancel has two servers behind one listener: a cancel request must reach the one that runs the statement, and its entry in the log names the
// session that it cancels.
func TestCancel(t *testing.T) {
	each(t, func(t *testing.T, b *backend) {
		other := b.another(t)
		for _, s := range []*backend{b, other} {
			s.exec(t, "postgres", sleeper)
		}
		p := front(t, b.Addr, other.Addr)
		n := 0
		for _, params := range [][]string{nil, {"max_protocol_version=3.2"}} {
			servers := map[int]bool{}
			for range 4 { // taken in turn, so both servers are cancelled at
				servers[cancelOne(t, b, p, n, params...)] = true
				n++
			}
			if len(servers) != 2 {
				t.Errorf("the sessions went to servers %v, want both", servers)
			}
		}
	})
}

// cancelOne has a statement cancelled, after n others, and gives the port of the server that ran it.
func cancelOne(t *testing.T, b *backend, p *proxy, n int, params ...string) int {
	t.Helper()
	alias := fmt.Sprintf("cancelled_%d", n)
	ctx := within(t)
	cfg, err := pgconn.ParseConfig(b.url(p.addr, "postgres", params...))
	if err != nil {
		t.Fatal(err)
	}
	asleep := make(chan struct{}, 1)
	cfg.OnNotice = func(*pgconn.PgConn, *pgconn.Notice) { asleep <- struct{}{} }
	c, err := pgconn.ConnectConfig(ctx, cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer closeNow(c)
	done := make(chan error, 1)
	go func() { // ends with the statement
		_, err := c.Exec(ctx, "select sleeper() as "+alias).ReadAll()
		done <- err
	}()
	select {
	case <-asleep:
	case err := <-done:
		t.Fatal(err)
	}
	if err := c.CancelRequest(ctx); err != nil {
		t.Fatal(err)
	}
	if err := <-done; sqlstate(err) != "57014" {
		t.Fatalf("got %v", err)
	}
	l := p.log.find(t, "the cancelled statement", statement("select sleeper() as "+alias))
	if !l.Canceled || l.Status != "57014" {
		t.Errorf("the cancelled statement is logged as %s", l.raw)
	}
	isCancel := func(l line) bool { return l.Purpose == "cancel" }
	all := p.log.several(t, "cancel requests", n+1, isCancel)
	request := all[len(all)-1]
	if end := p.log.find(t, "the cancel's session", func(e line) bool { return e.Event == "session" && e.Session == request.Session }); end.Server != l.Server {
		t.Errorf("the statement ran on server %d, the cancel went to %d", l.Server, end.Server)
	}
	if !names(request, l.Session) {
		t.Errorf("session %d was cancelled, which the cancel's line does not say: %s", l.Session, request.raw)
	}
	if _, err := c.Exec(context.WithoutCancel(ctx), "select 1").ReadAll(); err != nil {
		t.Errorf("after the cancel: %v", err)
	}
	return l.Server
}

// names says whether the line of a cancel has a field, beside its own session's, that names the session id.
func names(l line, id uint64) bool {
	var fields map[string]any
	if err := json.Unmarshal([]byte(l.raw), &fields); err != nil {
		return false
	}
	for name, value := range fields {
		if n, ok := value.(float64); ok && strings.Contains(name, "cancel") && uint64(n) == id {
			return true
		}
	}
	return false
}
