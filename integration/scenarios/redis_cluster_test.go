package scenarios_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

// advertising starts the program with a listener in front of each server, which advertises itself. doors gives their addresses, by those of the servers.
func advertising(t *testing.T, servers ...string) (p *proxy, doors map[string]string) {
	t.Helper()
	p, doors = &proxy{admin: freeAddr(t)}, map[string]string{}
	text := fmt.Sprintf("admin: {address: %q}\naccess_log: {log: all, file: %q}\nlisteners:\n", p.admin, logFile)
	for i, s := range servers {
		doors[s] = freeAddr(t)
		text += fmt.Sprintf("  - {name: node-%d, address: %q, advertise: %[2]q, protocol: redis, to: %q}\n", i+1, doors[s], s)
	}
	file := filepath.Join(t.TempDir(), "sluice.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	p.start(t, "run", "-c", file)
	return p, doors
}

// only dials nothing but doors: whoever is told the address of a server fails the test.
func only(t *testing.T, doors map[string]string) func(ctx context.Context, network, addr string) (net.Conn, error) {
	open := map[string]bool{}
	for _, d := range doors {
		open[d] = true
	}
	var d net.Dialer
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		if !open[addr] {
			t.Errorf("the client was sent past the proxy, to %s", addr)
			return nil, errors.New("past the proxy")
		}
		return d.DialContext(ctx, network, addr)
	}
}

// A redisCluster is one of three masters, and a replica of each.
type redisCluster struct {
	nodes []*redisProcess // the masters first; node i+3 is the replica of node i
	ids   []string
}

const masters = 3

func startCluster(t *testing.T) *redisCluster {
	t.Helper()
	c := &redisCluster{}
	for range 2 * masters {
		_, bus, _ := net.SplitHostPort(freeAddr(t))
		r := startRedis(t, freeAddr(t), "--cluster-enabled", "yes", "--cluster-port", bus, "--cluster-node-timeout", "1000", "--repl-diskless-sync-delay", "0")
		c.nodes = append(c.nodes, r)
		n := dialRedis(t, r.addr)
		c.ids = append(c.ids, n.ask("CLUSTER", "MYID"))
		n.ask("CLUSTER", "SET-CONFIG-EPOCH", fmt.Sprint(len(c.nodes)))
		if len(c.nodes) > 1 {
			host, port, _ := net.SplitHostPort(r.addr)
			dialRedis(t, c.nodes[0].addr).ask("CLUSTER", "MEET", host, port, bus)
		}
	}
	for i := range masters {
		dialRedis(t, c.nodes[i].addr).ask("CLUSTER", "ADDSLOTSRANGE", fmt.Sprint(i*16384/masters), fmt.Sprint((i+1)*16384/masters-1))
	}
	c.await(t, "the nodes know each other", "cluster_known_nodes:6", "CLUSTER", "INFO")
	for i := range masters {
		n := dialRedis(t, c.nodes[masters+i].addr)
		for n.ask("CLUSTER", "REPLICATE", c.ids[i]) != "+OK" {
			time.Sleep(20 * time.Millisecond)
		}
	}
	c.await(t, "the cluster is well", "cluster_state:ok", "CLUSTER", "INFO")
	for i := range masters {
		c.nodes[i].await(t, "it has a replica", "state=online", "INFO", "replication")
	}
	return c
}

// await asks every node until its answer contains want.
func (c *redisCluster) await(t *testing.T, what, want string, args ...string) {
	t.Helper()
	for _, r := range c.nodes {
		r.await(t, what, want, args...)
	}
}

func (r *redisProcess) await(t *testing.T, what, want string, args ...string) {
	t.Helper()
	n := dialRedis(t, r.addr)
	for limit := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		got := n.ask(args...)
		if strings.Contains(got, want) {
			return
		}
		if time.Now().After(limit) {
			t.Fatalf("%s: %s never comes: %s", r.addr, what, got)
		}
	}
}

// move gives a slot to another master as redis-cli --cluster reshard does, and takes its time: while it is under way the old one sends clients on by ASK.
func (c *redisCluster) move(t *testing.T, slot string, from, to int) {
	t.Helper()
	src, dst := dialRedis(t, c.nodes[from].addr), dialRedis(t, c.nodes[to].addr)
	must := func(got string) {
		t.Helper()
		if got != "+OK" && got != "+NOKEY" {
			t.Fatalf("moving slot %s: %s", slot, got)
		}
	}
	must(dst.ask("CLUSTER", "SETSLOT", slot, "IMPORTING", c.ids[from]))
	must(src.ask("CLUSTER", "SETSLOT", slot, "MIGRATING", c.ids[to]))
	time.Sleep(300 * time.Millisecond)
	host, port, _ := net.SplitHostPort(c.nodes[to].addr)
	for {
		keys := strings.Fields(strings.Trim(src.ask("CLUSTER", "GETKEYSINSLOT", slot, "50"), "[]"))
		if len(keys) == 0 {
			break
		}
		must(src.ask(append([]string{"MIGRATE", host, port, "", "0", "5000", "KEYS"}, keys...)...))
	}
	for i := range masters {
		must(dialRedis(t, c.nodes[(to+i)%masters].addr).ask("CLUSTER", "SETSLOT", slot, "NODE", c.ids[to]))
	}
}

// A load writes keys that nobody else writes, each once, and remembers what was acknowledged.
type load struct {
	stop   chan struct{}
	work   sync.WaitGroup
	acked  sync.Map // keys
	writes atomic.Int64
	failed atomic.Int64
}

// start starts a writer.
func (l *load) start(prefix string, write func(ctx context.Context, key string) error) {
	l.work.Go(func() {
		for i := 0; ; i++ {
			select {
			case <-l.stop:
				return
			default:
			}
			ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
			key := fmt.Sprint(prefix, ":", i)
			if err := write(ctx, key); err != nil {
				l.failed.Add(1)
				time.Sleep(20 * time.Millisecond)
			} else {
				l.acked.Store(key, true)
				l.writes.Add(1)
			}
			cancel()
		}
	})
}

// goesOn waits until n more writes have been acknowledged.
func (l *load) goesOn(t *testing.T, what string, n int64) {
	t.Helper()
	begin := l.writes.Load()
	for limit := time.Now().Add(patience); l.writes.Load() < begin+n; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(limit) {
			t.Fatalf("%s: %d writes succeeded, %d failed", what, l.writes.Load()-begin, l.failed.Load())
		}
	}
}

// end ends the load, and sees to it that everything that was acknowledged is there.
func (l *load) end(t *testing.T, c redis.Cmdable) {
	t.Helper()
	close(l.stop)
	l.work.Wait()
	lost, all := 0, 0
	l.acked.Range(func(key, _ any) bool {
		all++
		if got, err := c.Get(within(t), key.(string)).Result(); err != nil || got != key {
			if lost++; lost < 5 {
				t.Errorf("acknowledged, and lost: %s (got %q, %v)", key, got, err)
			}
		}
		return true
	})
	t.Logf("%d writes acknowledged, %d failed, %d lost", all, l.failed.Load(), lost)
}

// replicated writes a key, and says that it succeeded only if a replica has it: WAIT counts for the connection that wrote.
func replicated(ctx context.Context, node *redis.Client, key string) error {
	conn := node.Conn()
	defer conn.Close()
	if err := conn.Set(ctx, key, key, 0).Err(); err != nil {
		return err
	}
	n, err := conn.Wait(ctx, 1, 500*time.Millisecond).Result()
	if err == nil && n < 1 {
		err = errors.New("no replica has it")
	}
	return err
}

// TestRedisClusterByItsListeners puts a cluster behind listeners that advertise themselves: a cluster client works without ever being sent past the proxy, while slots move and
// a master dies.
func TestRedisClusterByItsListeners(t *testing.T) {
	cluster := startCluster(t)
	var addrs []string
	for _, n := range cluster.nodes {
		addrs = append(addrs, n.addr)
	}
	p, doors := advertising(t, addrs...)
	for _, protocol := range []int{2, 3} {
		c := redis.NewClusterClient(&redis.ClusterOptions{Addrs: []string{doors[addrs[5]]}, Protocol: protocol, Dialer: only(t, doors)})
		defer c.Close()
		for i := range 100 {
			key := fmt.Sprint("first:", protocol, ":", i)
			if err := c.Set(within(t), key, key, 0).Err(); err != nil {
				t.Fatal(err)
			}
		}
		shards, err := c.ClusterShards(within(t)).Result()
		if err != nil || len(shards) != masters {
			t.Fatalf("CLUSTER SHARDS: %v, %v", shards, err)
		}
		nodes, err := c.ClusterNodes(within(t)).Result()
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range addrs {
			if strings.Contains(nodes, a) || !strings.Contains(nodes, doors[a]) {
				t.Errorf("CLUSTER NODES names %s: %s", a, nodes)
			}
		}
	}

	c := redis.NewClusterClient(&redis.ClusterOptions{Addrs: []string{doors[addrs[0]], doors[addrs[1]]}, Dialer: only(t, doors), MaxRedirects: 10})
	defer c.Close()
	l := &load{stop: make(chan struct{})}
	plain := func(ctx context.Context, key string) error { return c.Set(ctx, key, key, 0).Err() }
	l.start("{moving}", plain)
	l.start("{moving}:too", plain)
	l.start("any", plain)
	l.goesOn(t, "at first", 300)
	slot := dialRedis(t, addrs[0]).ask("CLUSTER", "KEYSLOT", "moving")[1:]
	n, err := strconv.Atoi(slot)
	if err != nil {
		t.Fatal(err)
	}
	owner := n * masters / 16384
	other := (owner + 1) % masters
	for range 3 {
		cluster.move(t, slot, owner, other)
		l.goesOn(t, "after a slot moved", 100)
		owner, other = other, owner
	}
	l.end(t, c)
	for _, class := range []string{"ASK", "MOVED"} {
		if p.metric(t, "sluice_exchange_errors_total", "class="+class) == 0 {
			t.Errorf("nobody was sent elsewhere by %s", class)
		}
	}

	l = &load{stop: make(chan struct{})}
	for i := range 6 {
		l.start(fmt.Sprint("sure", i), func(ctx context.Context, key string) error {
			node, err := c.MasterForKey(ctx, key)
			if err == nil {
				err = replicated(ctx, node, key)
			}
			if err != nil {
				c.ReloadState(ctx)
			}
			return err
		})
	}
	l.goesOn(t, "before a master dies", 300)
	cluster.nodes[0].stop()
	cluster.nodes[masters].await(t, "the replica takes over", "role:master", "INFO", "replication")
	cluster.nodes[1].await(t, "the cluster is well", "cluster_state:ok", "CLUSTER", "INFO")
	begin := time.Now()
	for key, i := "", 0; ; i++ { // keys of the master that died
		key = fmt.Sprint("after:", i)
		if n, err := c.ClusterKeySlot(within(t), key).Result(); err == nil && n < 16384/masters {
			for c.Set(within(t), key, key, 0).Err() != nil && time.Since(begin) < patience {
				time.Sleep(10 * time.Millisecond)
			}
			t.Logf("the client has found the new master after %v", time.Since(begin))
			break
		}
	}
	// The dead master's other keys have no replica any more, so WAIT holds them up; those of the other two go on.
	l.goesOn(t, "after a master died", 300)
	l.end(t, c)
	if n := p.metric(t, "sluice_addresses_leaked_total"); n != 0 {
		t.Errorf("%d addresses were leaked:\n%s", n, p.out)
	}
	if n := p.metric(t, "sluice_addresses_rewritten_total"); n == 0 {
		t.Error("no addresses were rewritten")
	}
}

// startSentinel starts a Sentinel on addr that watches a master, "host port".
func startSentinel(t *testing.T, addr, master string) *redisProcess {
	t.Helper()
	host, port, _ := net.SplitHostPort(addr)
	dir := t.TempDir()
	file := filepath.Join(dir, "sentinel.conf")
	text := fmt.Sprintf("port %s\nbind %s\ndir %s\nsentinel monitor mymaster %s 2\nsentinel down-after-milliseconds mymaster 1000\nsentinel failover-timeout mymaster 5000\n",
		port, host, dir, master)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return runRedis(t, addr, file, "--sentinel")
}

// TestRedisSentinelByItsListeners does the same for a master with two replicas and three Sentinels.
func TestRedisSentinelByItsListeners(t *testing.T) {
	nodes := []*redisProcess{startRedis(t, freeAddr(t), "--repl-diskless-sync-delay", "0")}
	addrs := []string{nodes[0].addr}
	host, port, _ := net.SplitHostPort(addrs[0])
	for range 2 {
		r := startRedis(t, freeAddr(t), "--replicaof", host+" "+port)
		nodes, addrs = append(nodes, r), append(addrs, r.addr)
	}
	nodes[0].await(t, "it has two replicas", "slave1:", "INFO", "replication")
	var sentinels []*redisProcess
	for range 3 {
		r := startSentinel(t, freeAddr(t), host+" "+port)
		sentinels, addrs = append(sentinels, r), append(addrs, r.addr)
	}
	for _, s := range sentinels {
		s.await(t, "it knows the others", "slaves=2,sentinels=3", "INFO", "sentinel")
	}
	p, doors := advertising(t, addrs...)
	watcher := redis.NewSentinelClient(&redis.Options{Addr: doors[addrs[3]], Dialer: only(t, doors)})
	defer watcher.Close()
	switched := watcher.Subscribe(within(t), "+switch-master")
	defer switched.Close()
	if _, err := switched.Receive(within(t)); err != nil {
		t.Fatal(err)
	}

	c := redis.NewFailoverClient(&redis.FailoverOptions{MasterName: "mymaster", SentinelAddrs: []string{doors[addrs[4]], doors[addrs[5]]}, Dialer: only(t, doors)})
	defer c.Close()
	l := &load{stop: make(chan struct{})}
	for i := range 4 {
		l.start(fmt.Sprint("sure", i), func(ctx context.Context, key string) error { return replicated(ctx, c, key) })
	}
	l.goesOn(t, "before the master dies", 300)
	nodes[0].stop()
	begin := time.Now()
	m, err := switched.ReceiveMessage(within(t))
	if err != nil {
		t.Fatal(err)
	}
	words := strings.Fields(m.Payload)
	if len(words) != 5 || net.JoinHostPort(words[1], words[2]) != doors[addrs[0]] || net.JoinHostPort(words[3], words[4]) != doors[addrs[1]] && net.JoinHostPort(words[3], words[4]) != doors[addrs[2]] {
		t.Errorf("+switch-master: %s", m.Payload)
	}
	l.goesOn(t, "after the master died", 300)
	t.Logf("writes go on %v after the master died", time.Since(begin))
	l.end(t, c)
	if n := p.metric(t, "sluice_addresses_leaked_total"); n != 0 {
		t.Errorf("%d addresses were leaked:\n%s", n, p.out)
	}
}

// TestRedisAddressesAreCounted: without advertise, addresses pass, and are counted and told of.
func TestRedisAddressesAreCounted(t *testing.T) {
	r := startRedis(t, freeAddr(t), "--cluster-enabled", "yes", "--cluster-announce-ip", "192.0.2.7", "--cluster-announce-port", "6379")
	direct := dialRedis(t, r.addr)
	direct.ask("CLUSTER", "ADDSLOTSRANGE", "0", "16383")
	p := fronting(t, "redis", "", r.addr)
	c := dialRedis(t, p.addr)
	for range 20 {
		if got := c.ask("CLUSTER", "SLOTS"); got != direct.ask("CLUSTER", "SLOTS") || !strings.Contains(got, "192.0.2.7") {
			t.Fatalf("CLUSTER SLOTS: %s", got)
		}
	}
	if n := p.metric(t, "sluice_addresses_leaked_total"); n != 20 {
		t.Errorf("%d addresses are counted, want 20", n)
	}
	if said := p.out.String(); strings.Count(said, "server=192.0.2.7:6379") != 1 {
		t.Errorf("the process's log:\n%s", said)
	}
}
