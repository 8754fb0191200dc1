package scenarios_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/sluice-proxy/sluice/integration/internal/reaper"
)

// redisServer starts a Redis, or a Valkey, for the test.
func redisServer(t *testing.T) (addr string) {
	t.Helper()
	program, err := exec.LookPath("redis-server")
	if err != nil {
		if program, err = exec.LookPath("valkey-server"); err != nil {
			lacking(t, "redis", err)
		}
	}
	addr = freeAddr(t)
	host, port, _ := net.SplitHostPort(addr)
	cmd := exec.Command(program, "--port", port, "--bind", host, "--save", "", "--appendonly", "no", "--dir", t.TempDir(), "--enable-debug-command", "yes")
	reap, err := reaper.New("")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(reap.Reap)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if err := reap.AnswerFor(cmd.Process.Pid); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait() // it was killed
		reap.Ended()
	})
	for limit := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) {
		c, err := net.Dial("tcp", addr)
		if err == nil {
			c.Close()
			return addr
		}
		if time.Now().After(limit) {
			t.Fatal(err)
		}
	}
}

// A redisClient speaks RESP2, as plainly as it goes.
type redisClient struct {
	t    *testing.T
	conn net.Conn
	in   *bufio.Reader
}

func dialRedis(t *testing.T, addr string) *redisClient {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	return &redisClient{t, conn, bufio.NewReader(conn)}
}

// command makes the bytes of a command.
func command(args ...string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "*%d\r\n", len(args))
	for _, a := range args {
		fmt.Fprintf(&b, "$%d\r\n%s\r\n", len(a), a)
	}
	return b.String()
}

func (c *redisClient) send(bytes string) {
	c.t.Helper()
	if _, err := io.WriteString(c.conn, bytes); err != nil {
		c.t.Fatal(err)
	}
}

// reply reads one reply, in a form for people.
func (c *redisClient) reply() string {
	c.t.Helper()
	line, err := c.in.ReadString('\n')
	if err != nil {
		c.t.Fatal(err)
	}
	line = strings.TrimRight(line, "\r\n")
	n, _ := strconv.Atoi(line[1:])
	switch line[0] {
	case '$':
		if n < 0 {
			return "nil"
		}
		b := make([]byte, n+2)
		if _, err := io.ReadFull(c.in, b); err != nil {
			c.t.Fatal(err)
		}
		return string(b[:n])
	case '*':
		if n < 0 {
			return "nil"
		}
		all := make([]string, n)
		for i := range all {
			all[i] = c.reply()
		}
		return "[" + strings.Join(all, " ") + "]"
	}
	return line
}

// ask sends a command and gives its reply.
func (c *redisClient) ask(args ...string) string {
	c.t.Helper()
	c.send(command(args...))
	return c.reply()
}

var callsOf = regexp.MustCompile(`cmdstat_([a-z|_]+):calls=(\d+)`)

// TestRedisIsCounted compares what the proxy counted with what the server did.
func TestRedisIsCounted(t *testing.T) {
	benchmark, err := exec.LookPath("redis-benchmark")
	if err != nil {
		lacking(t, "redis-benchmark", err)
	}
	addr := redisServer(t)
	p := fronting(t, "redis", "", addr)
	host, port, _ := net.SplitHostPort(p.addr)
	dialRedis(t, addr).ask("CONFIG", "RESETSTAT")
	for _, how := range [][]string{{"-P", "1"}, {"-P", "16"}} {
		args := append([]string{"-h", host, "-p", port, "-n", "2000", "-c", "7", "-q", "-t", "ping,set,get,incr,lpush,rpop,sadd,hset,spop,zadd,zpopmin,lrange_100,mset"}, how...)
		if out, err := exec.Command(benchmark, args...).CombinedOutput(); err != nil {
			t.Fatalf("redis-benchmark %v: %v\n%s", args, err, out)
		}
	}
	stats := dialRedis(t, addr).ask("INFO", "commandstats")
	seen := 0
	for _, m := range callsOf.FindAllStringSubmatch(stats, -1) {
		name, calls := strings.ToUpper(strings.ReplaceAll(m[1], "|", " ")), m[2]
		if name == "INFO" || name == "CONFIG RESETSTAT" {
			continue // ours, past the proxy
		}
		table := int64(0)
		for _, s := range p.statements(t).Statements {
			if s.Operation == name {
				table += int64(s.Calls)
			}
		}
		if strconv.FormatInt(table, 10) != calls {
			t.Errorf("%s: the proxy's table has %d calls, the server %s", name, table, calls)
		}
		seen++
	}
	if seen < 12 {
		t.Errorf("the server tells of %d commands only:\n%s", seen, stats)
	}
	p.log.find(t, "a GET", func(l line) bool { return l.Operation == "GET" && l.Outcome == "ok" && l.User == "default" })
	for _, l := range p.log.all() {
		if strings.Contains(l.raw, "VXK") || strings.Contains(l.raw, "key:0000") {
			t.Fatalf("the log has keys or values: %s", l.raw)
		}
	}
}

const ordersOnly = `
connections: {default: allow}
statements:
  default: deny
  rules:
    - name: orders
      effect: allow
      accesses:
        - {verbs: [read, write], kind: key, names: ["orders:*"]}
        - {verbs: [publish, subscribe], kind: channel, names: ["news"]}
`

// TestRedisPolicy allows some keys, and sees to it that the server never does anything with others.
func TestRedisPolicy(t *testing.T) {
	addr := redisServer(t)
	direct := dialRedis(t, addr)
	p := fronting(t, "redis", ordersOnly, addr)
	c := dialRedis(t, p.addr)

	direct.ask("SET", "secret", "s3cr3t")
	direct.ask("SET", "weight_1", "s3cr3t")
	direct.ask("RPUSH", "orders:list", "1", "2")
	for _, tt := range []struct{ bytes, want string }{
		{command("SET", "orders:1", "book"), "+OK"},
		{command("get", "orders:1"), "book"},
		{command("MGET", "orders:1", "secret"), "NOPERM"},
		{command("GeT", "secret"), "NOPERM"},
		{"GET secret\r\n", "NOPERM"},
		{"get orders:1\r\n", "book"},
		{command("GETRANGE", "secret", "0", "-1"), "NOPERM"},
		{command("STRLEN", "secret"), "NOPERM"},
		{command("COPY", "secret", "orders:2"), "NOPERM"},
		{command("RENAME", "secret", "orders:2"), "NOPERM"},
		{command("RENAME", "orders:1", "secret"), "NOPERM"},
		{command("SORT", "orders:list", "BY", "nosort", "GET", "weight_*"), "NOPERM"},
		{command("SORT", "orders:list", "STORE", "secret"), "NOPERM"},
		{command("EVAL", "return redis.call('get','secret')", "0"), "NOPERM"},
		{command("EVAL", "return redis.call('get',KEYS[1])", "1", "orders:1"), "NOPERM"},
		{command("KEYS", "*"), "NOPERM"},
		{command("SCAN", "0"), "NOPERM"},
		{command("DUMP", "secret"), "NOPERM"},
		{command("OBJECT", "ENCODING", "secret"), "NOPERM"},
		{command("DEBUG", "OBJECT", "secret"), "NOPERM"},
		{command("FLUSHALL"), "NOPERM"},
		{command("CONFIG", "GET", "*"), "NOPERM"},
		{command("MIGRATE", "127.0.0.1", "1", "secret", "0", "1"), "NOPERM"},
		{command("MIGRATE", "127.0.0.1", "1", "", "0", "1", "KEYS", "secret"), "NOPERM"},
		{command("RESTORE", "secret", "0", "x"), "NOPERM"},
		{command("BITOP", "AND", "orders:3", "secret"), "NOPERM"},
		{command("SINTERSTORE", "orders:3", "secret"), "NOPERM"},
		{command("LMOVE", "secret", "orders:list", "LEFT", "LEFT"), "NOPERM"},
		{command("XREAD", "STREAMS", "secret", "0"), "NOPERM"},
		{command("WATCH", "secret"), "NOPERM"},
		{command("SET", "secret", "x", "GET"), "NOPERM"},
		{command("PUBLISH", "news", "x"), ":0"},
		{command("PUBLISH", "other", "x"), "NOPERM"},
		{command("SUBSCRIBE", "other"), "NOPERM"},
		{command("PSUBSCRIBE", "*"), "NOPERM"},
		{command("NOSUCHCOMMAND", "secret"), "NOPERM"},
		{command("FUNCTION", "LIST"), "NOPERM"},
		{command("PING"), "+PONG"},
		{command("SELECT", "1"), "+OK"},
		{command("GET", "orders:1"), "nil"},
		{command("SELECT", "0") + command("GET", "orders:1"), "+OK"},
	} {
		c.send(tt.bytes)
		got := c.reply()
		if !strings.Contains(got, tt.want) || strings.Contains(got, "s3cr3t") {
			t.Errorf("%q: got %q, want %q", tt.bytes, got, tt.want)
		}
	}
	if got := c.reply(); got != "book" {
		t.Errorf("pipelined behind SELECT: got %q", got)
	}

	c.send(command("GET", "orders:1") + command("GET", "secret") + command("GET", "orders:1"))
	if a, b, d := c.reply(), c.reply(), c.reply(); a != "book" || !strings.HasPrefix(b, "-NOPERM") || d != "book" {
		t.Errorf("in a pipeline: got %q, %q, %q", a, b, d)
	}
	c.send(command("MULTI") + command("SET", "orders:1", "changed") + command("GET", "secret") + command("EXEC"))
	if a, b, d, e := c.reply(), c.reply(), c.reply(), c.reply(); a != "+OK" || b != "+QUEUED" || !strings.HasPrefix(d, "-NOPERM") || !strings.HasPrefix(e, "-EXECABORT") {
		t.Errorf("in a transaction: got %q, %q, %q, %q", a, b, d, e)
	}
	if got := c.ask("GET", "orders:1"); got != "book" {
		t.Errorf("a transaction with a denied command was carried out: got %q", got)
	}
	c.send(command("CLIENT", "REPLY", "OFF") + command("GET", "secret") + command("SET", "orders:1", "pen") + command("DEL", "secret") + command("CLIENT", "REPLY", "ON"))
	if got := c.reply(); got != "+OK" {
		t.Errorf("behind requests that are not answered: got %q", got)
	}
	if got := c.ask("GET", "orders:1"); got != "pen" {
		t.Errorf("an allowed request that was not answered: got %q", got)
	}
	p.log.find(t, "a silent denial", func(l line) bool { return l.Outcome == "denied" && l.Operation == "DEL" })
	if got := direct.ask("GET", "secret") + direct.ask("EXISTS", "orders:2", "orders:3"); got != "s3cr3t:0" {
		t.Errorf("the server was changed: %q", got)
	}
	l := p.log.find(t, "a denial", func(l line) bool { return l.Outcome == "denied" && l.Operation == "GET" })
	if !strings.Contains(l.raw, `"sluice.policy.verdict":"deny"`) || strings.Contains(l.raw, "s3cr3t") {
		t.Errorf("the log says %s", l.raw)
	}
}
