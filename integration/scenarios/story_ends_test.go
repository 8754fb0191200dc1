package scenarios_test

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// serverRestarted: sessions end with an error, and new ones are served.
func serverRestarted(t *testing.T, g *stage) {
	g.open(t, ruling{})
	c := g.user(t, "ann")
	g.gets(t, c, reading("orders"), "-")
	g.in.restart(t)
	if f := c.ask(t, reading("orders"))[0]; f.code == "" {
		t.Errorf("a session whose server has gone reads %+v", f)
	} else {
		t.Logf("a session whose server has gone gets %v", f.failure())
	}
	c.close()
	if l := g.log.find(t, "the session's end", ended(c.port())); !strings.HasPrefix(l.Cause, "server_") {
		t.Errorf("the session's cause: got %s", l.Cause)
	}
	g.gets(t, g.user(t, "ann"), reading("orders"), "-")
}

// noServer: the client is told so in its protocol.
func noServer(t *testing.T, g *stage) {
	g.open(t, ruling{to: freeAddr(t)})
	_, _, code, _ := g.in.codes()
	c, err := g.in.connect(t, g.addr, "ann")
	if err == nil {
		c.close()
	}
	if err == nil || !strings.HasPrefix(err.Error(), code+" ") {
		t.Errorf("got %v, want %s", err, code)
	}
	if l := g.log.find(t, "the session", func(l line) bool { return l.Event == "session" }); l.Cause != "connect_failed" {
		t.Errorf("the session's cause: got %s", l.Cause)
	}
}

// drained: a session at rest is ended with the last words of the protocol, and the program with it.
func drained(t *testing.T, g *stage) {
	g.open(t, ruling{more: "drain: {limit: 60s}"})
	idle, used := g.user(t, "ann"), g.user(t, "bob")
	g.gets(t, used, reading("orders"), "-")
	g.expected = true
	g.signal(t, syscall.SIGTERM)
	g.ends(t, idle, used)
}

// ends waits for the program's end, before which it must say goodbye to these clients.
func (g *stage) ends(t *testing.T, all ...caller) {
	t.Helper()
	_, goodbye, _, _ := g.in.codes()
	for i, c := range all {
		if got := c.lastWords(t); got != goodbye {
			t.Errorf("client %d: the last words are %q, want %q", i, got, goodbye)
		}
	}
	g.await(t)
	if g.code != 0 {
		t.Errorf("exit code: got %d, want 0", g.code)
	}
	for _, c := range all {
		if l := g.log.find(t, "a drained session", ended(c.port())); l.Cause != "drained" {
			t.Errorf("a session's cause: got %s, want drained", l.Cause)
		}
	}
}

func drainedInTransaction(t *testing.T, g *stage) {
	g.open(t, ruling{more: "drain: {limit: 60s}"})
	c, idle := g.user(t, "ann"), g.user(t, "bob")
	c.ask(t, wish{verb: "begin"}, writing("orders"))
	g.expected = true
	g.signal(t, syscall.SIGTERM)
	_, goodbye, _, _ := g.in.codes()
	if got := idle.lastWords(t); got != goodbye {
		t.Errorf("an idle session: the last words are %q, want %q", got, goodbye)
	}
	if conn, err := net.Dial("tcp", g.addr); err == nil {
		conn.Close()
		t.Error("a client was accepted while the program drains")
	}
	for _, w := range []wish{writing("orders"), {verb: "commit"}} {
		if f := c.ask(t, w)[0]; f.code != "" {
			t.Errorf("inside a transaction: %v: %v", w, f.failure())
		}
	}
	g.ends(t, c)
}

// drainedListener: to one who only listens goodbye is said at once: who listens has to connect anew in any case.
func drainedListener(t *testing.T, g *stage) {
	g.open(t, ruling{more: "drain: {limit: 60s}"})
	c := g.user(t, "ann")
	if f := c.ask(t, wish{"listen", "news"})[0]; f.code != "" {
		t.Fatal(f.failure())
	}
	g.expected = true
	g.signal(t, syscall.SIGTERM)
	g.ends(t, c)
}

// rotated moves the log's file away, and says so.
func rotated(t *testing.T, g *stage) {
	g.ruled = &ruled{proxy: &proxy{addr: freeAddr(t), admin: freeAddr(t)}}
	file := filepath.Join(t.TempDir(), "access.json")
	g.start(t, "front", g.in.name(), "--listen", g.addr, "--to", g.to, "--admin", g.admin, "--log", file)
	c := g.user(t, "ann")
	readOp, writeOp := g.in.operations()
	c.ask(t, reading("orders"))
	has := func(file, op string) {
		t.Helper()
		for limit := time.Now().Add(patience); ; <-time.After(5 * time.Millisecond) {
			text, _ := os.ReadFile(file)
			if strings.Count(string(text), `"db.operation.name":"`+op+`"`) == 1 {
				return
			}
			if time.Now().After(limit) {
				t.Fatalf("%s is not in %s once:\n%s", op, file, text)
			}
		}
	}
	has(file, readOp)
	if err := os.Rename(file, file+".1"); err != nil {
		t.Fatal(err)
	}
	g.signal(t, syscall.SIGHUP)
	for limit := time.Now().Add(patience); ; <-time.After(5 * time.Millisecond) {
		if _, err := os.Stat(file); err == nil {
			break
		} else if time.Now().After(limit) {
			t.Fatal(err)
		}
	}
	c.ask(t, writing("orders"))
	has(file, writeOp)
	has(file+".1", readOp)
	if text, _ := os.ReadFile(file); strings.Contains(string(text), `"db.operation.name":"`+readOp+`"`) {
		t.Errorf("what was written before is in the new file too:\n%s", text)
	}
}

// idled: a session in which nothing moves is ended, with an error that says why; one that is used is not.
func idled(t *testing.T, g *stage) {
	g.open(t, ruling{listener: "timeouts: {idle: 1s}"})
	idle, used := g.user(t, "ann"), g.user(t, "bob")
	for range 6 {
		<-time.After(300 * time.Millisecond)
		g.gets(t, used, reading("orders"), "-")
	}
	_, _, _, code := g.in.codes()
	if got := idle.lastWords(t); got != code {
		t.Errorf("the last words are %q, want %q", got, code)
	}
	if l := g.log.find(t, "the idle session", ended(idle.port())); l.Cause != "idle_timeout" {
		t.Errorf("the session's cause: got %s", l.Cause)
	}
}

// listened: to a session that only listens, what it hears counts as much as what it says. One that hears nothing is idle where the server, too, takes it for that.
func listened(t *testing.T, g *stage) {
	g.open(t, ruling{listener: "timeouts: {idle: 1s}"})
	listener, other := g.user(t, "ann"), g.user(t, "bob")
	if f := listener.ask(t, wish{"listen", "news"})[0]; f.code != "" {
		t.Fatal(f.failure())
	}
	for range 6 {
		<-time.After(300 * time.Millisecond)
		g.gets(t, other, wish{"publish", "news"}, "-")
		if got, err := listener.hear(t); err != nil || got != "hello" {
			t.Fatalf("the listener heard %q, %v", got, err)
		}
	}
	if g.in.patient() {
		<-time.After(2500 * time.Millisecond)
		g.gets(t, g.user(t, "bob"), wish{"publish", "news"}, "-")
		if got, err := listener.hear(t); err != nil || got != "hello" {
			t.Errorf("the listener heard %q, %v", got, err)
		}
		return
	}
	_, _, _, code := g.in.codes()
	if got := listener.lastWords(t); got != code {
		t.Errorf("the last words to a listener that hears nothing are %q, want %q", got, code)
	}
	if l := g.log.find(t, "the listener", ended(listener.port())); l.Cause != "idle_timeout" {
		t.Errorf("the session's cause: got %s", l.Cause)
	}
}
