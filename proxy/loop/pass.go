package loop

import (
	"github.com/sluice-proxy/sluice/filters"
)

// budget is what a session receives from one side in one step, so that a flood doesn't starve the others.
const budget = 1 << sizeMax

// cycle runs passes until nothing is left to do, and sets the timer. A busy loop needs not offer the processor to other goroutines: they have others
// (GOMAXPROCS is loops and two), and Go's scheduler takes it away after 10 ms anyway. Offering it every 5 ms cost 8 % of a loop's time. It reports whether the loop ends.
func (l *Loop) cycle() bool {
	for l.pass() {
	}
	if l.ending {
		return true
	}
	if len(l.timers) > 0 && l.timers[0].at != l.armed {
		l.armed = l.timers[0].at
		l.k.arm(int64(max(l.armed-l.cfg.Clock.Now(), 0)))
	}
	l.stats.Parks.Add(1)
	return false
}

// pass does what there is to do now. It reports whether there was anything.
func (l *Loop) pass() bool {
	n := l.k.wait(l.evs[:])
	if n == 0 && len(l.run) == 0 && len(l.timers) == 0 {
		return false
	}
	l.now = l.cfg.Clock.Now()
	woken := false
	for i := range l.evs[:n] {
		e := &l.evs[i]
		c, sd := l.find(e.id)
		if c == nil {
			if e.id == wakeID {
				woken = true
			} else {
				l.tally.stale++
			}
			continue
		}
		sd.ready |= e.ready
		l.enqueue(c)
	}
	if woken {
		l.look()
	}
	l.expire()
	if l.ending || n == 0 && len(l.run) == 0 {
		return false
	}
	l.round()
	l.tally.publish(&l.stats)
	return true
}

// look takes what came to the inbox.
func (l *Loop) look() {
	items, closed := l.inbox.take()
	for _, it := range items {
		switch {
		case it.fn == nil:
			l.enter(it.c)
		case it.c.s != nil:
			l.call(it.c, it.fn)
			l.enqueue(it.c)
		}
	}
	l.ending = closed
}

// expire lets the due timers go off.
func (l *Loop) expire() {
	for len(l.timers) > 0 && l.timers[0].at <= l.now {
		c := l.timers[0]
		l.timers.remove(c)
		d := c.s.Deadline()
		if d > l.now {
			l.timers.set(c, d)
		} else if d != 0 {
			l.call(c, (*filters.Session).Expire)
			l.enqueue(c)
		}
	}
}

// enqueue puts c on the run list.
func (l *Loop) enqueue(c *conn) {
	if !c.queued {
		c.queued = true
		l.run = append(l.run, c)
	}
}

// round steps each session of the run list once. Those that can go on are on it again afterwards.
func (l *Loop) round() {
	q := l.run
	l.run = l.spare[:0]
	for _, c := range q {
		if l.used > len(l.arena)-2<<sizeMax || len(l.batch) > batchMax-2 {
			l.flush()
		}
		c.queued = false
		l.step(c)
		l.stepped = append(l.stepped, c)
	}
	l.flush()
	clear(q)
	l.spare = q
}

// step receives for c and puts what it has to send into the batch.
func (l *Loop) step(c *conn) {
	defer l.rescue(c)
	if c.broken {
		return
	}
	c.s.Tick(l.now)
	l.receive(c, filters.FromClient)
	l.receive(c, filters.FromServer)
	l.offer(c, filters.FromClient)
	l.offer(c, filters.FromServer)
}

func (l *Loop) receive(c *conn, dir filters.Direction) {
	sd := &c.sides[dir]
	for got := 0; got < budget && sd.ready&canRead != 0 && c.s.Reading(dir); {
		size := 1 << sd.size
		if size > len(l.arena)-l.used {
			return
		}
		p := l.arena[l.used : l.used+size]
		n := l.k.recv(sd.fd, p)
		l.tally.recvs++
		switch {
		case n > 0:
			if n < size && sd.ready&drainAll == 0 {
				sd.ready &^= canRead
			}
			sd.fit(n)
			got += n
			l.used += (n + 63) &^ 63 // two sessions' bytes share no cache line
			c.s.Receive(dir, p[:n:n])
		case n == errAgain:
			sd.ready &^= canRead | drainAll
		case n == errIntr:
		case n == 0 && sd.err == 0:
			sd.ready &^= canRead
			c.s.ReceiveEnd(dir)
		default:
			if n < 0 {
				sd.err = errno(n)
			}
			sd.ready &^= canRead
			c.s.ReceiveFailed(dir, sd.err)
		}
	}
}

// offer puts what dir's destination may be sent into the batch.
func (l *Loop) offer(c *conn, dir filters.Direction) {
	sd := &c.sides[dir.Other()]
	if sd.ready&canWrite == 0 {
		return
	}
	if p := c.s.Pending(dir); len(p) > 0 {
		c.sent[dir] = int16(len(l.batch))
		l.batch = append(l.batch, send{fd: sd.fd, p: p})
	}
}

// flush sends the batch and settles the sessions that were stepped since the last one.
func (l *Loop) flush() {
	if n := len(l.batch); n > 0 {
		l.k.send(l.batch)
		l.tally.batches++
		l.tally.sends += int64(n)
	}
	for i, c := range l.stepped {
		l.settle(c)
		if c.broken || c.s.Done() {
			l.bury(c)
		}
		l.stepped[i] = nil
	}
	clear(l.batch)
	l.batch, l.stepped, l.used = l.batch[:0], l.stepped[:0], 0
}

// settle tells c what became of its sends, does what is due at its ends, and sees to it that it is stepped again if it can go on.
func (l *Loop) settle(c *conn) {
	defer l.rescue(c)
	if c.broken {
		return
	}
	s := c.s
	for dir, i := range c.sent {
		if i >= 0 {
			c.sent[dir] = -1
			l.sent(c, filters.Direction(dir), &l.batch[i])
		}
	}
	for dir := filters.FromClient; dir <= filters.FromServer; dir++ {
		if s.EndDue(dir) {
			l.k.shutdown(c.sides[dir.Other()].fd)
		}
	}
	if s.Done() {
		return
	}
	s.Keep()
	again := false
	for dir := filters.FromClient; dir <= filters.FromServer && !again; dir++ {
		again = c.sides[dir].ready&canRead != 0 && s.Reading(dir) ||
			c.sides[dir.Other()].ready&canWrite != 0 && len(s.Pending(dir)) > 0
	}
	if again {
		l.enqueue(c)
	}
	if d := s.Deadline(); d != 0 && (c.at == 0 || d < c.at) {
		l.timers.set(c, d)
	}
}

// sent tells c's session the result of a send in direction dir.
func (l *Loop) sent(c *conn, dir filters.Direction, b *send) {
	sd := &c.sides[dir.Other()]
	switch n := int(b.n); {
	case n == len(b.p):
		c.s.Sent(dir, n)
	case n >= 0:
		l.tally.short++
		sd.ready &^= canWrite // a short send leaves the socket full, and an event tells when it no longer is
		c.s.Sent(dir, n)
	case n == errAgain:
		l.tally.blocked++
		sd.ready &^= canWrite
	case n == errIntr:
	default:
		// What the peer said before may still be there to be read. But the error is told only once, and is ours to remember: else a reset
		// would look like an orderly end.
		if e := errno(n); e != errPipe {
			sd.err = e
		}
		c.s.SendFailed(dir, errno(n))
	}
}
