package redis_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/sluice-proxy/sluice/codecs"
	"github.com/sluice-proxy/sluice/codecs/codectest"
	"github.com/sluice-proxy/sluice/codecs/redis"
)

// conversation decodes a script, whole or byte by byte, and gives the messages that each direction's decoding found, in words of tell.
func conversation(t *testing.T, script codectest.Script, bytewise bool, tell func(*codecs.Message) string) string {
	t.Helper()
	d := protocol.New(codecs.Limits{InspectReply: 128})
	var told []string
	for _, step := range script {
		for p := step.Bytes; len(p) > 0; {
			some := p
			if bytewise {
				some = p[:1]
			}
			n, m, err := d.Decode(step.Dir, some)
			if err != nil {
				t.Fatal(err)
			}
			if m != nil {
				if s := tell(m); s != "" {
					told = append(told, s)
				}
			}
			p = p[n:]
		}
	}
	return strings.Join(told, " ")
}

func TestFound(t *testing.T) {
	const null, null3 = "$-1\r\n", "_\r\n"
	long := strings.Repeat("x", 100)
	for _, tt := range []struct {
		request, reply string
		want           string // sought and found of the exchange
	}{
		{cmd("GET", "a"), bulk("x"), "1/1"},
		{cmd("get", "a"), null, "1/0"},
		{cmd("GET", "a"), null3, "1/0"},
		{cmd("GET", "a"), bulk(""), "1/1"},
		{cmd("SET", "a", "x"), okay, "0/0"},
		{cmd("INCR", "a"), ":5\r\n", "0/0"},
		{cmd("MGET", "a", "b", "c"), "*3\r\n" + bulk("x") + null + null, "3/1"},
		{cmd("MGET", "a", "b", "c"), "*3\r\n" + null + bulk("x") + null3, "3/1"},
		{cmd("MGET", "a", "b", "c", "d"), "*4\r\n" + bulk(long) + null + bulk(long) + null, "4/2"}, // in parts
		{cmd("HMGET", "h", "a", "b"), "*2\r\n" + null + bulk("x"), "2/1"},
		{cmd("EXISTS", "a", "b", "a"), ":2\r\n", "3/2"},
		{cmd("HGETALL", "h"), "*0\r\n", "1/0"},
		{cmd("HGETALL", "h"), "*2\r\n" + bulk("f") + bulk("v"), "1/2"},
		{cmd("HGETALL", "h"), "%1\r\n" + bulk("f") + bulk("v"), "1/1"},
		{cmd("SMEMBERS", "s"), "~0\r\n", "1/0"},
		{cmd("LLEN", "l"), ":0\r\n", "1/0"},
		{cmd("LLEN", "l"), ":12\r\n", "1/12"},
		{cmd("LLEN", "l"), ":99999999999\r\n", "1/2147483647"},
		{cmd("LLEN", "l"), ":-5\r\n", "1/0"},
		{cmd("TYPE", "a"), "+none\r\n", "1/0"},
		{cmd("TYPE", "a"), "+string\r\n", "1/1"},
		{cmd("GET", "a"), "|1\r\n" + bulk("ttl") + null + bulk("x"), "1/1"},
		{cmd("MGET"), "-ERR wrong number of arguments for 'mget' command\r\n", "0/0"},
		{cmd("MULTI") + cmd("GET", "a") + cmd("EXEC") + cmd("GET", "a"), okay + "+QUEUED\r\n*1\r\n" + null + null, "0/1 0/1 0/0 1/0"},
		{cmd("CLIENT", "REPLY", "SKIP") + cmd("GET", "a") + cmd("GET", "b"), null, "0/0 0/0 1/0"},
	} {
		for _, bytewise := range []bool{false, true} {
			sought, found := map[uint64]int32{}, map[uint64]int32{}
			last := uint64(0)
			conversation(t, codectest.Script{codectest.Client(tt.request), codectest.Server(tt.reply)}, bytewise, func(m *codecs.Message) string {
				sought[m.Exchange] += m.Sought
				found[m.Exchange] += m.Found
				last = max(last, m.Exchange)
				return ""
			})
			var got []string
			for x := uint64(1); x <= last; x++ {
				got = append(got, fmt.Sprintf("%d/%d", sought[x], found[x]))
			}
			if got := strings.Join(got, " "); got != tt.want {
				t.Errorf("%q, %q (byte by byte: %v): got %s, want %s", tt.request, tt.reply, bytewise, got, tt.want)
			}
		}
	}
}

func TestBlocking(t *testing.T) {
	for _, tt := range []struct {
		requests string
		want     string
	}{
		{cmd("BLPOP", "l", "0"), "true"},
		{cmd("LPOP", "l"), "false"},
		{cmd("WAIT", "1", "0"), "true"},
		{cmd("XREAD", "STREAMS", "s", "0"), "false"},
		{cmd("XREAD", "COUNT", "1", "block", "0", "STREAMS", "s", "$"), "true"},
		{cmd("XREAD", "COUNT", "1", "STREAMS", "BLOCK", "0"), "false"},
		{cmd("XREADGROUP", "GROUP", "BLOCK", "BLOCK", "STREAMS", "s", ">"), "false"},
		{cmd("XREADGROUP", "GROUP", "STREAMS", "c", "NOACK", "BLOCK", "5", "STREAMS", "s", ">"), "true"},
		{cmd("MULTI") + cmd("BLPOP", "l", "0") + cmd("EXEC") + cmd("BLPOP", "l", "0"), "false false false true"},
	} {
		got := conversation(t, codectest.Script{codectest.Client(tt.requests)}, true, func(m *codecs.Message) string { return fmt.Sprint(m.Meta.Int(redis.Blocking) != 0) })
		if got != tt.want {
			t.Errorf("%q: got %s, want %s", tt.requests, got, tt.want)
		}
	}
}
