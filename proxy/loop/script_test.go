package loop

import (
	"bytes"
	"errors"
	"log/slog"
	"math/rand/v2"
	"net/netip"
	"os"
	"syscall"
	"testing"

	"github.com/sluice-proxy/sluice/codecs"
	"github.com/sluice-proxy/sluice/filters"
)

type testTerminal struct{}

func (testTerminal) Connect(*filters.Session, int) (filters.Endpoint, error) {
	return filters.Endpoint{}, nil
}
func (testTerminal) Disconnected(*filters.Session, filters.Endpoint, error) {}

// manualClock is a clock that tests move.
type manualClock struct{ now filters.Instant }

func (c *manualClock) Now() filters.Instant { return c.now }

func connected(p *filters.Plan) *filters.Session {
	s := filters.NewSession(p, 1, netip.AddrPort{})
	s.Begin()
	s.ServerConnected()
	return s
}

// passing passes everything on.
type passing struct{}

func (passing) OnRead(w *filters.Window) error  { w.PassTo(w.End()); return nil }
func (passing) OnWrite(w *filters.Window) error { w.PassTo(w.End()); return nil }
func (passing) OnEvent(filters.Event) error     { return nil }

// wavering passes a part, holds the rest until later, and panics if told to.
type wavering struct {
	s       *filters.Session
	rng     *rand.Rand
	panicAt int64
}

func (f *wavering) pass(w *filters.Window, dir codecs.Direction) error {
	if f.panicAt > 0 && w.End() >= f.panicAt {
		panic("as told")
	}
	switch f.rng.IntN(4) {
	case 0:
	case 1:
		w.PassTo(w.Start() + f.rng.Int64N(w.End()-w.Start()+1))
	default:
		w.PassTo(w.End())
	}
	if w.Start() < w.End() { // the rest goes when the loop comes back
		f.s.Handle().Post(func(s *filters.Session) {
			w := s.Window(dir, 0)
			w.PassTo(w.End())
		})
	}
	return nil
}

func (f *wavering) OnRead(w *filters.Window) error  { return f.pass(w, codecs.FromClient) }
func (f *wavering) OnWrite(w *filters.Window) error { return f.pass(w, codecs.FromServer) }
func (f *wavering) OnEvent(filters.Event) error     { return nil }

// A script is one session in the fake kernel and what its peers do.
type script struct {
	s      *filters.Session
	ends   [2]*fakeSocket // the loop's sockets: the client's and the server's
	say    [2][]byte      // what each peer says; sent is the rest
	rest   [2][]byte
	heard  [2][]byte // what each peer heard
	ended  [2]bool
	reset  int  // the peer that resets; -1
	polite bool // the server ends only after the client's end
	panics bool
	closed int
}

func pattern(n int, key byte) []byte {
	p := make([]byte, n)
	for i := range p {
		p[i] = byte(i*7) ^ byte(i>>8) ^ key
	}
	return p
}

func newScript(k *fakeKernel, clock filters.Clock) *script {
	rng := k.rng
	sc := &script{reset: -1, polite: rng.IntN(2) == 0}
	chain := rng.IntN(3)
	var panicAt int64
	if chain == 2 && rng.IntN(4) == 0 {
		panicAt = 1 + rng.Int64N(3000)
		sc.panics = true
	} else if rng.IntN(5) == 0 {
		sc.reset = rng.IntN(2)
	}
	plan := &filters.Plan{Terminal: testTerminal{}, Clock: clock, Chain: func(s *filters.Session) []filters.Filter {
		switch chain {
		case 0:
			return nil
		case 1:
			return []filters.Filter{passing{}}
		}
		return []filters.Filter{&wavering{s, rand.New(rand.NewPCG(rng.Uint64(), 2)), panicAt}}
	}}
	for i := range sc.ends {
		n := rng.IntN(4000)
		if rng.IntN(16) == 0 {
			n = rng.IntN(400 << 10)
		}
		sc.ends[i] = k.socket(1 + rng.IntN(20<<10))
		sc.say[i] = pattern(n, byte(rng.Uint32()))
		sc.rest[i] = sc.say[i]
	}
	sc.s = connected(plan)
	return sc
}

// act lets one of the peers do something. It reports whether there was anything to do.
func (sc *script) act(rng *rand.Rand, i int) bool {
	e, did := sc.ends[i], false
	if e.closed > 0 {
		sc.heard[i] = append(sc.heard[i], e.read(len(e.out))...)
		return false
	}
	if len(e.out) > 0 && rng.IntN(3) > 0 {
		sc.heard[i] = append(sc.heard[i], e.read(1+rng.IntN(2*len(e.out)))...)
		did = true
	}
	if sc.ended[i] {
		return did || len(e.out) > 0
	}
	if sc.reset == i && rng.IntN(8) == 0 {
		sc.ended[i] = true
		e.fail(syscall.ECONNRESET)
		return true
	}
	if n := len(sc.rest[i]); n > 0 {
		n = min(n, 1+rng.IntN(max(n/3, 64)))
		e.write(sc.rest[i][:n])
		sc.rest[i] = sc.rest[i][n:]
		return true
	}
	if sc.reset == i || i == 1 && sc.polite && !e.outEnd {
		return did || len(e.out) > 0 || sc.reset == i
	}
	sc.ended[i] = true
	e.end()
	return true
}

func (sc *script) check(t *testing.T) {
	t.Helper()
	if sc.closed != 1 || sc.ends[0].closed != 1 || sc.ends[1].closed != 1 {
		t.Fatalf("closed %d times, its descriptors %d and %d", sc.closed, sc.ends[0].closed, sc.ends[1].closed)
	}
	if !sc.s.Done() {
		t.Fatal("closed, but not over")
	}
	if sc.s.Handle().Post(func(*filters.Session) {}) {
		t.Fatal("its handle still takes posts")
	}
	for i := range sc.ends {
		sc.act(rand.New(rand.NewPCG(0, 0)), i) // read what is left
		said, heard := sc.say[1-i], sc.heard[i]
		if !bytes.HasPrefix(said, heard) {
			t.Fatalf("peer %d heard %d bytes that differ from the %d said", i, len(heard), len(said))
		}
		switch {
		case sc.s.Cause == filters.Panicked:
			if !sc.ends[i].reset {
				t.Fatalf("peer %d saw no reset", i)
			}
		case sc.reset >= 0:
			if i != sc.reset && (!sc.ends[i].reset || sc.ends[i].outEnd) {
				t.Fatalf("peer %d saw no reset, or an end before it: %v", i, sc.s.Cause)
			}
		case len(heard) != len(said):
			t.Fatalf("peer %d heard %d bytes of %d", i, len(heard), len(said))
		case !sc.ends[i].outEnd || sc.ends[i].reset:
			t.Fatalf("peer %d saw no orderly end", i)
		}
	}
	if sc.panics && sc.s.Cause != filters.Panicked && len(sc.heard[0])+len(sc.heard[1]) > 6000 {
		t.Fatalf("should have panicked: %v", sc.s.Cause)
	}
}

// TestScripts runs sessions over the fake kernel, hundreds of times, each differently; 20,000 times where SLUICE_LONG is set.
func TestScripts(t *testing.T) {
	seeds := 500
	if os.Getenv("SLUICE_LONG") != "" {
		seeds = 20_000
	}
	arena := make([]byte, 3<<sizeMax)
	large, stale := 0, int64(0)
	for seed := range uint64(seeds) {
		k, st := runScripts(t, seed, arena)
		stale += st.Stale.Load()
		large = max(large, k.large)
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
	if large < 4 {
		t.Errorf("the largest batch had %d sends", large)
	}
	if stale == 0 {
		t.Error("no event was stale")
	}
}

func runScripts(t *testing.T, seed uint64, arena []byte) (*fakeKernel, *Stats) {
	t.Helper()
	defer func() {
		if t.Failed() {
			t.Logf("seed %d", seed)
		}
	}()
	k := newFakeKernel(t, seed)
	clock := &manualClock{1}
	var all []*script
	bySession := map[*filters.Session]*script{}
	panics := 0
	l := newLoop(Config{Shard: 3, Clock: clock, Log: slog.New(slog.DiscardHandler),
		OnPanic:  func(*filters.Session, any, []byte) { panics++ },
		OnClosed: func(s *filters.Session) { bySession[s].closed++ }}, k, arena, "fake")
	want := 1 + k.rng.IntN(8)
	for idle, moved := 0, 0; idle < 500; idle++ {
		if k.moved != moved {
			idle, moved = 0, k.moved
		}
		switch n := k.rng.IntN(8); {
		case n == 0 && len(all) < want:
			sc := newScript(k, clock)
			all = append(all, sc)
			bySession[sc.s] = sc
			l.Adopt(sc.s, int(sc.ends[0].fd), int(sc.ends[1].fd))
			if sc.s.Shard != 3 || sc.s.Driver != "loop" {
				t.Fatal("shard or driver not set")
			}
		case n < 4 && len(all) > 0:
			if all[k.rng.IntN(len(all))].act(k.rng, k.rng.IntN(2)) {
				idle = 0
			}
		default:
			if n == 7 {
				clock.now++
				if l.cycle() {
					t.Fatal("cycle ended the loop")
				}
			} else if !l.pass() && len(l.run) > 0 {
				t.Fatal("asleep with a run list")
			}
		}
	}
	if len(all) != want {
		t.Fatalf("%d sessions of %d", len(all), want)
	}
	if len(l.stepped) > 0 || len(l.batch) > 0 || l.used > 0 {
		t.Fatal("a pass left something in the batch")
	}
	for _, sc := range all {
		sc.check(t)
	}
	if got := l.Stats().Sessions.Load(); got != 0 {
		t.Fatalf("%d sessions left", got)
	}
	if got := l.Stats().Panics.Load(); got != int64(panics) {
		t.Fatalf("%d panics, %d told", got, panics)
	}
	return k, l.Stats()
}

// TestStopInTheMiddle stops loops whose sessions are at any point.
func TestStopInTheMiddle(t *testing.T) {
	for seed := range uint64(500) {
		k := newFakeKernel(t, seed)
		clock := &manualClock{1}
		bySession := map[*filters.Session]*script{}
		l := newLoop(Config{Clock: clock, OnClosed: func(s *filters.Session) { bySession[s].closed++ }}, k, make([]byte, 2<<sizeMax+1<<sizeMin), "fake")
		var all []*script
		adopt := func() {
			sc := newScript(k, clock)
			all = append(all, sc)
			bySession[sc.s] = sc
			l.Adopt(sc.s, int(sc.ends[0].fd), int(sc.ends[1].fd))
		}
		for range 1 + k.rng.IntN(8) {
			adopt()
			for range k.rng.IntN(10) {
				all[k.rng.IntN(len(all))].act(k.rng, k.rng.IntN(2))
				l.pass()
			}
		}
		l.inbox.close()
		adopt() // is refused
		l.live()
		l.Stop()
		for _, sc := range all {
			if sc.closed != 1 || sc.ends[0].closed != 1 || sc.ends[1].closed != 1 {
				t.Fatalf("seed %d: closed %d times, descriptors %d, %d", seed, sc.closed, sc.ends[0].closed, sc.ends[1].closed)
			}
		}
		if last := all[len(all)-1].s; last.Cause != filters.Stopped || !errors.Is(last.Err, ErrStopped) {
			t.Fatalf("the refused session: %v, %v", last.Cause, last.Err)
		}
	}
}
