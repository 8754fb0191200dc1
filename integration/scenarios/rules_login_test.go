package scenarios_test

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
)

const whoMayConnect = `
connections:
  default: allow
  rules:
    - {name: no-mallory, effect: deny, users: mallory}
    - {name: not-from-there, effect: deny, sources: 127.0.0.2}
    - {name: reports-from-anywhere, effect: deny, databases: reports, sources: "!127.0.0.3"}
    - {name: no-tools, effect: deny, applications: ["tool*", "!tool_of_mine"]}
    - {name: soon-no-bob, effect: deny, shadow: true, users: bob}
statements: {default: allow}
`

// TestRulesDeniedLoginDialsNobody has a server that only counts who comes: somebody who may not connect never gets there, and is told in PostgreSQL's words.
func TestRulesDeniedLoginDialsNobody(t *testing.T) {
	server, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	var dialled atomic.Int64
	go func() { // ends with the listener
		for {
			c, err := server.Accept()
			if err != nil {
				return
			}
			dialled.Add(1)
			c.Close()
		}
	}()
	for name, loops := range map[string]string{"loop": "1", "conn": "0"} {
		t.Run(name, func(t *testing.T) {
			dialled.Store(0)
			r := &ruled{proxy: &proxy{addr: freeAddr(t), admin: freeAddr(t)}}
			r.begin(t, ruling{policy: whoMayConnect, to: server.Addr().String(), more: "runtime: {loops: " + loops + "}"})
			for _, tt := range []struct{ startup, source, rule string }{
				{"user\x00mallory\x00database\x00shop\x00\x00", "", "no-mallory"},
				{"user\x00ann\x00database\x00shop\x00\x00", "127.0.0.2", "not-from-there"},
				{"user\x00ann\x00database\x00reports\x00\x00", "", "reports-from-anywhere"},
				{"user\x00reports\x00\x00", "", "reports-from-anywhere"}, // no database is one of the user's name
				{"user\x00ann\x00application_name\x00tool 1\x00\x00", "", "no-tools"},
				{"user\x00mallory\x00replication\x00database\x00\x00", "", "no-mallory"},
				{"user\x00ann\x00user\x00mallory\x00\x00", "", "no-mallory"}, // the last one counts
			} {
				w := dialWireFrom(t, r.addr, tt.source)
				w.write(packet(80877103, "")) // asks for TLS first
				if answer, err := w.in.ReadByte(); err != nil || answer != 'N' {
					t.Fatalf("%q: got %q, %v to the request for TLS", tt.startup, answer, err)
				}
				w.write(packet(3<<16, tt.startup))
				got, err := readReply(w.in)
				if err != nil || got.typ != 'E' {
					t.Fatalf("%q: got %v, %v; want an error", tt.startup, got, err)
				}
				e := got.failure()
				if e.Severity != "FATAL" || e.Code != "28000" || e.Detail != detail(tt.rule) || e.Message == "" {
					t.Errorf("%q: got %+v, want FATAL 28000 by %s", tt.startup, e, tt.rule)
				}
				if more, err := readReply(w.in); err == nil {
					t.Errorf("%q: behind the error comes %v", tt.startup, more)
				}
				w.Close() // else it is waited for
				l := r.log.find(t, "the denied login", func(l line) bool { return l.Purpose == "connect" && l.Port == port(w.Conn) })
				if j := judgement(t, l); l.Outcome != "denied" || l.Status != "28000" || j.Verdict != "deny" || j.Rule != tt.rule || l.User != "" {
					t.Errorf("%q: the denied login is logged as %s", tt.startup, l.raw)
				}
			}
			if n := dialled.Load(); n != 0 {
				t.Errorf("the server was dialled %d times for logins that were denied", n)
			}
			if n := r.hits(t, "no-mallory", "deny"); n != 3 {
				t.Errorf("metric: no-mallory denied %d, want 3", n)
			}
			for _, startup := range []string{"user\x00bob\x00\x00", "user\x00ann\x00application_name\x00tool_of_mine\x00\x00"} {
				before := dialled.Load()
				w := dialWireFrom(t, r.addr, "")
				w.write(packet(3<<16, startup))
				_, _ = w.in.ReadByte() // an error, for the server has hung up
				if dialled.Load() == before {
					t.Errorf("%q: the server was not dialled, and they may connect", startup)
				}
			}
		})
	}
}

func dialWireFrom(t *testing.T, addr, source string) wire {
	t.Helper()
	if source == "" {
		return dialWire(t, addr)
	}
	d := net.Dialer{LocalAddr: net.TCPAddrFromAddrPort(netip.AddrPortFrom(netip.MustParseAddr(source), 0))}
	c, err := d.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return wire{c, bufio.NewReader(c), t}
}

// TestRulesLogin lets some in, in front of the real server, and tells the others.
func TestRulesLogin(t *testing.T) {
	each(t, func(t *testing.T, b *backend) {
		b.role(t, "ann", "bob", "mallory")
		r := b.rule(t, ruling{policy: whoMayConnect})
		passes(t, r.connect(t, "ann"), "select 1")
		c := r.connect(t, "bob")
		passes(t, c, "select 1")
		local := port(c.PgConn().Conn())
		l := r.log.find(t, "bob's login", func(l line) bool { return l.Purpose == "connect" && l.Port == local })
		if j := judgement(t, l); j.Verdict != "allow" || j.Shadow != "soon-no-bob" {
			t.Errorf("bob's login is logged as %s", l.raw)
		}
		_, err := r.try(t, "mallory")
		var e *pgconn.PgError
		if !errors.As(err, &e) || e.Severity != "FATAL" || e.Code != "28000" || e.Detail != detail("no-mallory") {
			t.Errorf("mallory: got %v", err)
		}
		// psql shows what it gets, and goes on as after any refusal.
		cmd := b.client(t, r.addr, r.database, "psql", "-X", "-c", "select 1")
		cmd.Env = append(cmd.Env, "PGUSER=mallory")
		out, err := cmd.CombinedOutput()
		if err == nil || !strings.Contains(string(out), "FATAL") || !strings.Contains(string(out), "no-mallory") {
			t.Errorf("psql says %q, %v", out, err)
		}
	})
}

// TestRulesCancel has others ask to cancel what a session does: that is judged as if they logged in as who the session is.
func TestRulesCancel(t *testing.T) {
	const policy = `
connections:
  default: allow
  rules:
    - {name: ann-is-here, effect: deny, users: ann, sources: "!127.0.0.1"}
statements: {default: allow}
`
	each(t, func(t *testing.T, b *backend) {
		b.role(t, "ann")
		r := b.rule(t, ruling{policy: policy}, sleeper)
		for name, params := range map[string][]string{"short key": nil, "long key": {"max_protocol_version=3.2"}} {
			t.Run(name, func(t *testing.T) {
				c, err := login(within(t), r.as("ann", params...))
				if err != nil {
					t.Fatal(err)
				}
				defer c.conn.Close()
				d := &driver{client: c}
				if _, err := d.asleep(); err != nil {
					t.Fatal(err)
				}
				away := dialWireFrom(t, r.addr, "127.0.0.2")
				away.write(packet(80877102, string(binary.BigEndian.AppendUint32(nil, c.pid))+string(c.key)))
				if _, err := io.Copy(io.Discard, away.in); err != nil { // whatever it is told, the connection ends
					t.Error(err)
				}
				away.Close()
				l := r.log.find(t, "the denied cancel", func(l line) bool { return l.Purpose == "cancel" && l.Port == port(away.Conn) })
				if j := judgement(t, l); l.Outcome != "denied" || j.Verdict != "deny" || j.Rule != "ann-is-here" {
					t.Errorf("the denied cancel is logged as %s", l.raw)
				}
				if _, err := c.cancel(within(t)); err != nil { // from where she is
					t.Fatal(err)
				}
				if err := c.rest(); err != nil {
					t.Fatal(err)
				}
				if x := c.entries[len(c.entries)-1]; x.Status != "57014" {
					t.Errorf("after a cancel that may be: got %+v", x)
				}
				session := r.log.find(t, "the login", func(l line) bool { return l.Purpose == "connect" && l.Port == c.port }).Session
				r.log.find(t, "the allowed cancel", func(l line) bool {
					j := judgement(t, l)
					return l.Purpose == "cancel" && l.Port != port(away.Conn) && l.Outcome == "ok" && j.Verdict == "allow" && j.Cancels == session
				})
			})
		}
	})
}

// TestRulesReplication opens replication connections, which reach everything that is written.
func TestRulesReplication(t *testing.T) {
	const named = `
statements:
  default: deny
  rules:
    - {name: standbys, effect: allow, users: postgres, accesses: {kind: replication}}
`
	each(t, func(t *testing.T, b *backend) {
		r := b.rule(t, ruling{policy: named})
		for policy, allowed := range map[string]bool{
			"statements: {default: deny}": false, noSecrets: false, named: true, "statements: {default: allow}": true,
		} {
			r.replace(t, policy)
			for _, kind := range []string{"database", "true"} {
				what := fmt.Sprintf("replication=%s under %s", kind, policy)
				c, err := r.try(t, "", "replication="+kind, "default_query_exec_mode=simple_protocol")
				if err == nil {
					err = run1(t, c, "IDENTIFY_SYSTEM")
				}
				var e *pgconn.PgError
				switch {
				case allowed && err != nil:
					t.Errorf("%s: %v, and it may pass", what, err)
				case !allowed && (!errors.As(err, &e) || e.Code != "42501"):
					t.Errorf("%s: got %v, want a denial", what, err)
				}
				if c != nil {
					leave(c)
				}
			}
		}
	})
}
