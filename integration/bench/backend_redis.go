package main

import (
	"context"
	"fmt"
	"os/exec"
	"regexp"
	"strconv"
	"strings"

	goredis "github.com/redis/go-redis/v9"

	"github.com/sluice-proxy/sluice/integration/servers"
)

// A redisBackend has the keys that redis-benchmark asks for, and the large values.
type redisBackend struct {
	*servers.Server
	benchmark string // the program
	pool      *goredis.Client
	control   *goredis.Conn // one of its connections, for a pool may open more at any time
	idle      int           // connections that the server has while nothing is measured
}

// redisKeys is how many keys redis-benchmark chooses from: all exist, so no GET is a miss.
const redisKeys = 10_000

// redisValues are the large values, by their keys.
var redisValues = map[string]int{"bench:64KiB": 64 << 10, "bench:1MiB": 1 << 20}

func startRedis(ctx context.Context, b *bench) (_ *redisBackend, err error) {
	r := &redisBackend{}
	if r.benchmark, err = exec.LookPath("redis-benchmark"); err != nil {
		if r.benchmark, err = exec.LookPath("valkey-benchmark"); err != nil {
			return nil, fmt.Errorf("neither redis-benchmark nor valkey-benchmark is in PATH; Debian, Ubuntu: apt-get install redis-tools")
		}
	}
	if r.Server, err = servers.Redis(ctx, servers.Options{Log: b.log}); err != nil {
		return nil, err
	}
	o, err := goredis.ParseURL(r.URL(""))
	if err != nil {
		r.Stop()
		return nil, err
	}
	r.pool = goredis.NewClient(o)
	r.control = r.pool.Conn()
	if err := r.prepare(ctx); err != nil {
		r.close()
		return nil, err
	}
	return r, nil
}

// prepare writes the keys, under redis-benchmark's names for them.
func (r *redisBackend) prepare(ctx context.Context) (err error) {
	p := r.control.Pipeline()
	for i := range redisKeys {
		p.Set(ctx, fmt.Sprintf("key:%012d", i), "xxx", 0)
	}
	for key, size := range redisValues {
		p.Set(ctx, key, strings.Repeat("x", size), 0)
	}
	if _, err := p.Exec(ctx); err != nil {
		return err
	}
	r.idle, err = r.connections(ctx)
	return err
}

// connectedClients is in INFO clients. https://redis.io/docs/latest/commands/info/
var connectedClients = regexp.MustCompile(`(?m)^connected_clients:(\d+)\r?$`)

// connections is how many clients the server has.
func (r *redisBackend) connections(ctx context.Context) (int, error) {
	info, err := r.control.Info(ctx, "clients").Result()
	if err != nil {
		return 0, err
	}
	m := connectedClients.FindStringSubmatch(info)
	if m == nil {
		return 0, fmt.Errorf("no connected_clients in INFO clients: %q", info)
	}
	return strconv.Atoi(m[1])
}

func (r *redisBackend) settle(ctx context.Context) error {
	return settled(func() (int, error) {
		n, err := r.connections(ctx)
		return n - r.idle, err
	})
}

func (r *redisBackend) about() *servers.Server { return r.Server }
func (r *redisBackend) client() string         { return r.benchmark }

func (r *redisBackend) close() {
	// The server ends anyway.
	_ = r.control.Close()
	_ = r.pool.Close()
	r.Stop()
}
