package sql_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/sluice-proxy/sluice/codecs/sql"
)

func normal(text string) string {
	var l sql.Lexer
	return string(l.Summarize([]byte(text), sql.PostgreSQL, sql.Mode{}).Normalized)
}

func TestNormalForm(t *testing.T) {
	for _, tt := range []struct{ name, text, want string }{
		{"empty", "", ""},
		{"layout", " SELECT  a ,b\n\t FROM T\v.\fx ; ", "select a, b from t.x"},
		{"function and keyword", "select Count ( * ) where a IN(select 1)", "select count(*) where a in (select ?)"},
		{"fold ASCII only", "SELECT Ä, ä", "select Ä, ä"},
		{"quoted names", `select "A b", "a""b" , "x" . "y"`, `select "A b", "a""b", "x"."y"`},
		{"unicode names", `select u&"d\0061t" UESCAPE '!'`, `select u&"d\0061t" uescape ?`},

		{"strings", `select 'a''b', E'a\'b', e'\\', B'01', x'1F', N'n', U&'\0041'`, "select ?, ?, ?, ?, ?, ?, ?"},
		{"backslash is plain", `select 'a\', b`, "select ?, b"},
		{"backslash is plain in U&", `select U&'a\', b`, "select ?, b"},
		{"continued", "select 'a'\n'b' \n -- c\n 'd'", "select ?"},
		{"continued behind a comment", "select 'a' -- c\n 'b'", "select ?"},
		{"continued with escapes", "select E'a'\n'b\\'c' , d", "select ?, d"},
		{"not continued on one line", "select 'a' 'b'", "select ? ?"},
		{"not continued by a block comment", "select 'a' /*\n*/ 'b'", "select ? ?"},
		{"dollar quotes", "select $$a'b$$, $t$ $$ $T$ $t$, $ä$x$ä$", "select ?, ?, ?"},
		{"dollar quote ends inside a row", "select $a$ $$a$ from t", "select ? from t"},
		{"no dollar tag in a name", "select a$b$c$b$ from t", "select a$b$c$b$ from t"},
		{"no dollar tag of digits", "select $1$2 from t", "select ? ? from t"},
		{"dollar tag behind a parameter", "select $1$a$x$a$", "select ? ?"},
		{"lone dollar", "select $ a", "select $ a"},

		{"numbers", "select 1, 1_000, 0x1F, 0o17, 0B01, .5, 5., 1e10, 1.5E-3, 1.e5", "select ?, ?, ?, ?, ?, ?, ?, ?, ?, ?"},
		{"range", "for i in 1..10", "for i in ?..?"},
		{"number and keyword", "select 1from t", "select ? from t"},
		{"number and letters", "select 12ab34, 0xZZ, $1x, 1__0 from t", "select ?, ?, ?, ? from t"},
		{"number and string", `select 1E'a\'b'`, "select ? ?"},
		{"half an exponent", "select 1e+ 2", "select ? + ?"},
		{"two dots in a row", "select 1.5.3", "select ? ?"},
		{"signs", "select -1, a - 1, a -1, (-1), - -1, a - -1, -a, b[-1]", "select ?, a - ?, a - ?, (?), - - ?, a - ?, - a, b[?]"},
		{"sign behind a word", "select -1 where a = -1 and -1 < a limit +5", "select ? where a = ? and ? < a limit ?"},

		{"operators", "a<=b and c->>'x' and d@>e and f::text", "a <= b and c ->> ? and d @> e and f::text"},
		{"operator and sign", "a=-1 and b@-1 and c*-d", "a = ? and b @- ? and c * - d"},
		{"operator and comment", "a+--x\nb*/*y*/c", "a + b * c"},
		{"question marks", "a ? 'x' and b ?| c and d ?& e", "a ? ? and b ?| c and d ?& e"},
		{"arrows and assignments", "f(a=>1, b:=2)", "f(a => ?, b := ?)"},
		{"colons", "a[1:2], b[:], c::int[]", "a[?:?], b[:], c::int[]"},
		{"nested comments", "select /* a /* b */ 'x' */ 1", "select ?"},
		{"comment ends", "select 1 --x\rfrom t", "select ? from t"},
		{"stray bytes", "select {a} \\ \x01", "select { a } \\ \uFFFD"},
		{"not UTF-8", "select a\xff\xfeb, \"\xc3\"", "select a\uFFFD\uFFFDb, \"\uFFFD\""},

		{"unterminated string", "select a, 'x from t", "select a, ?"},
		{"unterminated escape", `select E'a\`, "select ?"},
		{"unterminated name", `select "a from t`, "select ?"},
		{"unterminated dollar quote", "select $x$a$y$ from t", "select ?"},
		{"unterminated comment", "select a /* b /* c */ from t", "select a"},
		{"NUL", "select a\x00'b'; drop table t", "select a"},

		{"IN", "a in (1, 'x', $3, -4, null)", "a in (?)"},
		{"IN with casts", "a in ('x'::uuid, 'y'::uuid)", "a in (?::uuid)"},
		{"IN of rows", "(a, b) in ((1, 2), (3, null))", "(a, b) in ((?, ?))"},
		{"IN keeps what differs", "a in (1, b, 2, 3)", "a in (?, b, ?)"},
		{"IN of a query", "a in (select b, b from t where c in (1, 2))", "a in (select b, b from t where c in (?))"},
		{"IN of VALUES", "a in (values (1), (2))", "a in (values (?))"},
		{"a name called in", "f(t.in(1, 2))", "f(t.in(?, ?))"},
		{"ARRAY", "array[1, 2], array[[1, 2], [3, 4]]", "array[?], array[[?]]"},
		{"arguments stay", "f(1, 2), null", "f(?, ?), null"},
		{"rows", "insert into t values (1, -2, null), (3, 4, true), (5, 6, 'x') returning a", "insert into t values (?, ?, ?) returning a"},
		{"rows which differ", "values (1, default), (2, 3), (4, 5), (6, now())", "values (?, default), (?, ?), (?, now())"},
		{"rows and what follows", "select * from (values (1), (2)) v, (values (3)) w", "select * from (values (?)) v, (values (?)) w"},
		{"rows with arrays", "values (array[1]), (array[1, 2])", "values (array[?])"},

		{"statements", ";;select 1;; select 2;", "select ?; select ?"},
		{"rule", "create rule r as on insert to t do (delete from a; delete from b); select 1",
			"create rule r as on insert to t do (delete from a; delete from b); select ?"},
		{"password", "alter role a password 'x' valid until 'y'", "alter role a password ? valid until ?"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := normal(tt.text)
			if got != tt.want {
				t.Fatalf("normal form of %q:\n got %s\nwant %s", tt.text, got, tt.want)
			}
			if again := normal(got); again != got {
				t.Errorf("the normal form's normal form:\n got %s\nwant %s", again, got)
			}
		})
	}
}

func TestNonConformingStrings(t *testing.T) {
	var l sql.Lexer
	for _, text := range []string{`select 'a\' from t -- ' , b`, `select N'a\' from t -- ' , b`} {
		on := string(l.Summarize([]byte(text), sql.PostgreSQL, sql.Mode{}).Normalized)
		off := string(l.Summarize([]byte(text), sql.PostgreSQL, sql.Mode{NonConformingStrings: true}).Normalized)
		if on != "select ? from t" || off != "select ?, b" {
			t.Errorf("%s: got %q and %q", text, on, off)
		}
	}
	// B'' and X'' have no escapes in any mode.
	off := string(l.Summarize([]byte(`select B'0\', b`), sql.PostgreSQL, sql.Mode{NonConformingStrings: true}).Normalized)
	if off != "select ?, b" {
		t.Errorf("B'': got %q", off)
	}
}

func TestUnknownDialect(t *testing.T) {
	var l sql.Lexer
	for _, d := range []sql.Dialect{0, 200} {
		s := l.Summarize([]byte("select 'x'"), d, sql.Mode{})
		if string(s.Normalized) != "?" || s.Operation != "UNKNOWN" {
			t.Errorf("dialect %d: got %q, %q", d, s.Normalized, s.Operation)
		}
	}
}

func TestFlags(t *testing.T) {
	var l sql.Lexer
	for _, tt := range []struct {
		text                          string
		unterminated, hasNUL, invalid bool
	}{
		{"select 1", false, false, false},
		{"select '", true, false, false},
		{"select E'\\'", true, false, false},
		{`select "`, true, false, false},
		{"select $$", true, false, false},
		{"select /* /* */", true, false, false},
		{"select -- /*", false, false, false},
		{"select 1\x00'", false, true, false},
		{"select 'x\x00'", true, true, false},
		{"select a\xff", false, false, true},
		{"select '\xff'", false, false, false},
	} {
		s := l.Summarize([]byte(tt.text), sql.PostgreSQL, sql.Mode{})
		if s.Unterminated != tt.unterminated || s.HasNUL != tt.hasNUL || s.InvalidUTF8 != tt.invalid {
			t.Errorf("%q: got %v %v %v", tt.text, s.Unterminated, s.HasNUL, s.InvalidUTF8)
		}
	}
}

// The fingerprint is stored outside the process: it must be what its
// documentation says. The values are of other implementations of XXH64.
func TestFingerprint(t *testing.T) {
	for text, want := range map[string]uint64{
		"":                             0xef46db3751d8e999,
		"A":                            0xd24ec4f1a98c6e5b,
		"abc":                          0x44bc2cf5ad770999,
		"ABCD":                         0xde0327b0d25d92cc,
		"SELECT a FROM t WHERE b = 17": 0xf0f056b5b6e8fd53,
		"select abalance from pgbench_accounts where aid = 5": 0xa813213dfb34f15d,
		"select a" + strings.Repeat(", a", 10_000):            0x8090af6ec5e4e39f, // hashed in parts
	} {
		var l sql.Lexer
		if got := l.Summarize([]byte(text), sql.PostgreSQL, sql.Mode{}).Fingerprint; got != want {
			t.Errorf("%.60q: got %#x, want %#x", text, got, want)
		}
	}
}

// The bound shows less and changes nothing else.
func TestMaxNormalized(t *testing.T) {
	texts := []string{
		"select 1 from t where " + strings.Repeat("abc = 'x' and ", 20_000) + "true",
		"select a" + strings.Repeat(", f(a, 1)", 5000),
		"insert into t values (1)" + strings.Repeat(", (1), (b)", 20_000) + " returning a",
		"values (1)" + strings.Repeat(", (1, b), (b, 1)", 4000) + strings.Repeat(", (1)", 2000) + strings.Repeat(", (1, b), (b, 1)", 4000),
		"select 1" + strings.Repeat("; select 2", 10_000),
		"select " + strings.Repeat("long", 10_000) + " from t",
	}
	for _, text := range texts {
		full := sql.Lexer{MaxNormalized: 1 << 30}
		want := full.Summarize([]byte(text), sql.PostgreSQL, sql.Mode{})
		if want.Cut {
			t.Fatalf("%.20s: cut without a bound", text)
		}
		for _, limit := range []int{1, 64, 65, 66, 67, 1000, 0} {
			l := sql.Lexer{MaxNormalized: limit}
			got := l.Summarize([]byte(text), sql.PostgreSQL, sql.Mode{})
			bound := max(limit, 64)
			if limit == 0 {
				bound = sql.DefaultMaxNormalized
			}
			if got.Fingerprint != want.Fingerprint || got.Statements != want.Statements {
				t.Errorf("%.20s: limit %d changes the fingerprint", text, limit)
			}
			shown, ok := bytes.CutSuffix(got.Normalized, []byte("…"))
			if !ok || !got.Cut || len(got.Normalized) > bound || !bytes.HasPrefix(want.Normalized, shown) {
				t.Errorf("%.20s: limit %d: got %d bytes: %.80s", text, limit, len(got.Normalized), got.Normalized)
			}
		}
	}
	l := sql.Lexer{MaxNormalized: 64}
	text := "select " + strings.Repeat("a", 57) // 64 bytes
	if s := l.Summarize([]byte(text), sql.PostgreSQL, sql.Mode{}); s.Cut || string(s.Normalized) != text {
		t.Errorf("got %q cut %v", s.Normalized, s.Cut)
	}
}

func TestHeight(t *testing.T) {
	for _, tt := range []struct {
		text            string
		nesting, height int
	}{
		{"select a, b, c from t", 0, 1},
		{"select ((a))", 2, 3},
		{"select a + b + c", 0, 3},
		{"insert into t values " + strings.Repeat("(1, a + 2), ", 5000) + "(1, 2)", 1, 2},
		{"select a" + strings.Repeat(" + 1", 5000), 0, 5001},
		{"select a, b" + strings.Repeat(" union select a, b", 1000), 0, 1001},
		{"select " + strings.Repeat("(", 1000) + strings.Repeat(")", 1000), 1000, 1001},
		{"select " + strings.Repeat("(1, a + (", 500) + strings.Repeat("))", 500), 1000, 1501},
		{"select " + strings.Repeat("not ", 700) + "a", 0, 701},
		{"select " + strings.Repeat("- ", 700) + "a", 0, 701},
		{"select a" + strings.Repeat("::int", 700), 0, 701},
		{"select * from a" + strings.Repeat(" join b on c", 700), 0, 701},
		{"select " + strings.Repeat("case when a then ", 700), 0, 701},
		{"select a; select b; select c", 0, 1},
		{")))) ]] select 1", 0, 1},
	} {
		var l sql.Lexer
		s := l.Summarize([]byte(tt.text), sql.PostgreSQL, sql.Mode{})
		// Height is an upper bound, a close one.
		if s.Nesting != tt.nesting || s.Height < tt.height || s.Height > tt.height+tt.height/2 {
			t.Errorf("%.40s: got %d, %d; want %d, %d", tt.text, s.Nesting, s.Height, tt.nesting, tt.height)
		}
	}
}

// A Lexer keeps nothing of a text, nor of the one before.
func TestNoRetention(t *testing.T) {
	_, texts := cases(t)
	var reused sql.Lexer
	for _, text := range slices.Concat(texts, texts) {
		var fresh sql.Lexer
		p := []byte(text)
		got := reused.Summarize(p, sql.PostgreSQL, sql.Mode{})
		for i := range p {
			p[i] = 0xA5
		}
		want := fresh.Summarize([]byte(text), sql.PostgreSQL, sql.Mode{})
		if string(got.Normalized) != string(want.Normalized) || got.Fingerprint != want.Fingerprint ||
			got.Operation != want.Operation || got.Height != want.Height || len(got.Tags) != len(want.Tags) {
			t.Errorf("%q: got %+v, want %+v", text, got, want)
		}
		for i, tag := range got.Tags {
			if !bytes.Equal(tag.Value, want.Tags[i].Value) {
				t.Errorf("%q: tag %s is %q", text, tag.Key, tag.Value)
			}
		}
	}
}
