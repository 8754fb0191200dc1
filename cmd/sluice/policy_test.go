package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/sluice-proxy/sluice/codecs/sql/pgsql"
)

const examplePolicies = "../../configs/examples/policies/"

func TestPolicyCommandLine(t *testing.T) {
	bad := write(t, "statements:\n  rules:\n    - {name: a, effect: alow, accesses: {kind: table, names: orders}}\n")
	for _, tt := range []struct {
		args           []string
		code           int
		stdout, stderr string // parts
	}{
		{[]string{"policy"}, usage, "", "what is to be done? say check, test, explain, operations, schema"},
		{[]string{"policy", "chek"}, usage, "", `there is no "chek"; did you mean check?`},
		{[]string{"policy", "--help"}, ok, "sluice policy explain -p FILE", ""},
		{[]string{"policy", "test", "--help"}, ok, "sluice policy explain -p FILE", ""},
		{[]string{"help", "policy"}, ok, "sluice policy explain -p FILE", ""},
		{[]string{"policy", "check"}, usage, "", "which file? sluice policy check policy.yaml"},
		{[]string{"policy", "check", examplePolicies + "application.yaml"}, ok,
			"application.yaml: fine, 2 rules for connections (default deny), 5 rules for statements (default deny)\n", ""},
		{[]string{"policy", "check", bad}, badConfig, "", bad + `:3: statements.rules[0].effect: "alow" is not known; did you mean allow? (allow, deny)` + "\n" + bad +
			":3: statements.rules[0].accesses.names: has no schema, and the name of a table needs one: write public.orders, or *.orders for any schema\nsluice: 2 problems in " + bad},
		{[]string{"policy", "check", bad + ".none"}, badConfig, "", bad + ".none is not there"},
		{[]string{"policy", "test"}, usage, "", "which cases? sluice policy test cases.yaml"},
		{[]string{"policy", "test", bad}, badConfig, "", "policy: is missing; name the policy file that is tested: policy: policy.yaml"},
		{[]string{"policy", "explain"}, usage, "", "which policy?"},
		{[]string{"policy", "explain", bad}, usage, "", "the policy is named by a flag: sluice policy explain -p " + bad},
		{[]string{"policy", "explain", "-p", bad}, badConfig, "", "2 problems in " + bad},
		{[]string{"policy", "explain", "-p", examplePolicies + "read-only.yaml", "-o", "xml"}, usage, "", "-o xml: say text or json"},
		{[]string{"policy", "explain", "-p", examplePolicies + "read-only.yaml", "--source", "home"}, usage, "", "--source home: is not an address"},
		{[]string{"policy", "explain", "-p", examplePolicies + "application.yaml", "--user", "eve", "--source", "192.0.2.1"}, ok,
			"login  DENY  no rule  the connection is allowed by no rule\n", ""},
		{[]string{"policy", "explain", "-p", examplePolicies + "redis-acl.yaml", "--user", "shop", "--dialect", "redis", "--statement", "MGET orders:1 customers:1"}, ok,
			"statement  DENY   no rule  read of key customers:1 is allowed by no rule\n", ""},
		{[]string{"policy", "explain", "-p", examplePolicies + "redis-acl.yaml", "--dialect", "redis", "--statement", "GET 'a"}, failure, "", "is no command of redis; are its quotes closed?"},
		{[]string{"policy", "explain", "-p", examplePolicies + "redis-acl.yaml", "--dialect", "redis", "--statement", "GET a\nDEL a"}, failure, "", "a command of redis is one line"},
		{[]string{"policy", "operations"}, ok, "\nCOPY_TO\n", ""},
		{[]string{"policy", "schema"}, ok, `"A policy of Sluice"`, ""},
	} {
		stdout, stderr, code := call(t, tt.args...)
		if code != tt.code || !strings.Contains(stdout, tt.stdout) || !strings.Contains(stderr, tt.stderr) || tt.stdout == "" && stdout != "" || tt.stderr == "" && stderr != "" {
			t.Errorf("sluice %s: exit code %d, want %d\nstdout: %s\nwant part: %s\nstderr: %s\nwant part: %s",
				strings.Join(tt.args, " "), code, tt.code, stdout, tt.stdout, stderr, tt.stderr)
		}
	}
}

// needParser skips what is about the contents of statements, where they can't be parsed.
func needParser(t *testing.T) {
	t.Helper()
	if !pgsql.Available() {
		t.Skip("built without cgo, so statements are not parsed")
	}
}

// TestPolicyCases runs the cases beside the example policies, as CI would.
func TestPolicyCases(t *testing.T) {
	needParser(t)
	files, err := filepath.Glob(examplePolicies + "cases/*.yaml")
	if err != nil || len(files) < 4 {
		t.Fatalf("got %v, %v; want the cases of four example policies", files, err)
	}
	for _, f := range files {
		stdout, stderr, code := call(t, "policy", "test", f)
		if code != ok || stderr != "" || !strings.Contains(stdout, "cases, 0 failed\n") || strings.Contains(stdout, "FAIL") {
			t.Errorf("%s: exit code %d\n%s%s", f, code, stdout, stderr)
		}
	}
}

func TestPolicyCaseThatFails(t *testing.T) {
	needParser(t)
	policy, err := filepath.Abs(examplePolicies + "read-only.yaml")
	if err != nil {
		t.Fatal(err)
	}
	file := write(t, `policy: `+policy+`
given: {user: ann, database: shop, expect: allow}
cases:
  - {statement: select * from orders, rule: analysts-read}
  - statement: |
      delete from orders
  - {statement: select * from orders, rule: keepers}
  - {name: begins, statement: begin, rule: none, shadow: analysts-look}
  - {user: eve}
`)
	stdout, stderr, code := call(t, "policy", "test", file)
	want := `ok    ann: select * from orders  allow  analysts-read
FAIL  ann: delete from orders    deny   none
  ` + file + `:5: got deny, want allow (write of table orders is allowed by no rule)
FAIL  ann: select * from orders  allow  analysts-read
  ` + file + `:7: decided by rule analysts-read, want keepers
FAIL  begins                     allow  none
  ` + file + `:8: reported by shadow rule none, want analysts-look
ok    eve: login                 allow  none
5 cases, 3 failed
`
	if stdout != want || stderr != "" || code != failure {
		t.Errorf("exit code %d, want %d; got\n%s%s\nwant\n%s", code, failure, stdout, stderr, want)
	}
}

func TestPolicyCaseOfAnUnknownRule(t *testing.T) {
	policy, err := filepath.Abs(examplePolicies + "read-only.yaml")
	if err != nil {
		t.Fatal(err)
	}
	file := write(t, "policy: "+policy+"\ncases:\n  - {expect: allow, rule: keeper}\n")
	stdout, stderr, code := call(t, "policy", "test", file)
	want := "sluice: " + file + `:3: there is no rule "keeper" in ` + policy + "; did you mean keepers?\n"
	if stderr != want || stdout != "" || code != badConfig {
		t.Errorf("exit code %d, want %d; got\n%s%s\nwant\n%s", code, badConfig, stdout, stderr, want)
	}
}

// TestPolicyHelpIsComplete finds flags that the help forgets.
func TestPolicyHelpIsComplete(t *testing.T) {
	src, err := os.ReadFile("policy_explain.go")
	if err != nil {
		t.Fatal(err)
	}
	all := regexp.MustCompile(`fs\.StringVar\(&[A-Za-z.]+, "([a-z-]+)"`).FindAllStringSubmatch(string(src), -1)
	if len(all) < 11 {
		t.Errorf("found %d flags: the test looks for the wrong thing", len(all))
	}
	for _, m := range all {
		if help := policyCommand().help; !strings.Contains(help, dashes(m[1])+" ") && !strings.Contains(help, dashes(m[1])+",") {
			t.Errorf("the help of policy lacks %s", dashes(m[1]))
		}
	}
}

func TestPolicyExplain(t *testing.T) {
	needParser(t)
	ask := []string{"policy", "explain", "-p", examplePolicies + "secrets.yaml", "--user", "ann", "--search-path", "app,public", "--statement",
		"explain analyze select count(*) from tokens; do 'x'"}
	stdout, stderr, code := call(t, ask...)
	want := `login      ALLOW  no rule       
statement  DENY   rule secrets  read of table tokens is denied
                                Its name has no schema and may mean several objects; with a schema it may be judged otherwise.

EXPLAIN_ANALYZE, which has in it SELECT
  execute  function  count (in pg_catalog)      allow  no rule       it is harmless and needs no rule
  read     table     tokens (in app or public)  deny   rule secrets  the rule denies it where it may be

DO
  execute  opaque  DO  deny  rule secrets  it could do what the rule denies, and no rule allows it by its kind
`
	if stdout != want || stderr != "" || code != ok {
		t.Errorf("exit code %d; got\n%s%s\nwant\n%s", code, stdout, stderr, want)
	}
	stdout, _, code = call(t, append(ask, "-o", "json")...)
	var got explanation
	if err := json.Unmarshal([]byte(stdout), &got); err != nil || code != ok {
		t.Fatalf("exit code %d, %v\n%s", code, err, stdout)
	}
	wantJSON := explanation{
		Login: explainedVerdict{Verdict: "allow"},
		Statement: &explainedVerdict{Verdict: "deny", Rule: "secrets", Message: "read of table tokens is denied",
			Hint: "Its name has no schema and may mean several objects; with a schema it may be judged otherwise."},
		Effects: []explainedEffect{
			{Operation: "EXPLAIN_ANALYZE", Inner: []string{"SELECT"}, Accesses: []explainedAccess{
				{Verb: "execute", Kind: "function", Name: "count", Free: true, Schemas: []string{"pg_catalog"}, Verdict: "allow", Why: "it is harmless and needs no rule"},
				{Verb: "read", Kind: "table", Name: "tokens", Schemas: []string{"app", "public"}, Verdict: "deny", Rule: "secrets", Why: "the rule denies it where it may be"},
			}},
			{Operation: "DO", Accesses: []explainedAccess{{Verb: "execute", Kind: "opaque", Name: "DO", Verdict: "deny", Rule: "secrets",
				Why: "it could do what the rule denies, and no rule allows it by its kind"}}},
		},
	}
	if !reflect.DeepEqual(got, wantJSON) {
		t.Errorf("got %+v\nwant %+v", got, wantJSON)
	}
}
