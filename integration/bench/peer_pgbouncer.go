package main

import (
	"context"
	"fmt"
	"net"

	"github.com/sluice-proxy/sluice/integration/internal/child"
)

func missingPgBouncer(*bench) error {
	_, err := find("pgbouncer")
	return err
}

// startPgBouncer starts it in session mode: each client has a server connection to
// itself. It is one thread by design. It ends the login itself (auth_type any), and
// logs in to the server on its own account.
func startPgBouncer(ctx context.Context, b *bench, to string) (*running, error) {
	path, err := find("pgbouncer")
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
		args: []string{"pgbouncer.ini"},
		files: map[string]string{"pgbouncer.ini": fmt.Sprintf(`[databases]
* = host=%s port=%s user=%s password=%s
[pgbouncer]
listen_addr = %s
listen_port = %s
unix_socket_dir =
auth_type = any
pool_mode = session
max_client_conn = %d
default_pool_size = %[7]d
ignore_startup_parameters = extra_float_digits
log_connections = 0
log_disconnections = 0
log_stats = 0
`, toHost, toPort, b.postgres.User, b.postgres.Password, host, port, maxSessions())},
		listen: addr,
		unroot: true,
	})
	if err != nil {
		return nil, err
	}
	return begun(x, addr, "")
}
