package proxy

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sluice-proxy/sluice/filters"
	"github.com/sluice-proxy/sluice/proxy/conn"
	"github.com/sluice-proxy/sluice/proxy/loop"
)

// ErrServerClosed is what Serve returns after Shutdown or Close.
var ErrServerClosed = errors.New("server closed")

// A Listener is one address and what is done with the clients that come to it.
type Listener struct {
	Network string // "tcp" (the default) or "unix"
	Address string
	Plan    *filters.Plan // its Observers are extended by the server

	// MaxConnections bounds the clients connected at once; 0: no bound. Clients beyond it wait in the system's accept queue.
	MaxConnections int
}

// A Config says what a server does. The zero value of a field stands for its default.
type Config struct {
	Listeners []Listener

	// Loops is the number of event loops; default DefaultLoops; negative: none, every session stays on the conn driver.
	Loops int

	// Sender is how a loop sends: "io_uring", "io_submit", "send"; default the best that the kernel lets us have.
	Sender string

	ConnectTimeout time.Duration // default 5 s
	KeepAlive      time.Duration // TCP keepalive's idle time and interval, both sides; default 60 s; negative: off

	Clock *filters.Epoch
	Log   *slog.Logger // default slog.Default
}

// A Server accepts clients and runs their sessions. Make it with NewServer.
type Server struct {
	c         Config
	listeners []net.Listener
	loops     []*loop.Loop
	conn      conn.Config

	ctx    context.Context // ends dials
	cancel context.CancelFunc
	work   sync.WaitGroup // goroutines
	lastID atomic.Uint64
	nextUp atomic.Uint64

	mu       sync.Mutex
	sessions map[uint64]*filters.Handle
	empty    chan struct{} // closed when draining and no session is left
	draining bool
	closed   bool

	panics atomic.Uint64
}

// NewServer opens the listeners and starts the loops. Clients that connect wait until Serve is called.
func NewServer(c Config) (*Server, error) {
	if c.Log == nil {
		c.Log = slog.Default()
	}
	if c.ConnectTimeout == 0 {
		c.ConnectTimeout = 5 * time.Second
	}
	if c.KeepAlive == 0 {
		c.KeepAlive = time.Minute
	}
	s := &Server{c: c, sessions: map[uint64]*filters.Handle{}, empty: make(chan struct{})}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	s.conn = conn.Config{Dial: s.dial, ConnectTimeout: c.ConnectTimeout, Go: s.start, OnPanic: s.panicked}
	if err := s.startLoops(); err != nil {
		return nil, err
	}
	for i := range c.Listeners {
		l := &c.Listeners[i]
		if l.Network == "" {
			l.Network = "tcp"
		}
		l.Plan.Observers = append(l.Plan.Observers, s)
		lc := net.ListenConfig{KeepAliveConfig: s.keepAlive()}
		nl, err := lc.Listen(s.ctx, l.Network, l.Address)
		if err != nil {
			s.Close()
			return nil, fmt.Errorf("listener %s: %w", l.Plan.Listener, err)
		}
		s.listeners = append(s.listeners, nl)
	}
	return s, nil
}

// DefaultLoops is how many event loops a server has unless it is told: half as many as there are processors that the process may use, at least one
// (docs/adr/0014). To be asked before a server runs, which lets Go use more.
func DefaultLoops() int { return max(runtime.GOMAXPROCS(0)/2, 1) }

// startLoops starts the event loops, where the system has them.
func (s *Server) startLoops() error {
	n := s.c.Loops
	if n == 0 {
		n = DefaultLoops()
	}
	if n < 0 || !loop.Supported() {
		s.c.Log.Info("sessions are driven by goroutines", "driver", "conn")
		return nil
	}
	if p := n + 2; runtime.GOMAXPROCS(0) < p {
		runtime.GOMAXPROCS(p) // saturated loops would starve everything else
	}
	sender, err := parseSender(s.c.Sender)
	if err != nil {
		return err
	}
	for i := range n {
		l, err := loop.Start(loop.Config{Shard: i + 1, Sender: sender, Clock: s.c.Clock, Log: s.c.Log, OnPanic: s.panicked})
		if err != nil {
			return fmt.Errorf("event loop %d: %w", i, err)
		}
		s.loops = append(s.loops, l)
	}
	s.conn.Adopt = s.adopt
	s.c.Log.Info("sessions are driven by event loops", "driver", "loop", "loops", n, "sender", s.loops[0].Sender())
	return nil
}

func parseSender(name string) (loop.SenderKind, error) {
	for _, k := range []loop.SenderKind{loop.Auto, loop.IOUring, loop.IOSubmit, loop.Send} {
		if name == k.String() || name == "" {
			return k, nil
		}
	}
	return loop.Auto, fmt.Errorf("sender %q is not known; use auto, io_uring, io_submit or send", name)
}

// Addrs gives the addresses that are listened on, in the order of the configuration.
func (s *Server) Addrs() []net.Addr {
	all := make([]net.Addr, len(s.listeners))
	for i, l := range s.listeners {
		all[i] = l.Addr()
	}
	return all
}

// Loops gives the event loops, for their statistics.
func (s *Server) Loops() []*loop.Loop { return s.loops }

// Serve accepts clients until the server is shut down, and then returns ErrServerClosed, or the error that made accepting impossible.
func (s *Server) Serve() error {
	failed := make(chan error, len(s.listeners))
	for i := range s.listeners {
		s.start("accept", func() { failed <- s.accept(i) })
	}
	for range s.listeners {
		if err := <-failed; err != nil && !errors.Is(err, net.ErrClosed) {
			return err
		}
	}
	return ErrServerClosed
}

// accept takes in the clients of listener number i.
func (s *Server) accept(i int) error {
	l, cfg := s.listeners[i], &s.c.Listeners[i]
	var room chan struct{}
	if cfg.MaxConnections > 0 {
		room = make(chan struct{}, cfg.MaxConnections)
	}
	pause := 5 * time.Millisecond
	for {
		if room != nil {
			select {
			case room <- struct{}{}:
			case <-s.ctx.Done():
				return net.ErrClosed
			}
		}
		c, err := l.Accept()
		if err != nil {
			if errors.Is(err, net.ErrClosed) {
				return err
			}
			// Out of descriptors or memory: it passes.
			s.c.Log.Error("can't accept a client", "listener", cfg.Plan.Listener, "error", err)
			select {
			case <-time.After(pause):
			case <-s.ctx.Done():
				return net.ErrClosed
			}
			pause = min(2*pause, time.Second)
			if room != nil {
				<-room
			}
			continue
		}
		pause = 5 * time.Millisecond
		s.start("pumpClient", func() { s.serve(cfg, c, room) })
	}
}

// serve runs one client's session until it ends or a loop has it.
func (s *Server) serve(l *Listener, c net.Conn, room chan struct{}) {
	from, _ := netip.ParseAddrPort(c.RemoteAddr().String()) // a Unix socket has none: the zero value
	x := filters.NewSession(l.Plan, s.lastID.Add(1), from)
	x.OnEnd = func() {
		if room != nil {
			<-room
		}
	}
	s.mu.Lock()
	refuse := s.draining
	s.mu.Unlock()
	if refuse {
		x.Drain()
	}
	conn.Run(s.ctx, &s.conn, x, c)
}

// adopt hands a session to a loop.
func (s *Server) adopt(x *filters.Session, client, server net.Conn) bool {
	c, err := detach(client)
	if err != nil {
		s.c.Log.Warn("a session stays on the conn driver", "error", err)
		return false
	}
	v, err := detach(server)
	if err != nil {
		_ = os.NewFile(uintptr(c), "client").Close()
		s.c.Log.Warn("a session stays on the conn driver", "error", err)
		return false
	}
	_, _ = client.Close(), server.Close() // the duplicates live on
	l := s.loops[int(s.nextUp.Add(1))%len(s.loops)]
	l.Adopt(x, c, v)
	return true
}

func (s *Server) dial(ctx context.Context, e filters.Endpoint) (net.Conn, error) {
	d := net.Dialer{KeepAliveConfig: s.keepAlive()}
	return d.DialContext(ctx, e.Network, e.Address)
}

func (s *Server) keepAlive() net.KeepAliveConfig {
	if s.c.KeepAlive < 0 {
		return net.KeepAliveConfig{Enable: false, Idle: -1, Interval: -1, Count: -1}
	}
	return net.KeepAliveConfig{Enable: true, Idle: s.c.KeepAlive, Interval: s.c.KeepAlive, Count: 5}
}

// start runs fn in a goroutine that Close waits for. It is the one place that says go.
func (s *Server) start(_ string, fn func()) {
	s.work.Add(1)
	go func() {
		defer s.work.Done()
		fn()
	}()
}

func (s *Server) panicked(x *filters.Session, v any, stack []byte) {
	s.panics.Add(1)
	s.c.Log.Error("a session panicked and was closed; this is a bug: please report the stack", "session", x.ID, "listener", x.Plan.Listener, "panic", fmt.Sprint(v), "stack", string(stack))
}

// Panics gives the number of sessions that ended by a panic.
func (s *Server) Panics() uint64 { return s.panics.Load() }
