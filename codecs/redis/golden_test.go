package redis_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sluice-proxy/sluice/codecs"
	"github.com/sluice-proxy/sluice/codecs/codectest"
	"github.com/sluice-proxy/sluice/codecs/redis"
	"github.com/sluice-proxy/sluice/metadata"
)

var golden = flag.Bool("golden", false, "write testdata/*.golden, what the transcripts are decoded to")

// summary decodes s to a line per message.
func summary(tb testing.TB, l codecs.Limits, s codectest.Script) string {
	tb.Helper()
	var out bytes.Buffer
	d := redis.Protocol.New(l)
	for _, f := range s {
		for b := f.Bytes; len(b) > 0; {
			n, m, err := d.Decode(f.Dir, b)
			if err != nil {
				fmt.Fprintf(&out, "%s error %v\n", f.Dir, err)
				return out.String()
			}
			b = b[n:]
			if m != nil {
				line(&out, f.Dir, m)
			}
		}
	}
	if st := d.Standing(); !st.AtRest() {
		fmt.Fprintf(&out, "open %d busy %v opaque %v\n", st.Open, st.Busy, st.Opaque)
	}
	return out.String()
}

func line(out *bytes.Buffer, dir codecs.Direction, m *codecs.Message) {
	fmt.Fprintf(out, "%s %s %s", dir, m.Kind, m.Name)
	if m.Count > 1 {
		fmt.Fprintf(out, "*%d", m.Count)
	}
	if m.Exchange != 0 {
		fmt.Fprintf(out, " %d", m.Exchange)
	}
	if m.Purpose != 0 && m.Purpose != codecs.Command {
		fmt.Fprintf(out, " %s", m.Purpose)
	}
	if m.Last {
		out.WriteString(" last")
	}
	if m.Cut {
		out.WriteString(" cut")
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
		fmt.Fprintf(out, " | %s", accesses(e))
	}
	out.WriteByte('\n')
}

// accesses gives what e does: its accesses with the database of keys behind an @, ? if that is not known, and ~ where no rule is needed.
func accesses(e metadata.Effect) string {
	var all []string
	for _, a := range e.Accesses {
		s := a.String()
		switch {
		case a.Anywhere:
			s += "@?"
		case a.Schema != "":
			s += "@" + a.Schema
		}
		if a.Free {
			s += "~"
		}
		all = append(all, s)
	}
	return strings.Join(all, ", ")
}

// TestGolden compares what real servers' transcripts are decoded to with what a person has read and found right.
func TestGolden(t *testing.T) {
	for _, dir := range []string{"testdata", filepath.Join("testdata", "broken")} {
		for name, s := range codectest.Transcripts(t, os.DirFS(dir)) {
			t.Run(name, func(t *testing.T) {
				file := filepath.Join(dir, name+".golden")
				got := summary(t, codecs.Limits{Effects: true}, s)
				if *golden {
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
}
