package sql_test

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/sluice-proxy/sluice/codecs/sql"
)

// templates are tokens with blanks between them; # stands for a literal.
var templates = []string{
	"SELECT a , b FROM t WHERE c = # AND d IN ( # , # , # ) ORDER BY 1 ;",
	"INSERT INTO s . t ( a , b ) VALUES ( # , # ) , ( # , now ( ) ) ON CONFLICT ( a ) DO NOTHING",
	`UPDATE "T" SET a = a - # , b = "b" || # WHERE x [ # ] ->> # > # :: int`,
	"SELECT CASE WHEN a THEN # ELSE # END , array [ # , # ] FROM f ( a => # ) ; DELETE FROM t",
	"ALTER ROLE bob PASSWORD # VALID UNTIL #",
	"WITH x AS ( SELECT # ) SELECT x . * FROM x JOIN y USING ( z ) LIMIT # OFFSET #",
	"SELECT a ? # , b @> # , ( - # ) , a + - # , date # , interval # day",
	"CREATE FUNCTION f ( ) RETURNS int BEGIN ATOMIC SELECT # ; SELECT CASE # WHEN # THEN # END ; END ; SELECT #",
	"COPY t FROM # WITH ( FORMAT csv , DELIMITER # )",
}

const marker = "s3cr3t"

// literals are all forms in which a literal can be written, with the marker
// inside where the form has room for one.
var literals = []string{
	"1", "0", "4711", "1_000", "0xFF", "0b1_0", "0o17", ".5", "1.", "1.5e-7", "1E10", "$1", "$23",
	"''", "'" + marker + "'", "'it''s " + marker + "'", `'\` + marker + "'", "'a'\n'" + marker + "'", "'a' -- x\n\t'" + marker + "'",
	`E'\'` + marker + `'`, `e'\\'`, `E'\\\'` + marker + `'`, "B'0101'", "x'" + marker + "'", "N'" + marker + "'", "n'a'\n'" + marker + "'",
	`U&'\0041` + marker + `'`, `u&'` + marker + `\'`,
	"$$" + marker + "$$", "$$it's -- " + marker + " /* $$", "$a$ $b$ " + marker + " $$ $a$", "$_é1$" + marker + "$_é1$",
	"'/* " + marker + "'", "'-- " + marker + "'", `'"` + marker + `'`, "'; drop table " + marker + " --'", "'\xff" + marker + "\xfe'",
}

var layouts = []string{
	" ", "\n", "\t", "\r\n", "\f", "\v", "   ", "/* " + marker + " */", " /*/* '" + marker + " */ \" */ ", "-- " + marker + " '\n", " --\n", "/**/",
}

func pick(r *rand.Rand, from []string) string { return from[r.IntN(len(from))] }

func flip(r *rand.Rand, word string) string {
	if strings.ContainsAny(word, `"`) {
		return word
	}
	p := []byte(word)
	for i, c := range p {
		if 'a' <= c|0x20 && c|0x20 <= 'z' && r.IntN(2) == 0 {
			p[i] ^= 0x20
		}
	}
	return string(p)
}

// variant writes a template with other layout, letters and literals.
func variant(r *rand.Rand, template string) string {
	var b strings.Builder
	tokens := strings.Split(template, " ")
	for i, token := range tokens {
		if strings.HasSuffix(b.String(), "-") {
			b.WriteByte(' ') // "- --x" is an operator and a comment, "---x" is a comment
		}
		if r.IntN(2) == 0 {
			b.WriteString(pick(r, layouts))
		}
		// Layout is needed but around what never joins with a neighbour.
		if i > 0 && !strings.Contains("(),;[]", token) && !strings.Contains("(),;[]", tokens[i-1]) || r.IntN(3) == 0 {
			b.WriteString(pick(r, layouts))
		}
		if token == "#" {
			b.WriteString(pick(r, literals))
		} else {
			b.WriteString(flip(r, token))
		}
	}
	return b.String()
}

// Layout, comments, the case of unquoted words and the values of literals are
// not seen in the normal form.
func TestInvariance(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var l sql.Lexer
	for _, template := range templates {
		want := *l.Summarize([]byte(strings.ReplaceAll(template, "#", "1")), sql.PostgreSQL, sql.Mode{})
		form := string(want.Normalized)
		for range 3000 {
			text := variant(r, template)
			got := l.Summarize([]byte(text), sql.PostgreSQL, sql.Mode{})
			if got.Fingerprint != want.Fingerprint || string(got.Normalized) != form {
				t.Fatalf("%q\n got %s\nwant %s", text, got.Normalized, form)
			}
			if got.Operation != want.Operation || got.Statements != want.Statements || got.Unterminated {
				t.Fatalf("%q: got %+v", text, got)
			}
		}
	}
}

// Statements that differ in more than that have other fingerprints.
func TestDistinct(t *testing.T) {
	seen := map[uint64]string{}
	var l sql.Lexer
	for _, text := range []string{
		"select a from t", "select a from t1", "select a from t2", "select b from t", "select a, b from t",
		`select "a" from t`, `select "A" from t`, "select a from t where b = 1", "select a from t where b in (1)",
		"select a from t where b in (1, c)", "select a as b from t", "select a - 1 from t", "select a + 1 from t",
		"insert into t values (1)", "insert into t values (1, 2)", "insert into t values (1, now())",
		"select f(1)", "select f(1, 2)", "select a.b", "select a, b", "select a b", "select a; select b",
	} {
		s := l.Summarize([]byte(text), sql.PostgreSQL, sql.Mode{})
		if other, ok := seen[s.Fingerprint]; ok {
			t.Errorf("%s has the fingerprint of %s", text, other)
		}
		seen[s.Fingerprint] = text
	}
}

// No literal and no comment is seen, complete or broken off anywhere.
func TestNoLeak(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	var l sql.Lexer
	for _, template := range templates {
		for range 40 {
			text := variant(r, template)
			for n := range len(text) + 1 {
				for _, m := range []sql.Mode{{}, {NonConformingStrings: true}} {
					if m.NonConformingStrings && strings.Contains(text[:n], `\`) {
						continue // other literals than those meant
					}
					s := l.Summarize([]byte(text[:n]), sql.PostgreSQL, m)
					if bytes.Contains(bytes.ToLower(s.Normalized), []byte(marker)) {
						t.Fatalf("%q leaks: %s", text[:n], s.Normalized)
					}
				}
			}
		}
	}
	for _, number := range []string{
		"8675309", "8_675_309", "0x8675309", "86753.09", ".8675309", "8675309.", "8e675309", "86e-75309", "8675309abc", "0b8675309",
		"8675309e", "8675309e5f", "$8675309", "$8675309x", "8.675309.8675309", "0x8675309zz8675309",
	} {
		for _, form := range []string{"select #", "select -#", "select a-#", "a in (#, b)", "f(#)", "x[#:#]", "#", "t.#", "#.#", "#..#", "#'x'"} {
			got := normal(strings.ReplaceAll(form, "#", number))
			if strings.ContainsAny(got, "0123456789") {
				t.Errorf("%s in %s leaks: %s", number, form, got)
			}
		}
	}
}

// TestHostileRepetition reads long repetitions of what could make a lexer look at bytes more than once. It asserts no time: work that grows with the
// square of the length would not end within the test's time limit, and BenchmarkHostileRepetition tells the speed.
func TestHostileRepetition(t *testing.T) {
	var l sql.Lexer
	for name, part := range hostile {
		for _, head := range []string{"", "select ", "values ", "x in ("} {
			if s := l.Summarize([]byte(head+strings.Repeat(part, 300_000)), sql.PostgreSQL, sql.Mode{}); s.Operation == "" && s.Statements > 0 {
				t.Errorf("%s%s: statements without an operation", head, name)
			}
		}
	}
}

func BenchmarkHostileRepetition(b *testing.B) {
	for name, part := range hostile {
		b.Run(name, func(b *testing.B) {
			var l sql.Lexer
			text := []byte(strings.Repeat(part, 16_000))
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				l.Summarize(text, sql.PostgreSQL, sql.Mode{})
			}
		})
	}
}

var hostile = map[string]string{
	"signs": "+", "minus": "- ", "slashes": "/", "brackets": "(", "IN": "in (1,", "VALUES": "values (1), (", "rows": "(1, b), (1, c), ",
	"quotes": "'' ", "newline": "\n", "dollars": "$", "dollar tags": "$a", "quoted": "'a'\n", "line comments": "--\n", "comments": "/*",
	"stars": "*", "at": "@", "tags": "/*a='b'*/", "open tags": "/*a='b',", "semicolons": ";", "statements": "a;", "names": `"" `,
	"not UTF-8": "\xff", "numbers": "1_", "dots": ".", "colons": ":", "arrays": "array[[1],", "null": "null,",
}

func TestAllocations(t *testing.T) {
	_, texts := cases(t)
	texts = append(texts, "select 1 /*a='b',c='%20'*/", "insert into t values (1, null)"+strings.Repeat(", (2, 3)", 1000), strings.Repeat("a b ", 50_000))
	var l sql.Lexer
	for _, text := range texts {
		p := []byte(text)
		if n := testing.AllocsPerRun(50, func() { l.Summarize(p, sql.PostgreSQL, sql.Mode{}) }); n != 0 {
			t.Errorf("%.60q: %v allocations", text, n)
		}
	}
}
