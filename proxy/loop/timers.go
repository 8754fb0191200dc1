package loop

import "github.com/sluice-proxy/sluice/filters"

// timers is a heap of sessions by conn.at. A deadline that moves away is not followed: the timer goes off early and is set again, which
// costs once per timeout what following costs at every byte. So an active session with a timeout costs nothing here, and one without
// isn't in the heap at all. A wheel would need a tick, and an idle loop has none.
type timers []*conn

// set lets c's timer go off at at.
func (t *timers) set(c *conn, at filters.Instant) {
	if c.at == 0 {
		c.timer = int32(len(*t))
		*t = append(*t, c)
	}
	c.at = at
	if !t.up(int(c.timer)) {
		t.down(int(c.timer))
	}
}

// remove takes c's timer away.
func (t *timers) remove(c *conn) {
	if c.at == 0 {
		return
	}
	h := *t
	i, last := int(c.timer), len(h)-1
	c.at = 0
	h[i] = h[last]
	h[i].timer = int32(i)
	h[last] = nil
	*t = h[:last]
	if i < last && !t.up(i) {
		t.down(i)
	}
}

func (t timers) up(i int) (moved bool) {
	for i > 0 {
		p := (i - 1) / 2
		if t[p].at <= t[i].at {
			break
		}
		t.swap(i, p)
		i, moved = p, true
	}
	return moved
}

func (t timers) down(i int) {
	for {
		k := 2*i + 1
		if k >= len(t) {
			return
		}
		if k+1 < len(t) && t[k+1].at < t[k].at {
			k++
		}
		if t[i].at <= t[k].at {
			return
		}
		t.swap(i, k)
		i = k
	}
}

func (t timers) swap(i, k int) {
	t[i], t[k] = t[k], t[i]
	t[i].timer, t[k].timer = int32(i), int32(k)
}
