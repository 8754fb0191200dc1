package stats_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/sluice-proxy/sluice/stats"
)

func TestRender(t *testing.T) {
	statements := []stats.Statement{
		{Text: "select *\n\tfrom \x1b[31morders where id = ? and a = ?", Operation: "SELECT", User: "ann", Database: "shop",
			Counts: stats.Counts{Calls: 12_345_678, Errors: 2, Denied: 1, Rows: 5, Affected: 1, RequestBytes: 1 << 20, ReplyBytes: 1 << 30},
			Times:  stats.Times{Total: 86400 * 3, Mean: 9.999e-4, P50: .0000123, P95: 1.5, P99: 75}},
		{Operation: "StartupMessage", Counts: stats.Counts{Calls: 3}},
	}
	var b strings.Builder
	if err := stats.Render(&b, statements, stats.RenderOptions{Width: 96, Users: true}); err != nil {
		t.Fatal(err)
	}
	want := "" +
		"CALLS  BAD   TOTAL    MEAN     P50     P95     P99  ROWS   BYTES  USER@DATABASE  STATEMENT\n" +
		"12.3M    3    3.0d  1.00ms  12.3µs   1.50s   1m15s     6  1.0GiB  ann@shop       select * from [31mo…\n" +
		"    3    0  0.00µs  0.00µs  0.00µs  0.00µs  0.00µs     0       0  @              (StartupMessage)\n"
	if b.String() != want {
		t.Errorf("got\n%s\nwant\n%s", b.String(), want)
	}
	b.Reset()
	statements[1].Hits, statements[1].Misses, statements[1].Blocked, statements[1].BlockedTime = 2, 1, 1, 65
	if err := stats.Render(&b, statements, stats.RenderOptions{}); err != nil {
		t.Fatal(err)
	}
	if head, _, _ := strings.Cut(b.String(), "\n"); !strings.Contains(head, "  HIT  BLOCKED  STATEMENT") || !strings.Contains(b.String(), "  67%     1m5s  (Startup") {
		t.Errorf("got\n%s", b.String())
	}
	b.Reset()
	statements[0].Text = strings.Repeat("ä", 1000)
	if err := stats.Render(&b, statements, stats.RenderOptions{}); err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(b.String()) {
		if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > 120 {
			t.Errorf("a line of %d characters: %q", n, line)
		}
	}
}
