package filters

import "github.com/sluice-proxy/sluice/codecs"

// A Window is one direction of a session as one filter sees it: bytes that the filter before it released and this one has not.
// Offsets are absolute: those of the stream as it reaches this filter. An order may reach past the bytes that are here; it then
// stands, and applies to bytes that come later.
type Window struct {
	s     *Session
	dir   codecs.Direction
	stage int // the filter's place in the chain

	start int64  // offset of the first byte that is neither released nor discarded
	held  []byte // bytes [start, base) of earlier calls; owned
	base  int64  // offset of fresh's first byte
	fresh []byte // the bytes of this call; borrowed for it

	order     int64 // the standing order reaches up to here
	orderDrop bool  // and discards, instead of releasing

	transient bool // fresh lies in memory that may be reused before the driver's next Keep
	paused    bool
}

// Fresh gives the bytes that were not shown before, those that a standing order has already released included. Borrowed for the call.
func (w *Window) Fresh() []byte { return w.fresh }

// Start gives the offset of the first byte that is neither released nor discarded.
func (w *Window) Start() int64 { return w.start }

// End gives the offset behind the last byte that is here.
func (w *Window) End() int64 { return w.base + int64(len(w.fresh)) }

// At gives bytes that lie together from off on, not necessarily all up to End: ask again behind them. off must not lie before Start,
// except in Fresh. Borrowed for the call.
func (w *Window) At(off int64) []byte {
	if off >= w.base {
		return w.fresh[min(off-w.base, int64(len(w.fresh))):]
	}
	return w.held[off-w.start:]
}

// Held gives all unreleased bytes in one piece. Borrowed until the next order.
func (w *Window) Held() []byte {
	if len(w.held) == 0 {
		return w.fresh[max(w.start-w.base, 0):]
	}
	w.keep()
	return w.held
}

// PassTo releases the bytes up to off, also those that are still to come.
func (w *Window) PassTo(off int64) {
	if end := w.End(); off > end {
		w.order, w.orderDrop = off, false
		off = end
	}
	w.advance(off, false)
}

// DropTo discards the bytes up to off, also those that are still to come.
func (w *Window) DropTo(off int64) {
	if end := w.End(); off > end {
		w.order, w.orderDrop = off, true
		off = end
	}
	w.advance(off, true)
}

// Insert puts p here: behind what was released, before what was not. p is copied.
func (w *Window) Insert(p []byte) {
	if len(p) > 0 {
		w.s.forward(w.dir, w.stage, p, true)
	}
}

// Pause stops (or lets go on) the reading of this direction's source, because the filter can take no more for the moment. What was already
// read is still shown.
func (w *Window) Pause(paused bool) { w.paused = paused }

func (w *Window) advance(off int64, drop bool) {
	if off <= w.start {
		return
	}
	if n := min(off, w.base) - w.start; n > 0 { // Held bytes first.
		p := w.held[:n]
		w.held = w.held[n:]
		w.start += n
		if !drop {
			w.s.forward(w.dir, w.stage, p, true)
		}
	}
	if off > w.start {
		p := w.fresh[w.start-w.base : off-w.base]
		w.start = off
		if !drop {
			w.s.forward(w.dir, w.stage, p, w.transient)
		}
	}
}

// arrive takes in p, the next bytes of the stream, and obeys the standing order.
func (w *Window) arrive(p []byte, transient bool) {
	w.fresh, w.transient = p, transient
	if w.order > w.start {
		w.advance(min(w.order, w.End()), w.orderDrop)
	}
}

// settle ends a call: what was not released is kept.
func (w *Window) settle() {
	if w.start < w.End() || len(w.held) > 0 {
		w.keep()
		return
	}
	w.base += int64(len(w.fresh))
	w.fresh = nil
	if w.held != nil {
		w.held = nil
	}
}

// keep moves the unreleased part of fresh behind held.
func (w *Window) keep() {
	if n := int64(len(w.fresh)); n > 0 {
		w.held = append(w.held, w.fresh[max(w.start-w.base, 0):]...)
		w.base += n
		w.fresh = nil
	}
}
