package rbac_test

import (
	"math/rand/v2"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/sluice-proxy/sluice/metadata"
	"github.com/sluice-proxy/sluice/rbac"
)

// selecting makes a rule that allows by selectors.
func selecting(name string, list ...rbac.Selector) rbac.Rule {
	return rbac.Rule{Name: name, Effect: rbac.Allow, Selectors: list}
}

func scope(kind metadata.Kind, verb metadata.Verb, globs ...string) rbac.Scope {
	return rbac.Scope{Verbs: []metadata.Verb{verb}, Kind: kind, Globs: globs}
}

func key(verb metadata.Verb, name string) metadata.Access {
	return metadata.Access{Verb: verb, Kind: metadata.KindKey, Schema: "0", Name: name}
}

var (
	ping  = does("PING", free(execute(metadata.KindCommand, "PING")))
	eval  = does("EVALSHA", key(r, "a:1"), execute(metadata.KindScript, "abc"))
	keys  = does("KEYS", metadata.Access{Verb: r, Kind: metadata.KindKeyspace})
	reads = rbac.Selector{Operations: []string{"GET", "MGET", "COPY", "GETSET", "EVALSHA"}, Accesses: []rbac.Scope{
		{Kind: metadata.KindKey, Globs: []string{"a:*"}}, scope(metadata.KindKey, r, "r:*"), scope(metadata.KindKey, w, "r:1*"), {Kind: metadata.KindCommand}}}
	writes = rbac.Selector{Operations: []string{"SET"}, Accesses: []rbac.Scope{scope(metadata.KindKey, w, "b:[0-9]")}}
)

var aclRow = row{"acl", "", []rbac.Rule{selecting("acl", reads, writes), rule("deny", "no-secrets", on(metadata.KindKey, "*secret*"))}, []ask{
	{does("GET", key(r, "a:1")), nil, true, "acl"},
	{does("GET", key(r, "b:1")), nil, false, ""}, // one selector has the operation, another one the key
	{does("SET", key(w, "a:1")), nil, false, ""},
	{does("SET", key(w, "b:1")), nil, true, "acl"},
	{does("SET", key(w, "b:x")), nil, false, ""},
	{does("MGET", key(r, "a:1"), key(r, "r:2")), nil, true, "acl"},
	{does("MGET", key(r, "a:1"), key(r, "c:1")), nil, false, ""},
	{does("COPY", key(r, "r:2"), key(w, "a:1")), nil, true, "acl"},
	{does("COPY", key(r, "r:1"), key(w, "r:1")), nil, true, "acl"},
	{does("GETSET", key(r, "r:1"), implied(key(w, "r:1"))), nil, false, ""}, // one pattern allows the one, another the other
	{does("GETSET", key(r, "a:1"), implied(key(w, "a:1"))), nil, true, "acl"},
	{does("GET", key(r, "a:secret")), nil, false, "no-secrets"},
	{both(does("GET", key(r, "a:1")), does("SET", key(w, "a:1"))), nil, false, ""},
	{inside("SET", does("GET", key(r, "a:1"))), nil, false, ""},
	{inside("MGET", does("GET", key(r, "a:1"))), nil, true, "acl"},
}}

var aclGuardedRow = row{"acl, guarded", "", []rbac.Rule{
	selecting("acl", reads, rbac.Selector{Operations: []string{"KEYS"}, Accesses: []rbac.Scope{{Kind: metadata.KindKeyspace}}}), rule("allow", "known-script", on(metadata.KindScript, "abc")),
}, []ask{
	{keys, nil, true, "acl"},
	{eval, nil, true, "acl"},
	{does("EVALSHA", key(r, "b:1"), execute(metadata.KindScript, "abc")), nil, false, ""},
	{does("EVALSHA", key(r, "a:1"), execute(metadata.KindScript, "def")), nil, false, ""},
	{garbage, nil, false, ""},
}}

var aclFreeRow = row{"acl, free", "", []rbac.Rule{selecting("acl", reads), rule("allow", "info", on(metadata.KindCommand, "INFO"))}, []ask{
	{ping, nil, false, ""},
	{does("GET", free(execute(metadata.KindCommand, "GET"))), nil, true, "acl"},
	{does("INFO", free(execute(metadata.KindCommand, "INFO"))), nil, true, "info"},
	{does("SELECT", free(execute(metadata.KindFunction, "count"))), nil, true, ""},
}}

// TestSelectorsAndDoubt: what may do anything may do what is denied, however it is allowed, but by name.
func TestSelectorsAndDoubt(t *testing.T) {
	for _, tt := range []struct {
		rule    rbac.Rule
		effects []metadata.Effect
		allow   bool
	}{
		{aclGuardedRow.rules[0], keys, false},
		{selecting("all", rbac.Selector{}), keys, false},
		{rule("allow", "keys", on(metadata.KindKeyspace)), keys, true},
		{selecting("all", reads, rbac.Selector{}), ping, true},
	} {
		e := compile(t, rbac.Policy{Statements: rbac.Rules{List: []rbac.Rule{tt.rule, rule("deny", "no-secrets", on(metadata.KindKey, "*secret*"))}}})
		if d := e.Subject(rbac.Identity{}).Decide(tt.effects, nil); d.Allow != tt.allow {
			t.Errorf("%s, %v: got %+v", tt.rule.Name, tt.effects, d)
		}
	}
}

func TestSelectorOfEverything(t *testing.T) {
	e := compile(t, rbac.Policy{Statements: rbac.Rules{List: []rbac.Rule{selecting("all", rbac.Selector{})}}})
	s := e.Subject(rbac.Identity{})
	if !s.Decide(eval, nil).Allow || !s.Decide(nil, nil).Allow {
		t.Error("a selector of everything allows less")
	}
}

// TestSelectorCulprit: of several accesses the one is told that isn't allowed.
func TestSelectorCulprit(t *testing.T) {
	s := compile(t, rbac.Policy{Statements: rbac.Rules{List: aclRow.rules[:1]}}).Subject(rbac.Identity{})
	for _, tt := range []struct {
		effects []metadata.Effect
		want    string
	}{
		{does("MGET", key(r, "a:1"), key(r, "c:1")), "read of key c:1 is allowed by no rule"},
		{does("GETSET", key(r, "r:2"), implied(key(w, "r:2"))), "write of key r:2 is allowed by no rule"},
		{does("GETSET", key(r, "r:1"), implied(key(w, "r:1"))), "read of key r:1 is allowed by no rule"},
		{does("EVALSHA", key(r, "a:1"), execute(metadata.KindScript, "def")), "execute of script def is allowed by no rule"},
		{does("GETDEL", key(r, "a:1"), implied(key(w, "a:1"))), "read of key a:1 is allowed by no rule"},
	} {
		if d := s.Decide(tt.effects, nil); d.Message() != tt.want {
			t.Errorf("%v: got %q, want %q", tt.effects, d.Message(), tt.want)
		}
	}
}

func TestSelectorShadow(t *testing.T) {
	shadow := selecting("soon", reads)
	shadow.Shadow = true
	e := compile(t, rbac.Policy{Statements: rbac.Rules{List: []rbac.Rule{rule("allow", "b", on(metadata.KindKey, "b:*")), shadow}}})
	for _, tt := range []struct {
		effects []metadata.Effect
		allow   bool
		shadow  string
	}{
		{does("GET", key(r, "a:1")), false, "soon"},
		{does("GET", key(r, "b:1")), true, ""},
		{ping, true, "soon"}, // it would need a rule then
	} {
		if d := e.Subject(rbac.Identity{}).Decide(tt.effects, nil); d.Allow != tt.allow || e.Name(d.Shadow) != tt.shadow {
			t.Errorf("%v: got %+v", tt.effects, d)
		}
	}
}

func TestSelectorMistakes(t *testing.T) {
	for _, tt := range []struct {
		rule rbac.Rule
		want string
	}{
		{rbac.Rule{Name: "a", Effect: rbac.Allow, Selectors: []rbac.Selector{}}, "statements.rules[0].selectors: is an empty list, so the rule could never match; remove it to mean all"},
		{operations(selecting("a", reads), "GET"), "statements.rules[0].selectors: says what is allowed by itself; remove operations and accesses, or make a rule of its own of them"},
		{rbac.Rule{Name: "a", Effect: rbac.Deny, Selectors: []rbac.Selector{reads}}, "statements.rules[0].selectors: says what is allowed; a rule that denies says what by operations and accesses"},
		{selecting("a", rbac.Selector{Operations: []string{"GET"}}), "statements.rules[0].selectors[0].accesses: is missing; say what the operations may access"},
		{selecting("a", rbac.Selector{Operations: []string{}, Accesses: reads.Accesses}),
			"statements.rules[0].selectors[0].operations: is an empty list, so the rule could never match; remove it to mean all"},
		{selecting("a", rbac.Selector{Accesses: []rbac.Scope{{Kind: metadata.KindTable}}}),
			`statements.rules[0].selectors[0].accesses[0].kind: "table" is not a kind whose names have one part and are compared as they are`},
		{selecting("a", rbac.Selector{Accesses: []rbac.Scope{scope(metadata.KindKey, "raed")}}),
			"statements.rules[0].selectors[0].accesses[0].verbs: holds a verb that isn't known; there are [read write create alter drop execute publish subscribe]"},
		{selecting("a", rbac.Selector{Accesses: []rbac.Scope{scope(metadata.KindKey, r, "a", "[a")}}),
			`statements.rules[0].selectors[0].accesses[0].globs[1]: [a has a [ without its ]; write \[ to mean the character`},
		{selecting("a", rbac.Selector{Accesses: []rbac.Scope{scope(metadata.KindKey, r, "[é]")}}),
			"statements.rules[0].selectors[0].accesses[0].globs[0]: [é] has letters of several bytes between [ and ], where each byte counts; write a pattern for each of them"},
		{selecting("a", rbac.Selector{Accesses: []rbac.Scope{scope(metadata.KindKey, r, "")}}), "statements.rules[0].selectors[0].accesses[0].globs[0]:  is empty; to mean any name, write *"},
	} {
		_, problems := rbac.Compile(rbac.Policy{Statements: rbac.Rules{List: []rbac.Rule{tt.rule}}})
		var got []string
		for _, p := range problems {
			got = append(got, p.Path+": "+p.Text)
		}
		if strings.Join(got, "\n") != tt.want {
			t.Errorf("got %q, want %q", got, tt.want)
		}
	}
	same := selecting("b", reads)
	if _, problems := rbac.Compile(rbac.Policy{Statements: rbac.Rules{List: []rbac.Rule{selecting("a", reads), same, selecting("c", writes)}}}); len(problems) != 1 ||
		problems[0].Path != "statements.rules[1]" {
		t.Errorf("of three rules, two the same: got %v", problems)
	}
}

// TestGlobs compares patterns of bytes with those of Redis (src/util.c, stringmatchlen), as it answers them.
func TestGlobs(t *testing.T) {
	for _, tt := range []struct{ glob, in, out string }{
		{"*", "a ab é", ""}, {"a*", "a ab a*", "ba A"}, {"*a", "a ba", "ab"}, {"a*b", "ab axb axxb abb", "a b abx"}, {"a**", "a ab", "b"},
		{"?", "a *", "ab é"}, {"??", "ab é", "a"}, {"[abc]x", "ax bx cx", "dx x abcx"}, {"[^a-c]", "d -", "a b c"}, {"[c-a]", "a b c", "d -"},
		{`\*`, "*", "a \\*"}, {`a\?b`, "a?b", "axb"}, {`[\]]`, "]", "\\ a"}, {`[\^a]`, "^ a", "b"}, {"[]a]", "", "a ] a]"}, {"[^]", "a ]", ""},
		{"[a-]]", "] a ^", "- a]"}, {"*[0-9]*", "1 a1 1a a1b", "a"}, {`a\`, `a\`, "a"}, {"*a*b*", "ab xaxbx", "ba"}, {"[*]", "*", "a"}, {"*:*:*", "a:b:c ::", "a:b"},
	} {
		e := compile(t, rbac.Policy{Statements: rbac.Rules{List: []rbac.Rule{selecting("a", rbac.Selector{Accesses: []rbac.Scope{scope(metadata.KindKey, r, tt.glob)}})}}})
		s := e.Subject(rbac.Identity{})
		for _, name := range strings.Fields(tt.in) {
			if !s.Decide(does("GET", key(r, name)), nil).Allow {
				t.Errorf("%s doesn't match %q", tt.glob, name)
			}
		}
		for _, name := range strings.Fields(tt.out) {
			if s.Decide(does("GET", key(r, name)), nil).Allow {
				t.Errorf("%s matches %q", tt.glob, name)
			}
		}
	}
}

// TestManyGlobs compares with trying patterns one by one.
func TestManyGlobs(t *testing.T) {
	for seed := range 300 {
		g := generator{rand.New(rand.NewPCG(3, uint64(seed)))}
		word := func(parts ...string) (text string) {
			for range 1 + g.IntN(6) {
				text += pick(g, parts...)
			}
			return text
		}
		globs := make([]string, 1+g.IntN(20))
		for i := range globs {
			globs[i] = word("a", "b", "b", "*", "?", "[ab]", "[^a]", `\*`)
		}
		s := compile(t, rbac.Policy{Statements: rbac.Rules{List: []rbac.Rule{selecting("a", rbac.Selector{Accesses: []rbac.Scope{scope(metadata.KindKey, r, globs...)}})}}}).Subject(rbac.Identity{})
		for range 50 {
			name := word("a", "b", "c", "*")
			want := slices.ContainsFunc(globs, func(glob string) bool {
				ok, err := path.Match(glob, name)
				return ok && err == nil
			})
			if d := s.Decide(does("GET", key(r, name)), nil); d.Allow != want {
				t.Fatalf("%q, %s: got %v, want %v", globs, name, d.Allow, want)
			}
		}
	}
}

// TestGlobsOfLongNames: what costs time for each byte of a name that anybody may send is not tried.
func TestGlobsOfLongNames(t *testing.T) {
	long := strings.Repeat("a:", 4000)
	for glob, want := range map[string]bool{"a:*": true, "*:": true, "*": true, "*a*": false, "a?a*": false} {
		e := compile(t, rbac.Policy{Statements: rbac.Rules{List: []rbac.Rule{selecting("a", rbac.Selector{Accesses: []rbac.Scope{scope(metadata.KindKey, r, glob)}})}}})
		if got := e.Subject(rbac.Identity{}).Decide(does("GET", key(r, long)), nil).Allow; got != want {
			t.Errorf("%s: got %v, want %v", glob, got, want)
		}
	}
}
