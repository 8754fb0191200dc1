package main

import (
	"context"

	"github.com/sluice-proxy/sluice/integration/servers"
)

// A protocol is one that there are workloads of, as Sluice's configuration spells it.
type protocol string

const (
	postgres protocol = "postgres"
	redis    protocol = "redis"
)

func protocols() []protocol { return []protocol{postgres, redis} }

// title is how its tables are headed.
func (p protocol) title() string {
	if p == redis {
		return "Redis"
	}
	return "PostgreSQL"
}

// micro is the key of its codec's own benchmarks.
func (p protocol) micro() string {
	if p == redis {
		return keyRedisMicro
	}
	return keyMicro
}

// A backend is a real server of a protocol, filled with what the workloads ask for.
type backend interface {
	// settle waits until the connections of the run before are gone.
	settle(ctx context.Context) error
	about() *servers.Server
	client() string // the program that makes the load
	close()
}

// startBackend gets a server of a protocol, and the programs that talk to it.
func (b *bench) startBackend(ctx context.Context, p protocol) (err error) {
	if p == redis {
		b.redis, err = startRedis(ctx, b)
	} else {
		b.postgres, err = startPostgres(ctx, b)
	}
	return err
}

// backend is the protocol's; nil if none runs.
func (b *bench) backend(p protocol) backend {
	switch {
	case p == postgres && b.postgres != nil:
		return b.postgres
	case p == redis && b.redis != nil:
		return b.redis
	}
	return nil
}
