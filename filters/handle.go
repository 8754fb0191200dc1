package filters

import (
	"sync"
	"sync/atomic"
)

// A Handle reaches a session from any goroutine. What is posted runs on the session's driver, or never if the session has gone.
type Handle struct {
	mu   sync.Mutex
	post func(func(*Session))

	canceled atomic.Int64 // the Instant of the last request to cancel what the session does; 0: none, or taken
}

// Cancel notes that somebody asked the server, at the instant at, to cancel what the session does. It is called before the request goes to the server,
// so that whatever the server answers is seen later.
func (h *Handle) Cancel(at Instant) { h.canceled.Store(int64(at)) }

// TakeCanceled says whether an exchange that began at began, and ends now, was to be cancelled. A request that came when nothing was under way counts for nobody.
func (s *Session) TakeCanceled(began Instant) bool {
	at := Instant(s.handle.canceled.Load())
	return at != 0 && s.handle.canceled.CompareAndSwap(int64(at), 0) && began <= at
}

// Post has fn run by the session's driver, between two steps. It reports whether the session was still there.
func (h *Handle) Post(fn func(*Session)) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.post == nil {
		return false
	}
	h.post(fn)
	return true
}

// Attach names the driver's way to the session; nil says that it has gone. A driver calls it when it takes a session over. post must
// not call back into the handle.
func (h *Handle) Attach(post func(func(*Session))) {
	h.mu.Lock()
	h.post = post
	h.mu.Unlock()
}

// A Ticket stands for one held request. It is a value: a ticket of a session that has gone, or of a request that was already answered, does nothing.
type Ticket struct {
	h   *Handle
	gen uint64
}

// Resume gives the verdict on the held request. It may be called from any goroutine, more than once; the first call counts.
func (t Ticket) Resume(v Verdict) {
	v.Bytes = append([]byte(nil), v.Bytes...)
	t.h.Post(func(s *Session) { s.resume(t.gen, v) })
}
