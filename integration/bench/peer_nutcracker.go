package main

import (
	"context"
	"fmt"
	"net"

	"github.com/sluice-proxy/sluice/integration/internal/child"
)

func missingNutcracker(*bench) error {
	_, err := find("nutcracker")
	return err
}

// startNutcracker starts it in front of one server. It is one thread by design, and puts all clients' commands on one server connection.
func startNutcracker(ctx context.Context, _ *bench, to string) (*running, error) {
	path, err := find("nutcracker")
	if err != nil {
		return nil, err
	}
	addr, err := child.FreeAddr()
	if err != nil {
		return nil, err
	}
	stats, err := child.FreeAddr() // it has no switch to do without
	if err != nil {
		return nil, err
	}
	host, port, err := net.SplitHostPort(stats)
	if err != nil {
		return nil, err
	}
	x, err := launch(ctx, program{
		path: path,
		args: []string{"-c", "nutcracker.yml", "-a", host, "-s", port, "-v", "0"},
		files: map[string]string{"nutcracker.yml": fmt.Sprintf(`bench:
  listen: %s
  redis: true
  hash: fnv1a_64
  distribution: ketama
  servers:
    - %s:1
`, addr, to)},
		listen: addr,
	})
	if err != nil {
		return nil, err
	}
	return begun(x, addr, "")
}
