package loop

import (
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/sluice-proxy/sluice/filters"
)

var errPanic = errors.New("loop: a step panicked")

// rescue, deferred, ends c alone if what it was in panics.
func (l *Loop) rescue(c *conn) {
	v := recover()
	if v == nil {
		return
	}
	c.broken = true
	l.stats.Panics.Add(1)
	stack := debug.Stack()
	if l.cfg.OnPanic != nil {
		l.cfg.OnPanic(c.s, v, stack)
	} else {
		l.cfg.Log.Error("session panicked", "id", c.s.ID, "panic", fmt.Sprintf("%T", v), "stack", string(stack))
	}
	err := errPanic // what others panic with may quote payload
	if e, ok := v.(runtime.Error); ok {
		err = e
	}
	l.abort(c, filters.Panicked, err)
}

// call runs fn as a step of c.
func (l *Loop) call(c *conn, fn func(*filters.Session)) {
	defer l.rescue(c)
	if c.broken {
		return
	}
	c.s.Tick(l.now)
	fn(c.s)
}

// abort ends c's session. If that panics too it is over all the same.
func (l *Loop) abort(c *conn, cause filters.Cause, err error) {
	defer func() {
		if v := recover(); v != nil {
			c.broken = true
			l.stats.Panics.Add(1)
			l.cfg.Log.Error("session panicked while it was aborted", "id", c.s.ID, "panic", fmt.Sprintf("%T", v))
		}
	}()
	c.s.Abort(cause, err)
}
