package redis_test

import (
	"testing"

	"github.com/sluice-proxy/sluice/codecs"
	"github.com/sluice-proxy/sluice/codecs/redis"
)

func TestRefuse(t *testing.T) {
	for _, tt := range []struct{ request, want string }{
		{cmd("GET", "a"), cmd("SLUICE.DENIED")},
		{"GET a\r\n", cmd("SLUICE.DENIED")},
		{cmd("AUTH", "p"), cmd("SLUICE.DENIED")},
		{cmd("QUIT"), cmd("SLUICE.DENIED")},
		{cmd("EXEC"), cmd("EXEC", "DENIED")},
		{cmd("CLIENT", "REPLY", "OFF"), ""},
		{"\r\n", ""},
	} {
		d := redis.Protocol.New(codecs.Limits{})
		_, m, err := d.Decode(codecs.FromClient, []byte(tt.request))
		if err != nil || m == nil {
			t.Fatal(m, err)
		}
		if got := redis.Protocol.Refuse([]byte("before"), m); string(got) != "before"+tt.want && (tt.want != "" || got != nil) {
			t.Errorf("%q: got %q, want %q", tt.request, got, tt.want)
		}
	}
}

func TestDenialAndFarewell(t *testing.T) {
	for _, tt := range []struct {
		got  []byte
		want string
	}{
		{redis.Protocol.Denial([]byte("+OK\r\n"), nil, codecs.Refusal{Reason: codecs.Denied, Rule: "no\r\nkeys"}),
			"+OK\r\n-NOPERM this user has no permissions to run this command (rule no  keys)\r\n"},
		{redis.Protocol.Denial(nil, nil, codecs.Refusal{Reason: codecs.Denied, Message: "not allowed", Hint: "ask"}), "-NOPERM not allowed. ask\r\n"},
		{redis.Protocol.Farewell(nil, codecs.Refusal{Reason: codecs.LimitReached}), "-ERR max number of clients reached\r\n"},
		{redis.Protocol.Farewell(nil, codecs.Refusal{Reason: codecs.NotAdmitted, Rule: "r"}), "-NOPERM permission denied by policy (rule r)\r\n"},
	} {
		if string(tt.got) != tt.want {
			t.Errorf("got %q, want %q", tt.got, tt.want)
		}
		d := redis.Protocol.New(codecs.Limits{})
		for b := tt.got; len(b) > 0; {
			n, m, err := d.Decode(codecs.FromServer, b)
			if err != nil || m == nil {
				t.Fatalf("%q is no reply: %v", tt.got, err)
			}
			b = b[n:]
		}
	}
}
