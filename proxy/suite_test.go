package proxy_test

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"testing"
	"time"

	"github.com/sluice-proxy/sluice/codecs/codectest/lineproto"
	"github.com/sluice-proxy/sluice/filters"
	"github.com/sluice-proxy/sluice/filters/filtertest"
	"github.com/sluice-proxy/sluice/filters/tcpproxy"
	"github.com/sluice-proxy/sluice/proxy"
	"github.com/sluice-proxy/sluice/proxy/loop"
	"github.com/sluice-proxy/sluice/proxy/upstream"
)

// TestSuite runs the sessions' suite over every driver and sender that this system has.
func TestSuite(t *testing.T) {
	t.Run("conn", func(t *testing.T) { filtertest.Run(t, over(proxy.Config{Loops: -1})) })
	if !loop.Supported() {
		t.Log("this system has no event loop: only the conn driver was tested")
		return
	}
	for _, sender := range []string{"io_uring", "io_submit", "send"} {
		t.Run("loop "+sender, func(t *testing.T) {
			if _, why := loop.Probe(); why[sender] != "" {
				t.Fatalf("this kernel refuses %s: %s", sender, why[sender])
			}
			filtertest.Run(t, over(proxy.Config{Loops: 2, Sender: sender}))
		})
	}
}

// served is a proxy in front of a toy server, over real sockets.
type served struct {
	s     *proxy.Server
	watch *watch
}

// watch keeps the handles of sessions for Each.
type watch struct{ handles chan *filters.Handle }

func (w *watch) OnOpen(s *filters.Session)  { w.handles <- s.Handle() }
func (w *watch) OnClose(s *filters.Session) {}

func over(c proxy.Config) func(*testing.T, *filters.Plan) filtertest.Proxy {
	return func(t *testing.T, p *filters.Plan) filtertest.Proxy {
		toy := listenToy(t)
		cluster, err := upstream.NewCluster("toy", []string{toy.Addr().String()})
		if err != nil {
			t.Fatal(err)
		}
		epoch := filters.NewEpoch()
		w := &watch{make(chan *filters.Handle, 10_000)}
		p.Clock, p.Terminal, p.Observers = epoch, tcpproxy.Filter{Upstream: cluster}, []filters.SessionFilter{w}
		c := c
		c.Clock, c.Log = epoch, slog.New(slog.DiscardHandler)
		c.Listeners = []proxy.Listener{{Address: "127.0.0.1:0", Plan: p}}
		s, err := proxy.NewServer(c)
		if err != nil {
			t.Fatal(err)
		}
		done := make(chan error, 1)
		go func() { done <- s.Serve() }()
		t.Cleanup(func() {
			ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
			defer cancel()
			if err := s.Shutdown(ctx); err != nil {
				t.Errorf("shutdown: %v", err)
			}
			if err := <-done; !errors.Is(err, proxy.ErrServerClosed) {
				t.Errorf("serve: %v", err)
			}
			if n := s.Open(); n != 0 {
				t.Errorf("%d sessions are left", n)
			}
		})
		return &served{s, w}
	}
}

func (p *served) Dial(t *testing.T) filtertest.Conn {
	t.Helper()
	c, err := net.Dial("tcp", p.s.Addrs()[0].String())
	if err != nil {
		t.Fatal(err)
	}
	if err := c.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c.(*net.TCPConn)
}

func (p *served) Each(fn func(*filters.Session)) {
	for {
		select {
		case h := <-p.watch.handles:
			h.Post(fn)
		default:
			return
		}
	}
}

func (p *served) Settle() {}

// listenToy serves the toy protocol over TCP.
func listenToy(t *testing.T) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go serveToy(c)
		}
	}()
	return l
}

func serveToy(c net.Conn) {
	defer c.Close()
	var s lineproto.Server
	buf := make([]byte, 32<<10)
	for {
		n, err := c.Read(buf)
		out, done := s.Answer(nil, buf[:n])
		if _, werr := c.Write(out); err != nil || werr != nil || done {
			return
		}
	}
}
