package redis_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/sluice-proxy/sluice/codecs"
	"github.com/sluice-proxy/sluice/codecs/redis"
)

// TestComplaint: what is no request is called what Redis 7.0 and Valkey 8 call it, see also testdata/broken.
func TestComplaint(t *testing.T) {
	for _, tt := range []struct{ request, want string }{
		{"*3000000000\r\n", "Protocol error: invalid multibulk length"},
		{"*x\r\n", "Protocol error: invalid multibulk length"},
		{"*3\r\n$3\r\nSET\r\n$1\r\nx\r\nfooz\r\n", "Protocol error: expected '$', got 'f'"},
		{"*1\r\nfoo\r\n", "Protocol error: expected '$', got 'f'"},
		{"*3\r\n$3\r\nSET\r\n$1\r\nx\r\n$-10\r\n", "Protocol error: invalid bulk length"},
		{"*3\r\n$3\r\nSET\r\n$1\r\nx\r\n$blabla\r\n", "Protocol error: invalid bulk length"},
		{"*4\r\n$4\r\nMGET\r\n$1\r\nx\r\n$2048\r\n" + strings.Repeat("x", 2048) + "\r\n:1\r\n", "Protocol error: expected '$', got ':'"},
		{"*4\r\n$4\r\nMGET\r\n$1\r\nx\r\n$2048\r\n" + strings.Repeat("x", 2048) + "\r\n$x\r\n", "Protocol error: invalid bulk length"},
		{"set \"a b\r\n", "Protocol error: unbalanced quotes in request"},
		{strings.Repeat("x", 64<<10), "Protocol error: too big inline request"},
		{cmd("MULTI") + cmd("SUBSCRIBE", "a"), "subscriptions, MONITOR, CLIENT REPLY and replication can't be followed inside of MULTI"},
		{cmd("MULTI") + cmd("AUTH", "u", "p"), "a change of user or database can't be followed inside of MULTI, behind MONITOR or CLIENT REPLY"},
		{"GET a\x00b\r\n", ""}, // an error for some versions, and not for others
	} {
		d := redis.Protocol.New(codecs.Limits{Inspect: 1 << 10})
		var err error
		for b, n := []byte(tt.request), 0; err == nil && len(b) > 0; b = b[n:] {
			n, _, err = d.Decode(codecs.FromClient, b)
		}
		var e *codecs.DecodeError
		if !errors.As(err, &e) || e.Complaint != tt.want {
			t.Errorf("%.40q: got %+v, want %q", tt.request, e, tt.want)
		} else if strings.Contains(err.Error(), "got") {
			t.Errorf("%.40q: payload in %v", tt.request, err)
		}
	}
}
