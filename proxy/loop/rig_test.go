//go:build linux && (amd64 || arm64)

package loop

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/sluice-proxy/sluice/filters"
)

// TestMain fails if a loop left a goroutine behind.
func TestMain(m *testing.M) {
	before := runtime.NumGoroutine()
	code := m.Run()
	for wait := time.Millisecond; code == 0 && runtime.NumGoroutine() > before; wait *= 2 {
		if wait > 2*time.Second {
			buf := make([]byte, 1<<20)
			fmt.Fprintf(os.Stderr, "goroutines left:\n%s\n", buf[:runtime.Stack(buf, true)])
			code = 1
		}
		<-time.After(wait)
	}
	os.Exit(code)
}

// A rig is a running loop and what it told.
type rig struct {
	*Loop
	t      *testing.T
	plan   *filters.Plan
	closed chan *filters.Session
	panics atomic.Int32
}

func newRig(t *testing.T, kind SenderKind, chain func(*filters.Session) []filters.Filter) *rig {
	t.Helper()
	if chain == nil {
		chain = func(*filters.Session) []filters.Filter { return nil }
	}
	clock := filters.NewEpoch()
	r := &rig{t: t, closed: make(chan *filters.Session, 1024)}
	r.plan = &filters.Plan{Terminal: testTerminal{}, Clock: clock, Chain: chain}
	l, err := Start(Config{Sender: kind, Clock: clock,
		OnPanic:  func(*filters.Session, any, []byte) { r.panics.Add(1) },
		OnClosed: func(s *filters.Session) { r.closed <- s }})
	if err != nil {
		t.Skipf("no loop with %s: %v", kind, err)
	}
	r.Loop = l
	t.Cleanup(l.Stop)
	return r
}

// session adopts a session between two connections and gives the peers' ends.
func (r *rig) session(network string) (client, server net.Conn, s *filters.Session) {
	r.t.Helper()
	client, a := pair(r.t, network)
	server, b := pair(r.t, network)
	s = connected(r.plan)
	r.Adopt(s, a, b)
	return client, server, s
}

func (r *rig) wait() *filters.Session {
	r.t.Helper()
	select {
	case s := <-r.closed:
		return s
	case <-time.After(20 * time.Second):
		r.t.Fatal("no session closed")
		return nil
	}
}

// pair gives one end of a connection, and the other one's descriptor.
func pair(t *testing.T, network string) (net.Conn, int) {
	t.Helper()
	address := "127.0.0.1:0"
	if network == "unix" {
		address = filepath.Join(t.TempDir(), "s")
	}
	ln, err := net.Listen(network, address)
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	peer, err := net.Dial(network, ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { peer.Close() })
	if err := peer.SetDeadline(time.Now().Add(60 * time.Second)); err != nil {
		t.Fatal(err)
	}
	ours, err := ln.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer ours.Close()
	raw, err := ours.(syscall.Conn).SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	var fd uintptr
	var e syscall.Errno
	if err := raw.Control(func(f uintptr) {
		fd, _, e = syscall.Syscall(syscall.SYS_FCNTL, f, syscall.F_DUPFD_CLOEXEC, 0)
	}); err != nil || e != 0 {
		t.Fatal(err, e)
	}
	return peer, int(fd)
}

// each runs f with each sender, over TCP and Unix sockets.
func each(t *testing.T, f func(t *testing.T, kind SenderKind, network string)) {
	for _, kind := range []SenderKind{IOUring, IOSubmit, Send} {
		for _, network := range []string{"tcp", "unix"} {
			t.Run(kind.String()+"/"+network, func(t *testing.T) { f(t, kind, network) })
		}
	}
}

func exchange(t *testing.T, from, to net.Conn, p []byte) {
	t.Helper()
	if _, err := from.Write(p); err != nil {
		t.Fatal(err)
	}
	got := make([]byte, len(p))
	if _, err := io.ReadFull(to, got); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, p) {
		t.Fatal("bytes differ")
	}
}

func endWrite(t *testing.T, c net.Conn) {
	t.Helper()
	if err := c.(interface{ CloseWrite() error }).CloseWrite(); err != nil {
		t.Fatal(err)
	}
}
