package loop

import (
	"testing"
	"unsafe"

	"github.com/sluice-proxy/sluice/filters"
)

// A steadyKernel has sockets that are always readable, a small request at a time, and always writable.
type steadyKernel struct {
	fakeKernel
	ids []uint64
}

func (k *steadyKernel) register(_ int32, id uint64) error { k.ids = append(k.ids, id); return nil }
func (k *steadyKernel) recv(int32, []byte) int            { return 100 }
func (k *steadyKernel) close(int32, bool)                 {}

func (k *steadyKernel) wait(evs []event) int {
	n := 0
	if k.woken.Swap(false) {
		evs[n] = event{id: wakeID}
		n++
	}
	for _, id := range k.ids {
		evs[n] = event{id, canRead | canWrite}
		n++
	}
	return n
}

func (k *steadyKernel) send(batch []send) {
	for i := range batch {
		batch[i].n = int32(len(batch[i].p))
	}
}

func steady(sessions int, plan *filters.Plan) *Loop {
	k := &steadyKernel{}
	l := newLoop(Config{Clock: plan.Clock}, k, make([]byte, arenaSize), "fake")
	for i := range sessions {
		l.Adopt(connected(plan), 2*i, 2*i+1)
	}
	for range 3 {
		l.pass()
	}
	return l
}

func TestPassAllocatesNothing(t *testing.T) {
	for name, filter := range map[string][]filters.Filter{"no chain": nil, "passing": {passing{}}} {
		plan := &filters.Plan{Terminal: testTerminal{}, Clock: &manualClock{1}, IdleTimeout: 1 << 40,
			Chain: func(*filters.Session) []filters.Filter { return filter }}
		l := steady(50, plan)
		sends := l.Stats().Sends.Load()
		if n := testing.AllocsPerRun(100, func() { l.pass() }); n != 0 {
			t.Errorf("%s: %v allocations per pass", name, n)
		}
		if got := l.Stats().Sends.Load() - sends; got < 100*100 {
			t.Errorf("%s: %d sends", name, got)
		}
	}
	if n := unsafe.Sizeof(conn{}); n > 96 {
		t.Errorf("a session takes %d bytes", n)
	}
}

// BenchmarkPass is what the loop itself costs, with sessions that have no filters and a kernel that does nothing.
func BenchmarkPass(b *testing.B) {
	const sessions = 25
	l := steady(sessions, &filters.Plan{Terminal: testTerminal{}, Clock: filters.NewEpoch(), Chain: func(*filters.Session) []filters.Filter { return nil }})
	for b.Loop() {
		l.pass()
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/(2*sessions), "ns/msg")
}
