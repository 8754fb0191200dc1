package scenarios_test

import (
	"strings"
	"testing"
)

// seenOnce compares what a client did with the log, the metrics and the statement table.
func seenOnce(t *testing.T, g *stage) {
	g.open(t, ruling{})
	c := g.user(t, "ann")
	readOp, writeOp := g.in.operations()
	want := map[string]int{readOp: 7, writeOp: 3}
	for range 3 {
		for _, f := range c.ask(t, reading("orders"), writing("orders"), reading("secret")) {
			if f.code != "" {
				t.Fatal(f.failure())
			}
		}
	}
	c.ask(t, reading("orders"))
	for op, n := range want {
		of := func(l line) bool { return l.Event == "exchange" && l.Operation == op }
		lines := g.log.several(t, op, n, of)
		for _, l := range lines {
			if l.Outcome != "ok" || l.User != "ann" || l.Port != c.port() {
				t.Errorf("the log has %s", l.raw)
			}
		}
		table := 0
		for _, s := range g.statements(t).Statements {
			if s.Operation == op {
				table += int(s.Calls)
			}
		}
		if metric := g.metric(t, "sluice_exchanges_total", "operation="+op); len(lines) != n || table != n || metric != int64(n) {
			t.Errorf("%s: %d lines in the log, %d calls in the table, %d in the metrics; want %d of each", op, len(lines), table, metric, n)
		}
	}
}

// gets says what must become of a wish: a denial by a rule, or none if rule is "-".
func (g *stage) gets(t *testing.T, c caller, w wish, rule string) {
	t.Helper()
	g.fits(t, w, c.ask(t, w)[0], rule)
}

func (g *stage) fits(t *testing.T, w wish, f fate, rule string) {
	t.Helper()
	denied, _, _, _ := g.in.codes()
	switch {
	case rule == "-" && f.code != "":
		t.Errorf("%v: %v, and it may pass", w, f.failure())
	case rule != "-" && (f.code != denied || !strings.Contains(f.text, rule)):
		t.Errorf("%v: got %+v, want a denial with %s by rule %s", w, f, denied, rule)
	}
}

func deniedByUser(t *testing.T, g *stage) {
	g.open(t, ruling{policy: g.rules("allow", "name: not-bob, effect: deny, users: bob, accesses: {@orders}")})
	ann, bob := g.user(t, "ann"), g.user(t, "bob")
	for range 2 {
		g.gets(t, ann, reading("orders"), "-")
		g.gets(t, bob, reading("orders"), "not-bob")
		g.gets(t, bob, writing("orders"), "not-bob")
		g.gets(t, bob, reading("secret"), "-")
	}
	l := g.log.find(t, "bob's denial", func(l line) bool { return l.Outcome == "denied" })
	if j := judgement(t, l); l.User != "bob" || l.Port != bob.port() || j.Verdict != "deny" || j.Rule != "not-bob" {
		t.Errorf("the denial is logged as %s", l.raw)
	}
}

func deniedByOperation(t *testing.T, g *stage) {
	_, writeOp := g.in.operations()
	g.open(t, ruling{policy: g.rules("allow", "name: no-"+strings.ToLower(writeOp)+", effect: deny, operations: "+writeOp)})
	c := g.user(t, "ann")
	g.gets(t, c, reading("orders"), "-")
	g.gets(t, c, writing("orders"), "no-"+strings.ToLower(writeOp))
	g.gets(t, c, writing("secret"), "no-"+strings.ToLower(writeOp))
	g.gets(t, c, reading("secret"), "-")
}

func deniedByName(t *testing.T, g *stage) {
	g.open(t, ruling{policy: g.rules("deny", "name: orders-only, effect: allow, accesses: {verbs: [read, write], @orders}", "name: no-secrets, effect: deny, accesses: {@secret}")})
	c := g.user(t, "ann")
	g.gets(t, c, reading("orders"), "-")
	g.gets(t, c, writing("orders"), "-")
	g.gets(t, c, reading("secret"), "no-secrets")
	g.gets(t, c, writing("secret"), "no-secrets")
}

func deniedAndAlive(t *testing.T, g *stage) {
	g.open(t, ruling{policy: g.rules("allow", "name: no-secrets, effect: deny, accesses: {@secret}")})
	c := g.user(t, "ann")
	const often = 100
	for range often {
		g.gets(t, c, reading("secret"), "no-secrets")
		g.gets(t, c, reading("orders"), "-")
	}
	if n := g.metric(t, "sluice_exchanges_total", "outcome=denied"); n != often {
		t.Errorf("%d exchanges are counted as denied, want %d", n, often)
	}
	if n := g.hits(t, "no-secrets", "deny"); n != often {
		t.Errorf("the rule denied %d times, want %d", n, often)
	}
}

func deniedInOrder(t *testing.T, g *stage) {
	g.open(t, ruling{policy: g.rules("allow", "name: no-secrets, effect: deny, accesses: {@secret}")})
	c := g.user(t, "ann")
	var wishes []wish
	for range 20 {
		wishes = append(wishes, reading("orders"), reading("secret"), writing("secret"), reading("orders"))
	}
	fates := c.ask(t, wishes...)
	if len(fates) != len(wishes) {
		t.Fatalf("%d answers to %d requests; the last is %+v", len(fates), len(wishes), fates[len(fates)-1])
	}
	for i, w := range wishes {
		rule := "-"
		if w.object == "secret" {
			rule = "no-secrets"
		}
		g.fits(t, w, fates[i], rule)
		if rule == "-" && fates[i].value == "" {
			t.Errorf("answer %d has no value", i)
		}
	}
}

// deniedInTransaction: nothing of a transaction in which a request was denied is carried out.
func deniedInTransaction(t *testing.T, g *stage) {
	g.open(t, ruling{policy: g.rules("allow", "name: no-secrets, effect: deny, accesses: {@secret}")})
	c := g.user(t, "ann")
	before := c.ask(t, reading("orders"))[0].value
	for _, wishes := range [][]wish{
		{{verb: "begin"}, writing("orders"), reading("secret"), {verb: "commit"}},
		{{verb: "begin"}, reading("secret"), writing("orders"), {verb: "rollback"}},
	} {
		fates := c.ask(t, wishes...)
		if len(fates) != len(wishes) {
			t.Fatalf("got %+v", fates)
		}
		for i, w := range wishes {
			if w == reading("secret") {
				g.fits(t, w, fates[i], "no-secrets")
			}
		}
		if now := c.ask(t, reading("orders"))[0]; now.code != "" || now.value != before {
			t.Errorf("after %v: got %+v, want %s", wishes, now, before)
		}
	}
}

func shadowed(t *testing.T, g *stage) {
	g.open(t, ruling{policy: g.rules("allow", "name: soon, effect: deny, shadow: true, accesses: {@secret}")})
	c := g.user(t, "ann")
	g.gets(t, c, reading("secret"), "-")
	g.gets(t, c, reading("orders"), "-")
	l := g.log.find(t, "what the shadow rule is about", func(l line) bool { return judgement(t, l).Shadow == "soon" })
	if j := judgement(t, l); l.Outcome != "ok" || j.Verdict != "allow" {
		t.Errorf("the log has %s", l.raw)
	}
	if n := g.hits(t, "soon", "shadow"); n != 1 {
		t.Errorf("the shadow rule is counted %d times, want once", n)
	}
}

func reloaded(t *testing.T, g *stage) {
	g.open(t, ruling{policy: g.rules("allow", "name: no-secrets, effect: deny, accesses: {@secret}")})
	c := g.user(t, "ann")
	g.gets(t, c, reading("secret"), "no-secrets")
	g.gets(t, c, reading("orders"), "-")
	g.reload(t, g.rules("allow", "name: no-orders, effect: deny, accesses: {@orders}"), hasRule("no-orders"))
	g.gets(t, c, reading("secret"), "-")
	g.gets(t, c, reading("orders"), "no-orders")
	g.gets(t, g.user(t, "bob"), reading("orders"), "no-orders")
}

func badlyReloaded(t *testing.T, g *stage) {
	good := g.rules("allow", "name: no-secrets, effect: deny, accesses: {@secret}")
	g.open(t, ruling{policy: good})
	c := g.user(t, "ann")
	g.reload(t, strings.Replace(good, "deny", "dany", 1), func(p shownPolicy) bool { return p.Failed != "" })
	for _, c := range []caller{c, g.user(t, "bob")} {
		g.gets(t, c, reading("secret"), "no-secrets")
		g.gets(t, c, reading("orders"), "-")
	}
	if n := g.metric(t, "sluice_policy_reload_failed"); n != 1 {
		t.Errorf("sluice_policy_reload_failed is %d", n)
	}
}
