package scenarios_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

// redisTool prepares one of Redis's programs that goes to addr.
func redisTool(t *testing.T, addr, name string, args ...string) *exec.Cmd {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		lacking(t, name, err)
	}
	host, port, _ := net.SplitHostPort(addr)
	return exec.CommandContext(within(t), path, append([]string{"-h", host, "-p", port}, args...)...)
}

// unlogged starts the program without an access log, for millions of commands.
func unlogged(t *testing.T, to string) *proxy {
	t.Helper()
	p := &proxy{addr: freeAddr(t), admin: freeAddr(t)}
	p.start(t, "front", "redis", "--listen", p.addr, "--to", to, "--admin", p.admin)
	return p
}

var callsOf = regexp.MustCompile(`cmdstat_([a-z|_]+):calls=(\d+)`)

// TestRedisBenchmark runs redis-benchmark in all its modes, and compares what the proxy counted with what the server did.
func TestRedisBenchmark(t *testing.T) {
	addr := redisServer(t)
	p := unlogged(t, addr)
	dialRedis(t, addr).ask("CONFIG", "RESETSTAT")
	n := "1000"
	if long() {
		n = "100000"
	}
	for _, mode := range [][]string{
		{"-c", "50"}, {"-P", "16"}, {"-P", "16", "-c", "50", "-r", "1000", "-d", "100"}, {"--threads", "2"}, {"-3"}, {"-3", "--enable-tracking", "-t", "get,set"}, {"-k", "0", "-t", "ping,set,get", "-c", "10"}, {"--dbnum", "3", "-t", "incr"},
		{"-P", "1000", "-t", "set,get"}, {"-t", "get", "-c", "400"}, {"-x", "eval", "return ARGV[1]", "1", "key:__rand_int__"},
	} {
		cmd := redisTool(t, p.addr, "redis-benchmark", append([]string{"-n", n, "--csv"}, mode...)...)
		cmd.Stdin = strings.NewReader("value")
		var said bytes.Buffer
		cmd.Stderr = &said
		out := must(t, cmd)
		if strings.Contains(said.String()+out, "rror") || !strings.HasPrefix(out, `"test","rps"`) {
			t.Errorf("redis-benchmark %v says\n%s%s", mode, out, said.String())
		}
	}
	same := comparedCalls(t, p, dialRedis(t, addr).ask("INFO", "commandstats"))
	if same < 15 {
		t.Errorf("the server tells of %d commands only", same)
	}
	if n := p.metric(t, "sluice_inspection_bypasses_total"); n != 0 {
		t.Errorf("%d times something passed without being understood", n)
	}
}

// comparedCalls compares the calls of each command in the statement table with the server's, and gives the number of commands.
func comparedCalls(t *testing.T, p *proxy, commandstats string) (commands int) {
	t.Helper()
	table := map[string]uint64{}
	for _, s := range p.statements(t).Statements {
		table[strings.ReplaceAll(s.Operation, "_", " ")] += s.Calls
	}
	for _, m := range callsOf.FindAllStringSubmatch(commandstats, -1) {
		name, calls := strings.ToUpper(strings.NewReplacer("|", " ", "_", " ").Replace(m[1])), m[2]
		if name == "INFO" || name == "CONFIG RESETSTAT" {
			continue // ours, past the proxy
		}
		if got := strconv.FormatUint(table[name], 10); got != calls {
			t.Errorf("%s: the proxy's table has %s calls, the server %s", name, got, calls)
		}
		commands++
	}
	return commands
}

// TestRedisLog has keys and values, none of which may be in the log.
func TestRedisLog(t *testing.T) {
	p := fronting(t, "redis", "", redisServer(t))
	must(t, redisTool(t, p.addr, "redis-benchmark", "-n", "200", "-q", "-r", "100", "-t", "get,set,mset"))
	p.log.find(t, "a GET", func(l line) bool { return l.Operation == "GET" && l.Outcome == "ok" && l.User == "default" })
	for _, l := range p.log.all() {
		if strings.Contains(l.raw, "VXK") || strings.Contains(l.raw, "key:0000") {
			t.Fatalf("the log has keys or values: %s", l.raw)
		}
	}
}

// TestRedisPipe sends a million commands, ten if the long form is wanted, without waiting for answers.
func TestRedisPipe(t *testing.T) {
	n := 1_000_000
	if long() {
		n = 10_000_000
	}
	p := unlogged(t, redisServer(t))
	cmd := redisTool(t, p.addr, "redis-cli", "--pipe")
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	go func() { // ends with the program, or with what there is to say
		defer stdin.Close()
		w := bufio.NewWriterSize(stdin, 1<<16)
		for i := range n {
			name := strconv.Itoa(i % 100_000)
			fmt.Fprintf(w, "*3\r\n$3\r\nSET\r\n$%d\r\nkey:%s\r\n$%d\r\nvalue %s\r\n", len(name)+4, name, len(name)+6, name)
		}
		_ = w.Flush() // if it fails, the replies are fewer
	}()
	start := time.Now()
	out := must(t, cmd)
	if want := fmt.Sprintf("errors: 0, replies: %d\n", n); !strings.HasSuffix(out, want) {
		t.Errorf("redis-cli --pipe says\n%s", out)
	}
	t.Logf("%d commands in %v; the proxy's memory is %d MiB", n, time.Since(start).Round(time.Millisecond), p.memory(t, "VmHWM")>>20)
	if got := p.metric(t, "sluice_exchanges_total", "operation=SET", "outcome=ok"); got != int64(n) {
		t.Errorf("%d exchanges are counted, want %d", got, n)
	}
	if peak := p.memory(t, "VmHWM"); peak > 256<<20 {
		t.Errorf("the proxy took %d MiB", peak>>20)
	}
}

// TestRedisCLI runs a session with all kinds of answers directly and through Sluice, in all the forms that redis-cli shows them in: it must show the same.
func TestRedisCLI(t *testing.T) {
	const script = `flushall
set greeting "hello\r\nworld\x00\xff"
get greeting
get nothing
append greeting !
lpush list a b c
lrange list 0 -1
hset hash f 1 g 2
hgetall hash
sadd set one
smembers set
zadd zset 1.5 a 2 b
zrange zset 0 -1 withscores
zscore zset a
incr greeting
nothing at all
multi
incr n
get greeting
exec
exec
eval "return {1, {'two', {3}}, redis.status_reply('fine'), false}" 0
eval "return redis.error_reply('MY error')" 0
xadd stream 1-1 f v
xrange stream - +
xread count 1 streams stream 0
geoadd geo 13.361389 38.115556 Palermo
geopos geo Palermo nowhere
type list
object encoding list
debug protocol double
debug protocol verbatim
debug protocol true
select 3
dbsize
select 0
hello 3
hgetall hash
debug protocol map
debug protocol set
hello 2
client setname me
client getname
config get maxmemory
reset
ping
`
	addr := redisServer(t)
	p := fronting(t, "redis", "", addr)
	for _, how := range [][]string{{}, {"--no-raw"}, {"-3"}, {"-3", "--no-raw"}, {"--csv"}, {"--json"}, {"-2", "--json"}, {"-n", "2", "--no-raw"}} {
		seen := map[string]string{}
		for _, to := range []string{addr, p.addr} {
			cmd := redisTool(t, to, "redis-cli", how...)
			cmd.Stdin = strings.NewReader(script)
			out, err := cmd.CombinedOutput()
			if err != nil {
				t.Fatalf("redis-cli %v: %v\n%s", how, err, out)
			}
			seen[to] = clientID.ReplaceAllString(string(out), "id")
		}
		if direct, through := seen[addr], seen[p.addr]; direct != through || strings.Count(direct, "\n") < 40 {
			t.Errorf("redis-cli %v shows something else.\ndirectly:\n%s\nthrough Sluice:\n%s", how, direct, through)
		}
	}
	p.log.find(t, "redis-cli's error", func(l line) bool { return l.Operation == "INCR" && l.Outcome == "error" })
}

// clientID is what HELLO says of the connection.
var clientID = regexp.MustCompile(`\bid"?[\n ,:=>]*(?:8\) )?(?:\(integer\) )?\d+`)

// TestRedisCLITerminal has redis-cli at a terminal, where it asks for hints and help by itself.
func TestRedisCLITerminal(t *testing.T) {
	terminal, err := exec.LookPath("script")
	if err != nil {
		lacking(t, "script", err)
	}
	p := fronting(t, "redis", "", redisServer(t))
	tool := redisTool(t, p.addr, "redis-cli")
	cmd := exec.CommandContext(within(t), terminal, "-qec", strings.Join(tool.Args, " "), os.DevNull)
	cmd.Env = append(os.Environ(), "TERM=dumb", "REDISCLI_HISTFILE="+os.DevNull)
	cmd.Stdin = strings.NewReader("set greeting hello\nget greeting\nquit\n")
	if out := must(t, cmd); !strings.Contains(out, "OK") || !strings.Contains(out, `"hello"`) {
		t.Errorf("the terminal shows\n%s", out)
	}
	p.log.find(t, "what redis-cli asks by itself", func(l line) bool { return strings.HasPrefix(l.Operation, "COMMAND") && l.Outcome == "ok" })
}

// TestRedisCLIModes has redis-cli's other modes.
func TestRedisCLIModes(t *testing.T) {
	addr := redisServer(t)
	direct := dialRedis(t, addr)
	for i := range 1000 {
		direct.ask("SET", fmt.Sprintf("key:%d", i), "value")
	}
	direct.ask("CONFIG", "SET", "repl-diskless-sync-delay", "0")
	direct.ask("RPUSH", "a list", strings.Repeat("x", 100), "y", "z")
	p := fronting(t, "redis", "", addr)
	for _, tt := range []struct {
		args []string
		want string
	}{
		{[]string{"--scan"}, `key:999\n`},
		{[]string{"--scan", "--pattern", "a*"}, `^a list\n$`},
		{[]string{"--bigkeys"}, `Biggest +list found '"a list"' has 3 items`},
		{[]string{"--memkeys"}, `Biggest +list found '"a list"' has \d+ bytes`},
		{[]string{"--latency", "-i", "0.2"}, `^\d+ \d+ \d+\.\d+ \d+\n$`},
		{[]string{"--functions-rdb", filepath.Join(t.TempDir(), "functions.rdb")}, `Transfer finished with success`},
		{[]string{"--rdb", "-"}, `REDIS.*key:999`},
		{[]string{"-r", "5", "-i", "0.01", "incr", "n"}, `1\n2\n3\n4\n5\n`},
		{[]string{"-e", "--eval", "/dev/stdin", "a", ",", "b"}, `a.*b`},
	} {
		cmd := redisTool(t, p.addr, "redis-cli", tt.args...)
		cmd.Stdin = strings.NewReader("return {KEYS[1], ARGV[1]}")
		out, err := cmd.CombinedOutput()
		if err != nil || !regexp.MustCompile("(?s)"+tt.want).Match(out) {
			t.Errorf("redis-cli %v: %v\n%.2000q\nwant %s", tt.args, err, out, tt.want)
		}
	}
	p.log.find(t, "the snapshot", func(l line) bool { return l.Purpose == "stream" })
}

// TestRedisCLIStreams has redis-cli show what others do, as it comes.
func TestRedisCLIStreams(t *testing.T) {
	addr := redisServer(t)
	p := fronting(t, "redis", "", addr)
	other := dialRedis(t, addr)
	other.ask("CONFIG", "SET", "repl-diskless-sync-delay", "0")
	for _, tt := range []struct {
		args  []string
		begun string // the line with which it begins
		do    []string
		want  string
	}{
		{[]string{"MONITOR"}, "OK", []string{"SET", "greeting", "hello"}, `"SET" "greeting" "hello"`},
		{[]string{"-3", "MONITOR"}, "OK", []string{"SET", "greeting", "hello"}, `"SET" "greeting" "hello"`},
		{[]string{"SUBSCRIBE", "news", "more"}, "2", []string{"PUBLISH", "news", "hello"}, "hello"},
		{[]string{"-3", "--show-pushes", "yes", "SUBSCRIBE", "news"}, "1", []string{"PUBLISH", "news", "hello"}, "hello"},
		{[]string{"PSUBSCRIBE", "n*"}, "1", []string{"PUBLISH", "news", "hello"}, "hello"},
		{[]string{"SSUBSCRIBE", "news"}, "1", []string{"SPUBLISH", "news", "hello"}, "hello"},
		{[]string{"--stat", "-i", "0.1"}, "keys", []string{"PING"}, "("},
		{[]string{"--replica"}, "SYNC done", []string{"SET", "replicated", "hello"}, "hello"},
	} {
		ctx, cancel := context.WithCancel(t.Context())
		tool := redisTool(t, p.addr, "redis-cli", tt.args...)
		cmd := exec.CommandContext(ctx, tool.Path, tool.Args[1:]...)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		cmd.Stderr = cmd.Stdout
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		wait := context.AfterFunc(within(t), cancel)
		in := bufio.NewReader(out)
		until := func(part string) (seen string) {
			for !strings.Contains(seen, part) {
				text, err := in.ReadString('\n')
				if seen += text; err != nil {
					t.Errorf("redis-cli %v shows %q, not %q: %v", tt.args, seen, part, err)
					return seen
				}
			}
			return seen
		}
		until(tt.begun)
		other.ask(tt.do...)
		until(tt.want)
		wait()
		cancel()
		_, _ = io.Copy(io.Discard, in)
		_ = cmd.Wait() // it was killed
	}
}

// TestRedisLargeValue has values pass that are bigger than all memory that the program may use for them, both ways.
func TestRedisLargeValue(t *testing.T) {
	const size, allowed = 100 << 20, 32 << 20
	p := fronting(t, "redis", "", redisServer(t))
	c := dialRedis(t, p.addr)
	c.ask("PING")
	if err := os.WriteFile("/proc/"+itoa(p.cmd.Process.Pid)+"/clear_refs", []byte("5"), 0); err != nil {
		lacking(t, "procfs", err) // the peak can't be set back
	}
	before := p.memory(t, "VmRSS")
	value := strings.Repeat("v", 1<<20)
	c.send(fmt.Sprintf("*3\r\n$3\r\nSET\r\n$3\r\nbig\r\n$%d\r\n", size))
	for range size >> 20 {
		c.send(value)
	}
	c.send("\r\n")
	if got := c.reply(); got != "+OK" {
		t.Fatalf("SET: %s", got)
	}
	c.send(command("GET", "big"))
	head, err := c.in.ReadString('\n')
	if err != nil || head != fmt.Sprintf("$%d\r\n", size) {
		t.Fatalf("GET: %q, %v", head, err)
	}
	if n, err := io.CopyN(io.Discard, c.in, size+2); err != nil {
		t.Fatalf("GET: %d bytes, %v", n, err)
	}
	if got := c.ask("PING"); got != "+PONG" {
		t.Errorf("behind it: %s", got)
	}
	peak := p.memory(t, "VmHWM")
	if peak-before > allowed {
		t.Errorf("a value of %d MiB raised the program's memory by %d MiB", size>>20, (peak-before)>>20)
	}
	t.Logf("a value of %d MiB raised the program's memory by %d KiB", size>>20, (peak-before)>>10)
	if l := p.log.find(t, "the SET", func(l line) bool { return l.Operation == "SET" }); l.Sent < size {
		t.Errorf("the SET is logged as %s", l.raw)
	}
	if l := p.log.find(t, "the GET", func(l line) bool { return l.Operation == "GET" }); l.Received < size || l.Rows != 1 {
		t.Errorf("the GET is logged as %s", l.raw)
	}
}
