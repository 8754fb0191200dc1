package main

import (
	"context"
	"fmt"
	"slices"
)

// A peer is one way from the client to the server.
type peer struct {
	key   string // what -peers matches
	title string // its row's

	// protocols are the only ones that it can carry; nil: it doesn't look.
	protocols []protocol

	// missing says why it can't be had on this machine; nil: it always can.
	missing func(*bench) error

	// start starts it in front of the server on to; nil: there is nothing between.
	start func(ctx context.Context, b *bench, to string) (*running, error)
}

// running is a peer that runs.
type running struct {
	addr  string // where clients connect
	admin string // of Sluice's HTTP server, if it has one
	tree  tree   // its processes
	stop  func()
	ended func() error // why it has ended by itself; nil while it runs
}

// explain adds to an error of a run that the peer was gone, if that is so.
func (x *running) explain(err error) error {
	if err == nil || x.ended == nil {
		return err
	}
	if end := x.ended(); end != nil {
		return fmt.Errorf("%w (%w)", err, end)
	}
	return err
}

// begin starts a peer in front of the server on to.
func (p *peer) begin(ctx context.Context, b *bench, to string) (*running, error) {
	if p.start == nil {
		return &running{addr: to, stop: func() {}}, nil
	}
	return p.start(ctx, b, to)
}

// begun makes a running peer of a process.
func begun(x *process, addr, admin string) (*running, error) {
	t, err := treeOf(x.cmd.Process.Pid)
	if err != nil {
		x.stop()
		return nil, err
	}
	return &running{addr, admin, t, x.stop, x.ended}, nil
}

// Keys that ratios and targets refer to.
const (
	keyDirect     = "direct"
	keyTCP        = "sluice-tcp"
	keyInspect    = "sluice-inspect"
	keyLog        = "sluice-log"
	keyPolicy     = "sluice-policy"
	keyHAProxy    = "haproxy"
	keyPgBouncer  = "pgbouncer"
	keyNutcracker = "nutcracker"
	keyEnvoy      = "envoy"
	keyEnvoyRedis = "envoy-redis"
)

// others are what Sluice is compared with.
var (
	direct     = peer{key: keyDirect, title: "direct, no proxy"}
	haproxy    = peer{key: keyHAProxy, title: "HAProxy, TCP mode", missing: missingHAProxy, start: startHAProxy}
	pgbouncer  = peer{keyPgBouncer, "PgBouncer, session mode", []protocol{postgres}, missingPgBouncer, startPgBouncer}
	nutcracker = peer{keyNutcracker, "nutcracker (twemproxy)", []protocol{redis}, missingNutcracker, startNutcracker}
	envoy      = peer{key: keyEnvoy, title: "Envoy, tcp_proxy", missing: missingEnvoy, start: startEnvoy(tcpFilter)}
	envoyRedis = peer{keyEnvoyRedis, "Envoy, redis_proxy", []protocol{redis}, missingEnvoy, startEnvoy(redisFilter)}
)

// mainPeers are the rows of most tables of a protocol.
func mainPeers(p protocol) []peer { return withSluice(p, logging) }

// judgedPeers are those and a Sluice with a policy: for small requests, where judging would cost something.
func judgedPeers(p protocol) []peer { return withSluice(p, judging) }

func withSluice(p protocol, last mode) []peer {
	others := slices.DeleteFunc([]peer{haproxy, pgbouncer, nutcracker, envoy, envoyRedis}, func(x peer) bool {
		return x.protocols != nil && !slices.Contains(x.protocols, p)
	})
	return slices.Concat([]peer{direct}, sluicePeers(sluiceConfig{protocol: p}, last), others)
}

// proxies are the main peers without direct.
func proxies(p protocol) []peer { return mainPeers(p)[1:] }

// variants are Sluice with each driver, sender and number of loops, and HAProxy to
// measure them by.
func variants() []peer {
	all := []peer{haproxy}
	for _, loops := range []string{"1", "2"} {
		for _, sender := range []string{"io_uring", "io_submit", "send"} {
			all = append(all, sluicePeers(sluiceConfig{protocol: postgres, loops: loops, sender: sender}, logging)...)
		}
	}
	all = append(all, sluicePeers(sluiceConfig{protocol: postgres, loops: "0"}, logging)...)
	slices.SortStableFunc(all[1:], func(a, b peer) int { return modeRank(a.key) - modeRank(b.key) })
	return all
}

// besides are Sluice's loops under load while its HTTP server is asked, and a
// Sluice that idles while HAProxy carries the same load: what the machine's own
// queue costs.
func besides() []peer {
	var all []peer
	for _, loops := range []string{"1", "2"} {
		all = append(all, sluicePeer(sluiceConfig{protocol: postgres, mode: inspecting, loops: loops}, fmt.Sprintf("Sluice inspecting, loops: %s", loops)))
	}
	return append(all, peer{
		key: "control", title: "an idle Sluice, the load goes through HAProxy",
		missing: missingHAProxy,
		start: func(ctx context.Context, b *bench, to string) (*running, error) {
			s, err := startSluice(ctx, b, to, sluiceConfig{protocol: postgres, mode: inspecting})
			if err != nil {
				return nil, err
			}
			h, err := startHAProxy(ctx, b, to)
			if err != nil {
				s.stop()
				return nil, err
			}
			return &running{h.addr, s.admin, h.tree, func() { h.stop(); s.stop() }, h.ended}, nil
		},
	})
}
