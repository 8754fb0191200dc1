package filtertest

import (
	"fmt"
	"io"
	"math/rand/v2"
	"net/netip"
	"sync"
	"testing"

	"github.com/sluice-proxy/sluice/codecs"
	"github.com/sluice-proxy/sluice/codecs/codectest/lineproto"
	"github.com/sluice-proxy/sluice/filters"
)

// Script drives sessions without I/O: bytes are moved by function calls, in pieces of random length, and the toy server is a function too.
// Time jumps to a session's deadline when nothing else can happen.
func Script(seed uint64) func(t *testing.T, p *filters.Plan) Proxy {
	return func(t *testing.T, p *filters.Plan) Proxy {
		s := &script{plan: p, rand: rand.New(rand.NewPCG(seed, 2))}
		p.Clock = s
		p.Terminal = scriptTerminal{}
		return s
	}
}

type script struct {
	plan *filters.Plan

	mu    sync.Mutex
	now   filters.Instant
	rand  *rand.Rand
	conns []*scriptConn
}

type scriptTerminal struct{}

func (scriptTerminal) Connect(*filters.Session, int) (filters.Endpoint, error) {
	return filters.Endpoint{Network: "script", Address: "toy"}, nil
}
func (scriptTerminal) Disconnected(*filters.Session, filters.Endpoint, error) {}

// Now moves a little at each reading.
func (s *script) Now() filters.Instant {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now += 1000
	return s.now
}

func (s *script) advance(to filters.Instant) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now = max(s.now, to)
}

// piece gives a random part of p.
func (s *script) piece(p []byte) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch s.rand.IntN(4) {
	case 0:
		return 1
	case 1:
		return 1 + s.rand.IntN(min(len(p), 10))
	}
	return 1 + s.rand.IntN(len(p))
}

func (s *script) Dial(*testing.T) Conn {
	c := &scriptConn{p: s, buf: make([]byte, 1<<16)}
	c.changed = sync.NewCond(&c.mu)
	c.s = filters.NewSession(s.plan, uint64(len(s.conns)+1), netip.MustParseAddrPort("192.0.2.1:1234"))
	c.s.Handle().Attach(func(fn func(*filters.Session)) {
		c.postMu.Lock()
		c.posts = append(c.posts, fn)
		c.postMu.Unlock()
		go c.Settle()
	})
	s.conns = append(s.conns, c)
	c.step(c.s.Begin)
	return c
}

func (s *script) Each(fn func(*filters.Session)) {
	for _, c := range s.conns {
		c.s.Handle().Post(fn)
	}
}

func (s *script) Settle() {
	for _, c := range s.conns {
		c.Settle()
	}
}

// A scriptConn is one client, its session and its server.
type scriptConn struct {
	p *script

	postMu sync.Mutex
	posts  []func(*filters.Session)

	mu        sync.Mutex
	changed   *sync.Cond
	s         *filters.Session
	server    lineproto.Server
	buf       []byte
	toProxy   []byte // from the client
	finished  bool   // the client sends no more
	fromSrv   []byte
	serverEnd bool
	inbox     []byte // for the client
	inboxEnd  bool
}

// Settle does everything that can be done.
func (c *scriptConn) Settle() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.work()
}

func (c *scriptConn) step(fn func()) {
	defer func() {
		if v := recover(); v != nil {
			c.s.Abort(filters.Panicked, fmt.Errorf("%v", v))
		}
	}()
	c.s.Tick(c.p.Now())
	fn()
}

func (c *scriptConn) work() {
	for c.once() {
	}
	c.changed.Broadcast()
}

// once does one thing, if there is one.
func (c *scriptConn) once() bool {
	c.postMu.Lock()
	posts := c.posts
	c.posts = nil
	c.postMu.Unlock()
	for _, fn := range posts {
		c.step(func() { fn(c.s) })
	}
	did := len(posts) > 0
	if _, want := c.s.Dialing(); want {
		c.step(c.s.ServerConnected)
		did = true
	}
	for dir := codecs.FromClient; dir <= codecs.FromServer; dir++ {
		did = c.send(dir) || c.receive(dir) || did
	}
	if c.s.Done() {
		c.inboxEnd = true
		c.s.Handle().Attach(nil)
	}
	return did
}

// send takes a piece of what the session has for one side.
func (c *scriptConn) send(dir codecs.Direction) bool {
	if p := c.s.Pending(dir); len(p) > 0 {
		p = p[:c.p.piece(p)]
		if dir == codecs.FromServer {
			c.inbox = append(c.inbox, p...)
		} else {
			var bye bool
			c.fromSrv, bye = c.server.Answer(c.fromSrv, p)
			c.serverEnd = c.serverEnd || bye
		}
		c.step(func() { c.s.Sent(dir, len(p)) })
		return true
	}
	due := false
	c.step(func() { due = c.s.EndDue(dir) })
	if due {
		if dir == codecs.FromServer {
			c.inboxEnd = true
		} else {
			c.serverEnd = true
		}
	}
	return due
}

// receive gives the session a piece of what one side has for it.
func (c *scriptConn) receive(dir codecs.Direction) bool {
	if !c.s.Reading(dir) {
		return false
	}
	from, end := &c.toProxy, c.finished
	if dir == codecs.FromServer {
		from, end = &c.fromSrv, c.serverEnd
	}
	if len(*from) == 0 {
		if end {
			c.step(func() { c.s.ReceiveEnd(dir) })
		}
		return end
	}
	n := copy(c.buf, (*from)[:c.p.piece(*from)])
	*from = (*from)[n:]
	c.step(func() { c.s.Receive(dir, c.buf[:n]) })
	c.s.Keep()
	for i := range c.buf[:n] {
		c.buf[i] = 0xDB // nothing may refer to it any more
	}
	return true
}

func (c *scriptConn) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.toProxy = append(c.toProxy, p...)
	c.work()
	return len(p), nil
}

func (c *scriptConn) Read(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for {
		c.work()
		if len(c.inbox) > 0 {
			n := copy(p, c.inbox)
			c.inbox = c.inbox[n:]
			return n, nil
		}
		if c.inboxEnd {
			return 0, io.EOF
		}
		if d := c.s.Deadline(); d != 0 {
			c.p.advance(d)
			c.step(c.s.Expire)
			continue
		}
		c.changed.Wait()
	}
}

func (c *scriptConn) CloseWrite() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.finished = true
	c.work()
	return nil
}

func (c *scriptConn) Close() error { return c.CloseWrite() }
