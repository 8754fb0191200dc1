package sql_test

import (
	"strings"
	"testing"

	"github.com/sluice-proxy/sluice/codecs/sql"
)

func BenchmarkSummarize(b *testing.B) {
	join := `SELECT o.id, o.total, c.name, c.email, count(i.id) AS items FROM app.orders o JOIN app.customers c ON c.id = o.customer_id ` +
		`LEFT JOIN app.order_items i ON i.order_id = o.id WHERE o.created_at >= '2026-01-01' AND o.created_at < '2026-02-01' ` +
		`AND o.status IN ('paid', 'shipped', 'done') AND c.country = 'DE' AND o.total > 100.50 AND (c.vip OR o.total > 1000) ` +
		`GROUP BY o.id, o.total, c.name, c.email HAVING count(i.id) > 2 ORDER BY o.total DESC LIMIT 50`
	for _, bb := range []struct{ name, text string }{
		{"Short", "SELECT abalance FROM pgbench_accounts WHERE aid = 42317"},
		{"Join", join},
		{"Tags", "SELECT * FROM t WHERE id = $1 /*application='shop',route='%2Forders',traceparent='00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'*/"},
		{"IN5KB", "SELECT a FROM t WHERE id IN (1" + strings.Repeat(", 1234567", 550) + ")"},
		{"Insert1MB", "INSERT INTO t (a, b, c) VALUES (1, 'x', 2.5)" + strings.Repeat(", (12345, 'some text here', NULL)", 31_000)},
		{"Words1MB", strings.Repeat("lorem ipsum ", 87_000)},
	} {
		b.Run(bb.name, func(b *testing.B) {
			var l sql.Lexer
			text := []byte(bb.text)
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				l.Summarize(text, sql.PostgreSQL, sql.Mode{})
			}
		})
	}
}
