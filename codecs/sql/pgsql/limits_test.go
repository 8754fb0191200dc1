//go:build cgo

package pgsql

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// deep are texts that make the parser recurse: a head, and what is repeated, with what closes it.
var deep = []struct{ name, head, open, middle, close, tail string }{
	{"sums", "SELECT 1", "+1", "", "", ""},
	{"casts", "SELECT 1", "::int", "", "", ""},
	{"signs", "SELECT ", "- ", "1", "", ""},
	{"ors", "SELECT 1", " OR 1", "", "", ""},
	{"or pairs", "SELECT a=1", " OR a=1 AND b=2", "", "", ""},
	{"nots", "SELECT ", "NOT ", "true", "", ""},
	{"joins", "SELECT 1 FROM a", " JOIN b ON true", "", "", ""},
	{"joins at the end", "SELECT 1 FROM a", " JOIN b", "", " ON true", ""},
	{"cross joins", "SELECT 1 FROM a", " CROSS JOIN b", "", "", ""},
	{"natural joins", "SELECT 1 FROM a", " NATURAL JOIN b", "", "", ""},
	{"unions", "SELECT 1", " UNION SELECT 1", "", "", ""},
	{"excepts", "SELECT 1,2", " EXCEPT ALL SELECT 1,2", "", "", ""},
	{"parentheses", "SELECT ", "(", "1", ")", ""},
	{"queries", "SELECT ", "(SELECT ", "1", ")", ""},
	{"query tables", "SELECT * FROM ", "(SELECT * FROM ", "t", ") x", ""},
	{"common tables", "", "WITH a AS (", "SELECT 1", ") SELECT 1", ""},
	{"arrays", "SELECT ", "ARRAY[", "1", "]", ""},
	{"rows", "SELECT ", "ROW(", "1", ")", ""},
	{"calls", "SELECT ", "f(", "1", ")", ""},
	{"cases", "SELECT ", "CASE WHEN true THEN ", "1", " END", ""},
	{"else cases", "SELECT ", "CASE WHEN a THEN 1 ELSE ", "1", " END", ""},
	{"subscripts", "SELECT a", "[1]", "", "", ""},
	{"nested subscripts", "SELECT ", "a[", "1", "]", ""},
	{"array bounds", "SELECT NULL::int", "[]", "", "", ""},
	{"fields", "SELECT a", ".b", "", "", ""},
	{"collations", "SELECT a", ` COLLATE "C"`, "", "", ""},
	{"time zones", "SELECT a", " AT TIME ZONE b", "", "", ""},
	{"local", "SELECT a", " AT LOCAL", "", "", ""},
	{"operators by name", "SELECT 1", " OPERATOR(+) 1", "", "", ""},
	{"prefix operators by name", "SELECT ", "OPERATOR(-) ", "1", "", ""},
	{"qualified operators", "SELECT 1", " OPERATOR(pg_catalog.+) 1", "", "", ""},
	{"likes", "SELECT ", "a LIKE (", "1", ")", ""},
	{"concatenations", "SELECT a", "||a", "", "", ""},
	{"in", "SELECT 1", " IN (1)", "", "", ""},
	{"exists", "SELECT ", "EXISTS (SELECT ", "1", ")", ""},
	{"json tables", "SELECT * FROM JSON_TABLE(a, '$' COLUMNS (", "NESTED PATH '$' COLUMNS (", "a int", ")", "))"},
	{"xml", "SELECT ", "xmlelement(name a, ", "1", ")", ""},
	{"coalesce", "SELECT ", "coalesce(1, ", "1", ")", ""},
	{"type modifiers", "SELECT ", "CAST(", "1", " AS int)", ""},
	{"grouping sets", "SELECT 1 GROUP BY ", "GROUPING SETS (", "a", ")", ""},
	{"window frames", "SELECT ", "sum(", "1", ") OVER (ORDER BY 1)", ""},
	{"is", "SELECT ", "(a IS NULL) IS NULL AND ", "true", "", ""},
	{"is true", "SELECT a", " IS TRUE IS NOT TRUE", "", "", ""},
	{"indirection", "SELECT ", "(", "a", ").b", ""},
	{"body", "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC ", "SELECT 1;", "", "", "END"},
	{"tables in parentheses", "SELECT 1 FROM ", "(", "a CROSS JOIN b", ")", ""},
	{"values", "", "(", "VALUES (1)", ")", ""},
	{"prefix operators", "SELECT ", "@ ", "1", "", ""},
	{"intervals", "SELECT a", " + interval '1' day", "", "", ""},
	{"nested comments", "SELECT 1 ", "/*", "", "*/", ""},
	{"comments without an end", "SELECT 1 ", "/*", "", "", ""},
	{"plus", "SELECT 1 ", "+", "1", "", ""},
	{"comments", "SELECT 1", "/*+*/", "", "", ""},
	{"lists", "SELECT 1", ",1", "", "", ""},
	{"statements", "", "SELECT 1;", "", "", ""},
	{"names", "SELECT ", "f1(),", "1", "", ""},
	{"rows of values", "INSERT INTO t VALUES (1)", ",(1,'a',NULL)", "", "", ""},
	{"quotes", "SELECT ", "''", "", "", ""},
	{"strings", "SELECT 'a'", "\n'a'", "", "", ""},
	{"schema elements", "CREATE SCHEMA s", " CREATE TABLE t (a int)", "", "", ""},
	{"dollars", "SELECT $a$", "$", "$a$", "", ""},
	{"open tags", "SELECT ", "$a", "", "", ""},
	{"line comments", "SELECT 1", "--\n", "", "", ""},
	{"stars", "SELECT 1", "*/", "", "", ""},
}

func repeated(i, n int) string {
	d := deep[i]
	return d.head + strings.Repeat(d.open, n) + d.middle + strings.Repeat(d.close, n) + d.tail
}

const limitsChild = "SLUICE_TEST_LIMITS_CHILD"

// TestLimits parses the deepest texts that the guard lets pass, and far deeper ones, in a process of its own, which an overflow of the stack would end.
// Its threads have an eighth of the usual stack. Without the guard a chain of some 24,000 additions overflows the usual one.
func TestLimits(t *testing.T) {
	if os.Getenv(limitsChild) != "" {
		parseDeep(t)
		return
	}
	// The shell sets the limit that the threads' stacks are made after.
	c := exec.Command("sh", "-c", `ulimit -s 1024; exec "$0" -test.run '^TestLimits$'`, os.Args[0])
	c.Env = append(os.Environ(), limitsChild+"=1")
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%.4000s", err, out)
	}
}

func parseDeep(t *testing.T) {
	var p Parser
	for i, d := range deep {
		fmt.Println(d.name) // the last one is to blame
		n := 1
		for ; n < 4000; n += max(1, n/20) {
			if refuse([]byte(repeated(i, n+max(1, n/20))), Mode{}, &p.lexer) != "" {
				break
			}
		}
		if r := p.Parse([]byte(repeated(i, n)), Mode{}); r.Why == WhyTooDeep || r.Why == WhyPanic {
			t.Errorf("%s, %d times: %s", d.name, n, r.Why)
		}
		if r := p.Parse([]byte(repeated(i, 8_000)), Mode{}); r.Why == WhyPanic {
			t.Errorf("%s, 8,000 times: a panic", d.name)
		}
	}
}

// BenchmarkDeep tells how long the deepest texts take that the guard lets pass.
func BenchmarkDeep(b *testing.B) {
	for i, d := range deep {
		var p Parser
		n := 1
		for ; n < 1000; n += max(1, n/20) {
			if refuse([]byte(repeated(i, n+max(1, n/20))), Mode{}, &p.lexer) != "" {
				break
			}
		}
		b.Run(strings.ReplaceAll(d.name, " ", "_"), func(b *testing.B) {
			text := []byte(repeated(i, n))
			for b.Loop() {
				p.Parse(text, Mode{})
			}
		})
	}
}
