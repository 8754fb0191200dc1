package stats_test

import (
	"strings"
	"testing"
	"time"

	"github.com/sluice-proxy/sluice/stats"
)

func TestRenderKeys(t *testing.T) {
	r := stats.KeyReport{
		Listener: "redis-6380", Known: 3, Totals: stats.KeyCounts{Commands: 40}, Rest: stats.KeyCounts{Commands: 7},
		Prefixes: []stats.KeyPrefix{
			{Database: "0", Prefix: "cart:", KeyCounts: stats.KeyCounts{Commands: 30, Reads: 20, Writes: 12, RequestBytes: 900, MaxRequest: 50, ReplyBytes: 20 << 10, MaxReply: 9000, Hits: 3, Misses: 1}},
			{Prefix: "evil\x1b[2J\n:", KeyCounts: stats.KeyCounts{Commands: 3}},
		},
		BiggestReplies: []stats.BigValue{
			{Database: "0", Key: "cart:7", Bytes: 9000, Command: "HGETALL", Keys: 1, Time: time.Date(2026, 1, 2, 3, 4, 5, 0, time.Local)},
			{Key: "not shown"},
		},
	}
	var b strings.Builder
	if err := stats.RenderKeys(&b, &r, 100, 1); err != nil {
		t.Fatal(err)
	}
	want := `redis-6380: 40 commands with keys; 2 of 3 prefixes; 7 commands of prefixes for which there is no room are not in the list

COMMANDS  READS  WRITES  HIT  SENT  BIGGEST  RECEIVED  BIGGEST  DB  PREFIX
      30     20      12  75%   900       50   20.0KiB     9000   0  cart:
       3      0       0          0        0         0        0      evil [2J :

Biggest replies
BYTES  COMMAND  KEYS  TIME      DB  KEY
 9000  HGETALL     1  03:04:05   0  cart:7
`
	if b.String() != want {
		t.Errorf("got\n%s\nwant\n%s", b.String(), want)
	}
}

func TestKeyOrders(t *testing.T) {
	all := []stats.KeyPrefix{
		{Prefix: "a", KeyCounts: stats.KeyCounts{Commands: 3, Reads: 1, Writes: 2, RequestBytes: 10, ReplyBytes: 10, MaxReply: 5, Misses: 1}},
		{Prefix: "b", KeyCounts: stats.KeyCounts{Commands: 2, Reads: 9, Writes: 1, RequestBytes: 30, ReplyBytes: 0, MaxReply: 1, Misses: 3}},
		{Prefix: "c", KeyCounts: stats.KeyCounts{Commands: 1, Reads: 1, Writes: 8, RequestBytes: 1, ReplyBytes: 2, MaxRequest: 9, Misses: 2}},
	}
	for by, want := range map[string]string{"": "abc", "commands": "abc", "reads": "bac", "writes": "cab", "bytes": "bac", "misses": "bca", "biggest": "cab"} {
		s, err := stats.ParseKeySort(by)
		if err != nil {
			t.Fatal(err)
		}
		s.Order(all)
		if got := all[0].Prefix + all[1].Prefix + all[2].Prefix; got != want {
			t.Errorf("by %q: got %s, want %s", by, got, want)
		}
	}
	if _, err := stats.ParseKeySort("size"); err == nil || !strings.Contains(err.Error(), "there are commands, reads,") {
		t.Errorf("an order that there is not: %v", err)
	}
}
