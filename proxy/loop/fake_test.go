package loop

import (
	"math/rand/v2"
	"sync/atomic"
	"syscall"
	"testing"
)

// A fakeKernel is a kernel without an operating system: sockets are buffers, and everything that may happen happens, as a seeded generator
// decides: full and short sends, interrupted calls, events late, out of order, spurious or of descriptors that have gone. It keeps
// the promises that Linux keeps, and no others: an edge is told once; a short receive means drained unless drainAll was told.
type fakeKernel struct {
	t       *testing.T
	rng     *rand.Rand
	socks   map[int32]*fakeSocket
	order   []*fakeSocket // as made, so that a seed gives one run
	nextFD  int32
	gone    []uint64 // ids of closed descriptors
	lent    [][]byte // given by recv since the last wait
	woken   atomic.Bool
	armedIn int64
	moved   int // grows with whatever has an effect
	large   int // the largest batch
}

// A fakeSocket is the loop's end of a connection; the test plays the peer.
type fakeSocket struct {
	fd     int32
	id     uint64
	edges  ready // not yet told
	told   bool  // registered
	eager  bool  // drainAll was told
	closed int
	reset  bool // closed with a reset

	in     []byte // from the peer
	inEnd  bool
	inErr  syscall.Errno // after in
	out    []byte        // to the peer
	room   int           // bound of out
	full   bool          // a send met the bound: an edge is owed once there is room
	outEnd bool
}

func newFakeKernel(t *testing.T, seed uint64) *fakeKernel {
	return &fakeKernel{t: t, rng: rand.New(rand.NewPCG(seed, 1)), socks: map[int32]*fakeSocket{}, nextFD: 100}
}

func (k *fakeKernel) socket(room int) *fakeSocket {
	s := &fakeSocket{fd: k.nextFD, room: room}
	k.nextFD++
	if k.rng.IntN(3) == 0 {
		for fd := int32(100); fd < k.nextFD; fd++ { // numbers are used again, the lowest first
			if old := k.socks[fd]; old == nil || old.closed > 0 {
				s.fd = fd
				break
			}
		}
	}
	k.socks[s.fd] = s
	k.order = append(k.order, s)
	return s
}

func (k *fakeKernel) get(fd int32, what string) *fakeSocket {
	s := k.socks[fd]
	if s == nil || s.closed > 0 {
		k.t.Fatalf("%s of descriptor %d, which is not open", what, fd)
	}
	return s
}

func (s *fakeSocket) level() (r ready) {
	if len(s.in) > 0 || s.inEnd || s.inErr != 0 {
		r |= canRead
	}
	if len(s.out) < s.room {
		r |= canWrite
	}
	if s.inEnd || s.inErr != 0 {
		r |= drainAll
	}
	return r
}

func (k *fakeKernel) wait(evs []event) int {
	for _, p := range k.lent {
		for i := range p {
			p[i] = 0xee
		}
	}
	k.lent = k.lent[:0]
	n := 0
	if k.woken.Swap(false) {
		evs[n] = event{id: wakeID}
		n++
	}
	for _, i := range k.rng.Perm(len(k.order)) {
		s := k.order[i]
		if n == len(evs) || s.closed > 0 || !s.told || k.rng.IntN(4) == 0 {
			continue // told later
		}
		ev := event{id: s.id, ready: s.edges}
		switch {
		case s.edges == 0 && k.rng.IntN(16) == 0: // spurious: what isn't so
			ev.ready = (canRead | canWrite) &^ s.level()
		case k.rng.IntN(2) == 0 && s.edges != 0:
			ev.ready |= s.level()
		}
		if ev.ready == 0 {
			continue
		}
		evs[n] = ev
		s.edges = 0
		s.eager = s.eager || ev.ready&drainAll != 0
		n++
	}
	if len(k.gone) > 0 && n < len(evs) && k.rng.IntN(8) == 0 {
		evs[n] = event{k.gone[k.rng.IntN(len(k.gone))], canRead | canWrite | drainAll}
		n++
	}
	return n
}

func (k *fakeKernel) register(fd int32, id uint64) error {
	s := k.get(fd, "register")
	s.id, s.told, s.edges = id, true, s.level()
	return nil
}

func (k *fakeKernel) recv(fd int32, p []byte) int {
	s := k.get(fd, "recv")
	if k.rng.IntN(16) == 0 {
		return errIntr
	}
	switch {
	case len(s.in) > 0:
		n := copy(p, s.in)
		if s.eager && k.rng.IntN(2) == 0 {
			n = 1 + k.rng.IntN(n)
		}
		s.in = s.in[n:]
		k.moved += n
		k.lent = append(k.lent, p[:n])
		return n
	case s.inErr != 0:
		e := s.inErr
		s.inErr, s.inEnd = 0, true
		return -int(e)
	case s.inEnd:
		return 0
	}
	s.eager = false
	return errAgain
}

func (k *fakeKernel) send(batch []send) {
	k.large = max(k.large, len(batch))
	seen := map[int32]bool{}
	for i := range batch {
		b := &batch[i]
		if seen[b.fd] {
			k.t.Fatalf("two sends to descriptor %d in one batch", b.fd)
		}
		seen[b.fd] = true
		b.n = int32(k.sendOne(k.get(b.fd, "send"), b.p))
	}
}

func (k *fakeKernel) sendOne(s *fakeSocket, p []byte) int {
	if s.outEnd {
		k.t.Fatalf("send to descriptor %d, which was shut down", s.fd)
	}
	switch {
	case k.rng.IntN(16) == 0:
		return errIntr
	case s.inErr != 0:
		e := s.inErr
		s.inErr, s.inEnd = 0, true
		return -int(e)
	case s.reset:
		return -int(syscall.EPIPE)
	}
	n := min(len(p), s.room-len(s.out))
	if n > 0 && k.rng.IntN(8) == 0 {
		n = k.rng.IntN(n) // short of memory: there is room again at once
		s.edges |= canWrite
	}
	s.out = append(s.out, p[:n]...)
	k.moved += n
	if n < len(p) {
		s.full = true
	}
	if n == 0 {
		return errAgain
	}
	return n
}

func (k *fakeKernel) shutdown(fd int32) {
	s := k.get(fd, "shutdown")
	if s.outEnd {
		k.t.Fatalf("second shutdown of descriptor %d", fd)
	}
	s.outEnd = true
	k.moved++
}

func (k *fakeKernel) close(fd int32, reset bool) {
	s := k.get(fd, "close")
	s.closed++
	k.moved++
	s.reset = s.reset || reset
	k.gone = append(k.gone, s.id)
}

func (k *fakeKernel) wake() { k.woken.Store(true) }

func (k *fakeKernel) arm(in int64) { k.armedIn = in }

func (k *fakeKernel) park(cycle func() bool) bool { return !cycle() }

func (k *fakeKernel) release() {}

// What peers do.

func (s *fakeSocket) write(p []byte) {
	s.in = append(s.in, p...)
	s.edges |= canRead
}

func (s *fakeSocket) end() {
	s.inEnd = true
	s.edges |= canRead | drainAll
}

func (s *fakeSocket) fail(e syscall.Errno) {
	s.inErr = e
	s.out, s.room = nil, 0
	s.edges |= canRead | canWrite | drainAll
}

func (s *fakeSocket) read(n int) []byte {
	n = min(n, len(s.out))
	p := s.out[:n:n]
	s.out = s.out[n:]
	if n > 0 && s.full {
		s.full = false
		s.edges |= canWrite
	}
	return p
}
