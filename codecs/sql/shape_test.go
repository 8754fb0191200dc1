package sql_test

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/sluice-proxy/sluice/codecs/sql"
)

func shapeOf(text string) string { return string(sql.AppendShape(nil, []byte(text), sql.ShapeMode{})) }

// Texts that differ in layout, case and the values of literals of one kind have one shape.
func TestShapeInvariance(t *testing.T) {
	strs := []string{"'a'", "''", "'it''s'", `E'\''`, "$$a$$", "$x$ $$ $x$", `U&'\0041'`, "'a'\n'b'", "'-- /*'"}
	r := rand.New(rand.NewPCG(5, 6))
	for _, template := range templates {
		want := shapeOf(strings.ReplaceAll(template, "#", "'x'"))
		if want == "" {
			t.Fatalf("%s has no shape", template)
		}
		for range 300 {
			var b strings.Builder
			for token := range strings.SplitSeq(template, " ") {
				b.WriteString(" " + pick(r, layouts))
				if token == "#" {
					b.WriteString(pick(r, strs))
				} else {
					b.WriteString(flip(r, token))
				}
			}
			if got := shapeOf(b.String()); got != want {
				t.Fatalf("%q\n got %q\nwant %q", b.String(), got, want)
			}
		}
	}
}

// An odd text has no shape, and what is there already stays.
func TestNoShape(t *testing.T) {
	for _, text := range []string{
		"SELECT 'a", `SELECT "a`, "SELECT /* a", "SELECT $$a", "SELECT $a$ b", "SELECT 1a", "SELECT $1a", "SELECT \x01", "SELECT 1\x00", `SELECT U&"a!0062" UESCAPE '!'`,
		"SELECT 1 uEscape", "SELECT \\", "SELECT X'1F''a'", "SELECT E'a\\'",
	} {
		if got := sql.AppendShape([]byte("before"), []byte(text), sql.ShapeMode{}); string(got) != "before" {
			t.Errorf("%q: got %q", text, got)
		}
	}
	for _, tt := range []struct {
		text string
		mode sql.ShapeMode
	}{
		{`SELECT '\'`, sql.ShapeMode{NonConformingStrings: true}}, {"SELECT 'é'", sql.ShapeMode{ASCII: true}}, {"SELECT é", sql.ShapeMode{ASCII: true}},
		{`SELECT "é"`, sql.ShapeMode{ASCII: true}}, {"SELECT 1 -- é", sql.ShapeMode{ASCII: true}}, {"SELECT 1 /* é */", sql.ShapeMode{ASCII: true}},
		{"SELECT $$é$$", sql.ShapeMode{ASCII: true}}, {"SELECT $é$a$é$", sql.ShapeMode{ASCII: true}},
	} {
		if got := sql.AppendShape(nil, []byte(tt.text), tt.mode); len(got) > 0 {
			t.Errorf("%q in %+v: got %q", tt.text, tt.mode, got)
		}
	}
}

// Work that grew with the square of the length would not end within the test's time limit.
func TestShapeOfHostileRepetition(t *testing.T) {
	var dst []byte
	for _, part := range hostile {
		dst = sql.AppendShape(dst[:0], []byte("select "+strings.Repeat(part, 300_000)), sql.ShapeMode{})
	}
	if len(dst) > 10<<20 {
		t.Errorf("a shape of %d bytes", len(dst))
	}
}
