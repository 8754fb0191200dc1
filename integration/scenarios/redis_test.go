package scenarios_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/sluice-proxy/sluice/integration/internal/reaper"
	"github.com/sluice-proxy/sluice/integration/servers"
)

// A redisProcess is a Redis, or a Valkey, of the test's own.
type redisProcess struct {
	addr string
	cmd  *exec.Cmd
	reap *reaper.Reaper
}

// redisServer gets a Redis, or a Valkey, for the test alone.
func redisServer(t *testing.T) (addr string) {
	t.Helper()
	s, err := servers.Redis(t.Context(), servers.Options{Own: true, Log: t.Output()})
	if err != nil {
		lacking(t, "redis", err)
	}
	t.Cleanup(s.Stop)
	return s.Addr
}

// startRedis starts one on addr, with more arguments.
func startRedis(t *testing.T, addr string, more ...string) *redisProcess {
	t.Helper()
	host, port, _ := net.SplitHostPort(addr)
	args := []string{"--port", port, "--bind", host, "--save", "", "--appendonly", "no", "--dir", t.TempDir(), "--enable-debug-command", "yes"}
	return runRedis(t, addr, append(args, more...)...)
}

// runRedis runs the server's program, which listens on addr.
func runRedis(t *testing.T, addr string, args ...string) *redisProcess {
	t.Helper()
	program, err := exec.LookPath("redis-server")
	if err != nil {
		if program, err = exec.LookPath("valkey-server"); err != nil {
			lacking(t, "redis", err)
		}
	}
	r := &redisProcess{addr: addr, cmd: exec.Command(program, args...)}
	if r.reap, err = reaper.New(""); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.reap.Reap)
	if err := r.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if err := r.reap.AnswerFor(r.cmd.Process.Pid); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.stop)
	for limit := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) {
		c, err := net.Dial("tcp", addr)
		if err == nil {
			c.Close()
			return r
		}
		if time.Now().After(limit) {
			t.Fatal(err)
		}
	}
}

// stop kills the server. It may be called twice.
func (r *redisProcess) stop() {
	if r.cmd.ProcessState == nil {
		_ = r.cmd.Process.Kill()
		_ = r.cmd.Wait() // it was killed
		r.reap.Ended()
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
	v, err := c.value()
	if err != nil {
		c.t.Fatal(err)
	}
	return shownValue(v)
}

// value reads one reply: a string, nil, or a []any for everything that has elements. Simple types keep the byte that tells which.
func (c *redisClient) value() (any, error) {
	line, err := c.in.ReadString('\n')
	if err != nil {
		return nil, err
	}
	line = strings.TrimRight(line, "\r\n")
	n, _ := strconv.Atoi(line[1:])
	switch line[0] {
	case '$', '=', '!':
		if n < 0 {
			return nil, nil
		}
		b := make([]byte, n+2)
		_, err := io.ReadFull(c.in, b)
		return string(b[:n]), err
	case '_':
		return nil, nil
	case '%':
		n *= 2
	case '*', '~', '>':
		if n < 0 {
			return nil, nil
		}
	default:
		return line, nil
	}
	all := make([]any, n)
	for i := range all {
		if all[i], err = c.value(); err != nil {
			return nil, err
		}
	}
	return all, nil
}

func shownValue(v any) string {
	switch v := v.(type) {
	case nil:
		return "nil"
	case []any:
		var all []string
		for _, e := range v {
			all = append(all, shownValue(e))
		}
		return "[" + strings.Join(all, " ") + "]"
	}
	return v.(string)
}

// ask sends a command and gives its reply.
func (c *redisClient) ask(args ...string) string {
	c.t.Helper()
	c.send(command(args...))
	return c.reply()
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

// TestRedisDenials has denials where answers are of another kind: in a transaction, and where nothing is answered.
func TestRedisDenials(t *testing.T) {
	addr := redisServer(t)
	direct := dialRedis(t, addr)
	direct.ask("SET", "secret", "s3cr3t")
	p := fronting(t, "redis", ordersOnly, addr)
	c := dialRedis(t, p.addr)
	c.ask("SET", "orders:1", "book")

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
	if got := direct.ask("GET", "secret"); got != "s3cr3t" {
		t.Errorf("the server was changed: %q", got)
	}
	l := p.log.find(t, "a denial", func(l line) bool { return l.Outcome == "denied" && l.Operation == "GET" })
	if !strings.Contains(l.raw, `"sluice.policy.verdict":"deny"`) || strings.Contains(l.raw, "s3cr3t") {
		t.Errorf("the log says %s", l.raw)
	}
}
