package rbac_test

import (
	"strings"
	"testing"

	"github.com/sluice-proxy/sluice/metadata"
	"github.com/sluice-proxy/sluice/rbac"
)

// TestLongNamesAreCut: clients make keys as long as they like, and logs have them when they are denied.
func TestLongNamesAreCut(t *testing.T) {
	e := compile(t, rbac.Policy{})
	for _, tt := range []struct{ name, told, wanted string }{
		{strings.Repeat("k", 256), strings.Repeat("k", 256), strings.Repeat("k", 256)},
		{strings.Repeat("k", 1<<20), strings.Repeat("k", 256) + "…", strings.Repeat("k", 256) + "*"},
		{strings.Repeat("k", 255) + "éé", strings.Repeat("k", 255) + "…", strings.Repeat("k", 255) + "*"},
	} {
		d := e.Subject(rbac.Identity{}).Decide(does("GET", metadata.Access{Verb: metadata.Read, Kind: metadata.KindKey, Name: tt.name}), nil)
		if got, want := d.Message(), "read of key "+tt.told+" is allowed by no rule"; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
		if got, want := d.Hint(), "It needs a rule that allows it: {verbs: [read], kind: key, names: [\""+tt.wanted+"\"]}."; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// TestMessages pins what clients are told.
func TestMessages(t *testing.T) {
	e := compile(t, rbac.Policy{Statements: rbac.Rules{List: []rbac.Rule{
		{Name: "part", Effect: rbac.Deny, Users: []string{"ann"}, Accesses: []rbac.AccessRule{tables("s.a")}},
		{Name: "no-drop", Effect: rbac.Deny, Users: []string{"ann"}, Operations: []string{"DROP_TABLE"}},
		{Name: "nothing", Effect: rbac.Deny, Users: []string{"eve"}},
		{Name: "b", Effect: rbac.Allow, Accesses: []rbac.AccessRule{tables("s.b")}},
	}}})
	const wider = "Its name has no schema and may mean several objects; with a schema it may be judged otherwise."
	for _, tt := range []struct {
		user    string
		effects []metadata.Effect
		path    *metadata.SearchPath
		message string
		hint    string
	}{
		{"bob", readA, nil, "read of table s.a is allowed by no rule", `It needs a rule that allows it: {verbs: [read], kind: table, names: ["s.a"]}.`},
		{"bob", readX, pathS, "read of table a is allowed by no rule", `It needs a rule that allows it: {verbs: [read], kind: table, names: ["*.a"]}.`},
		{"bob", readX, pathST, "read of table a is allowed by no rule", wider},
		{"bob", readX, nil, "read of table a is allowed by no rule", wider},
		{"ann", readA, nil, "read of table s.a is denied", ""},
		{"ann", does("DROP_TABLE"), nil, "DROP_TABLE is denied", ""},
		{"ann", inside("DROP_TABLE", does("PREPARE")), nil, "DROP_TABLE is denied", ""},
		{"eve", begin, nil, "every statement is denied", ""},
		{"ann", block, nil, "DO, which may do anything, could do what is denied", `It needs a rule that allows it: {verbs: [execute], kind: opaque, names: ["DO"]}.`},
		{"ann", garbage, nil, "a text that is not understood (syntax) could do what is denied", "Write it more simply, or as one statement at a time."},
		{"bob", does("EXECUTE", execute(metadata.KindPrepared, "p")), nil, "a prepared statement that is not known is allowed by no rule",
			`It needs a rule that allows it: {verbs: [execute], kind: prepared, names: ["p"]}.`},
		{"bob", does("UNKNOWN", execute(metadata.KindUnknown, "function_call")), nil, "a request of which it is not known what it does (function_call) is allowed by no rule",
			`It needs a rule that allows it: {verbs: [execute], kind: unknown, names: ["function_call"]}.`},
		{"bob", does("BASE_BACKUP", execute(metadata.KindReplication, "BASE_BACKUP")), nil, "replication (BASE_BACKUP) is allowed by no rule",
			`It needs a rule that allows it: {verbs: [execute], kind: replication, names: ["BASE_BACKUP"]}.`},
		{"bob", does("DROP_INDEX", metadata.Access{Verb: metadata.Drop, Kind: metadata.KindIndex, Schema: "s", Name: "i"}), nil,
			"drop of index s.i, whose table is not named, is allowed by no rule", `It needs a rule that allows it: {verbs: [drop], kind: index, names: ["s.i"]}.`},
		{"bob", does("COPY_TO", execute(metadata.KindProgram, "curl -u me:secret")), nil, "execute of a program is allowed by no rule",
			"It needs a rule that allows it: {verbs: [execute], kind: program}."},
		{"bob", does("COPY_TO", execute(metadata.KindServerFile, "/home/secret")), nil, "execute of a server file is allowed by no rule",
			"It needs a rule that allows it: {verbs: [execute], kind: server_file}."},
		{"bob", does("GRANT", table(metadata.Alter, "s", "")), nil, "alter of any table of s is allowed by no rule",
			`It needs a rule that allows it: {verbs: [alter], kind: table, names: ["s.*"]}.`},
		{"bob", does("VACUUM", table(metadata.Alter, "", "")), nil, "alter of any table is allowed by no rule", "It needs a rule that allows it: {verbs: [alter], kind: table}."},
		{"bob", readB, nil, "read of table s.b is allowed", ""},
		{"bob", begin, nil, "needs no rule", ""},
	} {
		d := e.Subject(rbac.Identity{User: tt.user}).Decide(tt.effects, tt.path)
		if d.Message() != tt.message || d.Hint() != tt.hint {
			t.Errorf("got %q, %q\nwant %q, %q", d.Message(), d.Hint(), tt.message, tt.hint)
		}
	}
	login := e.Connection(rbac.Identity{User: "ann"})
	if login.Message() != "the connection is allowed by no rule" || login.Hint() != "" {
		t.Errorf("got %q, %q", login.Message(), login.Hint())
	}
}

// TestNames looks which names patterns of two parts match.
func TestNames(t *testing.T) {
	for _, tt := range []struct {
		pattern      string
		schema, name string
		want         bool
	}{
		{"s.a", "s", "a", true},
		{"s.a", "s", "A", false},
		{"s.*", "s", "a.b", true},
		{"*.a", "s.t", "a", true},
		{"s*.a", "s.t", "a", true},
		{"s.a*b", "s", "ab", true},
		{"s.a*b", "s", "axbxb", true},
		{"s.a*b", "s", "axbx", false},
		{"s.?", "s", "é", true},
		{"s.?", "s", "ab", false},
		{"s.??", "s", "a", false},
		{"s.?é*x", "s", "aéyx", true},
		{"s.?é*x", "s", "aeyx", false},
		{"s.*a*", "s", "xay", true},
		{"s.**", "s", "x", true},
		{`"s.t".a`, "s.t", "a", true},
		{`"s.t".a`, "s", "t.a", false},
		{`s."a*"`, "s", "a*", true},
		{`s."a*"`, "s", "ab", false},
		{`s."a."*`, "s", "a.b", true},
		{`s."say ""hi"""`, "s", `say "hi"`, true},
		{`s."*"*`, "s", "*x", true},
		{`s."*"*`, "s", "x", false},
		{`/^s\.(a|b)$/`, "s", "b", true},
		{`/^s\.(a|b)$/`, "s", "bb", false},
		{"/b/", "s", "abc", true},
	} {
		e := compile(t, rbac.Policy{Statements: rbac.Rules{List: []rbac.Rule{rule("allow", "x", tables(tt.pattern))}}})
		if d := e.Subject(rbac.Identity{}).Decide(does("SELECT", table(r, tt.schema, tt.name)), nil); d.Allow != tt.want {
			t.Errorf("%s, %s.%s: got %v, want %v", tt.pattern, tt.schema, tt.name, d.Allow, tt.want)
		}
	}
}

// TestUselessRules are pairs of rules of which the second can never decide, and pairs that look like that and aren't. What Compile refuses makes no difference, which
// TestAgainstReference shows; this shows that it refuses what people would see.
func TestUselessRules(t *testing.T) {
	deny := func(users []string, accesses ...rbac.AccessRule) rbac.Rule {
		return rbac.Rule{Name: "first", Effect: rbac.Deny, Users: users, Accesses: accesses}
	}
	allow := func(users []string, accesses ...rbac.AccessRule) rbac.Rule {
		return rbac.Rule{Name: "second", Effect: rbac.Allow, Users: users, Accesses: accesses}
	}
	for _, tt := range []struct {
		name          string
		first, second rbac.Rule
		useless       bool
	}{
		{"the user is among those", deny([]string{"a*"}), allow([]string{"ann"}), true},
		{"one of the users isn't", deny([]string{"a*"}), allow([]string{"ann", "bob"}), false},
		{"the user is excluded", deny([]string{"*", "!ann"}), allow([]string{"ann"}), false},
		{"another one is excluded", deny([]string{"!bob"}), allow([]string{"ann"}), true},
		{"the same one is excluded", deny([]string{"!bob"}), allow([]string{"!bob"}), true},
		{"an expression is met", deny([]string{"/^a/"}), allow([]string{"ann"}), true},
		{"the name is among those", deny(nil, tables("s.*")), allow(nil, tables("s.a", "s.b?")), true},
		{"one name isn't", deny(nil, tables("s.*")), allow(nil, tables("s.a", "t.a")), false},
		{"? is narrower than *", deny(nil, tables("s.a?")), allow(nil, tables("s.a*")), false},
		{"another kind", deny(nil, tables()), allow(nil, on(metadata.KindFunction)), false},
		{"any kind is wider", deny(nil, on(rbac.AnyKind)), allow(nil, tables()), true},
		{"but not than guarded ones", deny(nil, on(rbac.AnyKind)), allow(nil, on(metadata.KindOpaque)), false},
		{"an operation is among those", operations(deny(nil), "DROP_*"), operations(allow(nil), "DROP_TABLE"), true},
		{"one operation isn't", operations(deny(nil), "DROP_*"), operations(allow(nil), "DROP_TABLE", "SELECT"), false},
		{"only with an operation", operations(deny(nil, tables("s.a")), "DROP_TABLE"), allow(nil, tables("s.a")), false},
		{"the shadow of a rule", rbac.Rule{Name: "first", Effect: rbac.Deny, Shadow: true}, allow(nil, tables("s.a")), false},
		{"the network is part of that one", rbac.Rule{Name: "first", Effect: rbac.Deny, Sources: []string{"10.0.0.0/8"}},
			rbac.Rule{Name: "second", Effect: rbac.Allow, Sources: []string{"10.1.0.0/16", "10.2.3.4"}}, true},
		{"part of the network is excluded", rbac.Rule{Name: "first", Effect: rbac.Deny, Sources: []string{"10.0.0.0/8", "!10.1.2.0/24"}},
			rbac.Rule{Name: "second", Effect: rbac.Allow, Sources: []string{"10.1.0.0/16"}}, false},
	} {
		_, problems := rbac.Compile(rbac.Policy{Statements: rbac.Rules{List: []rbac.Rule{tt.first, tt.second}}})
		if (len(problems) > 0) != tt.useless {
			t.Errorf("%s: got %v, want useless %v", tt.name, problems, tt.useless)
		}
	}
}
