package codectest

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sluice-proxy/sluice/codecs"
	"github.com/sluice-proxy/sluice/metadata"
)

// Summary decodes s to a line per message, and one for how the session stands if it isn't at rest. usual is a purpose that needs no mention.
func Summary(tb testing.TB, p codecs.Protocol, l codecs.Limits, usual codecs.Purpose, s Script) string {
	tb.Helper()
	var out bytes.Buffer
	d := p.New(l)
	for _, f := range s {
		for b := f.Bytes; len(b) > 0; {
			n, m, err := d.Decode(f.Dir, b)
			if err != nil {
				fmt.Fprintf(&out, "%s error %v\n", f.Dir, err)
				return out.String()
			}
			b = b[n:]
			if m != nil {
				line(&out, f.Dir, usual, m)
			}
		}
	}
	st := d.Standing()
	if !st.AtRest() {
		fmt.Fprintf(&out, "open %d busy %v opaque %v\n", st.Open, st.Busy, st.Opaque)
	}
	if st.Waits {
		fmt.Fprintln(&out, "waits")
	}
	return out.String()
}

func line(out *bytes.Buffer, dir codecs.Direction, usual codecs.Purpose, m *codecs.Message) {
	fmt.Fprintf(out, "%s %s %s", dir, m.Kind, m.Name)
	if m.Count > 1 {
		fmt.Fprintf(out, "*%d", m.Count)
	}
	if m.Exchange != 0 {
		fmt.Fprintf(out, " %d", m.Exchange)
	}
	if m.Purpose != codecs.NoPurpose && m.Purpose != usual {
		fmt.Fprintf(out, " %s", m.Purpose)
	}
	if m.Last {
		out.WriteString(" last")
	}
	if m.Text != nil {
		fmt.Fprintf(out, " %q", m.Text)
	}
	if m.Mode != 0 {
		fmt.Fprintf(out, " mode=%d", m.Mode)
	}
	if m.Token != nil {
		fmt.Fprintf(out, " token[%d]", len(m.Token))
	}
	if m.Cut {
		out.WriteString(" cut")
	}
	if m.Addresses != nil {
		fmt.Fprintf(out, " addresses=%v", m.Addresses)
	}
	if m.Rows != 0 {
		fmt.Fprintf(out, " rows=%d", m.Rows)
	}
	for _, f := range m.Meta.Fields() {
		fmt.Fprintf(out, " %s=", f.Key.Name)
		if f.Key.Type == metadata.String {
			out.WriteString(f.Value.Str)
		} else {
			fmt.Fprint(out, f.Value.Int)
		}
	}
	for _, e := range m.Effects {
		fmt.Fprintf(out, " | %s", Accesses(e))
	}
	out.WriteByte('\n')
}

// Accesses gives what e does for people: its accesses with the schema, of kinds that don't show it, behind an @, ? if that is not known, and ~ where no rule is needed.
func Accesses(e metadata.Effect) string {
	var all []string
	for _, a := range e.Accesses {
		s := a.String()
		switch {
		case a.Anywhere:
			s += "@?"
		case a.Schema != "" && !a.Kind.Qualified():
			s += "@" + a.Schema
		}
		if a.Free {
			s += "~"
		}
		all = append(all, s)
	}
	return strings.Join(all, ", ")
}

// Golden compares what real servers' transcripts, those in dir, are summarized to with what a person has read and found right: the file of the same name that ends in
// .golden. If write is true it writes these files.
func Golden(t *testing.T, dir string, write bool, summary func(testing.TB, Script) string) {
	t.Helper()
	for name, s := range Transcripts(t, os.DirFS(dir)) {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(dir, name+".golden")
			got := summary(t, s)
			if write {
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("%s: got\n%s\nwant\n%s", file, got, want)
			}
		})
	}
}
