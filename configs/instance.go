package configs

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/sluice-proxy/sluice/filters/accesslog"
	"github.com/sluice-proxy/sluice/proxy"
	"github.com/sluice-proxy/sluice/proxy/admin"
)

// An Instance is a configuration that runs. Make it with [Start].
type Instance struct {
	log      *slog.Logger
	drain    time.Duration
	bound    []Bound
	driver   Driver
	server   *proxy.Server
	access   *accesslog.Log // nil if there is none
	policies []*livePolicy
	admin    *admin.Server // nil if there is none
	adminAt  net.Listener
	work     sync.WaitGroup

	draining atomic.Bool
	once     sync.Once
	err      error // of what was closed last
}

// Options is what a configuration can't say.
type Options struct {
	Log     *slog.Logger // default slog.Default()
	Version string       // of the program, for the metrics
}

// Bound is one listener as it runs.
type Bound struct {
	Name     string
	Protocol string
	Addr     net.Addr
	To       []string // the addresses of its servers
}

// A Driver says how sessions are driven.
type Driver struct {
	Name   string // "loop" or "conn"
	Loops  int
	Sender string // of the loops
}

// Start makes a running instance of c: its listeners are open and its admin server answers, but no client is served before Serve. c must not be changed
// any more. What is wrong with c comes as [Problems], other errors are the system's.
func Start(c *Config, o Options) (*Instance, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	a, err := assemble(c, o)
	if err != nil {
		return nil, err
	}
	n := &Instance{log: o.Log, drain: c.Drain.Limit.or(30 * time.Second), access: a.access, policies: a.policies}
	if err := n.open(c, a); err != nil {
		_ = n.Close() // err says what matters
		return nil, mend(err)
	}
	return n, nil
}

// open opens the listeners and the admin server.
func (n *Instance) open(c *Config, a *assembly) (err error) {
	for i := range a.server.Listeners {
		if l := &a.server.Listeners[i]; l.Network == "unix" {
			if err := removeStale(l.Address); err != nil {
				return fmt.Errorf("listener %s: %w", l.Plan.Listener, err)
			}
		}
	}
	if n.server, err = proxy.NewServer(a.server); err != nil {
		return err
	}
	n.driver = Driver{Name: "conn"}
	if loops := n.server.Loops(); len(loops) > 0 {
		n.driver = Driver{"loop", len(loops), loops[0].Sender()}
	}
	for i, addr := range n.server.Addrs() {
		p := a.server.Listeners[i].Plan
		n.bound = append(n.bound, Bound{p.Listener, p.Protocol, addr, a.to[i]})
	}
	registry := a.register(n)
	if c.Admin.Address == "" {
		return nil
	}
	if n.adminAt, err = net.Listen("tcp", c.Admin.Address); err != nil {
		return fmt.Errorf("admin: %w", err)
	}
	n.admin = &admin.Server{Metrics: registry, Statements: a.table, Policy: n.policyPage(), Keys: a.keysPage(), Profile: c.Admin.Pprof, Logger: n.log}
	n.work.Go(func() {
		if err := n.admin.Serve(n.adminAt); !errors.Is(err, http.ErrServerClosed) {
			n.log.Error("the admin server has ended; sessions go on", "error", err)
		}
	})
	return nil
}

// Listeners tells what is listened on, in the order of the configuration.
func (n *Instance) Listeners() []Bound { return n.bound }

// AdminAddr gives the admin server's address, nil if there is none.
func (n *Instance) AdminAddr() net.Addr {
	if n.adminAt == nil {
		return nil
	}
	return n.adminAt.Addr()
}

// Driver tells how sessions are driven.
func (n *Instance) Driver() Driver { return n.driver }

// DrainLimit tells how long Shutdown should be given.
func (n *Instance) DrainLimit() time.Duration { return n.drain }

// Open gives the number of sessions.
func (n *Instance) Open() int { return n.server.Open() }

// Serve serves clients until Shutdown or Close, and then returns [proxy.ErrServerClosed]; any other error is why it can't go on.
func (n *Instance) Serve() error { return n.server.Serve() }

// Reopen opens the access log's file anew, for whoever has renamed it.
func (n *Instance) Reopen() error {
	if n.access == nil {
		return nil
	}
	return n.access.Reopen()
}

// ErrCut is Shutdown's error if sessions had to be ended that were not at rest.
var ErrCut = errors.New("the drain's limit has come: sessions were ended in the middle of their work")

// Shutdown ends the instance. It accepts no more clients and ends each session at its first moment of rest; when ctx ends, the rest of them, and
// then the error is [ErrCut]. The access log is written to its end.
func (n *Instance) Shutdown(ctx context.Context) error {
	n.draining.Store(true)
	if n.admin != nil {
		n.admin.Drain()
	}
	var cut error
	if err := n.server.Shutdown(ctx); err != nil {
		cut = ErrCut
	}
	return errors.Join(cut, n.finish())
}

// Close ends everything at once, in the middle of what it does.
func (n *Instance) Close() error {
	n.draining.Store(true)
	if n.server != nil {
		n.server.Close()
	}
	return n.finish()
}

// finishing is how long the access log may take to write what is pending, and scrapes to be answered.
const finishing = 5 * time.Second

// finish ends what is left when sessions have gone.
func (n *Instance) finish() error {
	n.once.Do(func() {
		if n.access != nil {
			n.err = n.access.Close(finishing)
		}
		if n.admin != nil {
			ctx, cancel := context.WithTimeout(context.Background(), time.Second)
			defer cancel()
			if n.admin.Shutdown(ctx) != nil {
				_ = n.admin.Close() // somebody reads slowly: it matters no more
			}
		}
		n.work.Wait()
	})
	return n.err
}

// mend adds to an error of the system what to do about it.
func mend(err error) error {
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return fmt.Errorf("%w; another program listens there: end it, or take another address", err)
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		return fmt.Errorf("%w; this machine has no such address: take one that it has, or only the port, :6432", err)
	case errors.Is(err, syscall.EACCES) && strings.Contains(err.Error(), "listen tcp"):
		return fmt.Errorf("%w; ports below 1024 need a privilege: take a higher one, or grant CAP_NET_BIND_SERVICE", err)
	}
	return err
}
