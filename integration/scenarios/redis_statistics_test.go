package scenarios_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/sluice-proxy/sluice/stats"
)

// countingKeys starts the program in front of a Redis, with a redis listener that counts keys.
func countingKeys(t *testing.T, keys, to string) *proxy {
	t.Helper()
	p := &proxy{addr: freeAddr(t), admin: freeAddr(t)}
	file := filepath.Join(t.TempDir(), "sluice.yaml")
	text := fmt.Sprintf("listeners: [{name: cache, address: %q, protocol: redis, to: %q, keys: %s}]\nadmin: {address: %q}\naccess_log: {log: \"slow: 100ms\", file: %q}\n",
		p.addr, to, keys, p.admin, logFile)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	p.start(t, "run", "-c", file)
	return p
}

// keys gives what the program knows of keys.
func (p *proxy) keys(t *testing.T, query string) *stats.KeyReport {
	t.Helper()
	body, err := p.get("/keys?" + query)
	if err != nil {
		t.Fatal(err)
	}
	var r stats.KeysReport
	if err := json.Unmarshal([]byte(body), &r); err != nil || len(r.Listeners) != 1 {
		t.Fatalf("%v: %s", err, body)
	}
	return &r.Listeners[0]
}

// serverCount gives a number of the server's INFO stats.
func serverCount(t *testing.T, c *redisClient, name string) int64 {
	t.Helper()
	m := regexp.MustCompile(name + `:(\d+)`).FindStringSubmatch(c.ask("INFO", "stats"))
	if m == nil {
		t.Fatalf("the server does not tell %s", name)
	}
	n, err := strconv.ParseInt(m[1], 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// TestRedisHits compares what reads found with the server's own numbers, for commands that count keys as the server does.
func TestRedisHits(t *testing.T) {
	addr := redisServer(t)
	p := countingKeys(t, "{depth: 1}", addr)
	direct, c := dialRedis(t, addr), dialRedis(t, p.addr)
	direct.ask("CONFIG", "RESETSTAT")
	r := rand.New(rand.NewPCG(1, 2))
	pick := func(kind string) string { return fmt.Sprintf("%s:%d", kind, r.IntN(20)) }
	steps := []func() []string{
		func() []string { return []string{"SET", pick("s"), "x"} },
		func() []string { return []string{"SET", pick("s"), ""} },
		func() []string { return []string{"GET", pick("s")} },
		func() []string { return []string{"GETEX", pick("s")} },
		func() []string { return []string{"GETDEL", pick("s")} },
		func() []string { return []string{"GETSET", pick("s"), "y"} },
		func() []string { return []string{"DUMP", pick("s")} },
		func() []string { return []string{"TYPE", pick("h")} },
		func() []string { return []string{"MGET", pick("s"), pick("s"), pick("s")} },
		func() []string { return []string{"EXISTS", pick("s"), pick("h"), pick("l")} },
		func() []string { return []string{"HSET", pick("h"), "f", "v"} },
		func() []string { return []string{"HGETALL", pick("h")} },
		func() []string { return []string{"HKEYS", pick("h")} },
		func() []string { return []string{"HVALS", pick("h")} },
		func() []string { return []string{"HLEN", pick("h")} },
		func() []string { return []string{"RPUSH", pick("l"), "1"} },
		func() []string { return []string{"LPOP", pick("l")} },
		func() []string { return []string{"LLEN", pick("l")} },
		func() []string { return []string{"SADD", pick("m"), "a"} },
		func() []string { return []string{"SPOP", pick("m")} },
		func() []string { return []string{"SMEMBERS", pick("m")} },
		func() []string { return []string{"SCARD", pick("m")} },
		func() []string { return []string{"ZADD", pick("z"), "1", "a"} },
		func() []string { return []string{"ZPOPMIN", pick("z")} },
		func() []string { return []string{"ZCARD", pick("z")} },
		func() []string { return []string{"DEL", pick("s"), pick("h")} },
	}
	for range 200 {
		n := 1 + r.IntN(30)
		var bytes strings.Builder
		for range n {
			bytes.WriteString(command(steps[r.IntN(len(steps))]()...))
		}
		c.send(bytes.String())
		for range n {
			c.reply()
		}
	}
	c.ask("INCR", "h:broken") // no read
	c.send(command("MULTI") + command("INCR", "s:broken") + command("EXEC"))
	for range 3 {
		c.reply()
	}
	hits, misses := serverCount(t, direct, "keyspace_hits"), serverCount(t, direct, "keyspace_misses")
	if hits < 100 || misses < 100 {
		t.Fatalf("the load is too one-sided: %d hits, %d misses", hits, misses)
	}
	gotHits, gotMisses := p.metric(t, "sluice_lookups_total", "result=hit"), p.metric(t, "sluice_lookups_total", "result=miss")
	if gotHits != hits || gotMisses != misses {
		t.Errorf("the proxy counted %d hits and %d misses, the server %d and %d", gotHits, gotMisses, hits, misses)
	}
	var inTable, inPrefixes [2]uint64
	for _, s := range p.statements(t).Statements {
		inTable[0] += s.Hits
		inTable[1] += s.Misses
	}
	k := p.keys(t, "")
	inPrefixes[0], inPrefixes[1] = k.Totals.Hits, k.Totals.Misses
	if want := [2]uint64{uint64(hits), uint64(misses)}; inTable != want || inPrefixes != want {
		t.Errorf("hits and misses: %d in the statement table, %d in that of prefixes, want %d", inTable, inPrefixes, want)
	}
}

// TestRedisBlockedTime: a command that waits for another client is no slow command.
func TestRedisBlockedTime(t *testing.T) {
	addr := redisServer(t)
	p := fronting(t, "redis", "", addr)
	waiter, giver := dialRedis(t, p.addr), dialRedis(t, p.addr)
	waiter.send(command("BLPOP", "l", "0"))
	time.Sleep(200 * time.Millisecond)
	giver.ask("RPUSH", "l", "x")
	if got := waiter.reply(); got != "[l x]" {
		t.Fatalf("BLPOP: got %q", got)
	}
	giver.ask("XADD", "st", "*", "f", "v")
	giver.ask("XREAD", "COUNT", "1", "STREAMS", "st", "0")
	giver.ask("XREAD", "BLOCK", "50", "STREAMS", "st", "$")
	if n := p.metric(t, "sluice_blocked_seconds_count"); n != 2 {
		t.Errorf("%d exchanges were blocked, want 2", n)
	}
	if all, timed := p.metric(t, "sluice_exchanges_total"), p.metric(t, "sluice_exchange_duration_seconds_count"); all != 5 || timed != 3 {
		t.Errorf("%d exchanges, %d with a duration of their own, want 5 and 3", all, timed)
	}
	for _, s := range p.statements(t).Statements {
		switch s.Operation {
		case "BLPOP":
			if s.Calls != 1 || s.Blocked != 1 || s.BlockedTime < .15 || s.Max != 0 {
				t.Errorf("BLPOP: %+v", s)
			}
		case "XREAD":
			if s.Calls != 2 || s.Blocked != 1 || s.BlockedTime < .04 || s.Max == 0 || s.Max > .04 {
				t.Errorf("XREAD: %+v", s)
			}
		}
	}
	l := p.log.find(t, "the BLPOP", func(l line) bool { return l.Operation == "BLPOP" })
	if !strings.Contains(l.raw, `"redis.blocking":true`) {
		t.Errorf("the log says %s", l.raw)
	}
}

// TestRedisErrors counts errors by their first word, and commands with their subcommands.
func TestRedisErrors(t *testing.T) {
	p := fronting(t, "redis", "", redisServer(t))
	c := dialRedis(t, p.addr)
	c.ask("XGROUP", "CREATE", "st", "g", "$")             // no such key
	c.ask("xgroup", "create", "st", "g", "$", "MKSTREAM") // well
	c.ask("XGROUP", "CREATE", "st", "g", "$")             // there already
	c.ask("XGROUP", "NONESUCH")
	c.ask("LPUSH", "st", "x")
	c.ask("NONESUCH")
	for class, want := range map[string]int64{"ERR": 3, "BUSYGROUP": 1, "WRONGTYPE": 1} {
		if n := p.metric(t, "sluice_exchange_errors_total", "class="+class); n != want {
			t.Errorf("%s: %d, want %d", class, n, want)
		}
	}
	if n := p.metric(t, "sluice_exchanges_total", "operation=UNKNOWN"); n != 1 {
		t.Errorf("%d unknown commands, want 1", n)
	}
	got := map[string]string{}
	for _, s := range p.statements(t).Statements {
		got[s.Operation] = fmt.Sprintf("%d/%d", s.Errors, s.Calls)
	}
	for name, want := range map[string]string{"XGROUP CREATE": "2/3", "XGROUP": "1/1", "LPUSH": "1/1", "UNKNOWN": "1/1"} {
		if got[name] != want {
			t.Errorf("%s: %s errors of calls, want %s", name, got[name], want)
		}
	}
}

// TestRedisDeliveries counts what the server sends by itself.
func TestRedisDeliveries(t *testing.T) {
	addr := redisServer(t)
	p := fronting(t, "redis", "", addr)
	sub, pub, three := dialRedis(t, p.addr), dialRedis(t, p.addr), dialRedis(t, p.addr)
	sub.ask("SUBSCRIBE", "news")
	sub.ask("PSUBSCRIBE", "n*")
	long := strings.Repeat("x", 300_000) // which comes in parts
	for i := range 5 {
		text := "short"
		if i == 3 {
			text = long
		}
		pub.ask("PUBLISH", "news", text)
		if got := sub.reply() + sub.reply(); got != "[message news "+text+"][pmessage n* news "+text+"]" {
			t.Fatalf("got %.100q", got)
		}
	}
	until := func(want string) {
		t.Helper()
		for {
			text, err := three.in.ReadString('\n')
			if err != nil {
				t.Fatal(err)
			}
			if strings.HasPrefix(text, want) {
				return
			}
		}
	}
	three.send(command("HELLO", "3") + command("CLIENT", "TRACKING", "ON") + command("GET", "k"))
	until("_")
	pub.ask("SET", "k", "v")
	until("invalidate")
	until("k")
	for name, want := range map[string]int64{"message": 5, "pmessage": 5, "invalidate": 1} {
		if n := p.metric(t, "sluice_async_messages_total", "name="+name); n != want {
			t.Errorf("%s: %d were counted, want %d", name, n, want)
		}
	}
	if n := p.metric(t, "sluice_async_messages_total"); n != 11 {
		t.Errorf("%d messages in all, want 11", n)
	}
}

// TestRedisKeys looks at which keys are used how much.
func TestRedisKeys(t *testing.T) {
	addr := redisServer(t)
	p := countingKeys(t, "{separator: ':', depth: 2, top: 10}", addr)
	c := dialRedis(t, p.addr)
	value := strings.Repeat("v", 100_000)
	c.ask("SET", "shop:cart:1", value)
	for range 3 {
		c.ask("GET", "shop:cart:1")
	}
	c.ask("MGET", "shop:cart:1", "shop:cart:2", "shop:user:7")
	c.ask("INCR", "visits")
	c.ask("SELECT", "5")
	c.ask("LPUSH", "shop:cart:1", "x")
	c.ask("GET", "shop:cart:1") // fails, and finds nothing
	c.ask("PING")
	r := p.keys(t, "sort=commands")
	var got []string
	for _, k := range r.Prefixes {
		got = append(got, fmt.Sprintf("%s/%s %d/%d/%d %d-%d", k.Database, k.Prefix, k.Commands, k.Reads, k.Writes, k.Hits, k.Misses))
	}
	if want := "0/shop:cart: 5/5/1 4-2, 5/shop:cart: 2/1/1 0-0, 0/shop:user: 1/1/0 0-0, 0/visits 1/1/1 0-0"; strings.Join(got, ", ") != want {
		t.Errorf("got  %s\nwant %s", strings.Join(got, ", "), want)
	}
	if b := r.BiggestReplies; len(b) == 0 || b[0].Key != "shop:cart:1" || b[0].Bytes < 100_000 || b[0].Command != "MGET" || b[0].Keys != 3 {
		t.Errorf("biggest replies: %+v", b)
	}
	if b := r.BiggestRequests; len(b) == 0 || b[0].Key != "shop:cart:1" || b[0].Bytes < 100_000 || b[0].Command != "SET" {
		t.Errorf("biggest requests: %+v", b)
	}
	out, err := exec.Command(sluice, "keyspace", "--admin", p.admin, "--sort", "bytes").CombinedOutput()
	if err != nil || !strings.Contains(string(out), "cache: 8 commands with keys; 4 of 4 prefixes") || !strings.Contains(string(out), "Biggest requests") {
		t.Errorf("sluice keyspace: %v\n%s", err, out)
	}
	page, err := p.get("/metrics")
	if err != nil || !strings.Contains(page, `sluice_key_commands_total{listener="cache"} 8`) || strings.Contains(page, "shop:cart") {
		t.Errorf("%v: the metrics lack the number of commands, or have names of keys", err)
	}
	for _, l := range p.log.all() {
		if strings.Contains(l.raw, "shop:") {
			t.Errorf("the log has keys: %s", l.raw)
		}
	}
	plain := fronting(t, "redis", "", addr)
	if _, err := plain.get("/keys"); err == nil || !strings.Contains(err.Error(), "404") {
		t.Errorf("keys that nobody asked to count: %v", err)
	}
	out, err = exec.Command(sluice, "keyspace", "--admin", plain.admin).CombinedOutput()
	if err == nil || !strings.Contains(string(out), "keys, which a redis listener has to be told to count") {
		t.Errorf("sluice keyspace, of a proxy that does not count keys: %v\n%s", err, out)
	}
}

// TestRedisKeysBehindPolicy: what a policy denies is counted by no prefix.
func TestRedisKeysBehindPolicy(t *testing.T) {
	file := filepath.Join(t.TempDir(), "policy.yaml")
	if err := os.WriteFile(file, []byte(ordersOnly), 0o600); err != nil {
		t.Fatal(err)
	}
	p := countingKeys(t, fmt.Sprintf("{top: 5}, policy: {file: %q}", file), redisServer(t))
	c := dialRedis(t, p.addr)
	c.ask("SET", "orders:1", "x")
	if got := c.ask("GET", "secret:1"); !strings.HasPrefix(got, "-NOPERM") {
		t.Fatalf("got %q", got)
	}
	c.ask("GET", "orders:1")
	if r := p.keys(t, ""); r.Totals.Commands != 2 || len(r.Prefixes) != 1 || r.Prefixes[0].Prefix != "orders:" || r.Prefixes[0].Hits != 1 {
		t.Errorf("%+v", r)
	}
}

// TestRedisKeysAreBounded has a client make up prefixes.
func TestRedisKeysAreBounded(t *testing.T) {
	addr := redisServer(t)
	p := countingKeys(t, "{top: 20}", addr)
	c := dialRedis(t, p.addr)
	const batch = 1000
	flood := func(from, batches int) {
		for i := range batches {
			var bytes strings.Builder
			for j := range batch {
				bytes.WriteString(command("EXISTS", fmt.Sprintf("made-up-%d:x", from+i*batch+j)))
			}
			c.send(bytes.String() + command("INCR", "much:used"))
			for range batch + 1 {
				c.reply()
			}
		}
	}
	flood(0, 20)
	before := p.memory(t, "VmRSS")
	flood(20*batch, 200)
	if grown := p.memory(t, "VmRSS") - before; grown > 16<<20 {
		t.Errorf("200000 prefixes took %d bytes", grown)
	}
	r := p.keys(t, "")
	if r.Totals.Commands != 220*(batch+1) || len(r.Prefixes) != 20 || r.Prefixes[0].Prefix != "much:" || r.Prefixes[0].Commands != 220 {
		t.Errorf("%d commands; %d prefixes, the first is %+v", r.Totals.Commands, len(r.Prefixes), r.Prefixes[0])
	}
}
