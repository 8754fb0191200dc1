package driversuite

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/sluice-proxy/sluice/integration/servers"
)

// GoRedisModule is the driver whose tests are run.
const GoRedisModule = "github.com/redis/go-redis/v9@v9.23.0"

// goRedisTests are the Go tests that talk to one server, and goRedisNot those of
// them that don't. All others are about parts of the driver or dial a fixed port.
const (
	goRedisTests = "^(TestAutoPipeline.*|" + specs + ")$"
	goRedisNot   = "Cluster|FullDuplex"
)

// goRedisFlags leave out the specs that want what is not one server: clusters,
// rings, sentinels, TLS, modules; and those that dial or expect a fixed port,
// which may be anybody's.
var goRedisFlags = []string{
	"-test.skip=" + goRedisNot,
	"-ginkgo.seed=1",
	"-ginkgo.skip-file=(osscluster|ring|sentinel|tls|search|json|probabilistic|timeseries|vectorset)_",
	"-ginkgo.skip=cluster races",
	"-ginkgo.skip=UniversalClient .*([cC]luster|failover)",
	"-ginkgo.skip=Credentials Provider Priority",
	"-ginkgo.skip=withConn",
	"-ginkgo.skip=should Stringer",
}

// GoRedis is go-redis's test suite.
type GoRedis struct{ source *Source }

// NewGoRedis gets the suite's source and compiles it. The caller closes it.
func NewGoRedis(ctx context.Context) (*GoRedis, error) {
	source, err := Copy(ctx, GoRedisModule)
	if err != nil {
		return nil, err
	}
	// Else both sides would compile it, at the same time.
	if _, err := source.Test(ctx, nil, []string{"."}, "^$"); err != nil {
		source.Close()
		return nil, err
	}
	return &GoRedis{source}, nil
}

// Close removes the suite's source.
func (g *GoRedis) Close() { g.source.Close() }

// Side runs the tests against addr, which is that of a server or a proxy's before
// it. The tests empty the server and set it up as they please.
func (g *GoRedis) Side(addr string, server *servers.Server) Side {
	return func(ctx context.Context, only []Name) (*Results, error) {
		dir, err := os.MkdirTemp(g.source.Dir, "run-")
		if err != nil {
			return nil, err
		}
		env, err := goRedisEnv(dir, addr, server)
		if err != nil {
			return nil, err
		}
		pattern := goRedisTests
		report := filepath.Join(dir, "report.json")
		flags := append(slices.Clone(goRedisFlags), "-ginkgo.json-report="+report)
		if len(only) > 0 {
			_, pattern = Pattern(only)
			flags = append(flags, focus(only)...)
		}
		res, err := g.source.Test(ctx, env, []string{"."}, pattern, flags...)
		if err != nil {
			return nil, err
		}
		return res, res.addSpecs(report)
	}
}

// goRedisEnv points the tests at addr. By the variables of a cluster of Redis
// Enterprise, which looks like one server, they take any address and ask for no
// others.
func goRedisEnv(dir, addr string, server *servers.Server) ([]string, error) {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, err
	}
	endpoints := filepath.Join(dir, "endpoints.json")
	if err := os.WriteFile(endpoints, fmt.Appendf(nil, `{"db": {"raw_endpoints": [{"dns_name": %q, "port": %s}]}}`, host, port), 0o600); err != nil {
		return nil, err
	}
	version := server.Version
	if server.Product != "Redis" {
		version = "7.2" // what every Valkey says that it is compatible with
	}
	number := strings.SplitN(version+".0", ".", 3)
	return []string{
		"RE_CLUSTER=true",
		"REDIS_ENDPOINTS_CONFIG_PATH=" + endpoints,
		"REDIS_PORT=" + port,
		"REDIS_VERSION=" + number[0] + "." + number[1],
	}, nil
}
