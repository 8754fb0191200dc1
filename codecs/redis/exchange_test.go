package redis_test

import (
	"strings"
	"testing"

	"github.com/sluice-proxy/sluice/codecs"
	"github.com/sluice-proxy/sluice/codecs/codectest"
	"github.com/sluice-proxy/sluice/codecs/redis"
	"github.com/sluice-proxy/sluice/metadata"
)

// talk decodes s to a line per message, without what every session begins with.
func talk(t *testing.T, s codectest.Script) []string {
	t.Helper()
	out := strings.Replace(summary(t, codecs.Limits{}, s), " db.user=default db.user.claimed=default db.namespace=0", "", 1)
	return strings.Split(strings.TrimSuffix(out, "\n"), "\n")
}

func TestExchanges(t *testing.T) {
	for _, tt := range []struct {
		name string
		s    codectest.Script
		want []string
	}{
		{"an unsolicited sunsubscribe is not the answer to another", codectest.Script{
			codectest.Client(cmd("SSUBSCRIBE", "a", "b")), codectest.Server(pubsub("ssubscribe", "a", ":1\r\n"), pubsub("ssubscribe", "b", ":2\r\n")),
			codectest.Client(cmd("UNSUBSCRIBE", "c")), codectest.Server(pubsub("sunsubscribe", "a", ":1\r\n"), pubsub("unsubscribe", "c", ":1\r\n")),
		}, []string{
			"client request SSUBSCRIBE 1", "server reply ssubscribe 1", "server reply ssubscribe 1 last",
			"client request UNSUBSCRIBE 2", "server async sunsubscribe", "server reply unsubscribe 2 last", "waits",
		}},
		{"a push within a reply is not an element of it", greeted.Then(
			codectest.Client(cmd("EXEC"), cmd("PING")), codectest.Server("*2\r\n+a\r\n", invalidate, "+b\r\n", okay),
		), []string{
			"client startup HELLO 1 connect", "server reply map 1 last rows=1 redis.protocol.version=3",
			"client request EXEC 2", "client request PING 3", "server reply array 2 last rows=2", "server reply simple string 3 last",
		}},
		{"a list that looks like a message", codectest.Script{
			codectest.Client(cmd("LRANGE", "l", "0", "-1"), cmd("SUBSCRIBE", "a")),
			codectest.Server(pubsub("message", "a", bulk("x")), pubsub("subscribe", "a", ":1\r\n"), pubsub("message", "a", bulk("x"))),
		}, []string{
			"client request LRANGE 1", "client request SUBSCRIBE 2", "server reply array 1 last rows=3", "server reply subscribe 2 last",
			"server async message", "waits",
		}},
		{"a protocol error ends a request that is not here whole", codectest.Script{
			codectest.Client(cmd("PING"), "*2\r\n$3\r\nGET\r\n$99999\r\nxxx"), codectest.Server(okay, "-ERR Protocol error: unauthenticated bulk length\r\n"),
		}, []string{
			"client request PING 1", "client request GET 2", "server reply simple string 1 last", "server error error 2 last db.response.status_code=ERR",
			"open 0 busy false opaque false",
		}},
		{"the server says why it closes", codectest.Script{codectest.Server("-DENIED Redis is running in protected mode\r\n")},
			[]string{"server async error db.response.status_code=DENIED"}},
		{"a failed HELLO changes nothing", codectest.Script{codectest.Client(cmd("HELLO", "3", "AUTH", "u", "p")), codectest.Server("-WRONGPASS x\r\n")},
			[]string{"client startup HELLO 1 connect db.user=default db.user.claimed=u db.namespace=0", "server error error 1 last db.response.status_code=WRONGPASS"}},
		{"silence behind a subscription that is not answered", codectest.Script{
			codectest.Client(cmd("SUBSCRIBE", "a"), cmd("CLIENT", "REPLY", "SKIP"), cmd("GET", "a"), cmd("INCR", "b")), codectest.Server(":1\r\n"),
		}, []string{
			"client request SUBSCRIBE 1", "client request CLIENT REPLY 2", "client request GET 3", "client request INCR 4",
			"server reply silence 1 last", "server reply silence 2 last", "server reply silence 3 last", "server reply integer 4 last rows=1",
		}},
		{"silence that was refused", codectest.Script{
			codectest.Client(cmd("CLIENT", "REPLY", "OFF"), cmd("GET", "a")), codectest.Server("-NOPERM x\r\n", null), codectest.Client(cmd("GET", "b")), codectest.Server(null),
		}, []string{
			"client request CLIENT REPLY 1 last", "client request GET 2 last", "server error error db.response.status_code=NOPERM", "server reply bulk string",
			"client request GET 3", "server reply bulk string 3 last",
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := talk(t, tt.s); strings.Join(got, "\n") != strings.Join(tt.want, "\n") {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(tt.want, "\n"))
			}
		})
	}
}

// TestIdentityCannotBeForged: the user is the one that the server confirmed, whatever answers look like.
func TestIdentityCannotBeForged(t *testing.T) {
	for _, tt := range []struct {
		name string
		s    codectest.Script
		want string
	}{
		{"confirmed", codectest.Script{codectest.Client(cmd("AUTH", "u", "p")), codectest.Server(okay)}, "u"},
		{"by the password alone", codectest.Script{codectest.Client(cmd("AUTH", "p")), codectest.Server(okay)}, "default"},
		{"refused, and another succeeds", codectest.Script{codectest.Client(cmd("SET", "a", "1"), cmd("AUTH", "u", "p"), cmd("SET", "a", "2")),
			codectest.Server(okay, wrong, okay)}, "default"},
		{"the last of two", codectest.Script{codectest.Client(cmd("HELLO", "3", "AUTH", "a", "p", "AUTH", "u", "p")), codectest.Server(greeting)}, "u"},
		{"behind a status that says OK", codectest.Script{codectest.Client(cmd("EVAL", "x", "0"), cmd("AUTH", "u", "p")), codectest.Server(okay, wrong)}, "default"},
		{"reset", codectest.Script{codectest.Client(cmd("AUTH", "u", "p"), cmd("RESET")), codectest.Server(okay, "+RESET\r\n")}, "default"},
		{"a QUEUED outside of a transaction", codectest.Script{codectest.Client(cmd("EVAL", "x", "0"), cmd("AUTH", "u", "p")), codectest.Server(queued, wrong)}, "default"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var session metadata.Set
			d := redis.Protocol.New(codecs.Limits{})
			for _, f := range tt.s {
				for b := f.Bytes; len(b) > 0; {
					n, m, err := d.Decode(f.Dir, b)
					if err != nil {
						t.Fatal(err)
					}
					b = b[n:]
					if m != nil {
						for _, fact := range m.Meta.Fields() {
							session.Put(fact.Key, fact.Value)
						}
					}
				}
			}
			if got := session.Str(metadata.User); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

// TestSilenceIsBounded: what a client sends under CLIENT REPLY OFF is not remembered for ever.
func TestSilenceIsBounded(t *testing.T) {
	d := redis.Protocol.New(codecs.Limits{Queue: 64 << 10})
	feed(t, d, codecs.FromClient, []byte(cmd("CLIENT", "REPLY", "OFF")))
	for range 10_000 {
		feed(t, d, codecs.FromClient, []byte(cmd("SET", "a", "1")+cmd("WATCH", "a")))
		if st := d.Standing(); st.Full || st.Open != 0 {
			t.Fatalf("%+v", st)
		}
	}
	feed(t, d, codecs.FromClient, []byte(cmd("CLIENT", "REPLY", "ON")+cmd("PING")))
	feed(t, d, codecs.FromServer, []byte(okay+"+PONG\r\n"))
	if st := d.Standing(); st.Open != 0 || !st.AtRest() {
		t.Errorf("after all answers: %+v", st)
	}
}

func TestFullQueue(t *testing.T) {
	d := redis.Protocol.New(codecs.Limits{Queue: 4 << 10})
	p := []byte(strings.Repeat(cmd("GET", "a"), 100))
	for range 1000 {
		feed(t, d, codecs.FromClient, p)
	}
	if d.Standing().Full {
		t.Error("100,000 plain commands fill a queue of 4 KiB")
	}
	for range 1000 {
		feed(t, d, codecs.FromClient, []byte(cmd("WATCH", "a")))
	}
	if !d.Standing().Full {
		t.Error("1000 commands of other kinds don't")
	}
}

// TestOwnExchange: the decoder of the proxy's own exchanges gives each answer whole, with its body.
func TestOwnExchange(t *testing.T) {
	for _, reply := range []string{okay, bulk("value"), array(bulk("a"), ":1\r\n", array()), null, "*0\r\n", wrong} {
		d := redis.Protocol.NewReady(codecs.Limits{})
		feed(t, d, codecs.FromClient, []byte(cmd("COMMAND")))
		var got []byte
		for i := range len(reply) {
			_, m, err := d.Decode(codecs.FromServer, []byte(reply[i:i+1]))
			if err != nil {
				t.Fatal(err)
			}
			if m != nil {
				got = m.Body
				if !m.Last || m.Cut || i != len(reply)-1 {
					t.Errorf("%q: last %v, cut %v, after %d bytes", reply, m.Last, m.Cut, i+1)
				}
			}
		}
		if string(got) != reply {
			t.Errorf("got body %q, want %q", got, reply)
		}
	}
}

// TestLateArguments: a request that is denied is answered before all of it is here. What comes still belongs to it, whoever has to drop that must know.
func TestLateArguments(t *testing.T) {
	d := redis.Protocol.New(codecs.Limits{Inspect: 1 << 10, Effects: true})
	head := "*4\r\n$4\r\nMGET\r\n$2048\r\n" + strings.Repeat("x", 2048) + "\r\n"
	feed(t, d, codecs.FromClient, []byte(head))
	feed(t, d, codecs.FromServer, []byte("-ERR unknown command\r\n"))
	_, m, err := d.Decode(codecs.FromClient, []byte("$10\r\nGET secret\r\n"))
	if err != nil || m == nil || m.Kind != codecs.Data || m.Exchange != 1 || m.Last {
		t.Errorf("got %+v, %v; want data of exchange 1", m, err)
	}
}
