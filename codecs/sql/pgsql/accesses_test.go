//go:build cgo

package pgsql_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/sluice-proxy/sluice/codecs/sql/pgsql"
	"github.com/sluice-proxy/sluice/metadata"
)

// TestAccesses compares every access of the texts in testdata/accesses.txt with those written below each of them. A text stands on a line of its own;
// what belongs to it is indented: a line with the flags of the whole, if there are any, and a line per statement and per access. With -update (a flag of
// TestChildren) the file is written anew; read the difference before keeping it.
func TestAccesses(t *testing.T) {
	const file = "testdata/accesses.txt"
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var got bytes.Buffer
	var p pgsql.Parser
	n := 0
	for line := range strings.Lines(string(want)) {
		switch {
		case strings.HasPrefix(line, "#") || line == "\n":
			got.WriteString(line)
		case !strings.HasPrefix(line, " "):
			n++
			got.WriteString(line)
			describe(&got, p.Parse([]byte(strings.TrimSuffix(line, "\n")), pgsql.Mode{}))
		}
	}
	if n < 60 {
		t.Errorf("only %d texts", n)
	}
	if flag.Lookup("update").Value.String() == "true" {
		if err := os.WriteFile(file, got.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	lines := strings.Split(got.String(), "\n")
	text := ""
	for i, line := range strings.Split(string(want), "\n") {
		if !strings.HasPrefix(line, " ") {
			text = line
		}
		if i >= len(lines) || lines[i] != line {
			t.Fatalf("%s:%d: %s\ngot  %s\nwant %s", file, i+1, text, lines[min(i, len(lines)-1)], line)
		}
	}
}

func describe(b *bytes.Buffer, r *pgsql.Result) {
	if r.Why != "" {
		fmt.Fprintf(b, "  not parsed: %s\n", r.Why)
		return
	}
	var flags []string
	for _, f := range []struct {
		name string
		set  bool
	}{{"literal", r.Literal}, {"unsettles", r.Unsettles}, {"personal", r.Personal}} {
		if f.set {
			flags = append(flags, f.name)
		}
	}
	if len(flags) > 0 {
		fmt.Fprintf(b, "  [%s]\n", strings.Join(flags, " "))
	}
	for i, e := range r.Effects {
		b.WriteString("  " + strings.Join(append([]string{e.Operation}, e.Inner...), " "))
		if r.Opaque(i) {
			b.WriteString(" (opaque)")
		}
		b.WriteByte('\n')
		for _, a := range e.Accesses {
			b.WriteString("    " + accessLine(a) + "\n")
		}
	}
}

func accessLine(a metadata.Access) string {
	s := fmt.Sprintf("%s %s %q", a.Verb, a.Kind, a.Name)
	if a.Schema != "" {
		s = fmt.Sprintf("%s %s %q.%q", a.Verb, a.Kind, a.Schema, a.Name)
	}
	for _, f := range []struct {
		name string
		set  bool
	}{
		{"free", a.Free}, {"implied", a.Implied}, {"system", a.System == metadata.IsSystem}, {"maybe-system", a.System == metadata.MaybeSystem}, {"anywhere", a.Anywhere},
	} {
		if f.set {
			s += " " + f.name
		}
	}
	return s
}
