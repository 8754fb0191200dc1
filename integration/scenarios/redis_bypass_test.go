package scenarios_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// The policies under which attempts are made: one that allows some keys, and one that forbids some.
var redisBypassPolicies = map[string]string{
	"allow orders": `
statements:
  default: deny
  rules:
    - name: orders
      effect: allow
      databases: "0"
      accesses:
        - {verbs: [read, write], kind: key, names: ["orders:*"]}
        - {verbs: [publish, subscribe], kind: channel, names: news}
`,
	"deny secret": `
statements:
  default: allow
  rules:
    - name: no-secrets
      effect: deny
      accesses:
        - {kind: key, names: ["secret*"]}
        - {kind: channel, names: ["private*", "__key*"]}
    - {name: not-there, effect: deny, databases: "1"}
`,
}

// A redisLab is a server that tells in several ways whether somebody got to what is forbidden: MONITOR shows what is carried out, a subscription what is published, a
// digest what is changed. What is forbidden has the text s3cr3t in its values and n4me in a name, which no attempt says.
type redisLab struct {
	addr, other string
	control     *redisClient
	monitor     *redisClient
	private     *redisClient
	marks       int
	clean       string        // the state before every attempt
	linger      time.Duration // how long an attempt waits for what others cause
}

// leaked is what a client never may get.
var leaked = regexp.MustCompile("s3cr3t|n4me")

func newRedisLab(t *testing.T) *redisLab {
	t.Helper()
	l := &redisLab{addr: redisServer(t), other: redisServer(t)}
	l.control, l.monitor, l.private = dialRedis(t, l.addr), dialRedis(t, l.addr), dialRedis(t, l.addr)
	l.monitor.ask("MONITOR")
	l.private.ask("PSUBSCRIBE", "private*")
	return l
}

// redisSetup is how the server is made before every attempt.
var redisSetup = [][]string{
	{"REPLICAOF", "NO", "ONE"}, {"CLIENT", "UNPAUSE"}, {"FLUSHALL"}, {"FUNCTION", "FLUSH"}, {"SCRIPT", "FLUSH"}, {"ACL", "DELUSER", "mallory"}, {"ACL", "SETUSER", "default", "on", "nopass", "~*", "&*", "+@all"},
	{"ACL", "SETUSER", "boss", "on", ">boss", "~*", "&*", "+@all"},
	{"CONFIG", "SET", "notify-keyspace-events", "KEA", "repl-diskless-sync-delay", "0", "slowlog-log-slower-than", "0", "slowlog-max-len", "256", "requirepass", "", "maxmemory", "0"},
	{"CONFIG", "RESETSTAT"},
	{"SET", "secret", "s3cr3t" + strings.Repeat("x", 4236), "PXAT", "9876543210000"}, {"SET", "secret:n4me", "s3cr3t"}, {"SET", "secret:1", "s3cr3t"}, {"SET", "secret\r\nx", "s3cr3t"}, {"SET", "secret\x00x", "s3cr3t"},
	{"RPUSH", "secret:list", "s3cr3t", "a"}, {"SADD", "secret:set", "s3cr3t", "a"}, {"ZADD", "secret:zset", "1", "s3cr3t"}, {"HSET", "secret:hash", "f", "s3cr3t"},
	{"XADD", "secret:stream", "1-1", "f", "s3cr3t"}, {"XGROUP", "CREATE", "secret:stream", "g", "0"}, {"GEOADD", "secret:geo", "13.361389", "38.115556", "s3cr3t"}, {"PFADD", "secret:hll", "a", "b", "c"},
	{"SET", "orders:1", "book"}, {"RPUSH", "orders:list", "1", "2"}, {"SADD", "orders:set", "a"}, {"ZADD", "orders:zset", "1", "a"}, {"HSET", "orders:hash", "f", "v"}, {"SET", "orders:xs", strings.Repeat("x", 4236)},
	{"XADD", "orders:stream", "1-1", "f", "v"}, {"XGROUP", "CREATE", "orders:stream", "g", "0"}, {"GEOADD", "orders:geo", "13.361389", "38.115556", "a"}, {"PFADD", "orders:hll", "a"},
	{"SCRIPT", "LOAD", stealing},
	{"FUNCTION", "LOAD", "#!lua name=thief\nredis.register_function{function_name='steal', callback=function() return redis.call('get', 'secret') end, flags={'no-writes'}}"},
	{"SELECT", "1"}, {"SET", "orders:hidden", "s3cr3t"}, {"SELECT", "0"},
}

// stealing is a script that reads what it does not name among its keys.
const stealing = "return redis.call('get', 'secret')"

// prepare makes the server what it was.
func (l *redisLab) prepare(t *testing.T) {
	t.Helper()
	l.extend(t)
	var all strings.Builder
	for _, c := range redisSetup {
		all.WriteString(command(c...))
	}
	l.control.send(all.String())
	for _, c := range redisSetup {
		if got := l.control.reply(); strings.HasPrefix(got, "-") && c[0] != "CLIENT" {
			t.Fatalf("%v: %s", c, got)
		}
	}
	l.done(t) // what is to be seen of that
}

// extend gives the lab's own connections more time.
func (l *redisLab) extend(t *testing.T) {
	t.Helper()
	for _, c := range []*redisClient{l.control, l.monitor, l.private} {
		if err := c.conn.SetDeadline(time.Now().Add(patience)); err != nil {
			t.Fatal(err)
		}
	}
}

// state tells of everything that is forbidden to change.
func (l *redisLab) state() string {
	keys := []string{"secret", "secret:n4me", "secret:1", "secret\r\nx", "secret\x00x", "secret:list", "secret:set", "secret:zset", "secret:hash", "secret:stream", "secret:geo", "secret:hll"}
	asked := [][]string{
		append([]string{"DEBUG", "DIGEST-VALUE"}, keys...), {"PEXPIRETIME", "secret"}, {"XINFO", "GROUPS", "secret:stream"}, {"EVAL", "local k = redis.call('keys', 'secret*') table.sort(k) return k", "0"},
		{"ACL", "LIST"}, {"FUNCTION", "LIST"}, {"CONFIG", "GET", "*"}, {"SCRIPT", "EXISTS", "0000000000000000000000000000000000000000"}, {"MODULE", "LIST"},
		{"SELECT", "1"}, {"DEBUG", "DIGEST-VALUE", "orders:hidden"}, {"SELECT", "0"},
	}
	var all strings.Builder
	for _, c := range asked {
		all.WriteString(command(c...))
	}
	l.control.send(all.String())
	var state strings.Builder
	for range asked {
		fmt.Fprintln(&state, l.control.reply())
	}
	return state.String() + strings.SplitN(l.control.ask("ROLE"), " ", 2)[0]
}

// done gives what was carried out for others, and published, since it was asked last.
func (l *redisLab) done(t *testing.T) (lines []string) {
	t.Helper()
	l.marks++
	mark := fmt.Sprintf("private:end-%d", l.marks)
	own := l.control.conn.LocalAddr().String()
	l.control.ask("PUBLISH", mark, "")
	for {
		line := l.monitor.reply()
		if strings.Contains(line, mark) {
			break
		}
		if from, what, ok := strings.Cut(line, "] "); ok && !strings.HasSuffix(from, own) && !strings.HasPrefix(what, `"COMMAND" "INFO"`) { // which the proxy asks itself
			lines = append(lines, what)
		}
	}
	for {
		message := l.private.reply()
		if strings.Contains(message, mark) {
			return lines
		}
		lines = append(lines, "published: "+message)
	}
}

// A theft is a way to get to what is forbidden.
type theft struct {
	name  string
	bytes string // what the client sends, or
	again string // sends next, once the first bytes are answered
	then  string // a command of somebody else, once the client has got an answer
	proof string // a regular expression: what the answers have if it worked; default leaked

	strict bool // only the policy that denies all else forbids it
	spoken bool // the server may carry out something in which the name of what is forbidden stands
	inert  bool // the server itself does nothing with it, or must not be asked to
	alone  bool // it can't be part of a transaction
}

// A haul is what came of an attempt.
type haul struct {
	answers string
	carried []string // out by the server for others than the lab
	before  string
	after   string
}

// shows says what shows that the attempt has got somewhere; "" if nothing does.
func (h *haul) shows(a *theft) string {
	proof := leaked
	if a.proof != "" {
		proof = regexp.MustCompile(a.proof)
	}
	if found := proof.FindString(h.answers); found != "" {
		return fmt.Sprintf("the client got %.300q", h.answers)
	}
	if leaked.MatchString(h.answers) {
		return fmt.Sprintf("the client got %.300q", h.answers)
	}
	for _, line := range h.carried {
		if a.then == "" && strings.HasPrefix(line, "published") || !a.spoken && strings.Contains(strings.ToLower(line), "secret") {
			return "the server carried out " + line
		}
	}
	if a.then == "" && h.before != h.after {
		return "the server was changed: " + firstDifference(h.before, h.after)
	}
	return ""
}

func firstDifference(a, b string) string {
	x, y := strings.Split(a, "\n"), strings.Split(b, "\n")
	for i := range min(len(x), len(y)) {
		if x[i] != y[i] {
			return fmt.Sprintf("%.200q, now %.200q", x[i], y[i])
		}
	}
	return "more or fewer lines"
}

// try makes an attempt.
func (l *redisLab) try(t *testing.T, addr string, a *theft, send func(net.Conn, string) error) *haul {
	t.Helper()
	l.prepare(t)
	if l.clean == "" {
		l.clean = l.state()
		l.done(t)
	}
	h := &haul{before: l.clean}
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	var answers strings.Builder
	in := bufio.NewReader(io.TeeReader(conn, &answers))
	hear := func(patience time.Duration) {
		_ = conn.SetReadDeadline(time.Now().Add(patience))
		_, _ = in.Peek(1)
		_, _ = in.Discard(in.Buffered())
	}
	if err := send(conn, a.bytes); err == nil {
		if a.again != "" {
			hear(hurry)
			_ = send(conn, a.again)
		}
		if a.then != "" {
			hear(100 * time.Millisecond)
			l.control.ask(strings.Fields(a.then)...)
			hear(l.linger)
		}
	}
	_ = conn.(*net.TCPConn).CloseWrite()
	_ = conn.SetReadDeadline(time.Now().Add(hurry))
	if _, err := io.Copy(io.Discard, in); errors.Is(err, os.ErrDeadlineExceeded) {
		t.Logf("%s: the connection is left open", a.name)
	}
	h.answers = answers.String()
	h.carried = l.done(t)
	h.after = l.state()
	return h
}

func inOnePiece(conn net.Conn, bytes string) error {
	_, err := io.WriteString(conn, bytes)
	return err
}

func byteByByte(conn net.Conn, bytes string) error {
	for i := range len(bytes) {
		if _, err := conn.Write([]byte{bytes[i]}); err != nil {
			return err
		}
	}
	return nil
}

// TestRedisBypass tries to get to what a policy forbids. All attempts are made directly first: those of which the server shows nothing even then would prove nothing.
func TestRedisBypass(t *testing.T) {
	l := newRedisLab(t)
	attempts := slices.Concat(commandThefts(l), stateThefts(), wireThefts())
	t.Run("directly", func(t *testing.T) {
		l.linger = 200 * time.Millisecond
		names := map[string]bool{}
		worked := 0
		for i := range attempts {
			a := &attempts[i]
			if names[a.name] {
				t.Errorf("%s: two have that name", a.name)
			}
			names[a.name] = true
			if a.inert {
				continue
			}
			if h := l.try(t, l.addr, a, inOnePiece); h.shows(a) == "" {
				t.Errorf("%s: made directly, nothing shows, so the attempt proves nothing. The client got %.300q, the server did %q", a.name, h.answers, h.carried)
			} else {
				worked++
			}
		}
		t.Logf("%d attempts, of which %d work if there is no proxy", len(attempts), worked)
		if worked < 80 {
			t.Errorf("%d attempts work, want 80", worked)
		}
	})
	l.linger = 20 * time.Millisecond
	for name, policy := range redisBypassPolicies {
		t.Run(name, func(t *testing.T) {
			p := fronting(t, "redis", policy, l.addr)
			for i := range attempts {
				a := &attempts[i]
				if a.strict && name != "allow orders" {
					continue
				}
				l.denies(t, p, a, "in one piece", inOnePiece)
				if name == "allow orders" && len(a.bytes) < 4<<10 { // how it comes is the same to all policies
					l.denies(t, p, a, "byte by byte", byteByByte)
				}
				if !a.alone {
					b := *a
					b.bytes = command("MULTI") + a.bytes + command("EXEC")
					l.denies(t, p, &b, "in a transaction", inOnePiece)
				}
			}
			if n := p.metric(t, "sluice_exchanges_total", "outcome=denied"); n < 80 {
				t.Errorf("%d exchanges were denied; nothing was tried", n)
			}
		})
	}
	t.Run("splits", func(t *testing.T) { l.splits(t) })
}

// denies makes an attempt through the proxy. Nothing may come of it, and others must be served.
func (l *redisLab) denies(t *testing.T, p *proxy, a *theft, how string, send func(net.Conn, string) error) {
	t.Helper()
	h := l.try(t, p.addr, a, send)
	if what := h.shows(a); what != "" {
		t.Errorf("BYPASS %s, %s: %s", a.name, how, what)
	}
	c := dialRedis(t, p.addr)
	defer c.conn.Close()
	if got := c.ask("SET", "orders:after", "x") + c.ask("GET", "orders:after"); got != "+OKx" {
		t.Fatalf("after %s, %s: another client gets %q", a.name, how, got)
	}
}

// splits sends allowed and forbidden requests cut at every byte.
func (l *redisLab) splits(t *testing.T) {
	p := fronting(t, "redis", redisBypassPolicies["allow orders"], l.addr)
	l.prepare(t)
	for name, stream := range map[string]string{
		"arrays": command("GET", "orders:1") + command("GET", "secret") + command("GET", "orders:1"),
		"inline": "GET orders:1\r\nGET \"\\x73ecret\"\r\nGET orders:1\r\n",
		"mixed":  "GET orders:1\n" + command("EVAL", stealing, "0") + "get 'orders:1'\r\n",
	} {
		for cut := 1; cut < len(stream); cut++ {
			c := dialRedis(t, p.addr)
			c.send(stream[:cut])
			<-time.After(500 * time.Microsecond) // so that it is read by itself, mostly
			c.send(stream[cut:])
			if a, b, d := c.reply(), c.reply(), c.reply(); a != "book" || !strings.HasPrefix(b, "-NOPERM ") || d != "book" {
				t.Errorf("%s, cut at %d: got %q, %q, %q", name, cut, a, b, d)
			}
			c.conn.Close()
		}
	}
	for _, line := range l.done(t) {
		if strings.Contains(line, "secret") {
			t.Errorf("BYPASS the server carried out %s", line)
		}
	}
}
