package proxies

import (
	"io"
	"net"
	"sync"
	"testing"
)

// Relay listens on a free port until the test ends and copies bytes between its
// clients and the server on to.
func Relay(t testing.TB, to string) (addr string) {
	t.Helper()
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r := &relay{to: to, conns: map[net.Conn]bool{}}
	r.wait.Go(func() { r.serve(l) })
	t.Cleanup(func() {
		l.Close()
		r.close()
		r.wait.Wait()
	})
	return l.Addr().String()
}

type relay struct {
	to   string
	wait sync.WaitGroup

	mu     sync.Mutex
	conns  map[net.Conn]bool
	closed bool
}

func (r *relay) serve(l net.Listener) {
	for {
		client, err := l.Accept()
		if err != nil {
			return
		}
		r.wait.Go(func() { r.session(client) })
	}
}

func (r *relay) session(client net.Conn) {
	defer r.drop(client)
	if !r.keep(client) {
		return
	}
	server, err := net.Dial("tcp", r.to)
	if err != nil {
		return
	}
	defer r.drop(server)
	if !r.keep(server) {
		return
	}
	var both sync.WaitGroup
	both.Go(func() { pump(server, client) })
	both.Go(func() { pump(client, server) })
	both.Wait()
}

// pump copies until from ends and passes the end on; if it ends badly, both
// connections go.
func pump(to, from net.Conn) {
	if _, err := io.Copy(to, from); err != nil {
		to.Close()
		from.Close()
		return
	}
	if half, ok := to.(interface{ CloseWrite() error }); ok {
		_ = half.CloseWrite() // who has gone needs no end
	}
}

// keep remembers a connection, to close it at the end; it is false if that has
// come.
func (r *relay) keep(c net.Conn) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.closed {
		r.conns[c] = true
	}
	return !r.closed
}

func (r *relay) drop(c net.Conn) {
	r.mu.Lock()
	delete(r.conns, c)
	r.mu.Unlock()
	c.Close()
}

func (r *relay) close() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closed = true
	for c := range r.conns {
		c.Close()
	}
}
