package configs

import (
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/sluice-proxy/sluice/codecs"
	"github.com/sluice-proxy/sluice/codecs/all"
	"github.com/sluice-proxy/sluice/filters"
	"github.com/sluice-proxy/sluice/filters/accesslog"
	"github.com/sluice-proxy/sluice/filters/addresses"
	"github.com/sluice-proxy/sluice/filters/inspect"
	"github.com/sluice-proxy/sluice/filters/keys"
	filterstats "github.com/sluice-proxy/sluice/filters/stats"
	"github.com/sluice-proxy/sluice/filters/tcpproxy"
	"github.com/sluice-proxy/sluice/metadata"
	"github.com/sluice-proxy/sluice/proxy"
	"github.com/sluice-proxy/sluice/proxy/loop"
	"github.com/sluice-proxy/sluice/proxy/upstream"
	"github.com/sluice-proxy/sluice/stats"
)

// An assembly is what a configuration says, built but not running: all but the access log, which has its file open.
type assembly struct {
	c       *Config
	o       Options
	epoch   *filters.Epoch
	table   *stats.Table
	counter *filterstats.Filter
	access  *accesslog.Log // nil if there is none

	messages  []filters.MessageFilter // of every chain that knows exchanges
	observers []filters.SessionFilter // of every plan

	policies  []*livePolicy // each file once
	readdress addresses.Metrics
	keys      keys.Metrics        // of the listeners that count keys
	clusters  []*upstream.Cluster // in the order in which listeners named them first
	shared    map[string]*target  // by what listeners call them
	server    proxy.Config
	to        [][]string // by listener
}

// A target is what listeners that send to the same servers share: a cancel request may come by another listener than the session did.
type target struct {
	cluster   *upstream.Cluster
	endpoints []string
	tokens    *filters.Tokens
}

func assemble(c *Config, o Options) (*assembly, error) {
	a := &assembly{c: c, o: o, epoch: filters.NewEpoch(), shared: map[string]*target{}}
	a.server = proxy.Config{
		Loops: int(c.Runtime.Loops), Sender: string(c.Runtime.Sender), ConnectTimeout: time.Duration(c.TCP.ConnectTimeout), KeepAlive: time.Duration(c.TCP.KeepAlive),
		Clock: a.epoch, Log: o.Log,
	}
	shards := a.shards()
	if err := a.openPolicies(shards); err != nil {
		return nil, err
	}
	a.table = stats.NewTable(stats.Config{
		Shards: shards, Bytes: int64(c.Statements.Memory), Wall: func(at int64) time.Time { return a.epoch.Wall(filters.Instant(at)) },
	})
	counting := filterstats.Config{Shards: shards, Table: a.table, Reasons: inspect.Bypasses()}
	distinguish(&counting, all.Protocols())
	a.counter = filterstats.New(counting)
	a.messages, a.observers = []filters.MessageFilter{a.counter}, []filters.SessionFilter{a.counter}
	if c.AccessLog.Log.On() {
		if err := a.openAccessLog(shards); err != nil {
			return nil, err
		}
		a.messages, a.observers = append(a.messages, a.access), append(a.observers, a.access)
	}
	for i := range c.Listeners {
		if err := a.listener(&c.Listeners[i]); err != nil {
			if a.access != nil {
				err = errors.Join(err, a.access.Close(0))
			}
			return nil, err
		}
	}
	return a, nil
}

// shards is how many drivers count and log: the loops, and before them the conn driver, which is number 0.
func (a *assembly) shards() int {
	if a.server.Loops == 0 {
		a.server.Loops = proxy.DefaultLoops()
	}
	if a.server.Loops < 0 || !loop.Supported() {
		return 1
	}
	return a.server.Loops + 1
}

func (a *assembly) openAccessLog(shards int) (err error) {
	l := a.c.AccessLog
	cfg := accesslog.Config{
		Shards: shards, Epoch: a.epoch, Path: l.File, Mode: accesslog.Errors, Slow: time.Duration(l.Log.Slow),
		Raw: l.RawStatements, Block: l.OnFull == "block", QueueBytes: int64(l.Queue), Logger: a.o.Log,
	}
	switch {
	case l.Log.All:
		cfg.Mode = accesslog.All
	case l.Log.Slow > 0:
		cfg.Mode = accesslog.Slow
	}
	if l.File == stdout {
		cfg.Path = ""
	}
	if a.access, err = accesslog.New(cfg); err != nil {
		return fmt.Errorf("access_log.file: %w", err)
	}
	return nil
}

// listener adds a listener's part of the server's configuration.
func (a *assembly) listener(l *Listener) error {
	t, err := a.target(l.To)
	if err != nil {
		return err
	}
	p := &filters.Plan{
		Listener: l.label(), Protocol: string(l.Protocol), Observers: slices.Clone(a.observers),
		Terminal: tcpproxy.Filter{Upstream: t.cluster}, Clock: a.epoch,
		IdleTimeout: max(time.Duration(l.Timeouts.Idle), 0), MaxDuration: max(time.Duration(l.Timeouts.MaxDuration), 0),
	}
	if codec, ok := l.Protocol.codec(); ok {
		a.inspected(p, l, t, codec)
	} else {
		p.Chain = func(*filters.Session) []filters.Filter { return nil }
		p.ConnectFirst = true // nobody knows who speaks first
	}
	a.counter.Declare(p.Listener, p.Protocol)
	network := "tcp"
	if isPath(l.Address) {
		network = "unix"
	}
	a.server.Listeners = append(a.server.Listeners, proxy.Listener{Network: network, Address: l.Address, Plan: p, MaxConnections: l.MaxConnections})
	a.to = append(a.to, t.endpoints)
	return nil
}

// inspected gives a plan the chain of a protocol.
func (a *assembly) inspected(p *filters.Plan, l *Listener, t *target, codec codecs.Protocol) {
	in := &inspect.Config{
		Protocol: codec,
		Limits: codecs.Limits{
			Inspect: int(l.Inspect.Requests), InspectReply: int(l.Inspect.Replies), Statements: int(l.Inspect.Statements),
		}.WithDefaults(),
		Filters: a.messages,
		Raw:     a.c.AccessLog.Log.On() && a.c.AccessLog.RawStatements,
		Tokens:  t.tokens,
		Bypass:  a.counter.Bypass,
		Async:   a.counter.Async,
	}
	p.ConnectFirst = codec.ServerFirst
	p.Window = max(in.Limits.Inspect, in.Limits.InspectReply) + 64<<10
	if codec.Unparsed != "" {
		a.o.Log.Warn("statements are not parsed: their tables are not known", "listener", p.Listener, "protocol", codec.Name, "why", codec.Unparsed)
	}
	a.keyed(in, l)
	a.judged(in, l)
	a.readdressed(in, l)
	in.Warn = warn(a.o.Log, in.Enforce)
	p.Chain = func(s *filters.Session) []filters.Filter { return []filters.Filter{inspect.New(in, s, 0)} }
}

// distinguish says what metrics tell apart, by protocol.
func distinguish(c *filterstats.Config, protocols []codecs.Protocol) {
	c.Operations, c.ErrorClass, c.Waits = map[string][]codecs.Operation{}, map[string]func(string) string{}, map[string]metadata.Key{}
	for _, p := range protocols {
		c.Operations[p.Name] = p.Operations
		if p.ErrorClass != nil {
			c.ErrorClass[p.Name] = p.ErrorClass
		}
		if p.Waits != nil {
			c.Waits[p.Name] = p.Waits
		}
	}
}

// warn logs streams that can't be decoded. The errors name messages and offsets, never what is in them.
func warn(log *slog.Logger, enforce bool) func(*filters.Session, error) {
	what := "a session can't be decoded; the rest of it is relayed as it is"
	if enforce {
		what = "a session can't be decoded, so it can't be judged; it is closed"
	}
	return func(s *filters.Session, err error) {
		log.Warn(what, "listener", s.Plan.Listener, "session", s.ID, "client", s.Client.String(), "error", err)
	}
}

// target gives what stands behind a listener's "to".
func (a *assembly) target(to string) (*target, error) {
	if t := a.shared[to]; t != nil {
		return t, nil
	}
	t := &target{endpoints: []string{to}, tokens: &filters.Tokens{}}
	if c := a.c.cluster(to); c != nil {
		t.endpoints = c.Endpoints
	}
	var err error
	if t.cluster, err = upstream.NewCluster(to, t.endpoints); err != nil {
		return nil, err
	}
	a.shared[to] = t
	a.clusters = append(a.clusters, t.cluster)
	return t, nil
}
