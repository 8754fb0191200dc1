package configs_test

import (
	"errors"
	"testing"
	"time"

	"github.com/sluice-proxy/sluice/configs"
)

// env is the environment of these tests.
func env(name string) (string, bool) {
	v, ok := map[string]string{"PORT": "6432", "SECRET": "hunter2", "EMPTY": "", "WAIT": "3s"}[name]
	return v, ok
}

func parse(text string) (*configs.Config, error) {
	return configs.Parse("sluice.yaml", []byte(text), env)
}

const good = "listeners:\n  - {address: 127.0.0.1:6432, protocol: postgres, to: 127.0.0.1:5432}\n"

// TestMistakes pins what people are told, to the letter: it is what they see of us when something is wrong.
func TestMistakes(t *testing.T) {
	for _, tt := range []struct{ name, text, want string }{
		{"empty", "", `sluice.yaml: listeners: is missing; say what to listen on: listeners: [{address: 127.0.0.1:6432, protocol: postgres, to: 127.0.0.1:5432}]`},
		{"misspelled key", "listeners:\n  - address: :6432\n    protocoll: postgres\n    to: db:5432\n",
			`sluice.yaml:3: listeners[0].protocoll: unknown key; did you mean protocol?`},
		{"key of another section", good + "pprof: true\n", `sluice.yaml:3: pprof: unknown key; it belongs elsewhere: admin.pprof`},
		{"key from nowhere", good + "drain: {colour: blue}\n", `sluice.yaml:3: drain.colour: unknown key; known here are limit`},
		{"hyphens", good + "access-log: {log: all}\n", `sluice.yaml:3: access-log: unknown key; did you mean access_log?`},
		{"key twice", good + "drain: {limit: 1s}\ndrain: {limit: 2s}\n", `sluice.yaml:4: drain: given twice, first in line 3; remove one`},
		{"merge", "x: &x {to: db:1}\n" + good, `sluice.yaml:1: x: unknown key; known at the top are listeners, clusters, access_log, statements, admin, runtime, tcp, drain, log`},
		{"everything at once", "listeners:\n  - address: 6432\n    protocol: postgre\n    to: orders\n    max_connections: -1\nclusters:\n  - {name: order, endpoints: [db]}\n",
			`sluice.yaml:2: listeners[0].address: is only a port; write 127.0.0.1:6432, or :6432 for every address of the machine
sluice.yaml:3: listeners[0].protocol: "postgre" is not known; did you mean postgres? (postgres, redis, tcp)
sluice.yaml:4: listeners[0].to: there is no cluster "orders"; did you mean order?
sluice.yaml:5: listeners[0].max_connections: -1 is too little; the least is 0
sluice.yaml:7: clusters[0].endpoints[0]: needs a host and a port: db:6432`},
		{"not a list", "listeners: {address: a}\n", `sluice.yaml:1: listeners: must be a list: put it in [ ], or on lines that begin with -`},
		{"not a mapping", good + "admin: 127.0.0.1:9900\n", `sluice.yaml:3: admin: must be a mapping with keys of address, pprof`},
		{"not a value", good + "admin: {address: [a]}\n", `sluice.yaml:3: admin.address: must be a single value`},
		{"no mapping at all", "hello\n", `sluice.yaml:1: must be a mapping with keys of listeners, clusters, access_log, statements, admin, runtime, tcp, drain, log`},
		{"duration without unit", good + "drain: {limit: 30}\n", `sluice.yaml:3: drain.limit: a duration needs a unit: 30s or 30ms`},
		{"no duration", good + "drain: {limit: soon}\n", `sluice.yaml:3: drain.limit: not a duration; write it like 100ms, 5s or 1h30m`},
		{"zero where that means the default", good + "tcp: {keepalive: 0s}\n", `sluice.yaml:3: tcp.keepalive: 0s is too little; the least is 1s, or off`},
		{"off where there is none", good + "drain: {limit: off}\n", `sluice.yaml:3: drain.limit: can't be off; give it a long time instead`},
		{"size without unit", good + "statements: {memory: 32}\n", `sluice.yaml:3: statements.memory: a size needs a unit: 32B, 32KiB or 32MiB`},
		{"no size", good + "statements: {memory: big}\n", `sluice.yaml:3: statements.memory: not a size; write it like 64KiB, 16MiB or 1GiB`},
		{"size too small", good + "statements: {memory: 1KiB}\n", `sluice.yaml:3: statements.memory: 1KiB is too little; the least is 1MiB`},
		{"size too big", "listeners:\n  - address: :1\n    protocol: postgres\n    to: a:1\n    inspect:\n      requests: 1GiB\n",
			`sluice.yaml:6: listeners[0].inspect.requests: 1GiB is too much; the most is 256MiB`},
		{"keys of what has none", "listeners:\n  - address: :1\n    protocol: postgres\n    to: a:1\n    keys: {depth: 1}\n", `sluice.yaml:5: listeners[0].keys: only redis has keys; remove this`},
		{"too deep", "listeners:\n  - address: :1\n    protocol: redis\n    to: a:1\n    keys: {depth: 17}\n", `sluice.yaml:5: listeners[0].keys.depth: 17 is too much; the most is 16`},
		{"long separator", "listeners:\n  - address: :1\n    protocol: redis\n    to: a:1\n    keys: {separator: this-is-no-separator}\n",
			`sluice.yaml:5: listeners[0].keys.separator: is longer than 16 bytes; usual is a colon`},
		{"yes", good + "admin: {address: ':9900', pprof: yes}\n", `sluice.yaml:3: admin.pprof: say true or false`},
		{"word", good + "log: {level: verbose}\n", `sluice.yaml:3: log.level: "verbose" is not known; say info, debug, warn or error`},
		{"log mode", good + "access_log: {log: everything}\n", `sluice.yaml:3: access_log.log: say all, errors or slow: 100ms`},
		{"slow without time", good + "access_log: {log: slow}\n", `sluice.yaml:3: access_log.log: how slow? say slow: 100ms`},
		{"slow without unit", good + "access_log: {log: {slow: 100}}\n", `sluice.yaml:3: access_log.log.slow: a duration needs a unit: 100s or 100ms`},
		{"slow of nothing", good + "access_log: {log: {slow: 0s}}\n", `sluice.yaml:3: access_log.log.slow: slow needs a time above 0s; to log every exchange say all`},
		{"log without mode", good + "access_log: {file: /tmp/x}\n",
			`sluice.yaml:3: access_log.log: is missing, so nothing would be logged; say all, errors or slow: 100ms, or remove access_log`},
		{"loops", good + "runtime: {loops: many}\n", `sluice.yaml:3: runtime.loops: not a number of loops; say auto, 0 for none, or a number up to 256`},
		{"pprof alone", good + "admin: {pprof: true}\n", `sluice.yaml:3: admin.address: is missing, so the profiles could not be read; say where: address: 127.0.0.1:9900`},
		{"the admin's address twice", good + "admin: {address: 127.0.0.1:6432}\n", `sluice.yaml:3: admin.address: is the address of listeners[0] too; take another port`},
		{"the same address", good + "  - {address: 127.0.0.1:6432, protocol: tcp, to: a:1}\n", `sluice.yaml:3: listeners[1].address: is the address of listeners[0] too; take another port`},
		{"the same name", good + "  - {name: postgres-6432, address: ':7', protocol: tcp, to: a:1}\n",
			`sluice.yaml:3: listeners[1].name: postgres-6432 is the name of listeners[0] too; give each a name of its own`},
		{"to itself", "listeners:\n  - {address: 127.0.0.1:6432, protocol: tcp, to: 127.0.0.1:6432}\n",
			`sluice.yaml:2: listeners[0].to: is the listener's own address; it would talk to itself`},
		{"no such cluster", "listeners:\n  - {address: ':6432', protocol: tcp, to: orders}\n",
			`sluice.yaml:2: listeners[0].to: there is no cluster "orders"; add it to clusters, or write an address, host:port`},
		{"no host", "listeners:\n  - {address: ':6432', protocol: tcp, to: ':5432'}\n", `sluice.yaml:2: listeners[0].to: has no host; write 127.0.0.1:5432 for this machine`},
		{"IPv6", "listeners:\n  - {address: '::1:6432', protocol: postgres, to: a:1}\n", `sluice.yaml:2: listeners[0].address: an IPv6 address needs brackets: [::1]:5432`},
		{"a URL", "listeners:\n  - {address: ':1', protocol: postgres, to: 'postgres://db:5432'}\n",
			`sluice.yaml:2: listeners[0].to: the path of a Unix socket must begin with /; an address is host:port, without a scheme`},
		{"inspecting tcp", "listeners:\n  - {address: ':6432', protocol: tcp, to: a:1, inspect: {requests: 1MiB}}\n",
			`sluice.yaml:2: listeners[0].inspect: a tcp listener looks at nothing; remove this, or name the protocol`},
		{"an empty cluster", good + "clusters: [{name: x}]\n", `sluice.yaml:3: clusters[0].endpoints: is missing; list its servers: endpoints: [127.0.0.1:5432]`},
		{"an endpoint twice", good + "clusters: [{name: x, endpoints: ['a:1', 'a:1']}]\n", `sluice.yaml:3: clusters[0].endpoints[1]: is listed twice; remove one`},
		{"a missing variable", good + "drain: {limit: '${LIMIT}'}\n",
			`sluice.yaml:3: drain.limit: the environment variable LIMIT is not set; set it, or give a default: ${LIMIT:-…}`},
		{"an open variable", good + "drain: {limit: '${LIMIT'}\n", `sluice.yaml:3: drain.limit: a ${ without its }; write $${ to mean the characters`},
		{"no variable", good + "drain: {limit: '${a b}'}\n",
			`sluice.yaml:3: drain.limit: a ${ } needs the name of an environment variable, letters, digits and _; write $${ to mean the characters`},
		{"a variable's value stays out", good + "drain: {limit: '${SECRET}'}\nlog: {level: '${SECRET}'}\nadmin: {address: '${SECRET}/${SECRET}'}\n",
			`sluice.yaml:3: drain.limit: not a duration; write it like 100ms, 5s or 1h30m
sluice.yaml:4: log.level: "${SECRET}" is not known; say info, debug, warn or error
sluice.yaml:5: admin.address: the path of a Unix socket must begin with /; an address is host:port, without a scheme`},
		{"keys are no variables", good + "${PORT}: 1\n",
			`sluice.yaml:3: ${PORT}: unknown key; known at the top are listeners, clusters, access_log, statements, admin, runtime, tcp, drain, log`},
		{"tabs", "listeners:\n\t- a\n", `sluice.yaml:2: not YAML: found character that cannot start any token; indent with blanks, not with tabs`},
		{"brackets", "listeners: [\n", `sluice.yaml:2: not YAML: did not find expected node content; look at the indentation, open brackets and quotes around here`},
		{"a bare port", good + "admin: {address: :9900}\n", `sluice.yaml:3: not YAML: did not find expected node content; between { } an address that begins with : needs quotes: ':6432'`},
		{"indentation", "listeners:\n  - address: a\n   protocol: b\n", `sluice.yaml:2: not YAML: did not find expected '-' indicator; look at the indentation, open brackets and quotes around here`},
		{"two values", "drain: limit: 3s\n", `sluice.yaml:1: not YAML: mapping values are not allowed in this context; look for a missing line break, or put a value that contains a colon and a blank in quotes`},
		{"two documents", good + "---\na: b\n", `sluice.yaml:3: a second document begins here; a configuration is one document, remove the --- before it`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := parse(tt.text)
			var p configs.Problems
			if !errors.As(err, &p) {
				t.Fatalf("got %v, want problems", err)
			}
			if got := err.Error(); got != tt.want {
				t.Errorf("got\n%s\nwant\n%s", got, tt.want)
			}
		})
	}
}

func TestAnEscapedVariableStandsForItself(t *testing.T) {
	c, err := parse(good + "access_log: {log: all, file: '/var/$${not}x'}\n")
	if err != nil || c.AccessLog.File != "/var/${not}x" {
		t.Errorf("got %+v, %v", c, err)
	}
}

func TestValues(t *testing.T) {
	c, err := parse(`
listeners:
  - address: 127.0.0.1:${PORT}
    protocol: postgres
    to: ${HOST:-db}:5432
    timeouts: {idle: "${WAIT}", max_duration: off}
    inspect: {requests: 256KiB, replies: 1.5KiB}
access_log: {log: "slow: 100ms"}
runtime: {loops: 0, sender: send}
tcp: {keepalive: off}
log:
`)
	if err != nil {
		t.Fatal(err)
	}
	l := c.Listeners[0]
	if l.Address != "127.0.0.1:6432" || l.To != "db:5432" || time.Duration(l.Timeouts.Idle) != 3*time.Second || l.Timeouts.MaxDuration >= 0 ||
		l.Inspect.Requests != 256<<10 || l.Inspect.Replies != 1536 {
		t.Errorf("listener: got %+v", l)
	}
	if m := c.AccessLog.Log; time.Duration(m.Slow) != 100*time.Millisecond || m.String() != "slow: 100ms" {
		t.Errorf("log: got %+v", m)
	}
	if c.Runtime.Loops >= 0 || c.Runtime.Sender != "send" || c.TCP.KeepAlive >= 0 {
		t.Errorf("runtime and tcp: got %+v, %+v", c.Runtime, c.TCP)
	}
}

func TestNearest(t *testing.T) {
	known := []string{"listeners", "clusters", "access_log", "to"}
	for name, want := range map[string]string{
		"listener": "listeners", "lisetners": "listeners", "access-log": "access_log", "AccessLog": "access_log", "log": "", "ot": "to", "colour": "", "cluster": "clusters",
	} {
		if got := configs.Nearest(name, known); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(good)
	f.Add("a: &a [*a]\nlisteners: *a\n")
	f.Fuzz(func(t *testing.T, text string) {
		c, err := parse(text)
		if (c == nil) == (err == nil) {
			t.Fatalf("got %v and %v", c, err)
		}
		if err == nil && c.Validate() != nil {
			t.Fatalf("what was parsed is not valid: %v", c.Validate())
		}
	})
}
