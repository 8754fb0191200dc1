package conn

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"runtime/debug"
	"sync"
	"time"

	"github.com/sluice-proxy/sluice/filters"
)

// A Config is what the sessions of a server have in common.
type Config struct {
	// Dial connects to an endpoint. It returns when ctx ends.
	Dial func(ctx context.Context, e filters.Endpoint) (net.Conn, error)

	// ConnectTimeout bounds each dial.
	ConnectTimeout time.Duration

	// Adopt offers a connected session to a loop, which then owns it and both connections. It says whether it took it. nil: never.
	Adopt func(s *filters.Session, client, server net.Conn) bool

	// Go runs fn in a goroutine that the server waits for.
	Go func(name string, fn func())

	// OnPanic is told of a panic in one of a session's steps.
	OnPanic func(s *filters.Session, v any, stack []byte)
}

const (
	client = filters.FromClient // a direction names its source, so it also names a side
	server = filters.FromServer
)

// A driver runs one session.
type driver struct {
	c   *Config
	ctx context.Context

	postMu sync.Mutex
	posts  []func(*filters.Session)

	mu      sync.Mutex
	changed *sync.Cond // Reading, Done or leaving may have changed
	s       *filters.Session
	conns   [2]net.Conn // by side
	pumps   int         // goroutines that may use conns
	writing [2]bool     // by direction
	dialing bool
	leaving bool // to a loop: pumps return
	left    bool // to a loop, or closed
	timer   *time.Timer
	armed   filters.Instant
}

// Run drives s, whose client is c, to its end or until a loop has adopted it. It closes c unless a loop owns it then. ctx's end aborts dials, nothing else.
func Run(ctx context.Context, cfg *Config, s *filters.Session, c net.Conn) {
	d := &driver{c: cfg, ctx: ctx, s: s}
	d.changed = sync.NewCond(&d.mu)
	d.conns[client] = c
	s.Handle().Attach(d.post)
	d.mu.Lock()
	defer d.mu.Unlock()
	d.pumps++
	d.step(s.Begin)
	d.pump(client)
}

// post runs fn as a step of the session, after what was posted before. It is called with the handle locked, so it must not run fn at once.
func (d *driver) post(fn func(*filters.Session)) {
	d.postMu.Lock()
	defer d.postMu.Unlock()
	d.posts = append(d.posts, fn)
	if len(d.posts) == 1 {
		d.c.Go("post", d.runPosts)
	}
}

// runPosts runs what was posted, in order.
func (d *driver) runPosts() {
	d.mu.Lock()
	defer d.mu.Unlock()
	for {
		d.postMu.Lock()
		if len(d.posts) == 0 {
			d.postMu.Unlock()
			return
		}
		fn := d.posts[0]
		d.postMu.Unlock()
		switch {
		case !d.left:
			d.pumps++
			d.step(func() { fn(d.s) })
			d.after(2)
			d.release()
		case !d.s.Done():
			d.s.Handle().Post(fn) // a loop has it now
		}
		d.postMu.Lock()
		d.posts = d.posts[1:]
		d.postMu.Unlock()
	}
}

// step runs fn, one step of the session, under the mutex. A panic ends the session, not the process.
func (d *driver) step(fn func()) {
	defer func() {
		if v := recover(); v != nil {
			d.c.OnPanic(d.s, v, debug.Stack())
			d.abort()
		}
	}()
	d.s.Tick(d.s.Plan.Clock.Now())
	fn()
}

func (d *driver) abort() {
	defer func() { _ = recover() }() // a filter that panics in its last event too: the session is closed all the same
	d.s.Abort(filters.Panicked, errPanic)
}

var errPanic = errors.New("a filter panicked; the log has the stack")

// pump reads dir's source until it ends. Called with the mutex held.
func (d *driver) pump(dir filters.Direction) {
	defer d.release()
	c := d.conns[dir]
	var buf []byte
	d.after(dir)
	for {
		for !d.s.Reading(dir) && !d.s.HasEnded(dir) && !d.s.Done() && !d.leaving {
			d.changed.Wait()
		}
		if d.s.Done() || d.s.HasEnded(dir) || d.leaving {
			return
		}
		if buf == nil {
			buf = make([]byte, 32<<10)
		}
		d.mu.Unlock()
		n, err := c.Read(buf)
		d.mu.Lock()
		if n > 0 {
			d.step(func() { d.s.Receive(dir, buf[:n]) })
		}
		if err != nil {
			switch {
			case d.leaving && errors.Is(err, os.ErrDeadlineExceeded):
			case errors.Is(err, io.EOF):
				d.step(func() { d.s.ReceiveEnd(dir) })
			default:
				d.step(func() { d.s.ReceiveFailed(dir, err) })
			}
		}
		d.after(dir)
		d.s.Keep() // what another goroutine is to write must not lie in buf
		if d.leaving {
			return
		}
	}
}

// after does what a step asks for: writes of direction own inline (2: none), other things in goroutines of their own. It unlocks the mutex while it blocks.
func (d *driver) after(own filters.Direction) {
	for {
		for dir := client; dir <= server; dir++ {
			if dir == own {
				d.write(dir)
			} else if (len(d.s.Pending(dir)) > 0) && !d.writing[dir] {
				d.s.Keep()
				d.pumps++
				d.c.Go("writer", func() { d.writeApart(dir) })
			} else if !d.writing[dir] {
				d.shut(dir)
			}
		}
		e, want := d.s.Dialing()
		if !want || d.dialing || d.leaving {
			break
		}
		d.dialing = true
		if own != client {
			d.pumps++
			d.c.Go("dial", func() {
				d.mu.Lock()
				defer d.mu.Unlock()
				d.dial(e)
				d.after(2)
				d.release()
			})
			break
		}
		d.dial(e)
	}
	d.arm()
	d.changed.Broadcast()
	if d.s.Done() {
		d.close()
	}
}

// write sends what is pending in dir.
func (d *driver) write(dir filters.Direction) {
	if d.writing[dir] {
		return
	}
	d.writing[dir] = true
	for !d.s.Done() {
		p := d.s.Pending(dir)
		if len(p) == 0 {
			break
		}
		c := d.conns[dir.Other()]
		d.mu.Unlock()
		n, err := c.Write(p)
		d.mu.Lock()
		if err == nil {
			d.step(func() { d.s.Sent(dir, n) })
		} else if !d.s.Done() {
			d.step(func() { d.s.SendFailed(dir, err) })
		}
	}
	d.writing[dir] = false
	d.shut(dir)
}

func (d *driver) writeApart(dir filters.Direction) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.write(dir)
	d.after(2)
	d.release()
}

// shut passes on the end of dir's source, when its time has come.
func (d *driver) shut(dir filters.Direction) {
	due := false
	d.step(func() { due = d.s.EndDue(dir) })
	if c, ok := d.conns[dir.Other()].(interface{ CloseWrite() error }); due && ok {
		_ = c.CloseWrite() // it fails only if the connection is gone, which its reader will find out
	}
}

// dial connects the server side. Called with the mutex held.
func (d *driver) dial(e filters.Endpoint) {
	d.mu.Unlock()
	ctx, cancel := d.ctx, context.CancelFunc(func() {})
	if d.c.ConnectTimeout > 0 {
		ctx, cancel = context.WithTimeout(d.ctx, d.c.ConnectTimeout)
	}
	c, err := d.c.Dial(ctx, e)
	late := errors.Is(ctx.Err(), context.DeadlineExceeded) || isTimeout(err)
	cancel()
	d.mu.Lock()
	d.dialing = false
	if err != nil {
		d.step(func() { d.s.DialFailed(err, late) })
		return
	}
	if _, want := d.s.Dialing(); !want {
		_ = c.Close() // the client left meanwhile
		d.s.Plan.Terminal.Disconnected(d.s, e, nil)
		return
	}
	d.conns[server] = c
	d.step(d.s.ServerConnected)
	if d.s.Done() {
		return
	}
	if d.c.Adopt != nil && adoptable(d.conns[client]) && adoptable(c) {
		d.leaving = true
		_ = d.conns[client].SetReadDeadline(time.Unix(1, 0)) // a pump that is blocked in Read returns
		d.changed.Broadcast()
		return
	}
	d.startServer()
}

func (d *driver) startServer() {
	d.pumps++
	d.c.Go("pumpServer", func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.pump(server)
	})
}

// release gives up the right to use the connections. The last to do so hands a leaving session over.
func (d *driver) release() {
	d.pumps--
	if !d.leaving || d.pumps > 0 || d.left || d.s.Done() {
		return
	}
	_ = d.conns[client].SetReadDeadline(time.Time{})
	d.s.Keep()
	if d.timer != nil {
		d.timer.Stop()
	}
	d.left = true
	if d.c.Adopt(d.s, d.conns[client], d.conns[server]) {
		return
	}
	d.left, d.leaving = false, false
	d.startServer()
	d.pumps++
	d.c.Go("pumpClient", func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.pump(client)
	})
}

// close ends both connections. Called with the mutex held, once the session is done.
func (d *driver) close() {
	if d.left {
		return
	}
	d.left = true
	if d.timer != nil {
		d.timer.Stop()
	}
	for side, c := range d.conns {
		if c == nil {
			continue
		}
		if t, ok := c.(interface{ SetLinger(int) error }); ok && d.s.Reset(filters.Direction(side)) {
			_ = t.SetLinger(0)
		}
		_ = c.Close()
	}
	d.s.Handle().Attach(nil)
	d.changed.Broadcast()
}

// arm sets the timer to the session's deadline.
func (d *driver) arm() {
	at := d.s.Deadline()
	if at == 0 || d.left || d.armed != 0 && d.armed <= at {
		return
	}
	d.armed = at
	wait := time.Duration(at - d.s.Plan.Clock.Now())
	if d.timer == nil {
		d.timer = time.AfterFunc(wait, d.expire)
		return
	}
	d.timer.Reset(wait)
}

func (d *driver) expire() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.armed = 0
	if d.left || d.leaving {
		return
	}
	d.pumps++
	if at := d.s.Deadline(); at != 0 && d.s.Plan.Clock.Now() >= at {
		d.step(d.s.Expire)
	}
	d.after(2)
	d.release()
}

func isTimeout(err error) bool {
	var t net.Error
	return errors.As(err, &t) && t.Timeout()
}

// adoptable says whether c is a plain socket.
func adoptable(c net.Conn) bool {
	switch c.(type) {
	case *net.TCPConn, *net.UnixConn:
		return true
	}
	return false
}
