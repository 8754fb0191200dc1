package accesslog_test

import (
	"bytes"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sluice-proxy/sluice/filters/accesslog"
)

// A gate is a writer that can be shut, and that can break.
type gate struct {
	mu   sync.Mutex
	open sync.Cond
	shut bool
	err  error
	half bool // writes half of what it's given before it breaks
	b    bytes.Buffer
}

func newGate() *gate {
	g := &gate{}
	g.open.L = &g.mu
	return g
}

func (g *gate) set(f func()) {
	g.mu.Lock()
	f()
	g.mu.Unlock()
	g.open.Broadcast()
}

func (g *gate) Write(p []byte) (int, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for g.shut {
		g.open.Wait()
	}
	if g.err != nil {
		n := 0
		if g.half {
			n = len(p) / 2
			g.half = false
			g.b.Write(p[:n])
		}
		return n, g.err
	}
	return g.b.Write(p)
}

func TestDropsWhenFullAndSaysSo(t *testing.T) {
	g := newGate()
	g.shut = true
	const queue = 256 << 10
	l := open(t, accesslog.Config{Writer: g, QueueBytes: queue, Delay: time.Millisecond})
	x := exchange(session())
	const n = 5000
	for i := range n {
		x.ID = uint64(i + 1)
		l.OnDone(x)
	}
	c := l.Counts()
	if c.Dropped == 0 || c.Exchanges+c.Dropped != n {
		t.Errorf("accepted %d and dropped %d of %d", c.Exchanges, c.Dropped, n)
	}
	if c.Pending > queue+2*(64<<10) {
		t.Errorf("%d bytes pending, with a bound of %d and a buffer", c.Pending, queue)
	}
	g.set(func() { g.shut = false })
	all := lines(t, l, &g.b)
	dropped, written := 0.0, 0
	for _, m := range all {
		if m["event.name"] == "dropped" {
			dropped += m["sluice.log.dropped"].(float64)
		} else {
			written++
		}
	}
	c = l.Counts()
	if uint64(dropped) != c.Dropped || uint64(written) != c.Exchanges || c.Written != c.Exchanges+c.Notes || c.Lost != 0 || c.Pending != 0 {
		t.Errorf("%v lines are said to be missing, %d are there; counted: %+v", dropped, written, c)
	}
}

func TestBlocksWhenFull(t *testing.T) {
	g := newGate()
	g.shut = true
	l := open(t, accesslog.Config{Writer: g, QueueBytes: 128 << 10, Block: true, Shards: 2, Delay: time.Millisecond})
	const drivers, each = 4, 600 // two to a shard
	var wg sync.WaitGroup
	for d := range drivers {
		wg.Go(func() {
			x := exchange(session())
			x.Session.Shard = d
			for range each {
				l.OnDone(x)
			}
		})
	}
	before := uint64(0)
	for { // until nobody gets on
		<-time.After(50 * time.Millisecond)
		c := l.Counts()
		if c.Exchanges == before && before > 0 {
			break
		}
		before = c.Exchanges
	}
	if before == drivers*each {
		t.Fatal("nobody waited")
	}
	g.set(func() { g.shut = false })
	wg.Wait()
	if got := len(lines(t, l, &g.b)); got != drivers*each {
		t.Errorf("got %d lines, want %d", got, drivers*each)
	}
	if c := l.Counts(); c.Dropped != 0 || c.Lost != 0 {
		t.Errorf("got %+v", c)
	}
}

func TestCloseFreesWhoeverWaits(t *testing.T) {
	g := newGate()
	g.shut = true
	l := open(t, accesslog.Config{Writer: g, QueueBytes: 1, Block: true, Delay: time.Millisecond})
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		x := exchange(session())
		for range 1000 {
			l.OnDone(x)
		}
	}()
	<-time.After(20 * time.Millisecond)
	if err := l.Close(10 * time.Millisecond); err == nil {
		t.Error("closing a log that is stuck must say so")
	}
	<-ended
	g.set(func() { g.shut = false })
}

func TestWriteErrorsAreSurvivedAndToldOnce(t *testing.T) {
	g := newGate()
	g.err, g.half = errors.New("no space left"), true
	var said bytes.Buffer
	l := open(t, accesslog.Config{Writer: g, Delay: time.Millisecond, Logger: slog.New(slog.NewTextHandler(&said, nil))})
	x := exchange(session())
	for range 10 {
		l.OnDone(x)
	}
	for l.Counts().Errors < 2 {
		<-time.After(time.Millisecond)
	}
	g.set(func() { g.err = nil })
	if got := len(lines(t, l, &g.b)); got != 10 {
		t.Errorf("got %d lines, want 10: one that was half written goes on where it stopped", got)
	}
	if n := strings.Count(said.String(), "\n"); n != 1 {
		t.Errorf("the process's log has %d lines, want 1: %s", n, said.String())
	}
}

func TestWhatCloseCantWriteIsLostAndCounted(t *testing.T) {
	g := newGate()
	g.err = errors.New("no space left")
	l := open(t, accesslog.Config{Writer: g})
	x := exchange(session())
	for range 500 {
		l.OnDone(x)
	}
	if err := l.Close(10 * time.Millisecond); err == nil || !strings.Contains(err.Error(), "500 lines lost") {
		t.Errorf("got %v", err)
	}
	l.OnDone(x) // and this one has nowhere to go
	if c := l.Counts(); c.Exchanges != 500 || c.Lost != 500 || c.Written != 0 || c.Dropped != 1 || c.Pending != 0 {
		t.Errorf("got %+v", c)
	}
}
