package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/sluice-proxy/sluice/integration/servers"
)

// A protocol is what the demonstration shows Sluice with.
type protocol struct {
	product string // a server that speaks it
	server  func(context.Context, servers.Options) (*servers.Server, error)
	open    func(context.Context, *servers.Server) (workload, error)
	columns columns
}

// A workload is people at work on a server.
type workload interface {
	describe() string                            // who they are, in a line
	work(ctx context.Context, addr string) error // until ctx ends, by way of addr
	close()                                      // removes what they left on the server
}

// protocols are those that can be shown, by Sluice's names for them.
var protocols = map[string]protocol{
	"postgres": {product: "PostgreSQL", server: servers.Postgres, open: openPostgres, columns: columns{
		second: "DB", secondWidth: 6, detail: "STATEMENT",
		inSecond: func(l *line) string { return l.Database },
		inDetail: func(l *line) string { return l.Text },
	}},
	"redis": {product: "Redis", server: servers.Redis, open: openRedis, columns: columns{
		second: "CLIENT", secondWidth: 12, detail: "BYTES",
		inSecond: func(l *line) string { return l.App },
		inDetail: redisDetail,
	}},
}

// protocolOf finds a protocol by its name.
func protocolOf(name string) (protocol, error) {
	p, ok := protocols[name]
	if !ok {
		return protocol{}, fmt.Errorf("there is no demonstration of %q (PROTOCOL is %s)", name, strings.Join(slices.Sorted(maps.Keys(protocols)), " or "))
	}
	return p, nil
}
