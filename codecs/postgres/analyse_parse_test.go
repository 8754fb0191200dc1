package postgres

import (
	"bytes"
	"strings"
	"testing"

	"github.com/sluice-proxy/sluice/codecs"
	"github.com/sluice-proxy/sluice/codecs/sql/pgsql"
	"github.com/sluice-proxy/sluice/metadata"
)

// TestParseByMode shows what the session's settings change about the reading of a text.
func TestParseByMode(t *testing.T) {
	if !pgsql.Available() {
		t.Skip("built without cgo, so no statement is parsed")
	}
	for _, tt := range []struct {
		text  string
		mode  codecs.Mode
		why   string
		shape bool
	}{
		{"SELECT a FROM t", 0, "", true},
		{"SELECT a FROM t", ModeEncoding, "encoding", false},
		{"SELECT a FROM t", ModeBackslash, "", true},
		{`SELECT '\' FROM t --'`, ModeBackslash, "backslash", false},
		{`SELECT '\' FROM t --'`, 0, "", true},
		{"SELECT a FROM t", ModeForeign, "", true},
		{"SELECT 'é' FROM t", ModeForeign, "encoding", false},
		{"SELECT é FROM t", ModeForeign, "encoding", false},
		{`SELECT "é" FROM t`, ModeForeign, "encoding", false},
		{"SELECT 'é' FROM t", 0, "", true},
		{"SELECT '\xff' FROM t", 0, "encoding", true}, // its shape is of no use: nothing is kept under it
		{"SELECT 1\x00", 0, "nul", false},
		{"SELECT a FROM t WHERE", 0, "syntax", true},
		{"SELECT 'a", 0, "syntax", false},
		{"SELECT " + strings.Repeat("(", 300) + "1" + strings.Repeat(")", 300), 0, "too_deep", true},
		{"SELECT 1" + strings.Repeat(" ", pgsql.MaxText), 0, "too_long", false},
		{"", 0, "", true},
		{" ;; -- nothing\n;", 0, "", true},
	} {
		a := newAnalyser()
		p := a.Parse([]byte(tt.text), tt.mode)
		if p.Why != tt.why {
			t.Errorf("%.40q in mode %d: why %q, want %q", tt.text, tt.mode, p.Why, tt.why)
		}
		if p.Why != "" && (!p.Literal || !p.Unsettles || len(p.Effects) != 1 || p.Effects[0].Accesses[0].Kind != metadata.KindUnparsed) {
			t.Errorf("%.40q in mode %d: what is not parsed must say so in one effect, and stand for no other text: %+v", tt.text, tt.mode, p)
		}
		if got := len(a.AppendShape(nil, []byte(tt.text), tt.mode)) > 0; got != tt.shape {
			t.Errorf("%.40q in mode %d: has a shape: %v, want %v", tt.text, tt.mode, got, tt.shape)
		}
	}
}

// TestShapesOfModes shows that a text has another shape where it may be another one.
func TestShapesOfModes(t *testing.T) {
	a := newAnalyser()
	text := []byte("SELECT 'a'")
	var all [][]byte
	for _, mode := range []codecs.Mode{0, ModeBackslash, ModeForeign} {
		shape := a.AppendShape([]byte("before"), text, mode)
		for _, other := range all {
			if bytes.Equal(shape, other) {
				t.Errorf("mode %d shares the shape %q", mode, shape)
			}
		}
		if !bytes.HasPrefix(shape, []byte("before")) {
			t.Errorf("mode %d: %q is not appended", mode, shape)
		}
		all = append(all, shape)
	}
}

// TestParseKeepsNothing shows that a result doesn't depend on the text's memory, nor on what is parsed next.
func TestParseKeepsNothing(t *testing.T) {
	if !pgsql.Available() {
		t.Skip("built without cgo, so no statement is parsed")
	}
	a := newAnalyser()
	text := []byte("SELECT a FROM s.orders")
	p := a.Parse(text, 0)
	for i := range text {
		text[i] = 'x'
	}
	a.Parse([]byte("DROP TABLE users"), 0)
	want := metadata.Access{Verb: metadata.Read, Kind: metadata.KindTable, Schema: "s", Name: "orders"}
	if e := p.Effects[0]; e.Operation != "SELECT" || len(e.Accesses) != 1 || e.Accesses[0] != want {
		t.Errorf("got %+v", e)
	}
}

var analysed = map[string]string{
	"55B":  "SELECT abalance FROM pgbench_accounts WHERE aid = 42317",
	"458B": join458,
	"5KB":  "SELECT a, b FROM t WHERE id IN (" + strings.Repeat("123456, ", 600) + "1)",
}

const join458 = `SELECT o.id, o.created_at, o.total, c.name, c.email, sum(i.quantity * i.price) AS amount, count(DISTINCT i.product_id) AS products
FROM app.orders o JOIN customers c ON c.id = o.customer_id LEFT JOIN order_items i ON i.order_id = o.id
WHERE o.created_at >= $1 AND o.created_at < $2 AND c.country IN ('DE', 'FR', 'IT') AND o.status <> 'cancelled'
GROUP BY o.id, o.created_at, o.total, c.name, c.email HAVING sum(i.quantity) > 3 ORDER BY amount DESC, o.id LIMIT 50 OFFSET 10000`

func BenchmarkAnalyse(b *testing.B) {
	a := newAnalyser()
	for _, size := range []string{"55B", "458B", "5KB"} {
		text := []byte(analysed[size])
		b.Run("Summarize/"+size, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				a.Summarize(text, 0)
			}
		})
		b.Run("Shape/"+size, func(b *testing.B) {
			b.ReportAllocs()
			var dst []byte
			for b.Loop() {
				dst = a.AppendShape(dst[:0], text, 0)
			}
		})
		b.Run("Parse/"+size, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				a.Parse(text, 0)
			}
		})
	}
}

func TestShapeDoesNotAllocate(t *testing.T) {
	a := newAnalyser()
	for size, text := range analysed {
		p := []byte(text)
		dst := a.AppendShape(nil, p, 0)
		if n := testing.AllocsPerRun(100, func() { dst = a.AppendShape(dst[:0], p, 0) }); n != 0 {
			t.Errorf("%s: %v allocations", size, n)
		}
	}
}
