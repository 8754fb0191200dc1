package loop

import (
	"errors"
	"log/slog"

	"github.com/sluice-proxy/sluice/filters"
)

// ErrStopped is the error of sessions that a stopping loop ended.
var ErrStopped = errors.New("loop: stopped")

// ErrUnsupported is Start's error where the system has no epoll.
var ErrUnsupported = errors.New("loop: not supported on this system")

// Config is what a loop is made from.
type Config struct {
	Shard  int           // given to sessions
	Sender SenderKind    // how batches are sent; default: the best that works
	Clock  filters.Clock // required; the one of the sessions' plans
	Log    *slog.Logger  // default: none

	// OnPanic is told that a step of s panicked with v, before s is aborted. OnClosed is told that s has gone, descriptors included.
	// Both run on the loop, which waits for them; OnClosed may also run inside Adopt, if the loop has stopped.
	OnPanic  func(s *filters.Session, v any, stack []byte)
	OnClosed func(s *filters.Session)
}

// A SenderKind is a way to send a batch.
type SenderKind uint8

// The senders, best first.
const (
	Auto     SenderKind = iota // the best that works
	IOUring                    // one io_uring_enter
	IOSubmit                   // one io_submit (Linux AIO)
	Send                       // send, one by one; always works
)

// String gives the sender as logs and metrics write it.
func (k SenderKind) String() string {
	return [...]string{"auto", "io_uring", "io_submit", "send"}[k&3]
}

// A Loop owns sessions. Its methods may be called from any goroutine, except that Stop waits and so must not be called by what runs on the loop.
type Loop struct {
	cfg    Config
	sender string
	k      kernel
	inbox  inbox
	stats  Stats
	done   chan struct{} // closed when the goroutine has gone

	// What follows is the goroutine's own.

	slots []*conn
	gens  []uint32
	free  []uint32

	run     []*conn // to be stepped in the next pass
	spare   []*conn // run of the pass before, to be reused
	stepped []*conn // since the last flush
	batch   []send  // to be sent at the next flush
	arena   []byte  // what was received since the last flush
	used    int
	timers  timers
	armed   filters.Instant // when the kernel will end the next park; 0: not
	now     filters.Instant // of this pass
	tally   tally
	ending  bool
	evs     [256]event
}

// arenaSize leaves room for one long receive in each direction of a few sessions; most passes use a few KiB of it.
const arenaSize = 4 << 20

func newLoop(cfg Config, k kernel, arena []byte, sender string) *Loop {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	l := &Loop{cfg: cfg, k: k, arena: arena, sender: sender, batch: make([]send, 0, batchMax), done: make(chan struct{})}
	l.inbox.wake = k.wake
	return l
}

// Sender tells how batches are sent.
func (l *Loop) Sender() string { return l.sender }

// Stats gives the loop's numbers.
func (l *Loop) Stats() *Stats { return &l.stats }

// Adopt takes over s, which must be connected on both sides, and the sockets of its client and server. The caller must not use any of them
// afterwards; the descriptors must be non-blocking, and known to no other poller. What reaches s.Handle once Adopt was called runs on
// the loop. A stopped loop ends the session at once.
func (l *Loop) Adopt(s *filters.Session, client, server int) {
	s.Shard, s.Driver = l.cfg.Shard, "loop"
	c := &conn{s: s, sent: [2]int16{-1, -1}}
	for i, fd := range [...]int{client, server} {
		c.sides[i] = side{fd: int32(fd), ready: canWrite, size: sizeMin} // if it isn't writable, the first send will say so
	}
	l.stats.Adopted.Add(1)
	l.stats.Sessions.Add(1)
	s.Handle().Attach(func(fn func(*filters.Session)) { l.inbox.put(item{c, fn}) })
	if !l.inbox.put(item{c: c}) {
		s.Tick(l.cfg.Clock.Now())
		l.abort(c, filters.Stopped, ErrStopped)
		l.close(c)
	}
}

// Stop aborts the sessions, gives everything back and returns when the loop's goroutine has gone.
func (l *Loop) Stop() {
	l.inbox.close()
	<-l.done
}

// live is the goroutine.
func (l *Loop) live() {
	defer close(l.done)
	for !l.ending {
		if l.k.park(l.cycle) {
			l.armed = 0
		}
	}
	l.now = l.cfg.Clock.Now()
	for _, c := range l.slots {
		if c != nil {
			l.abort(c, filters.Stopped, ErrStopped)
			l.bury(c)
		}
	}
	l.k.release()
}

// enter starts to serve c.
func (l *Loop) enter(c *conn) {
	l.place(c)
	for i := range c.sides {
		if err := l.k.register(c.sides[i].fd, l.id(c, filters.Direction(i))); err != nil {
			l.cfg.Log.Error("session refused", "id", c.s.ID, "err", err)
			l.abort(c, filters.Stopped, err)
			break
		}
	}
	l.enqueue(c)
}

// bury closes c and forgets it. No batch may be under way.
func (l *Loop) bury(c *conn) {
	l.timers.remove(c)
	l.displace(c)
	l.close(c)
}

// close closes c's connections and lets everyone know.
func (l *Loop) close(c *conn) {
	s := c.s
	c.s = nil
	for i := range c.sides {
		l.k.close(c.sides[i].fd, s.Reset(filters.Direction(i)))
	}
	s.Handle().Attach(nil)
	l.stats.Sessions.Add(-1)
	if l.cfg.OnClosed != nil {
		l.cfg.OnClosed(s)
	}
}
