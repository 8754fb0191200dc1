//go:build cgo

package pgsql_test

import (
	"bufio"
	"bytes"
	"math/rand/v2"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/sluice-proxy/sluice/codecs/sql"
	"github.com/sluice-proxy/sluice/codecs/sql/pgsql"
)

// texts are all that the tests have.
func texts(tb testing.TB) []string {
	tb.Helper()
	var all []string
	for _, text := range corpusTexts(tb) {
		all = append(all, text)
	}
	file, err := os.Open("testdata/accesses.txt")
	if err != nil {
		tb.Fatal(err)
	}
	defer file.Close()
	for s := bufio.NewScanner(file); s.Scan(); {
		if line := s.Text(); line != "" && line[0] != '#' && line[0] != ' ' {
			all = append(all, strings.Split(line, "; ")...)
		}
	}
	var attacks []struct{ SQL string }
	readJSON(tb, "testdata/smuggle_pg18.json", &attacks)
	for _, a := range attacks {
		all = append(all, a.SQL)
	}
	slices.Sort(all)
	return all
}

// fragments are put into texts. The first ones are literals.
var fragments = []string{
	"1", "0", "42.5", "1e3", "0x1F", "1_000", "99999999999", "'a'", "''", "'it''s'", `E'\'a'`, `E'\x41'`, "U&'\\0041'", "U&'!0041'", "$$a$$", "$x$ $$ $x$", "'a'\n'b'",
	"N'a'", "B'01'", "X'1F'", "'off'", "'true'", "'role'", "'search_path'", "'s.q'", "'/etc/passwd'", "'users'", "'-- '", "'/*'", "$1", "$2",
	" ", "\n", "/**/", "/* ' */", "/* /* */ */", "-- '\n", "--", "/*", "*/", "'", `"`, "$$", "(", ")", "[", "]", ",", ";", ".", "..", ":", "::", ":=", "=>", "+", "-", "*",
	"@", "<>", "?", "\\", "\x01", "é", "\xff", `"a.b"`, `"A"`, `U&"\0061"`, `U&"d!0061" UESCAPE '!'`, " UESCAPE '!'", " uescape ", "1a", "$1a", "a$b$", "E", "N", "U&", "b", "x",
	" SELECT ", " FROM t ", " WHERE ", " NULL ", " true ", " false ", " AS ", " IN ", " nextval(", " set_config(", " interval ", " date ", " WITH a AS (SELECT 1) ", " UNION ",
	" EXPLAIN (ANALYZE ", " SET ROLE ", " COPY t FROM ", " LIMIT ", " DEFAULT ", "cast(", " ::int", "float(", "-1", "nchar 'a'", " bit ", " NOT ", " COLLATE ", " CASE ", " END ",
}

const literalFragments = 30

// mutate changes a text in a few places.
func mutate(r *rand.Rand, all []string) string {
	text := all[r.IntN(len(all))]
	for range r.IntN(4) {
		i := r.IntN(len(text) + 1)
		j := min(len(text), i+r.IntN(12))
		switch r.IntN(5) {
		case 0:
			text = text[:i] + text[j:]
		case 1:
			other := all[r.IntN(len(all))]
			k := r.IntN(len(other) + 1)
			text = text[:i] + other[k:]
		case 2:
			text = text[:j] + text[i:]
		default:
			text = text[:i] + fragments[r.IntN(len(fragments))] + text[i:]
		}
		if len(text) > 4000 {
			text = text[:4000]
		}
	}
	return text
}

// sibling writes a text with other literals and blanks, where they are easily found; what comes out may be something else.
func sibling(r *rand.Rand, text string) string {
	var b strings.Builder
	for i := 0; i < len(text); {
		c := text[i]
		switch {
		case c == '\'' && r.IntN(2) == 0:
			n := strings.IndexByte(text[i+1:], '\'')
			if n < 0 {
				b.WriteString(text[i:])
				return b.String()
			}
			b.WriteString(fragments[r.IntN(literalFragments)])
			i += n + 2
			continue
		case '0' <= c && c <= '9' && r.IntN(3) == 0:
			b.WriteByte('0' + byte(r.IntN(10)))
		case c == ' ' && r.IntN(4) == 0:
			b.WriteString([]string{"  ", "\n", " /* x */ ", "\t", "--\n"}[r.IntN(5)])
		case 'a' <= c|0x20 && c|0x20 <= 'z' && r.IntN(8) == 0:
			b.WriteByte(c ^ 0x20)
		default:
			b.WriteByte(c)
		}
		i++
	}
	return b.String()
}

// TestShape holds that texts of one shape do the same, unless literals matter: a cache that is keyed by shapes serves no text what another one does.
func TestShape(t *testing.T) {
	inputs := 20_000
	if os.Getenv("SLUICE_LONG") != "" {
		inputs = 2_000_000
	}
	type seen struct {
		text string
		r    *pgsql.Result
	}
	r := rand.New(rand.NewPCG(7, 11))
	all := texts(t)
	known := map[string]seen{}
	var p pgsql.Parser
	shared, parsed, refused := 0, 0, 0
	check := func(text string) {
		shape := string(sql.AppendShape(nil, []byte(text), sql.ShapeMode{}))
		if shape == "" {
			return
		}
		got := p.Parse([]byte(text), pgsql.Mode{})
		if got.Why == "" {
			parsed++
		}
		first, ok := known[shape]
		if !ok {
			if len(known) < 200_000 {
				known[shape] = seen{text, got}
			}
			return
		}
		a, b := first.r, got
		switch {
		case a.Why == "" && b.Why == "":
			shared++
			if (!a.Literal || !b.Literal) && !reflect.DeepEqual(a, b) {
				t.Errorf("the same shape, but not the same:\n%q\n%+v\n%q\n%+v", first.text, a, text, b)
			}
		case a.Why != b.Why: // for the value of a literal, or a comment where libpg_query has none
			refused++
			if a.Why == pgsql.WhyUnknown || b.Why == pgsql.WhyUnknown || a.Why == pgsql.WhyPanic || b.Why == pgsql.WhyPanic {
				t.Errorf("%q: %s, %q: %s", first.text, a.Why, text, b.Why)
			}
		}
	}
	for range inputs / 2 {
		text := mutate(r, all)
		check(text)
		check(sibling(r, text))
	}
	t.Logf("%d inputs, %d parsed, %d shared a shape with another that was parsed; %d pairs where one was refused", inputs, parsed, shared, refused)
	if shared < inputs/50 {
		t.Errorf("only %d inputs shared a shape: this shows nothing", shared)
	}
}

// TestShapeTells shows texts that must not share a shape.
func TestShapeTells(t *testing.T) {
	for _, pair := range [][2]string{
		{`SELECT "a.b"`, `SELECT a.b`}, {`SELECT a.b`, `SELECT a. .b`}, {`SELECT 'a'`, `SELECT 1`}, {`SELECT 'a'`, `SELECT $1`}, {`SELECT 'a' 'b'`, "SELECT 'a'\n'b'"},
		{`SELECT ab`, `SELECT a b`}, {`SELECT a::b`, `SELECT a: :b`}, {`SELECT a<@b`, `SELECT a< @b`}, {`SELECT "A"`, `SELECT a`}, {`SELECT 1`, `SELECT 1,1`},
		{`SELECT 1; SELECT 1`, `SELECT 1 SELECT 1`}, {`SELECT N'a'`, `SELECT 'a'`}, {`SELECT B'1'`, `SELECT '1'`}, {`SELECT -1`, `SELECT 1`}, {`SELECT true`, `SELECT false`},
		{"SELECT \"a\x01b\"", "SELECT \"a\" b"}, {`SELECT NULL`, `SELECT 1`}, {`SELECT f(1)`, `SELECT f (1, 2)`}, {`SELECT U&"a"`, `SELECT "a"`},
	} {
		a, b := sql.AppendShape(nil, []byte(pair[0]), sql.ShapeMode{}), sql.AppendShape(nil, []byte(pair[1]), sql.ShapeMode{})
		if bytes.Equal(a, b) {
			t.Errorf("%s and %s share the shape %q", pair[0], pair[1], a)
		}
	}
}

// FuzzParse holds that no text makes a panic, that the same text does the same twice, that one parser finds what a new one finds, and that every table
// of the tree is found.
func FuzzParse(f *testing.F) {
	for _, text := range texts(f) {
		f.Add(text)
	}
	var old pgsql.Parser
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 10_000 {
			return
		}
		p := []byte(text)
		a := old.Parse(p, pgsql.Mode{})
		b := new(pgsql.Parser).Parse(p, pgsql.Mode{})
		if string(p) != text {
			t.Error("the text was changed")
		}
		if !reflect.DeepEqual(a, b) {
			t.Errorf("%+v, then %+v", a, b)
		}
		if a.Why == pgsql.WhyPanic || a.Why == pgsql.WhyUnknown {
			t.Errorf("not understood: %s", a.Why)
		}
		for i, e := range a.Effects {
			if e.Operation == "" || e.Operation == "UNKNOWN" {
				t.Errorf("statement %d is unknown", i)
			}
			a.Reads(i)
			a.Writes(i)
			a.Functions(i)
		}
		tablesFound(t, text, a)
	})
}
