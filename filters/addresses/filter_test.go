package addresses_test

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/sluice-proxy/sluice/codecs"
	"github.com/sluice-proxy/sluice/codecs/redis"
	"github.com/sluice-proxy/sluice/filters"
	"github.com/sluice-proxy/sluice/filters/addresses"
	"github.com/sluice-proxy/sluice/filters/inspect"
)

// A post is a session with a filter, and nobody's I/O.
type post struct {
	filter *addresses.Filter
	s      *filters.Session
	done   done
	warned []codecs.Address
	now    filters.Instant
}

// done notes how exchanges ended.
type done struct {
	filters.Recorder
	outcomes []string
}

func (d *done) OnDone(x *filters.Exchange) {
	d.outcomes = append(d.outcomes, fmt.Sprint(x.Name, " ", x.Outcome, " ", x.ReplyBytes))
}

func (p *post) Now() filters.Instant { return p.now }

func (p *post) Connect(*filters.Session, int) (filters.Endpoint, error) {
	return filters.Endpoint{Network: "tcp", Address: "10.0.0.1:6379"}, nil
}
func (*post) Disconnected(*filters.Session, filters.Endpoint, error) {}

const limit = 1 << 10

func newPost(t *testing.T, public map[codecs.Address]codecs.Address) *post {
	t.Helper()
	p := &post{now: 1}
	p.filter = addresses.New(addresses.Config{
		Listener: "redis", Readdress: redis.Protocol.Readdress, Public: public, Limit: limit, Warn: func(a codecs.Address) { p.warned = append(p.warned, a) },
	})
	cfg := &inspect.Config{
		Protocol: redis.Protocol, Limits: codecs.Limits{InspectReply: limit}, Filters: []filters.MessageFilter{&p.done, p.filter}, Enforce: true,
	}
	plan := &filters.Plan{Listener: "redis", Clock: p, Terminal: p, Window: 1 << 20, Chain: func(s *filters.Session) []filters.Filter { return []filters.Filter{inspect.New(cfg, s, 0)} }}
	p.s = filters.NewSession(plan, 1, netip.MustParseAddrPort("192.0.2.1:5000"))
	p.s.Begin()
	p.s.Receive(codecs.FromClient, []byte("PING\r\n"))
	p.s.ServerConnected()
	p.got(codecs.FromClient)
	if got := p.server("+PONG\r\n", 100); got != "+PONG\r\n" {
		t.Fatalf("got %q", got)
	}
	p.done.outcomes = nil
	return p
}

func (p *post) got(dir codecs.Direction) (all string) {
	for b := p.s.Pending(dir); len(b) > 0; b = p.s.Pending(dir) {
		all += string(b)
		p.s.Sent(dir, len(b))
	}
	return all
}

// server answers in pieces of n bytes, and gives what reaches the client.
func (p *post) server(reply string, n int) (all string) {
	p.s.Tick(p.now)
	for piece := range slices.Chunk([]byte(reply), n) {
		p.s.Receive(codecs.FromServer, piece)
		all += p.got(codecs.FromServer)
	}
	return all
}

func (p *post) client(request string) {
	p.s.Receive(codecs.FromClient, []byte(request))
	p.got(codecs.FromClient)
}

var known = map[codecs.Address]codecs.Address{
	addresses.Canonical("10.0.0.1:6379"): {Host: "Proxy.example", Port: 7001}, addresses.Canonical("node2:6379"): {Host: "Proxy.example", Port: 7002},
}

func counted(t *testing.T, p *post, rewritten, leaked int) {
	t.Helper()
	want := fmt.Sprintf(`
# HELP sluice_addresses_leaked_total Addresses of servers in replies that no listener is known to be in front of: clients that go there go past the proxy. A reply that is too long to be looked at counts once.
# TYPE sluice_addresses_leaked_total counter
sluice_addresses_leaked_total{listener="redis"} %d
# HELP sluice_addresses_rewritten_total Addresses of servers in replies that were replaced by those of listeners.
# TYPE sluice_addresses_rewritten_total counter
sluice_addresses_rewritten_total{listener="redis"} %d
`, leaked, rewritten)
	if err := testutil.CollectAndCompare(addresses.Metrics{p.filter}, strings.NewReader(want)); err != nil {
		t.Error(err)
	}
}

const (
	slots = "*1\r\n*3\r\n:0\r\n:9\r\n*3\r\n$8\r\n10.0.0.1\r\n:6379\r\n$1\r\na\r\n"
	value = "$8\r\n10.0.0.1\r\n"
)

func TestAddressesAreReplacedInOrder(t *testing.T) {
	for _, n := range []int{1, 7, 1000} {
		p := newPost(t, known)
		p.client("GET a\r\nCLUSTER SLOTS\r\nGET b\r\nGET c\r\nSUBSCRIBE +switch-master\r\n")
		got := p.server(value+slots+value+"-MOVED 1 NODE2:6379\r\n*3\r\n$9\r\nsubscribe\r\n$14\r\n+switch-master\r\n:1\r\n"+
			"*3\r\n$7\r\nmessage\r\n$14\r\n+switch-master\r\n$30\r\nm 10.0.0.1 6379 10.0.0.9 6379 \r\n*3\r\n$7\r\nmessage\r\n$14\r\n+switch-master\r\n$29\r\nm 10.0.0.1 6379 10.0.0.9 6379\r\n", n)
		want := value + "*1\r\n*3\r\n:0\r\n:9\r\n*3\r\n$13\r\nProxy.example\r\n:7001\r\n$1\r\na\r\n" + value + "-MOVED 1 Proxy.example:7002\r\n*3\r\n$9\r\nsubscribe\r\n$14\r\n+switch-master\r\n:1\r\n" +
			"*3\r\n$7\r\nmessage\r\n$14\r\n+switch-master\r\n$30\r\nm 10.0.0.1 6379 10.0.0.9 6379 \r\n*3\r\n$7\r\nmessage\r\n$14\r\n+switch-master\r\n$34\r\nm Proxy.example 7001 10.0.0.9 6379\r\n"
		if got != want {
			t.Errorf("pieces of %d: got\n%q\nwant\n%q", n, got, want)
		}
		if want := []string{"GET ok 14", fmt.Sprint("CLUSTER SLOTS ok ", len(slots)), "GET ok 14", "GET error 21", "SUBSCRIBE ok 44"}; !slices.Equal(p.done.outcomes, want) {
			t.Errorf("exchanges: got %q, want %q", p.done.outcomes, want)
		}
		counted(t, p, 3, 1)
		if want := []codecs.Address{{Host: "10.0.0.9", Port: 6379}}; !slices.Equal(p.warned, want) {
			t.Errorf("warned of %v", p.warned)
		}
	}
}

// TestSilenceBehindAHeldReply: exchanges that get no answer end while the reply before them is held.
func TestSilenceBehindAHeldReply(t *testing.T) {
	for _, n := range []int{1, 1000} {
		p := newPost(t, known)
		p.client("CLUSTER SLOTS\r\nCLIENT REPLY SKIP\r\nGET a\r\nGET b\r\n")
		if got := p.server(slots+value, n); !strings.HasSuffix(got, ":7001\r\n$1\r\na\r\n"+value) {
			t.Errorf("got %q", got)
		}
		slices.Sort(p.done.outcomes)
		if got := strings.Join(p.done.outcomes, ", "); got != fmt.Sprintf("CLIENT REPLY ok 0, CLUSTER SLOTS ok %d, GET ok 0, GET ok 14", len(slots)) {
			t.Errorf("pieces of %d: exchanges: %s", n, got)
		}
	}
}

func TestWithoutAMappingAddressesAreCounted(t *testing.T) {
	p := newPost(t, nil)
	p.client(strings.Repeat("GET a\r\n", 50) + "CLUSTER SLOTS\r\nCLUSTER SLOTS\r\nINFO\r\n")
	replies := strings.Repeat("-MOVED 1 10.0.0.1:6379\r\n", 50) + slots + slots + "$13\r\nrole:master\r\n\r\n"
	if got := p.server(replies, 10); got != replies {
		t.Errorf("got %q", got)
	}
	counted(t, p, 0, 52)
	if want := []codecs.Address{{Host: "10.0.0.1", Port: 6379}}; !slices.Equal(p.warned, want) {
		t.Errorf("warned of %v", p.warned)
	}
	p.now = p.now.Add(time.Minute)
	p.client("GET a\r\nGET a\r\n")
	p.server("-MOVED 1 10.0.0.1:6379\r\n-MOVED 1 :6379\r\n", 100)
	if want := []codecs.Address{{Host: "10.0.0.1", Port: 6379}, {Host: "10.0.0.1", Port: 6379}}; !slices.Equal(p.warned, want) {
		t.Errorf("a minute later: warned of %v", p.warned)
	}
	for i := range 1000 {
		p.client("GET a\r\n")
		p.server(fmt.Sprintf("-MOVED 1 10.0.0.1:%d\r\n", i+1), 100)
	}
	if len(p.warned) > 300 {
		t.Errorf("%d warnings in a minute", len(p.warned))
	}
	counted(t, p, 0, 1054)
}

// TestLongRepliesPass: a reply over the limit passes, also where a policy is on.
func TestLongRepliesPass(t *testing.T) {
	p := newPost(t, known)
	p.client("CLUSTER SLOTS\r\nCLUSTER NODES\r\nGET a\r\n")
	long := "*100\r\n" + strings.Repeat(strings.TrimPrefix(slots, "*1\r\n"), 100) + "$4000\r\n" + strings.Repeat("a 10.0.0.1:6379@1 x\n", 200) + "\r\n"
	if got := p.server(long+value, 100); got != long+value {
		t.Errorf("got %q", got)
	}
	counted(t, p, 0, 2)
	if want := []codecs.Address{{}}; !slices.Equal(p.warned, want) {
		t.Errorf("warned of %v", p.warned)
	}
}

// TestWhatIsPublicIsKnown: servers that announce the addresses of listeners themselves leak nothing.
func TestWhatIsPublicIsKnown(t *testing.T) {
	p := newPost(t, known)
	p.client("GET a\r\n")
	if got := p.server("-MOVED 1 proxy.Example:7002\r\n", 100); got != "-MOVED 1 proxy.Example:7002\r\n" {
		t.Errorf("got %q", got)
	}
	counted(t, p, 0, 0)
}

func TestCanonical(t *testing.T) {
	for _, same := range [][]string{
		{"Node1.Example:6379", "node1.example:6379", "node1.example.:6379"}, {"[::1]:6379", "[0:0::1]:6379"}, {"10.0.0.1:6379", "[::ffff:10.0.0.1]:6379"}, {"localhost:1", "127.0.0.1:1"},
	} {
		for _, a := range same {
			if got, want := addresses.Canonical(a), addresses.Canonical(same[0]); got != want || got == (codecs.Address{}) {
				t.Errorf("%s: got %v, want %v", a, got, want)
			}
		}
	}
	for _, a := range []string{"/run/redis.sock", "node", "node:0", "node:65536", "node:x"} {
		if got := addresses.Canonical(a); got != (codecs.Address{}) {
			t.Errorf("%s: got %v", a, got)
		}
	}
}
