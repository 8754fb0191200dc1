package sql_test

import (
	"bytes"
	"testing"
	"unicode/utf8"

	"github.com/sluice-proxy/sluice/codecs/sql"
)

// FuzzSummarize asks of any text what the package promises: the normal form is
// its own normal form, its length bound changes nothing, and a literal which
// stands behind any complete text is not seen.
func FuzzSummarize(f *testing.F) {
	_, texts := cases(f)
	for i, text := range texts {
		f.Add([]byte(text), []byte(texts[(i+1)%len(texts)]), uint8(i), i%2 == 0)
	}
	for i, template := range templates {
		f.Add([]byte(template), []byte("values (1, null), (2, -3)"), uint8(i), false)
	}
	f.Fuzz(func(t *testing.T, text, behind []byte, form uint8, nonConforming bool) {
		m := sql.Mode{NonConformingStrings: nonConforming}
		full := sql.Lexer{MaxNormalized: 1 << 30}
		first := *full.Summarize(text, sql.PostgreSQL, m)
		norm := bytes.Clone(first.Normalized)
		if !utf8.Valid(norm) {
			t.Fatalf("%q: not UTF-8: %q", text, norm)
		}
		if max := bytes.Count(text, []byte(";")) + 1; first.Statements > max {
			t.Fatalf("%q: %d statements", text, first.Statements)
		}
		if (first.Statements == 0) != (len(norm) == 0) || (first.Statements == 0) != (first.Operation == "") {
			t.Fatalf("%q: %d statements, %q, %q", text, first.Statements, first.Operation, norm)
		}

		second := full.Summarize(norm, sql.PostgreSQL, sql.Mode{})
		if !bytes.Equal(second.Normalized, norm) || second.Fingerprint != first.Fingerprint {
			t.Fatalf("%q\nnormal %q\n again %q", text, norm, second.Normalized)
		}
		if second.Operation != first.Operation || second.Statements != first.Statements || second.Nesting != first.Nesting ||
			second.Unterminated || second.HasNUL || second.InvalidUTF8 || second.Tags != nil {
			t.Fatalf("%q: got %+v, normal form %+v", text, first, second)
		}

		short := sql.Lexer{MaxNormalized: 64}
		cut := short.Summarize(text, sql.PostgreSQL, m)
		if cut.Fingerprint != first.Fingerprint || cut.Cut != (len(norm) > 64) || len(cut.Normalized) > 64 {
			t.Fatalf("%q: cut %q, whole %q", text, cut.Normalized, norm)
		}
		if shown := bytes.TrimSuffix(cut.Normalized, []byte("…")); cut.Cut && !bytes.HasPrefix(norm, shown) {
			t.Fatalf("%q: cut %q, whole %q", text, shown, norm)
		}

		if first.Unterminated || bytes.Contains(bytes.ToLower(text), []byte(marker)) || bytes.Contains(bytes.ToLower(behind), []byte(marker)) {
			return
		}
		literal := literals[int(form)%len(literals)]
		if nonConforming && bytes.ContainsRune([]byte(literal), '\\') {
			return // another literal than the one meant
		}
		whole := append(append(append(bytes.Clone(text), '\n'), literal...), '\n')
		whole = append(whole, behind...)
		if s := full.Summarize(whole, sql.PostgreSQL, m); bytes.Contains(bytes.ToLower(s.Normalized), []byte(marker)) {
			t.Fatalf("%q leaks: %q", whole, s.Normalized)
		}
	})
}
