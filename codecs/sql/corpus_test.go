package sql_test

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/sluice-proxy/sluice/codecs/sql"
)

var update = flag.Bool("update", false, "rewrite testdata/postgres.golden; read the difference before keeping it")

// cases reads the inputs of testdata/postgres.sql in order.
func cases(tb testing.TB) (ids, texts []string) {
	tb.Helper()
	data, err := os.ReadFile("testdata/postgres.sql")
	if err != nil {
		tb.Fatal(err)
	}
	for i, part := range strings.Split(string(data), "\n-- @case ") {
		if i == 0 {
			continue // the head of the file
		}
		id, text, _ := strings.Cut(part, "\n")
		ids = append(ids, id)
		texts = append(texts, strings.TrimRight(text, "\n"))
	}
	return ids, texts
}

func TestCorpus(t *testing.T) {
	var b strings.Builder
	var l sql.Lexer
	ids, texts := cases(t)
	for i, id := range ids {
		s := l.Summarize([]byte(texts[i]), sql.PostgreSQL, sql.Mode{})
		fmt.Fprintf(&b, "%s\n  %d %q", id, s.Statements, s.Operation)
		if s.Unterminated {
			b.WriteString(" unterminated")
		}
		for _, tag := range s.Tags {
			fmt.Fprintf(&b, " %s=%q", tag.Key, tag.Value)
		}
		fmt.Fprintf(&b, "\n  %s\n", s.Normalized)
	}
	const golden = "testdata/postgres.golden"
	if *update {
		if err := os.WriteFile(golden, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	got := strings.Split(b.String(), "\n")
	for i, line := range strings.Split(string(want), "\n") {
		if i >= len(got) || got[i] != line {
			t.Fatalf("line %d of the golden file: got\n%s\nwant\n%s", i+1, got[min(i, len(got)-1)], line)
		}
	}
}
