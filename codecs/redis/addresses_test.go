package redis_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/sluice-proxy/sluice/codecs"
	"github.com/sluice-proxy/sluice/codecs/codectest"
)

// A book knows public addresses, by host:port, and notes who asks for others.
type book struct {
	public map[string]codecs.Address
	leaks  []string
}

func (b *book) Public(a codecs.Address) (codecs.Address, bool) {
	public, ok := b.public[fmt.Sprint(a.Host, ":", a.Port)]
	return public, ok
}

func (b *book) Leak(a codecs.Address) { b.leaks = append(b.leaks, fmt.Sprint(a.Host, ":", a.Port)) }

// identity is a directory in which every server has its own address.
type identity struct{}

func (identity) Public(a codecs.Address) (codecs.Address, bool) { return a, true }
func (identity) Leak(codecs.Address)                            {}

// readdressed plays s, in pieces of up to n bytes if n is above 0, and gives what the client gets of the server's bytes.
func readdressed(tb testing.TB, l codecs.Limits, s codectest.Script, servers codecs.Directory, n int) (got []byte, err error) {
	tb.Helper()
	d := protocol.New(l)
	var sent []byte
	at := int64(0) // what of sent the client has
	for _, f := range s {
		if f.Dir == codecs.FromServer {
			sent = append(sent, f.Bytes...)
		}
	}
	for _, f := range s {
		for b := f.Bytes; len(b) > 0; {
			p := b
			if n > 0 {
				p = slices.Clone(b[:min(len(b), 1+rand.IntN(n))])
			}
			used, m, err := d.Decode(f.Dir, p)
			if err != nil {
				return append(got, sent[at:]...), err
			}
			b = b[used:]
			if m == nil || m.Addresses == nil || m.Cut || m.End > int64(len(sent)) {
				continue
			}
			m.Body = sent[m.Start:m.End:m.End]
			if body := protocol.Readdress(nil, m, servers); len(body) > 0 {
				got = append(append(got, sent[at:m.Start]...), body...)
				at = m.End
			}
		}
	}
	return append(got, sent[at:]...), nil
}

// nodes are the servers of the tests.
func nodes() *book {
	return &book{public: map[string]codecs.Address{
		"10.0.0.1:6379": {Host: "proxy.example", Port: 7001}, "10.0.0.2:6379": {Host: "proxy.example", Port: 17002}, "fd00::3:6379": {Host: "fd00::9", Port: 7003},
		"node4:6379": {Host: "proxy.example", Port: 7004}, ":6379": {Host: "proxy.example", Port: 7001}, "10.0.0.1:6380": {Host: "proxy.example", Port: 7101},
	}}
}

func TestReaddress(t *testing.T) {
	get, slots, shards := cmd("GET", "a"), cmd("CLUSTER", "SLOTS"), cmd("cluster", "shards")
	for _, tt := range []struct {
		name            string
		requests, reply string
		want            string // "" for the same
		leaks           string
	}{
		{"moved", get, "-MOVED 3999 10.0.0.1:6379\r\n", "-MOVED 3999 proxy.example:7001\r\n", ""},
		{"ask", get, "-ASK 3999 10.0.0.2:6379\r\n", "-ASK 3999 proxy.example:17002\r\n", ""},
		{"redirect of Valkey", get, "-REDIRECT 10.0.0.2:6379\r\n", "-REDIRECT proxy.example:17002\r\n", ""},
		{"moved to an IPv6 address", get, "-MOVED 1 fd00::3:6379\r\n", "-MOVED 1 fd00::9:7003\r\n", ""},
		{"moved to a name", get, "-MOVED 1 node4:6379\r\n", "-MOVED 1 proxy.example:7004\r\n", ""},
		{"moved on the same host", get, "-MOVED 1 :6379\r\n", "-MOVED 1 proxy.example:7001\r\n", ""},
		{"moved to a host without a name", get, "-MOVED 1 ?:6379\r\n", "", ""},
		{"moved past us", get, "-MOVED 1 10.0.0.9:6379\r\n", "", "10.0.0.9:6379"},
		{"moved without an address", get, "-MOVED 1\r\n", "", ""},
		{"moved nowhere", get, "-MOVED \r\n", "", ""},
		{"another error with an address", get, "-ERR MOVED 1 10.0.0.1:6379\r\n", "", ""},
		{"a value like an error", get, bulk("MOVED 1 10.0.0.1:6379"), "", ""},
		{"moved within EXEC", cmd("EXEC"), array(okay, "-MOVED 1 10.0.0.1:6379\r\n", bulk("10.0.0.1:6379")), array(okay, "-MOVED 1 proxy.example:7001\r\n", bulk("10.0.0.1:6379")), ""},
		{"moved within what a script returns", cmd("EVAL", "x", "0"), array(array("-ASK 1 10.0.0.1:6379\r\n")), array(array("-ASK 1 proxy.example:7001\r\n")), ""},
		{"commands in a transaction", cmd("MULTI") + get + slots + cmd("INFO") + cmd("EXEC"),
			okay + queued + queued + queued + array(bulk("slave0:ip=10.0.0.1,port=6379"), array(array(":0\r\n", ":9\r\n", array(bulk("10.0.0.1"), ":6379\r\n", bulk("id")))),
				bulk("slave0:ip=10.0.0.2,port=6379")),
			okay + queued + queued + queued + array(bulk("slave0:ip=10.0.0.1,port=6379"), array(array(":0\r\n", ":9\r\n", array(bulk("proxy.example"), ":7001\r\n", bulk("id")))),
				bulk("slave0:ip=proxy.example,port=17002")), ""},
		{"slots", slots,
			array(array(":0\r\n", ":9\r\n", array(bulk("10.0.0.1"), ":6379\r\n", bulk("a"), array()), array(bulk("10.0.0.9"), ":6379\r\n", bulk("b"), array())),
				array(":10\r\n", ":16383\r\n", array(bulk("10.0.0.2"), ":6379\r\n", bulk("c"), array()))),
			array(array(":0\r\n", ":9\r\n", array(bulk("proxy.example"), ":7001\r\n", bulk("a"), array()), array(bulk("10.0.0.9"), ":6379\r\n", bulk("b"), array())),
				array(":10\r\n", ":16383\r\n", array(bulk("proxy.example"), ":17002\r\n", bulk("c"), array()))), "10.0.0.9:6379"},
		{"slots with names", slots,
			array(array(":0\r\n", ":9\r\n", array(bulk("node1"), ":6379\r\n", bulk("a"), array(bulk("ip"), bulk("10.0.0.1"))), array(null, ":6379\r\n", bulk("b"), array(bulk("ip"), bulk("10.0.0.2"), bulk("hostname"), bulk("x"))))),
			array(array(":0\r\n", ":9\r\n", array(bulk("proxy.example"), ":7001\r\n", bulk("a"), array(bulk("ip"), bulk("proxy.example"))),
				array(bulk("proxy.example"), ":7001\r\n", bulk("b"), array(bulk("ip"), bulk("proxy.example"), bulk("hostname"), bulk("proxy.example"))))), ""},
		{"slots in RESP3", cmd("HELLO", "3") + slots, greeting + array(array(":0\r\n", ":9\r\n", array("_\r\n", ":6379\r\n", bulk("a"), "%1\r\n"+bulk("hostname")+bulk("node4")))),
			greeting + array(array(":0\r\n", ":9\r\n", array(bulk("proxy.example"), ":7001\r\n", bulk("a"), "%1\r\n"+bulk("hostname")+bulk("proxy.example")))), ""},
		{"no slots", slots, array(), "", ""},
		{"slots of no cluster", slots, "-ERR This instance has cluster support disabled\r\n", "", ""},
		{"slots of no host", slots, array(array(":0\r\n", ":9\r\n", array(array(), ":6379\r\n"), array("*-1\r\n", ":6379\r\n"), array(array(bulk("a")), ":6379\r\n"))), "", ""},
		{"slots that are none", slots, array(bulk("x"), array(), array(":1\r\n", ":2\r\n", bulk("y"), array(null), array(bulk("10.0.0.1"), bulk("x")))), "", ""},
		{"shards", shards,
			array(array(bulk("slots"), array(":0\r\n", ":9\r\n"), bulk("nodes"), array(array(bulk("id"), bulk("a"), bulk("port"), ":6379\r\n", bulk("tls-port"), ":6380\r\n", bulk("ip"),
				bulk("10.0.0.1"), bulk("endpoint"), bulk("10.0.0.1"), bulk("role"), bulk("master"))))),
			array(array(bulk("slots"), array(":0\r\n", ":9\r\n"), bulk("nodes"), array(array(bulk("id"), bulk("a"), bulk("port"), ":7001\r\n", bulk("tls-port"), ":7101\r\n", bulk("ip"),
				bulk("proxy.example"), bulk("endpoint"), bulk("proxy.example"), bulk("role"), bulk("master"))))), ""},
		{"shards in RESP3", cmd("HELLO", "3") + shards,
			greeting + array("%2\r\n"+bulk("slots")+array()+bulk("nodes")+array("%4\r\n"+bulk("port")+":6379\r\n"+bulk("ip")+bulk("10.0.0.2")+bulk("endpoint")+null+bulk("hostname")+bulk(""))),
			greeting + array("%2\r\n"+bulk("slots")+array()+bulk("nodes")+array("%4\r\n"+bulk("port")+":7001\r\n"+bulk("ip")+bulk("proxy.example")+bulk("endpoint")+bulk("proxy.example")+
				bulk("hostname")+bulk(""))), ""},
		{"a shard with an unknown port", shards,
			array(array(bulk("nodes"), array(array(bulk("port"), ":6379\r\n", bulk("tls-port"), ":6381\r\n", bulk("endpoint"), bulk("10.0.0.1"))))),
			array(array(bulk("nodes"), array(array(bulk("port"), ":7001\r\n", bulk("tls-port"), ":6381\r\n", bulk("endpoint"), bulk("proxy.example"))))), "10.0.0.1:6381"},
		{"nodes", cmd("CLUSTER", "NODES"),
			bulk("a1 10.0.0.1:6379@16379 myself,master - 0 0 1 connected 0-9\nb2 10.0.0.2:6379@16379,node2 slave a1 0 0 1 connected\nc3 fd00::3:6379@16379,,x=y master - 0 0 1 connected\n" +
				"d4 :0@0 master,noaddr - 0 0 1 disconnected\ne5 :6379@16379 myself\nf6 10.0.0.9:6379 master\n"),
			bulk("a1 proxy.example:7001@16379 myself,master - 0 0 1 connected 0-9\nb2 proxy.example:17002@16379,proxy.example slave a1 0 0 1 connected\n" +
				"c3 fd00::9:7003@16379,,x=y master - 0 0 1 connected\nd4 :0@0 master,noaddr - 0 0 1 disconnected\ne5 proxy.example:7001@16379 myself\nf6 10.0.0.9:6379 master\n"),
			"10.0.0.9:6379"},
		{"nodes in RESP3", cmd("HELLO", "3") + cmd("CLUSTER", "NODES"), greeting + "=42\r\ntxt:a1 10.0.0.1:6379@16379 myself,master -\r\n",
			greeting + "=47\r\ntxt:a1 proxy.example:7001@16379 myself,master -\r\n", ""},
		{"replicas", cmd("CLUSTER", "REPLICAS", "x"), array(bulk("a1 10.0.0.1:6379@16379 slave x"), bulk("b2 node4:6379@16379 slave x")),
			array(bulk("a1 proxy.example:7001@16379 slave x"), bulk("b2 proxy.example:7004@16379 slave x")), ""},
		{"role of a master", cmd("ROLE"), array(bulk("master"), ":5\r\n", array(array(bulk("10.0.0.1"), bulk("6379"), bulk("0")), array(bulk("10.0.0.8"), bulk("6379"), bulk("0")))),
			array(bulk("master"), ":5\r\n", array(array(bulk("proxy.example"), bulk("7001"), bulk("0")), array(bulk("10.0.0.8"), bulk("6379"), bulk("0")))), "10.0.0.8:6379"},
		{"role of a replica", cmd("ROLE"), array(bulk("slave"), bulk("10.0.0.1"), ":6379\r\n", bulk("connected"), ":5\r\n"),
			array(bulk("slave"), bulk("proxy.example"), ":7001\r\n", bulk("connected"), ":5\r\n"), ""},
		{"role of a Sentinel", cmd("ROLE"), array(bulk("sentinel"), array(bulk("mymaster"))), "", ""},
		{"info of a master", cmd("INFO", "replication"), bulk("# Replication\r\nrole:master\r\nslave0:ip=10.0.0.1,port=6379,state=online\r\nslave_x:ip=10.0.0.1,port=6379\r\n"),
			bulk("# Replication\r\nrole:master\r\nslave0:ip=proxy.example,port=7001,state=online\r\nslave_x:ip=10.0.0.1,port=6379\r\n"), ""},
		{"info of a replica", cmd("INFO"), bulk("role:slave\r\nmaster_host:10.0.0.2\r\nmaster_port:6379\r\nmaster_link_status:up\r\n"),
			bulk("role:slave\r\nmaster_host:proxy.example\r\nmaster_port:17002\r\nmaster_link_status:up\r\n"), ""},
		{"info of a Sentinel", cmd("INFO"), bulk("master0:name=m,status=ok,address=10.0.0.1:6379,slaves=1\r\n"), bulk("master0:name=m,status=ok,address=proxy.example:7001,slaves=1\r\n"), ""},
		{"info of somebody alone", cmd("INFO"), bulk("tcp_port:6379\r\nrole:master\r\n"), "", ""},
		{"what Sentinel remembers", cmd("SENTINEL", "INFO-CACHE", "m"), array(bulk("m"), array(array(":1\r\n", bulk("slave0:ip=10.0.0.1,port=6379\r\n")))),
			array(bulk("m"), array(array(":1\r\n", bulk("slave0:ip=proxy.example,port=7001\r\n")))), ""},
		{"address of a master", cmd("SENTINEL", "get-master-addr-by-name", "m"), array(bulk("10.0.0.1"), bulk("6379")), array(bulk("proxy.example"), bulk("7001")), ""},
		{"no such master", cmd("SENTINEL", "get-master-addr-by-name", "m"), "*-1\r\n", "", ""},
		{"masters", cmd("SENTINEL", "MASTERS"), array(array(bulk("name"), bulk("10.0.0.1:6379"), bulk("ip"), bulk("10.0.0.1"), bulk("port"), bulk("6379"))),
			array(array(bulk("name"), bulk("10.0.0.1:6379"), bulk("ip"), bulk("proxy.example"), bulk("port"), bulk("7001"))), ""},
		{"replicas of a master", cmd("SENTINEL", "REPLICAS", "m"),
			array("%5\r\n" + bulk("name") + bulk("10.0.0.2:6379") + bulk("ip") + bulk("10.0.0.2") + bulk("port") + bulk("6379") + bulk("master-host") + bulk("10.0.0.1") + bulk("master-port") + bulk("6379")),
			array("%5\r\n" + bulk("name") + bulk("proxy.example:17002") + bulk("ip") + bulk("proxy.example") + bulk("port") + bulk("17002") + bulk("master-host") + bulk("proxy.example") +
				bulk("master-port") + bulk("7001")), ""},
		{"one master", cmd("SENTINEL", "MASTER", "m"), array(bulk("name"), bulk("m"), bulk("ip"), bulk("10.0.0.1"), bulk("port"), bulk("6379")),
			array(bulk("name"), bulk("m"), bulk("ip"), bulk("proxy.example"), bulk("port"), bulk("7001")), ""},
		{"a new master", cmd("SUBSCRIBE", "+switch-master"),
			pubsub("subscribe", "+switch-master", ":1\r\n") + pubsub("message", "+switch-master", bulk("m 10.0.0.1 6379 10.0.0.2 6379")),
			pubsub("subscribe", "+switch-master", ":1\r\n") + pubsub("message", "+switch-master", bulk("m proxy.example 7001 proxy.example 17002")), ""},
		{"what happens", cmd("PSUBSCRIBE", "*"),
			pubsub("psubscribe", "*", ":1\r\n") + array(bulk("pmessage"), bulk("*"), bulk("+slave"), bulk("slave 10.0.0.2:6379 10.0.0.2 6379 @ m 10.0.0.1 6379")) +
				array(bulk("pmessage"), bulk("*"), bulk("news"), bulk("slave 10.0.0.2:6379 10.0.0.2 6379 @ m 10.0.0.1 6379")) +
				array(bulk("pmessage"), bulk("*"), bulk("+sdown"), bulk("master m 10.0.0.1 6379")) +
				array(bulk("pmessage"), bulk("*"), bulk("+new-epoch"), bulk("7")) +
				array(bulk("pmessage"), bulk("*"), bulk("+sentinel-address-switch"), bulk("master m 10.0.0.1 6379 ip 10.0.0.2 port 6379 for id")),
			pubsub("psubscribe", "*", ":1\r\n") + array(bulk("pmessage"), bulk("*"), bulk("+slave"), bulk("slave proxy.example:17002 proxy.example 17002 @ m proxy.example 7001")) +
				array(bulk("pmessage"), bulk("*"), bulk("news"), bulk("slave 10.0.0.2:6379 10.0.0.2 6379 @ m 10.0.0.1 6379")) +
				array(bulk("pmessage"), bulk("*"), bulk("+sdown"), bulk("master m proxy.example 7001")) +
				array(bulk("pmessage"), bulk("*"), bulk("+new-epoch"), bulk("7")) +
				array(bulk("pmessage"), bulk("*"), bulk("+sentinel-address-switch"), bulk("master m proxy.example 7001 ip proxy.example port 17002 for id")), ""},
		{"a new master in RESP3", cmd("HELLO", "3") + cmd("SUBSCRIBE", "+switch-master"),
			greeting + ">3\r\n" + bulk("subscribe") + bulk("+switch-master") + ":1\r\n>3\r\n" + bulk("message") + bulk("+switch-master") + bulk("m 10.0.0.1 6379 10.0.0.2 6379"),
			greeting + ">3\r\n" + bulk("subscribe") + bulk("+switch-master") + ":1\r\n>3\r\n" + bulk("message") + bulk("+switch-master") + bulk("m proxy.example 7001 proxy.example 17002"), ""},
		{"attributes", slots, "|1\r\n" + bulk("a") + bulk("10.0.0.1") + array(array(":0\r\n", ":9\r\n", "|1\r\n+x\r\n+y\r\n"+array(bulk("10.0.0.1"), ":6379\r\n", bulk("id")))),
			"|1\r\n" + bulk("a") + bulk("10.0.0.1") + array(array(":0\r\n", ":9\r\n", "|1\r\n+x\r\n+y\r\n"+array(bulk("proxy.example"), ":7001\r\n", bulk("id")))), ""},
		{"deeper than anything", slots, strings.Repeat("*1\r\n", 100) + ":1\r\n", "", ":0"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := codectest.Script{codectest.Client(tt.requests), codectest.Server(tt.reply)}
			for _, n := range []int{0, 1, 7} {
				b := nodes()
				got, err := readdressed(t, codecs.Limits{}, s, b, n)
				if err != nil {
					t.Fatal(err)
				}
				want := tt.want
				if want == "" {
					want = tt.reply
				}
				if string(got) != want {
					t.Errorf("cut %d: got\n%q\nwant\n%q", n, got, want)
				}
				if leaks := strings.Join(b.leaks, " "); leaks != tt.leaks {
					t.Errorf("cut %d: leaks %q, want %q", n, leaks, tt.leaks)
				}
			}
		})
	}
}

// TestReaddressToItself: what real servers said stays as it was, to the byte, if every server has its own address.
func TestReaddressToItself(t *testing.T) {
	for name, s := range codectest.Transcripts(t, os.DirFS("testdata")) {
		for _, n := range []int{0, 1, 50} {
			got, err := readdressed(t, codecs.Limits{}, s, identity{}, n)
			if err != nil {
				t.Fatal(name, err)
			}
			if want := sentBy(s); string(got) != want {
				t.Errorf("%s: got\n%q\nwant\n%q", name, got, want)
			}
		}
	}
}

// TestNoServerIsLeft: of what real servers said of each other nothing is left, if every one has a public address.
func TestNoServerIsLeft(t *testing.T) {
	for name, s := range codectest.Transcripts(t, os.DirFS("testdata")) {
		if host := "127.0.0.1"; strings.HasPrefix(name, "cluster") || strings.HasPrefix(name, "sentinel") || strings.HasPrefix(name, "replication_roles") {
			got, err := readdressed(t, codecs.Limits{}, s, anywhere{}, 0)
			if err != nil {
				t.Fatal(name, err)
			}
			if i := strings.Index(string(got), host); i >= 0 || !strings.Contains(sentBy(s), host) {
				t.Errorf("%s: %q is left", name, got[max(i-100, 0):min(i+100, len(got))])
			}
		}
	}
}

// TestLongRepliesAreNotHeld: a reply over the limit says that it names servers, once.
func TestLongRepliesAreNotHeld(t *testing.T) {
	slots := array(slices.Repeat([]string{array(":0\r\n", ":9\r\n", array(bulk("10.0.0.1"), ":6379\r\n", bulk("id")))}, 100)...)
	for name, s := range map[string]codectest.Script{
		"slots":           {codectest.Client(cmd("CLUSTER", "SLOTS")), codectest.Server(slots)},
		"in EXEC":         {codectest.Client(cmd("MULTI"), cmd("CLUSTER", "SLOTS"), cmd("EXEC")), codectest.Server(okay, queued, array(slots))},
		"moved in arrays": {codectest.Client(cmd("EVAL", "x", "0")), codectest.Server(array(slices.Repeat([]string{"-MOVED 1 10.0.0.1:6379\r\n"}, 100)...))},
	} {
		out := summary(t, codecs.Limits{InspectReply: 1 << 10}, s)
		if n := strings.Count(out, " addresses="); n != 1 || strings.Count(out, " cut addresses=") != n {
			t.Errorf("%s: got\n%s", name, out)
		}
	}
}

func sentBy(s codectest.Script) string {
	var b strings.Builder
	for _, f := range s {
		if f.Dir == codecs.FromServer {
			b.Write(f.Bytes)
		}
	}
	return b.String()
}

// FuzzReaddress: what servers with addresses of their own say stays as it is, and what is said of known servers can be decoded as it could before.
func FuzzReaddress(f *testing.F) {
	for _, s := range codectest.Transcripts(f, os.DirFS("testdata")) {
		var requests strings.Builder
		for _, flow := range s {
			if flow.Dir == codecs.FromClient {
				requests.Write(flow.Bytes)
			}
		}
		f.Add(requests.String(), sentBy(s))
	}
	f.Fuzz(func(t *testing.T, requests, replies string) {
		s := codectest.Script{codectest.Client(requests), codectest.Server(replies)}
		for _, n := range []int{0, 30} {
			if got, _ := readdressed(t, codecs.Limits{}, s, identity{}, n); string(got) != replies {
				t.Fatalf("got\n%q\nwant\n%q", got, replies)
			}
		}
		got, err := readdressed(t, codecs.Limits{}, s, anywhere{}, 0)
		again, errAgain := readdressed(t, codecs.Limits{}, codectest.Script{codectest.Client(requests), codectest.Server(string(got))}, anywhere{}, 0)
		if (err == nil) != (errAgain == nil) || string(again) != string(got) {
			t.Fatalf("%v: got\n%q\n%v: again\n%q", err, got, errAgain, again)
		}
	})
}

// anywhere is a directory in which all servers have one address.
type anywhere struct{}

func (anywhere) Public(codecs.Address) (codecs.Address, bool) {
	return codecs.Address{Host: "proxy.example", Port: 7001}, true
}
func (anywhere) Leak(codecs.Address) {}
