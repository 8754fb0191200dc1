package inspect

import (
	"strings"
	"testing"

	"github.com/sluice-proxy/sluice/codecs/postgres"
)

// BenchmarkCachedStatement is the look-up of a 100-byte text that was analysed before.
func BenchmarkCachedStatement(b *testing.B) {
	c := &Config{Protocol: postgres.Protocol}
	c.setup()
	h := c.shard(0)
	text := []byte("SELECT id, name, price FROM products WHERE price < 100 AND name LIKE 'a%' ORDER BY price ")
	text = append(text, strings.Repeat(" ", 100-len(text))...)
	for range 3 {
		h.analyse(text, 0, nil)
	}
	b.ReportAllocs()
	for b.Loop() {
		if k := h.analyse(text, 0, nil); k.statement == nil || k.statement.Operation != "SELECT" {
			b.Fatal("not known")
		}
	}
}
