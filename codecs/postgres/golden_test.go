package postgres_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/sluice-proxy/sluice/codecs"
	"github.com/sluice-proxy/sluice/codecs/codectest"
	"github.com/sluice-proxy/sluice/codecs/postgres"
	"github.com/sluice-proxy/sluice/metadata"
)

var golden = flag.Bool("golden", false, "write testdata/*.golden, what the transcripts are decoded to")

// summary decodes s to a line per message.
func summary(tb testing.TB, s codectest.Script) string {
	tb.Helper()
	var out bytes.Buffer
	d := postgres.Protocol.New(codecs.Limits{})
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
	if m.Purpose != 0 {
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
	out.WriteByte('\n')
}

// TestGolden compares what real servers' transcripts are decoded to with what a person has read and found right.
func TestGolden(t *testing.T) {
	for name, s := range codectest.Transcripts(t, os.DirFS("testdata")) {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join("testdata", name+".golden")
			got := summary(t, s)
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
