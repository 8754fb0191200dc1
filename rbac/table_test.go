package rbac_test

import (
	"net/netip"
	"os"
	"regexp"
	"slices"
	"testing"

	"github.com/sluice-proxy/sluice/metadata"
	"github.com/sluice-proxy/sluice/rbac"
)

// A row is one of the table in docs/policy.md: a policy and what it decides.
type row struct {
	name     string
	fallback rbac.Effect // "": deny
	rules    []rbac.Rule
	asks     []ask
}

// An ask is a request, and the verdict.
type ask struct {
	effects []metadata.Effect
	path    *metadata.SearchPath
	allow   bool
	rule    string // that decides; "" for none
}

// rule makes one without an identity; its name is what it does.
func rule(effect rbac.Effect, name string, accesses ...rbac.AccessRule) rbac.Rule {
	return rbac.Rule{Name: name, Effect: effect, Accesses: accesses}
}

func operations(r rbac.Rule, list ...string) rbac.Rule {
	r.Operations = list
	return r
}

func on(kind metadata.Kind, names ...string) rbac.AccessRule {
	return rbac.AccessRule{Kind: kind, Names: names}
}

func tables(names ...string) rbac.AccessRule { return on(metadata.KindTable, names...) }

// does makes a statement of an operation.
func does(operation string, accesses ...metadata.Access) []metadata.Effect {
	return []metadata.Effect{{Operation: operation, Accesses: accesses}}
}

func inside(inner string, e []metadata.Effect) []metadata.Effect {
	e[0].Inner = []string{inner}
	return e
}

func table(verb metadata.Verb, schema, name string) metadata.Access {
	return metadata.Access{Verb: verb, Kind: metadata.KindTable, Schema: schema, Name: name}
}

func execute(kind metadata.Kind, name string) metadata.Access {
	return metadata.Access{Verb: metadata.Execute, Kind: kind, Name: name}
}

func system(s metadata.System, a metadata.Access) metadata.Access { a.System = s; return a }
func free(a metadata.Access) metadata.Access                      { a.Free = true; return a }
func implied(a metadata.Access) metadata.Access                   { a.Implied = true; return a }
func anywhere(a metadata.Access) metadata.Access                  { a.Anywhere = true; return a }

const (
	r = metadata.Read
	w = metadata.Write
)

var (
	begin    = does("BEGIN")
	readA    = does("SELECT", table(r, "s", "a"))
	readB    = does("SELECT", table(r, "s", "b"))
	readT    = does("SELECT", table(r, "t", "a"))
	readX    = does("SELECT", table(r, "", "a"))
	writeA   = does("INSERT", table(w, "s", "a"))
	block    = does("DO", execute(metadata.KindOpaque, "DO"))
	call     = does("CALL", execute(metadata.KindOpaque, "CALL"))
	garbage  = does("UNKNOWN", execute(metadata.KindUnparsed, "syntax"))
	pathS    = &metadata.SearchPath{Known: true, Search: []string{"s"}, System: "pg_catalog"}
	pathST   = &metadata.SearchPath{Known: true, Search: []string{"s", "t"}, System: "pg_catalog"}
	pathLate = &metadata.SearchPath{Known: true, Search: []string{"s"}, Later: []string{"t"}, System: "pg_catalog"}
	noPath   = &metadata.SearchPath{Known: true, System: "pg_catalog"}
	lost     = &metadata.SearchPath{Search: []string{"s"}, System: "pg_catalog"}
)

func both(a, b []metadata.Effect) []metadata.Effect { return append(slices.Clone(a), b...) }

var rows = []row{
	{"several statements", "", []rbac.Rule{rule("allow", "a", tables("s.a"))}, []ask{
		{both(readA, begin), nil, true, "a"},
		{both(readA, readB), nil, false, ""},
		{both(readB, readA), nil, false, ""},
	}},
	{"several accesses", "", []rbac.Rule{rule("allow", "a", tables("s.a")), rule("allow", "b", tables("s.b"))}, []ask{
		{does("SELECT", table(r, "s", "a"), table(r, "s", "b")), nil, true, "a"},
		{does("SELECT", table(r, "s", "a"), table(r, "s", "c")), nil, false, ""},
	}},
	{"no access", "", []rbac.Rule{operations(rule("deny", "no-set"), "SET"), rule("deny", "no-a", tables("s.a"))}, []ask{
		{begin, nil, true, ""},
		{does("SET"), nil, false, "no-set"},
	}},
	{"no statement", "", []rbac.Rule{rule("deny", "no-a", tables("s.a"))}, []ask{{nil, nil, true, ""}}},
	{"deny wins", "", []rbac.Rule{rule("allow", "all"), rule("deny", "no-a", tables("s.a")), rule("allow", "s", tables("s.*"))}, []ask{
		{readA, nil, false, "no-a"},
		{readB, nil, true, "all"},
	}},
	{"deny everything", "allow", []rbac.Rule{rule("deny", "nothing")}, []ask{
		{readA, nil, false, "nothing"},
		{begin, nil, false, "nothing"},
		{nil, nil, false, "nothing"},
	}},
	{"deny an operation", "allow", []rbac.Rule{operations(rule("deny", "no-drop"), "DROP_*")}, []ask{
		{does("DROP_TABLE", table(metadata.Drop, "s", "a")), nil, false, "no-drop"},
		{does("DROP_ROLE"), nil, false, "no-drop"},
		{readA, nil, true, ""},
	}},
	{"deny an access", "allow", []rbac.Rule{rule("deny", "no-a", rbac.AccessRule{Verbs: []metadata.Verb{w}, Kind: metadata.KindTable, Names: []string{"s.a"}})}, []ask{
		{writeA, nil, false, "no-a"},
		{readA, nil, true, ""},
	}},
	{"deny both", "allow", []rbac.Rule{operations(rule("deny", "no-copy", tables("s.a")), "COPY_TO")}, []ask{
		{does("COPY_TO", table(r, "s", "a")), nil, false, "no-copy"},
		{does("COPY_TO", table(r, "s", "b")), nil, true, ""},
		{readA, nil, true, ""},
		{both(does("COPY_TO", table(r, "s", "b")), readA), nil, true, ""},
	}},
	{"inner operations, denied", "allow", []rbac.Rule{operations(rule("deny", "no-delete"), "DELETE"), operations(rule("deny", "no-a", tables("s.a")), "UPDATE")}, []ask{
		{inside("DELETE", does("EXPLAIN_ANALYZE")), nil, false, "no-delete"},
		{inside("UPDATE", does("SELECT", table(w, "s", "a"))), nil, false, "no-a"},
		{inside("SELECT", does("EXPLAIN_ANALYZE")), nil, true, ""},
	}},
	{"inner operations, allowed", "", []rbac.Rule{operations(rule("allow", "reads", tables("s.*")), "SELECT", "EXPLAIN")}, []ask{
		{inside("SELECT", does("EXPLAIN", table(r, "s", "a"))), nil, true, "reads"},
		{inside("DELETE", does("EXPLAIN", table(w, "s", "a"))), nil, false, ""},
		{inside("SELECT", does("PREPARE", table(r, "s", "a"))), nil, false, ""},
	}},
	{"allow an access", "", []rbac.Rule{rule("allow", "a", rbac.AccessRule{Verbs: []metadata.Verb{r}, Kind: metadata.KindTable, Names: []string{"s.a"}})}, []ask{
		{readA, nil, true, "a"},
		{writeA, nil, false, ""},
		{readB, nil, false, ""},
	}},
	{"allow an operation", "", []rbac.Rule{operations(rule("allow", "select"), "SELECT")}, []ask{
		{readA, nil, true, "select"},
		{writeA, nil, false, ""},
		{does("SELECT", execute(metadata.KindOpaque, "query_to_xml")), nil, false, ""},
	}},
	{"allow both", "", []rbac.Rule{operations(rule("allow", "select-a", tables("s.a")), "SELECT")}, []ask{
		{readA, nil, true, "select-a"},
		{readB, nil, false, ""},
		{does("COPY_TO", table(r, "s", "a")), nil, false, ""},
	}},
	{"allow everything", "", []rbac.Rule{rule("allow", "all")}, []ask{
		{readA, nil, true, "all"},
		{block, nil, true, "all"},
		{garbage, nil, true, "all"},
		{begin, nil, true, "all"},
	}},
	aclRow, aclGuardedRow, aclFreeRow,
	{"default", "allow", []rbac.Rule{rule("allow", "a", tables("s.a"))}, []ask{{readA, nil, true, "a"}, {readB, nil, true, ""}}},
	{"free", "", []rbac.Rule{rule("deny", "no-sleep", on(metadata.KindFunction, "pg_catalog.pg_sleep"))}, []ask{
		{does("SELECT", free(system(metadata.IsSystem, execute(metadata.KindFunction, "count")))), pathS, true, ""},
		{does("SELECT", free(system(metadata.IsSystem, execute(metadata.KindFunction, "pg_sleep")))), pathS, false, "no-sleep"},
		{does("PREPARE", free(metadata.Access{Verb: metadata.Create, Kind: metadata.KindPrepared, Name: "p"})), nil, true, ""},
	}},
	{"implied", "", []rbac.Rule{rule("allow", "write-a", rbac.AccessRule{Verbs: []metadata.Verb{w}, Kind: metadata.KindTable, Names: []string{"s.a"}})}, []ask{
		{does("UPDATE", table(w, "s", "a")), nil, true, "write-a"},
		{does("UPDATE", table(w, "s", "a"), implied(table(r, "s", "a"))), nil, false, ""},
	}},
	{"any kind", "", []rbac.Rule{rule("allow", "any", on(rbac.AnyKind))}, []ask{
		{readA, nil, true, "any"},
		{does("SELECT", execute(metadata.KindProgram, "ls")), nil, true, "any"},
		{block, nil, false, ""},
	}},
	{"guarded, denied", "allow", []rbac.Rule{rule("allow", "all"), operations(rule("deny", "no-drop"), "DROP_TABLE")}, []ask{
		{block, nil, false, "no-drop"},
		{garbage, nil, false, "no-drop"},
		{does("DROP_INDEX", metadata.Access{Verb: metadata.Drop, Kind: metadata.KindIndex, Schema: "s", Name: "i"}), nil, false, "no-drop"},
		{readA, nil, true, "all"},
	}},
	{"guarded, named", "allow", []rbac.Rule{
		rule("deny", "no-a", tables("s.a")), rule("allow", "code", on(metadata.KindOpaque, "DO", "CALL")), rule("deny", "no-call", on(metadata.KindOpaque, "C*")),
	}, []ask{
		{block, nil, true, "code"},
		{call, nil, false, "no-call"},
		{garbage, nil, false, "no-a"},
	}},
	{"guarded, allowed", "", []rbac.Rule{rule("allow", "any", on(rbac.AnyKind)), operations(rule("allow", "do"), "DO", "CALL"), rule("allow", "code", on(metadata.KindOpaque, "CALL"))}, []ask{
		{call, nil, true, "code"},
		{block, nil, false, ""},
	}},
	{"undeclared", "", []rbac.Rule{rule("allow", "any", on(rbac.AnyKind)), operations(rule("allow", "select"), "SELECT")}, []ask{
		{does("SELECT", execute("spell", "x")), nil, false, ""},
		{does("SELECT", metadata.Access{Verb: "enchant", Kind: metadata.KindTable, Schema: "s", Name: "a"}), nil, false, ""},
	}},
	{"search path, denied", "allow", []rbac.Rule{rule("deny", "no-t", tables("t.a"))}, []ask{
		{readX, pathST, false, "no-t"},
		{readX, pathS, true, ""},
	}},
	{"search path, allowed", "", []rbac.Rule{rule("allow", "s", tables("s.a"))}, []ask{
		{readX, pathS, true, "s"},
		{readX, pathST, false, ""},
	}},
	{"later schemas", "", []rbac.Rule{rule("allow", "s", tables("s.*")), rule("deny", "no-t", tables("t.b"))}, []ask{
		{readX, pathLate, true, "s"},
		{does("SELECT", table(r, "", "b")), pathLate, false, "no-t"},
		{does("SELECT", table(r, "", "b")), pathS, true, "s"},
	}},
	{"system names", "", []rbac.Rule{rule("allow", "catalog", tables("pg_catalog.*"))}, []ask{
		{does("SELECT", system(metadata.IsSystem, table(r, "", "pg_class"))), pathST, true, "catalog"},
		{does("SELECT", table(r, "", "pg_class")), pathST, false, ""},
	}},
	{"maybe system names", "", []rbac.Rule{rule("allow", "catalog", tables("pg_catalog.*")), rule("allow", "s", tables("s.*"))}, []ask{
		{does("SELECT", system(metadata.MaybeSystem, table(r, "", "pg_new"))), pathS, true, "s"},
		{does("SELECT", system(metadata.MaybeSystem, table(r, "", "pg_new"))), pathST, false, ""},
		{does("SELECT", system(metadata.MaybeSystem, table(r, "", "pg_new"))), noPath, true, "catalog"},
	}},
	{"unknown path", "", []rbac.Rule{
		rule("allow", "s", tables("s.*", "/./")), rule("allow", "c", tables("*.c")), rule("deny", "no-d", tables("t.d")),
	}, []ask{
		{readX, nil, false, ""},
		{readX, lost, false, ""},
		{readX, noPath, false, ""},
		{does("SELECT", anywhere(table(r, "", "a"))), pathS, false, ""},
		{does("SELECT", table(r, "", "c")), nil, true, "c"},
		{does("SELECT", table(r, "", "d")), nil, false, "no-d"},
		{does("SELECT", table(r, "s", "d")), nil, true, "s"},
	}},
	{"any name", "", []rbac.Rule{rule("allow", "s", tables("s.*", "t.a", "/t/")), rule("allow", "u", tables("u.*")), rule("deny", "no-u", tables("u.x"))}, []ask{
		{does("GRANT", table(r, "s", "")), nil, true, "s"},
		{does("GRANT", table(r, "t", "")), nil, false, ""},
		{does("GRANT", table(r, "u", "")), nil, false, "no-u"},
	}},
	{"any object", "", []rbac.Rule{
		rule("allow", "s", tables("s.*")), rule("allow", "files", on(metadata.KindServerFile)), rule("allow", "objects", on(metadata.KindLargeObject, "1*")),
	}, []ask{
		{does("VACUUM", table(r, "", "")), pathS, false, ""},
		{does("COPY_TO", execute(metadata.KindServerFile, "")), nil, true, "files"},
		{does("SELECT", execute(metadata.KindLargeObject, "")), nil, false, ""},
		{does("SELECT", execute(metadata.KindLargeObject, "17")), nil, true, "objects"},
	}},
	{"dots in schemas", "", []rbac.Rule{rule("allow", "a", tables(`/^a[.]b[.]c$/`)), rule("deny", "no-d", tables(`/^a[.]b[.]d$/`))}, []ask{
		{does("SELECT", table(r, "a", "b.c")), nil, true, "a"},
		{does("SELECT", table(r, "a.b", "c")), nil, false, ""},
		{does("SELECT", table(r, "a.b", "d")), nil, false, "no-d"},
	}},
	{"file paths", "", []rbac.Rule{rule("allow", "tmp", on(metadata.KindServerFile, "/tmp/*", "log/x")), rule("deny", "no-keys", on(metadata.KindServerFile, "/tmp/keys"))}, []ask{
		{does("COPY_TO", execute(metadata.KindServerFile, "/tmp/a")), nil, true, "tmp"},
		{does("COPY_TO", execute(metadata.KindServerFile, "/tmp/keys")), nil, false, "no-keys"},
		{does("COPY_TO", execute(metadata.KindServerFile, "/tmp//keys")), nil, false, "no-keys"},
		{does("COPY_TO", execute(metadata.KindServerFile, "/tmp/../tmp/keys")), nil, false, "no-keys"},
		{does("COPY_TO", execute(metadata.KindServerFile, "log/x")), nil, false, "no-keys"},
		{does("COPY_TO", execute(metadata.KindServerFile, "/etc/passwd")), nil, false, ""},
	}},
}

func TestTable(t *testing.T) {
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			e := compile(t, rbac.Policy{Statements: rbac.Rules{Default: row.fallback, List: row.rules}})
			s := e.Subject(rbac.Identity{User: "ann"})
			for _, ask := range row.asks {
				d := s.Decide(ask.effects, ask.path)
				if d.Allow != ask.allow || e.Name(d.Rule) != ask.rule {
					t.Errorf("%v: got allow %v by rule %q (%s), want %v by %q", ask.effects, d.Allow, e.Name(d.Rule), d.Message(), ask.allow, ask.rule)
				}
			}
		})
	}
	t.Run("identity lists", func(t *testing.T) {
		holds(t, "ann", "bob", rbac.Rule{Users: []string{"ann", "cal"}})
		holds(t, "app_x", "app_admin", rbac.Rule{Users: []string{"app_*", "!app_admin"}})
		holds(t, "ann", "bob", rbac.Rule{Users: []string{"!b*"}})
		holds(t, "ann", "ANN", rbac.Rule{Users: []string{"ann"}})
		holds(t, "ann", "joanne", rbac.Rule{Users: []string{"/^a.n/"}})
	})
	t.Run("sources", func(t *testing.T) {
		for _, tt := range []struct {
			list    []string
			in, out string
		}{
			{[]string{"10.0.0.0/8"}, "10.1.2.3", "11.0.0.1"},
			{[]string{"10.0.0.0/8"}, "::ffff:10.1.2.3", "unix"},
			{[]string{"::ffff:10.1.2.3"}, "10.1.2.3", "10.1.2.4"},
			{[]string{"!10.0.0.0/8"}, "unix", "10.1.2.3"},
			{[]string{"unix", "2001:db8::/32"}, "unix", "10.1.2.3"},
			{[]string{"2001:db8::/32", "!2001:db8::1"}, "2001:db8::2", "2001:db8::1"},
			{[]string{"fe80::1"}, "fe80::1%eth0", "fe80::2%eth0"},
		} {
			e := compile(t, rbac.Policy{Statements: rbac.Rules{List: []rbac.Rule{{Name: "x", Effect: rbac.Allow, Sources: tt.list}}}})
			for source, want := range map[string]bool{tt.in: true, tt.out: false} {
				var id rbac.Identity
				if source != "unix" {
					id.Source = netip.MustParseAddr(source)
				}
				if d := e.Subject(id).Decide(readA, nil); d.Allow != want {
					t.Errorf("%v, %s: got %v, want %v", tt.list, source, d.Allow, want)
				}
			}
		}
	})
	t.Run("shadow", testShadow)
	t.Run("connections", testConnections)
	t.Run("zero", func(t *testing.T) {
		if d := (rbac.Decision{}); d.Allow || d.Message() != "every statement is denied" {
			t.Errorf("got %v, %q", d.Allow, d.Message())
		}
	})
}

// holds looks whether a rule is about user in, and not about user out.
func holds(t *testing.T, in, out string, r rbac.Rule) {
	t.Helper()
	r.Name, r.Effect = "x", rbac.Allow
	e := compile(t, rbac.Policy{Statements: rbac.Rules{List: []rbac.Rule{r}}})
	if !e.Subject(rbac.Identity{User: in}).Decide(readA, nil).Allow || e.Subject(rbac.Identity{User: out}).Decide(readA, nil).Allow {
		t.Errorf("%v: want it to be about %s and not about %s", r.Users, in, out)
	}
}

func testShadow(t *testing.T) {
	shadow := func(r rbac.Rule) rbac.Rule { r.Shadow = true; return r }
	e := compile(t, rbac.Policy{Statements: rbac.Rules{List: []rbac.Rule{
		rule("allow", "a", tables("s.*")), shadow(rule("deny", "no-b", tables("s.b"))), shadow(rule("allow", "t", tables("t.a"))),
	}}})
	s := e.Subject(rbac.Identity{})
	for _, tt := range []struct {
		effects []metadata.Effect
		path    *metadata.SearchPath
		allow   bool
		shadow  string
	}{
		{readA, nil, true, ""},
		{readB, nil, true, "no-b"},
		{readT, nil, false, "t"},
		{readX, pathST, false, "t"},
		{does("SELECT", table(r, "t", "c")), nil, false, ""},
		{both(readB, readT), nil, false, ""}, // the one would allow what the other would deny
	} {
		if d := s.Decide(tt.effects, tt.path); d.Allow != tt.allow || e.Name(d.Shadow) != tt.shadow {
			t.Errorf("%v: got %v, shadow %q, want %v, %q", tt.effects, d.Allow, e.Name(d.Shadow), tt.allow, tt.shadow)
		}
	}
}

func testConnections(t *testing.T) {
	e := compile(t, rbac.Policy{Connections: rbac.Rules{Default: rbac.Deny, List: []rbac.Rule{
		{Name: "in", Effect: rbac.Allow, Users: []string{"a*", "zoe"}},
		{Name: "out", Effect: rbac.Deny, Users: []string{"abe"}},
		{Name: "soon-out", Effect: rbac.Deny, Shadow: true, Users: []string{"ann", "abe"}},
		{Name: "soon-in", Effect: rbac.Allow, Shadow: true, Users: []string{"bob"}},
	}}})
	for _, tt := range []struct {
		user   string
		allow  bool
		rule   string
		shadow string
	}{
		{"zoe", true, "in", ""}, {"abe", false, "out", ""}, {"ann", true, "in", "soon-out"}, {"bob", false, "", "soon-in"}, {"eve", false, "", ""},
	} {
		d := e.Connection(rbac.Identity{User: tt.user})
		if d.Allow != tt.allow || e.Name(d.Rule) != tt.rule || e.Name(d.Shadow) != tt.shadow {
			t.Errorf("%s: got %v by %q, shadow %q", tt.user, d.Allow, e.Name(d.Rule), e.Name(d.Shadow))
		}
	}
}

// TestTableIsComplete compares the rows with those of the table that people read.
func TestTableIsComplete(t *testing.T) {
	text, err := os.ReadFile("../docs/policy.md")
	if err != nil {
		t.Fatal(err)
	}
	var written []string
	for _, m := range regexp.MustCompile(`(?m)^\| ([a-z][a-z, ]*) \|`).FindAllStringSubmatch(string(text), -1) {
		if m[1] != "key" && m[1] != "row" {
			written = append(written, m[1])
		}
	}
	var tested []string
	for _, row := range rows {
		tested = append(tested, row.name)
	}
	tested = append(tested, "identity lists", "sources", "shadow", "connections", "zero")
	if !slices.Equal(written, tested) {
		t.Errorf("docs/policy.md has the rows\n%q\ntested are\n%q", written, tested)
	}
}
