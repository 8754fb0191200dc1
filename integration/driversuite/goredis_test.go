package driversuite_test

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/sluice-proxy/sluice/integration/driversuite"
	"github.com/sluice-proxy/sluice/integration/proxies"
	"github.com/sluice-proxy/sluice/integration/servers"
)

// judgeKeys allows everything. The shadow rule has every command judged.
const judgeKeys = `
statements:
  default: allow
  rules:
    - {name: keys, effect: deny, shadow: true, accesses: {kind: key, names: "*"}}
`

// TestGoRedisSuite: the tests of go-redis that talk to one server come out through the proxy as they do directly, whether it only looks on or judges every
// command by a policy that allows all. Direct and proxied tests have a server each, so that all run at the same time.
func TestGoRedisSuite(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes a minute")
	}
	suite := goRedis(t)
	for name, policy := range map[string]string{"policy": judgeKeys, "no policy": ""} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			direct, behind := ownRedis(t), ownRedis(t)
			args := []string{"front", "redis", "--to", behind.Addr}
			if policy != "" {
				file := filepath.Join(t.TempDir(), "policy.yaml")
				if err := os.WriteFile(file, []byte(policy), 0o600); err != nil {
					t.Fatal(err)
				}
				args = append(args, "--policy", file)
			}
			proxy := proxies.Sluice(t, args...)
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
			defer cancel()
			report, err := driversuite.Compare(ctx, t.Output(), suite.Side(direct.Addr, direct), suite.Side(proxy, behind))
			if err != nil {
				t.Fatal(err)
			}
			judge(t, report)
		})
	}
}

// TestGoRedisSome: Go tests and specs are run by their names, a name that is there twice included, and a server that refuses a command is noticed.
func TestGoRedisSome(t *testing.T) {
	suite, server := goRedis(t), ownRedis(t)
	var all []driversuite.Name
	for _, test := range []string{
		"TestAutoPipelineSequential",
		"TestGinkgoSuite/Commands hashes should HExists",
		"TestGinkgoSuite/Commands hashes should HSet",
		"TestGinkgoSuite/Commands hashes should HSet (2)",
	} {
		all = append(all, driversuite.Name{Package: "github.com/redis/go-redis/v9", Test: test})
	}
	side := suite.Side(server.Addr, server)
	res, err := side(t.Context(), all)
	if err != nil {
		t.Fatal(err)
	}
	if got := res.Names(driversuite.Pass); !slices.Equal(got, all) || res.Count(driversuite.Fail) > 0 {
		t.Errorf("got %v, passed: %v", res, got)
	}
	client := redis.NewClient(&redis.Options{Addr: server.Addr})
	defer client.Close()
	if err := client.Do(t.Context(), "ACL", "SETUSER", "default", "-hexists").Err(); err != nil {
		t.Fatal(err)
	}
	if res, err = side(t.Context(), all); err != nil {
		t.Fatal(err)
	}
	if got := res.Names(driversuite.Fail); !slices.Equal(got, all[1:2]) {
		t.Errorf("failed: got %v, want %v", got, all[1:2])
	}
}

func goRedis(t *testing.T) *driversuite.GoRedis {
	t.Helper()
	suite, err := driversuite.NewGoRedis(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(suite.Close)
	return suite
}

func ownRedis(t *testing.T) *servers.Server {
	t.Helper()
	s, err := servers.Redis(t.Context(), servers.Options{Own: true, Log: t.Output()})
	if err != nil {
		if slices.Contains(strings.Split(os.Getenv("SLUICE_REQUIRE"), ","), "redis") {
			t.Fatal(err)
		}
		t.Skipf("NOT TESTED for want of Redis: %v", err)
	}
	t.Cleanup(s.Stop)
	return s
}
