package loop

import "sync/atomic"

// Stats are a loop's numbers, readable while it runs. All but Sessions only grow.
type Stats struct {
	Sessions atomic.Int64 // adopted and not over, those still in the inbox included
	Adopted  atomic.Int64
	Parks    atomic.Int64 // the loop went to sleep
	Passes   atomic.Int64
	Recvs    atomic.Int64
	Batches  atomic.Int64 // system calls that sent, one or many
	Sends    atomic.Int64
	Short    atomic.Int64 // sends that the socket took only a part of
	Blocked  atomic.Int64 // sends that the socket took nothing of
	Stale    atomic.Int64 // events of connections that had gone
	Panics   atomic.Int64
}

// A tally counts within a pass, without atomics.
type tally struct{ recvs, batches, sends, short, blocked, stale int64 }

// publish adds a pass's tally.
func (t *tally) publish(s *Stats) {
	s.Passes.Add(1)
	add(&s.Recvs, t.recvs)
	add(&s.Batches, t.batches)
	add(&s.Sends, t.sends)
	add(&s.Short, t.short)
	add(&s.Blocked, t.blocked)
	add(&s.Stale, t.stale)
	*t = tally{}
}

func add(a *atomic.Int64, n int64) {
	if n != 0 {
		a.Add(n)
	}
}
