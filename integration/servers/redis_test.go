package servers_test

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/sluice-proxy/sluice/integration/servers"
)

// startRedis gets a server that ends with the test.
func startRedis(t *testing.T, o servers.Options) *servers.Server {
	t.Helper()
	o.Log = t.Output()
	s, err := servers.Redis(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Stop)
	return s
}

// openRedis opens a client by a URL.
func openRedis(t *testing.T, url string) *redis.Client {
	t.Helper()
	o, err := redis.ParseURL(url)
	if err != nil {
		t.Fatal(err)
	}
	o.MaxRetries = -1
	c := redis.NewClient(o)
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// oursRedis skips a test of what only a server that we start has.
func oursRedis(t *testing.T) {
	t.Helper()
	if addr := os.Getenv("SLUICE_TEST_REDIS"); addr != "" {
		t.Skipf("the server is %s, which we do not configure", addr)
	}
}

func TestRedis(t *testing.T) {
	oursRedis(t)
	s := startRedis(t, servers.Options{Settings: map[string]string{"requirepass": "secret", "maxclients": "77"}})
	c := openRedis(t, s.URL("3"))
	if err := c.Set(t.Context(), "k", "v", 0).Err(); err != nil {
		t.Fatal(err)
	}
	if got := c.ConfigGet(t.Context(), "maxclients").Val()["maxclients"]; got != "77" {
		t.Errorf("maxclients: got %s, want 77", got)
	}
	if err := c.Do(t.Context(), "DEBUG", "OBJECT", "k").Err(); err != nil {
		t.Errorf("DEBUG: %v", err)
	}
	if info := c.Info(t.Context(), "server").Val(); !strings.Contains(info, "_version:"+s.Version+"\r\n") {
		t.Errorf("the server says\n%s\nwe say %s %s", info, s.Product, s.Version)
	}
	if err := openRedis(t, "redis://"+s.Addr).Ping(t.Context()).Err(); err == nil || !strings.Contains(err.Error(), "NOAUTH") {
		t.Errorf("without a password: got %v", err)
	}
	s.Stop()
	s.Stop()
	if c, err := net.Dial("tcp", s.Addr); err == nil {
		c.Close()
		t.Error("it still listens after Stop")
	}
}

// TestRedisVersion: a program of another version is passed over.
func TestRedisVersion(t *testing.T) {
	oursRedis(t)
	path, err := exec.LookPath("redis-server")
	if err != nil {
		t.Skip(err)
	}
	alone := t.TempDir() // without apt-get
	if err := os.Symlink(path, filepath.Join(alone, "redis-server")); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", alone)
	t.Setenv("DOCKER_HOST", "tcp://127.0.0.1:1")
	var log strings.Builder
	s, err := servers.Redis(t.Context(), servers.Options{Version: 5, Log: &log})
	if err == nil {
		s.Stop()
		t.Fatalf("got %s %s", s.Product, s.Version)
	}
	if !strings.Contains(log.String(), "redis-server is version ") {
		t.Errorf("the log lacks that the program is of another version:\n%s", &log)
	}
}

// TestRedisGiven: the server that the user names is taken and left alone, and one that does not work is an error.
func TestRedisGiven(t *testing.T) {
	oursRedis(t)
	own := startRedis(t, servers.Options{Settings: map[string]string{"requirepass": "secret"}})
	t.Setenv("SLUICE_TEST_REDIS", own.Addr)
	t.Setenv("SLUICE_TEST_REDIS_PASSWORD", "secret")
	s := startRedis(t, servers.Options{})
	if s.Addr != own.Addr || !s.Given {
		t.Errorf("got %s, given %v; want %s", s.Addr, s.Given, own.Addr)
	}
	s.Stop()
	if err := openRedis(t, s.URL("")).Ping(t.Context()).Err(); err != nil {
		t.Errorf("after Stop: %v", err)
	}
	if s := startRedis(t, servers.Options{Own: true}); s.Addr == own.Addr {
		t.Error("took the user's server where one of our own was wanted")
	}
	t.Setenv("SLUICE_TEST_REDIS_PASSWORD", "wrong")
	s, err := servers.Redis(t.Context(), servers.Options{})
	if err == nil {
		s.Stop()
		t.Fatal("took another server")
	}
	if want := "SLUICE_TEST_REDIS=" + own.Addr + " does not work as user default"; !strings.Contains(err.Error(), want) {
		t.Errorf("got %q, want %q in it", err, want)
	}
}

func TestNoRedis(t *testing.T) {
	oursRedis(t)
	t.Setenv("PATH", t.TempDir()) // without apt-get
	t.Setenv("DOCKER_HOST", "tcp://127.0.0.1:1")
	s, err := servers.Redis(t.Context(), servers.Options{})
	if err == nil {
		s.Stop()
		t.Fatalf("got %s", s.How)
	}
	for _, want := range []string{"no Redis could be had:\n  1. ", "SLUICE_TEST_REDIS is not set", "no redis-server in PATH", "\n  4. ", "apt-get install redis-server"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("the error lacks %q:\n%v", want, err)
		}
	}
}
