package main

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"

	"github.com/sluice-proxy/sluice/integration/internal/child"
)

// find looks for a program in PATH and where Debian keeps servers, which is not in
// everybody's PATH.
func find(name string) (string, error) {
	if path, err := exec.LookPath(name); err == nil {
		return path, nil
	}
	if path, err := exec.LookPath(filepath.Join("/usr/sbin", name)); err == nil {
		return path, nil
	}
	return "", fmt.Errorf("no %s in PATH nor in /usr/sbin; Debian, Ubuntu: apt-get install %s", name, name)
}

func missingHAProxy(*bench) error {
	_, err := find("haproxy")
	return err
}

// startHAProxy starts it with as many threads as it would take on two cores, and
// with nothing on that TCP mode doesn't need.
func startHAProxy(ctx context.Context, _ *bench, to string) (*running, error) {
	path, err := find("haproxy")
	if err != nil {
		return nil, err
	}
	addr, err := child.FreeAddr()
	if err != nil {
		return nil, err
	}
	x, err := launch(ctx, program{
		path: path,
		args: []string{"-db", "-f", "haproxy.cfg"},
		files: map[string]string{"haproxy.cfg": fmt.Sprintf(`global
    nbthread 2
    maxconn %d
defaults
    mode tcp
    timeout connect 5s
    timeout client 1h
    timeout server 1h
listen bench
    bind %s
    server one %s
`, maxSessions(), addr, to)},
		listen: addr,
	})
	if err != nil {
		return nil, err
	}
	return begun(x, addr, "")
}
