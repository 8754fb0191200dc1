package configs_test

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/sluice-proxy/sluice/configs"
	"github.com/sluice-proxy/sluice/metadata"
	"github.com/sluice-proxy/sluice/rbac"
)

func parsePolicy(text string) (*rbac.Engine, error) {
	return configs.ParsePolicy("policy.yaml", []byte(text), env)
}

// rules makes a policy of rules for statements, one a line from line 3 on.
func rules(list ...string) string {
	return "statements:\n  rules:\n    - " + strings.Join(list, "\n    - ") + "\n"
}

// TestPolicyMistakes pins what people are told, to the letter.
func TestPolicyMistakes(t *testing.T) {
	for _, tt := range []struct{ name, text, want string }{
		{"empty", "", `policy.yaml: statements: is missing; say what clients may do: statements: {default: deny, rules: [{name: all, effect: allow, users: [admin]}]}`},
		{"unknown key", rules(`{name: a, effect: allow, user: ann}`), `policy.yaml:3: statements.rules[0].user: unknown key; did you mean users?`},
		{"key of a statement at login", "connections: {rules: [{name: a, effect: deny, operations: [SELECT]}]}\nstatements: {default: allow}\n",
			`policy.yaml:1: connections.rules[0].operations: unknown key; it belongs elsewhere: statements.rules[].operations`},
		{"accesses at login", "connections: {rules: [{name: a, effect: deny, accesses: {kind: table}}]}\nstatements: {default: allow}\n",
			`policy.yaml:1: connections.rules[0].accesses: unknown key; it belongs elsewhere: statements.rules[].accesses`},
		{"no name, no effect", rules(`{users: ann}`), `policy.yaml:3: statements.rules[0].name: is missing; give the rule a name, which clients and logs are told: name: analysts-read
policy.yaml:3: statements.rules[0].effect: is missing; say what the rule does: effect: allow, or deny`},
		{"effect", rules(`{name: a, effect: alow}`), `policy.yaml:3: statements.rules[0].effect: "alow" is not known; did you mean allow? (allow, deny)`},
		{"default", "statements: {default: none}\n", `policy.yaml:1: statements.default: "none" is not known; say allow or deny`},
		{"the same name", rules(`{name: a, effect: allow, users: ann}`, `{name: a, effect: allow, users: bob}`),
			`policy.yaml:4: statements.rules[1].name: a is the name of statements.rules[0] too; give each a name of its own`},
		{"a name that is no label", rules(`{name: "a b", effect: allow}`), `policy.yaml:3: statements.rules[0].name: a name is up to 64 letters, digits, dots, - and _`},
		{"an empty list", rules(`{name: a, effect: allow, users: []}`),
			`policy.yaml:3: statements.rules[0].users: is an empty list, so the rule could never match; remove it to mean all`},
		{"empty lists of an access", rules(`{name: a, effect: allow, accesses: [{kind: table, verbs: [], names: []}]}`),
			`policy.yaml:3: statements.rules[0].accesses[0].verbs: is an empty list, so the rule could never match; remove it to mean all
policy.yaml:3: statements.rules[0].accesses[0].names: is an empty list, so the rule could never match; remove it to mean all`},
		{"a key without a value", rules(`{name: a, effect: allow, users: }`), `policy.yaml:3: statements.rules[0].users: has no value; give it one, or remove it`},
		{"a list with nothing in it", rules(`{name: a, effect: allow, users: [~]}`), `policy.yaml:3: statements.rules[0].users[0]: has no value; give it one, or remove it`},
		{"an empty text", rules(`{name: a, effect: allow, users: ""}`), `policy.yaml:3: statements.rules[0].users: is empty; to mean any, remove the list, or write *`},
		{"YAML's own !", rules(`{name: a, effect: deny, sources: [!10.0.0.0/8 ]}`),
			`policy.yaml:3: statements.rules[0].sources[0]: begins with !, which YAML takes for something else; put it in quotes: "!10.0.0.0/8"`},
		{"YAML's own *", rules(`{name: a, effect: deny, accesses: {kind: table, names: [*.orders]}}`),
			`policy.yaml:4: not YAML: did not find expected alphabetic or numeric character; a value that begins with * needs quotes: "*.orders"`},
		{"an address", rules(`{name: a, effect: deny, sources: [office]}`), `policy.yaml:3: statements.rules[0].sources[0]: is neither an address nor a prefix; ` +
			`write 192.0.2.1, 10.0.0.0/8, 2001:db8::/32, or unix for clients of a Unix socket`},
		{"a prefix with too many bits", rules(`{name: a, effect: deny, sources: 10.1.2.3/8}`),
			`policy.yaml:3: statements.rules[0].sources: has bits behind its length; write 10.0.0.0/8 for the network, or 10.1.2.3 for the one address`},
		{"a long prefix", rules(`{name: a, effect: deny, sources: 10.0.0.0/40}`),
			`policy.yaml:3: statements.rules[0].sources: is not a prefix; write it like 10.0.0.0/8 or 2001:db8::/32`},
		{"an expression", rules(`{name: a, effect: deny, users: "/(/"}`),
			"policy.yaml:3: statements.rules[0].users: is not a regular expression as Go reads them: missing closing ): `(`"},
		{"half an expression", rules(`{name: a, effect: deny, users: "/a"}`),
			`policy.yaml:3: statements.rules[0].users: begins with / like a regular expression, which needs another / at its end, and something between`},
		{"an operation", rules(`{name: a, effect: deny, operations: [SELEKT, "drop tabel"]}`),
			`policy.yaml:3: statements.rules[0].operations[0]: there is no operation SELEKT; did you mean SELECT?
policy.yaml:3: statements.rules[0].operations[1]: there is no operation DROP_TABEL; did you mean DROP_TABLE?`},
		{"operations that aren't", rules(`{name: a, effect: deny, operations: "MAKE_*"}`),
			`policy.yaml:3: statements.rules[0].operations: no operation matches MAKE_*; "sluice policy operations" lists them`},
		{"operations by expression", rules(`{name: a, effect: deny, operations: "/DROP/"}`),
			`policy.yaml:3: statements.rules[0].operations: is a regular expression; operations are words in which * and ? are wildcards: CREATE_*`},
		{"a verb", rules(`{name: a, effect: deny, accesses: {verbs: raed, kind: table}}`),
			`policy.yaml:3: statements.rules[0].accesses.verbs: "raed" is not known; did you mean read? (read, write, create, alter, drop, execute, publish, subscribe)`},
		{"no kind", rules(`{name: a, effect: deny, accesses: [{verbs: read}]}`),
			`policy.yaml:3: statements.rules[0].accesses[0].kind: is missing; say what is accessed: kind: table, or any`},
		{"names of any kind", rules(`{name: a, effect: deny, accesses: [{kind: any, names: [a.b]}]}`),
			`policy.yaml:3: statements.rules[0].accesses[0].names: names need a kind, as some have two parts and some one; name it, or remove names`},
		{"no schema", rules(`{name: a, effect: deny, accesses: [{kind: table, names: orders}]}`),
			`policy.yaml:3: statements.rules[0].accesses[0].names: has no schema, and the name of a table needs one: write public.orders, or *.orders for any schema`},
		{"three parts", rules(`{name: a, effect: deny, accesses: [{kind: table, names: [a.b.c]}]}`),
			`policy.yaml:3: statements.rules[0].accesses[0].names[0]: has more than two parts, and names are schema.name (rules name databases by databases:); ` +
				`put a part that holds a dot in quotes: public."a.b"`},
		{"an empty part", rules(`{name: a, effect: deny, accesses: [{kind: table, names: [.b]}]}`),
			`policy.yaml:3: statements.rules[0].accesses[0].names[0]: has an empty part; names are schema.name, and * stands for any`},
		{"an open quote", rules(`{name: a, effect: deny, accesses: [{kind: table, names: ['"a.b']}]}`),
			`policy.yaml:3: statements.rules[0].accesses[0].names[0]: has a quote without its end`},
		{"a folder that could be an expression", rules(`{name: a, effect: deny, accesses: [{kind: server_file, names: [/tmp/]}]}`),
			`policy.yaml:3: statements.rules[0].accesses[0].names[0]: could be a path or a regular expression; write /tmp/* for what is in the folder, or /^…$/ for an expression`},
		{"the same rule", rules(`{name: a, effect: allow, users: [ann, bob]}`, `{name: b, effect: allow, users: [bob, ann]}`),
			`policy.yaml:4: statements.rules[1]: is the same as statements.rules[0] (a) but for its name; remove one of them`},
		{"a rule behind a wider one that denies", rules(`{name: a, effect: deny, accesses: {kind: table, names: "secret.*"}}`,
			`{name: b, effect: deny, users: ann, accesses: {verbs: read, kind: table, names: secret.plans}}`),
			`policy.yaml:4: statements.rules[1]: can never match: all that it denies is denied by statements.rules[0] (a) already; remove it`},
		{"a rule that allows what is denied", rules(`{name: a, effect: allow, users: ann, accesses: {verbs: read, kind: table, names: secret.plans}}`,
			`{name: b, effect: deny, accesses: {kind: table, names: "secret.*"}}`), `policy.yaml:3: statements.rules[0]: can never match: ` +
			`all that it allows is denied by statements.rules[1] (b), and a rule that denies wins; remove it, or narrow that one`},
		{"a word of an ACL", rules(`{name: a, users: ann, acl: "+@raed ~orders:*"}`), `policy.yaml:3: statements.rules[0].acl: +@raed: there is no category @raed; did you mean +@read?`},
		{"a command of an ACL", rules("name: a\n      acl: >-\n        +get\n        +config|sett"),
			`policy.yaml:4: statements.rules[0].acl: +config|sett: CONFIG has no subcommand SETT that Sluice knows; did you mean +config|set?`},
		{"an empty ACL", rules(`{name: a, effect: allow, acl: ""}`), `policy.yaml:3: statements.rules[0].acl: allows no command; say which: +@all, +@read, +get`},
		{"an ACL of nothing", rules(`{name: a, effect: allow, acl: []}`), `policy.yaml:3: statements.rules[0].acl: allows no command; say which: +@all, +@read, +get`},
		{"a list of words", rules(`{name: a, acl: ["+get", "(+set", "~tmp:*)", "~b:*", "+sett"]}`),
			`policy.yaml:3: statements.rules[0].acl: +sett: there is no command SETT that Sluice knows; did you mean +set?`},
		{"a password in an ACL", rules(`{name: a, acl: "on >s3cret +@all"}`), `policy.yaml:3: statements.rules[0].acl: on: is about logging in, which is the server's affair; remove it`},
		{"a pattern of an ACL", rules(`{name: a, acl: "+get ~orders:[0-9"}`), `policy.yaml:3: statements.rules[0].acl: orders:[0-9 has a [ without its ]; write \[ to mean the character`},
		{"an ACL that denies", rules(`{name: a, effect: deny, acl: "+get ~*"}`),
			`policy.yaml:3: statements.rules[0].effect: a rule with an ACL allows; say what to deny by operations and accesses, in a rule of its own`},
		{"an ACL and operations", rules(`{name: a, acl: "+get ~*", operations: GET}`),
			`policy.yaml:3: statements.rules[0].acl: says what is allowed by itself; remove operations and accesses, or make a rule of its own of them`},
		{"an ACL at login", "connections: {rules: [{name: a, effect: allow, acl: +get}]}\nstatements: {default: allow}\n",
			`policy.yaml:1: connections.rules[0].acl: unknown key; it belongs elsewhere: statements.rules[].acl`},
		{"the same ACL", rules(`{name: a, acl: "+get ~* -set"}`, `{name: b, acl: "+get ~*"}`), `policy.yaml:4: statements.rules[1]: is the same as statements.rules[0] (a) but for its name; remove one of them`},
		{"an ACL of what is denied", rules(`{name: a, users: ann, acl: "+get ~*"}`, `{name: b, effect: deny, users: "a*"}`), `policy.yaml:3: statements.rules[0]: can never match: ` +
			`all that it allows is denied by statements.rules[1] (b), and a rule that denies wins; remove it, or narrow that one`},
		{"everything at once", "connections:\n  default: maybe\nstatements:\n  rules:\n    - name: a\n      effect: allow\n      sources: here\n      accesses:\n        - kind: tabel\n",
			`policy.yaml:2: connections.default: "maybe" is not known; say allow or deny
policy.yaml:7: statements.rules[0].sources: is neither an address nor a prefix; write 192.0.2.1, 10.0.0.0/8, 2001:db8::/32, or unix for clients of a Unix socket
policy.yaml:9: statements.rules[0].accesses[0].kind: "tabel" is not known; did you mean table? (any, table, index, sequence, function, type, schema, database, ` +
				`role, setting, extension, server_object, server_file, program, large_object, notify_channel, prepared, cursor, unknown, unparsed, opaque, replication, ` +
				`key, keyspace, channel, channel_pattern, script, command)`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			e, err := parsePolicy(tt.text)
			var p configs.Problems
			if !errors.As(err, &p) || e != nil {
				t.Fatalf("got %v, %v, want problems", e, err)
			}
			if got := err.Error(); got != tt.want {
				t.Errorf("got\n%s\nwant\n%s", got, tt.want)
			}
		})
	}
}

// TestPolicyIsReadAsItIsWritten compares what the engine knows with the file.
func TestPolicyIsReadAsItIsWritten(t *testing.T) {
	e, err := parsePolicy(`
connections:
  default: deny
  rules:
    - {name: in, effect: allow, sources: ["10.0.0.0/8", "!10.9.0.0/16", unix], users: "!postgres"}
statements:
  default: allow
  rules:
    - name: out
      effect: deny
      shadow: true
      users: ["${PORT}", "rep_*"]
      databases: shop
      applications: psql
      listeners: [a, b]
      operations: [copy to, "create_*", Select]
      accesses:
        - {verbs: [read, write], kind: table, names: ['"we.ird".x', '/^a\.b$/']}
        - kind: opaque
`)
	if err != nil {
		t.Fatal(err)
	}
	if c, s := e.Defaults(); c != rbac.Deny || s != rbac.Allow {
		t.Errorf("defaults: got %s and %s", c, s)
	}
	want := []rbac.RuleInfo{
		{ID: 1, Name: "in", Connection: true, Effect: "allow", Sources: []string{"10.0.0.0/8", "!10.9.0.0/16", "unix"}, Users: []string{"!postgres"}},
		{ID: 2, Name: "out", Effect: "deny", Shadow: true, Users: []string{"6432", "rep_*"}, Databases: []string{"shop"}, Applications: []string{"psql"},
			Listeners: []string{"a", "b"}, Operations: []string{"COPY_TO", "CREATE_*", "SELECT"}, Accesses: []rbac.AccessInfo{
				{Verbs: []metadata.Verb{"read", "write"}, Kind: "table", Names: []string{`"we.ird".x`, `/^a\.b$/`}}, {Kind: "opaque"}}},
	}
	if got := e.Rules(); !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v\nwant %+v", got, want)
	}
}

func TestDefaultsOfAPolicy(t *testing.T) {
	e, err := parsePolicy(rules(`{name: a, effect: allow, users: ann}`))
	if err != nil {
		t.Fatal(err)
	}
	if c, s := e.Defaults(); c != rbac.Allow || s != rbac.Deny {
		t.Errorf("got %s for connections and %s for statements, want allow and deny", c, s)
	}
}

// TestExamplePolicies loads each of them, and asks it what it is an example of.
func TestExamplePolicies(t *testing.T) {
	files, err := filepath.Glob("examples/policies/*.yaml")
	if err != nil || len(files) < 4 {
		t.Fatalf("got %v, %v; want at least four example policies", files, err)
	}
	for _, f := range files {
		e, err := configs.LoadPolicy(f)
		if err != nil {
			t.Error(err)
			continue
		}
		if e.Len() == 0 {
			t.Errorf("%s has no rules", f)
		}
	}
}

// TestPolicyOfTheDocs loads the worked example of docs/policy.md.
func TestPolicyOfTheDocs(t *testing.T) {
	text, err := os.ReadFile("../docs/policy.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, found := strings.Cut(string(text), "```yaml\n# policy.yaml\n")
	example, _, ended := strings.Cut(rest, "```")
	if !found || !ended {
		t.Fatal("docs/policy.md has no example that begins with # policy.yaml")
	}
	if e, err := parsePolicy(example); err != nil || e.Len() != 3 {
		t.Errorf("got %v", err)
	}
}

func TestLoadPolicyTellsOfAMissingFile(t *testing.T) {
	if _, err := configs.LoadPolicy(filepath.Join(t.TempDir(), "policy.yaml")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v", err)
	}
}

func FuzzParsePolicy(f *testing.F) {
	f.Add(rules(`{name: a, effect: deny, users: "!ann", operations: copy to, accesses: {kind: table, names: ['"a.b".c', "/x/", "a?.*b"]}}`))
	f.Add("connections: {default: deny, rules: [{name: a, effect: allow, sources: [unix, '!::1', 10.0.0.0/8]}]}\nstatements: &a {rules: [*a]}\n")
	f.Fuzz(func(t *testing.T, text string) {
		e, err := parsePolicy(text)
		if (e == nil) == (err == nil) {
			t.Fatalf("got %v and %v", e, err)
		}
		if e == nil {
			return
		}
		s := e.Subject(rbac.Identity{User: "ann"})
		s.Decide([]metadata.Effect{{Operation: "SELECT", Accesses: []metadata.Access{{Verb: metadata.Read, Kind: metadata.KindTable, Name: "a"}}}}, nil)
	})
}

// TestPolicyACL reads a rule that is written as an ACL.
func TestPolicyACL(t *testing.T) {
	e, err := parsePolicy(rules(`{name: app, users: app, acl: "+@read ~orders:*"}`))
	if err != nil {
		t.Fatal(err)
	}
	want := rbac.RuleInfo{ID: 1, Name: "app", Effect: rbac.Allow, Users: []string{"app"}, Text: "+@read ~orders:*"}
	if got := e.Rules(); len(got) != 1 || !reflect.DeepEqual(got[0], want) {
		t.Errorf("got %+v", got)
	}
	read := []metadata.Effect{{Operation: "GET", Accesses: []metadata.Access{{Verb: metadata.Read, Kind: metadata.KindKey, Name: "orders:1"}}}}
	if d := e.Subject(rbac.Identity{User: "app"}).Decide(read, nil); !d.Allow || d.Rule != 1 {
		t.Errorf("got %+v", d)
	}
	if d := e.Subject(rbac.Identity{User: "eve"}).Decide(read, nil); d.Allow {
		t.Errorf("another user is allowed: %+v", d)
	}
}
