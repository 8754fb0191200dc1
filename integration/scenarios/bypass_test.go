package scenarios_test

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

// The policies under which attempts are made: one that allows a table, and one that forbids some.
var bypassPolicies = map[string]string{
	"allow t": `
statements:
  default: deny
  rules:
    - {name: only-t, effect: allow, accesses: {verbs: [read, write], kind: table, names: public.t}}
`,
	"deny secret": `
statements:
  default: allow
  rules:
    - {name: no-secrets, effect: deny, accesses: {kind: table, names: [public.secret, "vault.*", public.` + longName + `, public.secret_mv]}}
`,
}

// TestBypass tries to get to what a policy forbids, in front of a server that tells when somebody did. All attempts are made directly first: those that the server
// doesn't notice even then would prove nothing.
func TestBypass(t *testing.T) {
	for _, v := range versions {
		t.Run(fmt.Sprintf("postgres%d", v), func(t *testing.T) {
			l := newLab(t, v)
			attempts := slices.Concat(textAttempts(), messageAttempts(), nameAttempts(), pathAttempts(), readingAttempts(), laterAttempts(), streamAttempts(), corpusAttempts(t))
			proxies := map[string]*ruled{}
			for name, policy := range bypassPolicies {
				r := &ruled{proxy: &proxy{addr: freeAddr(t), admin: freeAddr(t)}, b: l.backend, database: labDatabase}
				r.begin(t, ruling{policy: policy, listener: "inspect: {requests: 4KiB}"})
				proxies[name] = r
			}
			t.Run("directly", func(t *testing.T) { l.directly(t, attempts) })
			for name, r := range proxies {
				t.Run(name, func(t *testing.T) { l.through(t, r, attempts, name == "allow t") })
			}
			t.Run("splits", func(t *testing.T) { l.splits(t, proxies["allow t"]) })
			t.Run("fuzz", func(t *testing.T) { l.fuzz(t, proxies["allow t"]) })
		})
	}
}

// directly makes the attempts without a proxy. The server must notice.
func (l *lab) directly(t *testing.T, attempts []attempt) {
	names := map[string]bool{}
	for i := range attempts {
		a := &attempts[i]
		if names[a.name] || len(a.name) > 63 || strings.Contains(a.name, "|") {
			t.Fatalf("%q is no name for an attempt, or that of another", a.name)
		}
		names[a.name] = true
	}
	tryAll(t, l.Addr, attempts)
	written := l.written(t)
	l.clear(t)
	noticed, corpus := 0, 0
	for i := range attempts {
		a := &attempts[i]
		switch seen := a.shows(written[a.name]) != ""; {
		case seen && strings.HasPrefix(a.name, "corpus"):
			corpus++
		case seen:
			noticed++
		case !a.inert:
			t.Errorf("%s: made directly, the server notices nothing, so the attempt proves nothing. Its log:\n%s", a.name, written[a.name])
		}
	}
	t.Logf("%d attempts, of which the server notices %d, and %d of the corpus", len(attempts), noticed, corpus)
	if noticed < 80 || corpus < 80 {
		t.Errorf("the server notices %d attempts, and %d of the corpus; want 80 of each", noticed, corpus)
	}
}

// through makes the attempts through a proxy. The server must notice none.
func (l *lab) through(t *testing.T, r *ruled, attempts []attempt, strict bool) {
	if !strict {
		attempts = slices.DeleteFunc(slices.Clone(attempts), func(a attempt) bool { return a.strict })
	}
	tryAll(t, r.addr, attempts)
	written := l.written(t)
	for i := range attempts {
		a := &attempts[i]
		if what := a.shows(written[a.name]); what != "" {
			t.Errorf("BYPASS %s: the server's log has\n%s", a.name, what)
		}
	}
	if n := r.metric(t, "sluice_exchanges_total", "outcome=denied"); n < 80 {
		t.Errorf("%d exchanges were denied; nothing was tried", n)
	}
	r.empties(t)
}

// corpusAttempts are the statements of testdata/smuggle_pg18.json, which hide a table in many ways. What became of each is written there: the server does not come to
// see the table in all of them.
func corpusAttempts(t *testing.T) (all []attempt) {
	t.Helper()
	text, err := os.ReadFile("testdata/smuggle_pg18.json")
	if err != nil {
		t.Fatal(err)
	}
	var statements []struct {
		SQL    string `json:"sql"`
		Base64 []byte `json:"sql_b64"` // in place of sql, for a text that isn't UTF-8
		Server string `json:"server"`
	}
	if err := json.Unmarshal(text, &statements); err != nil {
		t.Fatal(err)
	}
	for i, s := range statements {
		sql := s.SQL + string(s.Base64)
		a := attempt{name: fmt.Sprintf("corpus %d q", i), spoken: true, inert: true, steps: []move{{query(sql), 1}}}
		b := a
		b.name, b.steps = fmt.Sprintf("corpus %d x", i), []move{{joined(runs(sql), syncing), 1}}
		all = append(all, a, b)
	}
	return all
}

// splits sends an allowed statement and a forbidden one cut at every byte, and byte by byte.
func (l *lab) splits(t *testing.T, r *ruled) {
	streams := map[string][]byte{
		"Query":  joined(query("select a from t"), query("select a from secret"), query("select 1")),
		"Parse":  joined(runs("select a from t"), syncing, runs("select a from secret"), syncing, runs("select 1"), syncing),
		"copied": joined(query("copy t (a) from stdin"), copied("7\n"), copyDone, query("table secret"), query("select 1")),
	}
	for name, stream := range streams {
		var attempts []attempt
		for cut := 1; cut < len(stream); cut++ {
			attempts = append(attempts, attempt{name: fmt.Sprintf("%s cut at %d", name, cut), steps: []move{{stream[:cut], 0}, {stream[cut:], 3}}})
		}
		single := attempt{name: name + " byte by byte"}
		for i := range stream {
			single.steps = append(single.steps, move{stream[i : i+1], 0})
		}
		single.steps[len(stream)-1].ready = 3
		l.through(t, r, append(attempts, single), true)
	}
}

// empties says that no session must be left, now that all clients have gone.
func (r *ruled) empties(t *testing.T) {
	t.Helper()
	for late := time.Now().Add(hurry); r.metric(t, "sluice_connections_active") > 0; <-time.After(10 * time.Millisecond) {
		if time.Now().Before(late) {
			continue
		}
		last := map[uint64]string{}
		for _, l := range r.log.all() {
			if last[l.Session] = l.raw; l.Event == "session" {
				delete(last, l.Session)
			}
		}
		t.Errorf("%d sessions are left, though clients and servers have gone; the last that they logged: %v", r.metric(t, "sluice_connections_active"), last)
		return
	}
}
