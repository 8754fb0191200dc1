package filters

import "sync"

// An outbox holds the bytes that a session has released to one side and that are not yet sent.
//
// In the steady state they are a single run of the driver's own receive buffer, never copied: released pieces that lie side by side are
// joined. Whatever doesn't fit that (inserted bytes, held bytes, the rest of a short send) is copied into memory of the outbox's own.
type outbox struct {
	p        []byte  // to be sent
	borrowed bool    // p lies in the driver's memory, valid until its next keep
	chunk    *[]byte // p lies in this one, unless it has outgrown it
}

// chunks is memory for the rests of short sends: up to one receive of a loop. A slow reader of long replies needs one at every pass.
var chunks = sync.Pool{New: func() any {
	b := make([]byte, chunkSize)
	return &b
}}

const (
	chunkSize = 256 << 10
	smallRest = 4 << 10 // what is shorter is not worth a chunk
)

// add appends p. If transient, p is copied.
func (o *outbox) add(p []byte, transient bool) {
	if len(o.p) == 0 {
		o.p, o.borrowed = p, true
		if transient {
			o.own(0)
		}
		return
	}
	if o.borrowed {
		n := len(o.p)
		if !transient && cap(o.p)-n >= len(p) && &o.p[:n+1][n] == &p[0] {
			o.p = o.p[:n+len(p)]
			return
		}
		o.own(len(p))
	}
	o.p = append(o.p, p...)
}

// own copies borrowed bytes, with room for n more.
func (o *outbox) own(n int) {
	o.borrowed = false
	if need := len(o.p) + n; need <= smallRest || need > chunkSize {
		q := make([]byte, len(o.p), need)
		copy(q, o.p)
		o.p = q
		return
	}
	if o.chunk == nil {
		o.chunk = chunks.Get().(*[]byte)
	}
	o.p = append((*o.chunk)[:0], o.p...)
}

// sent takes n bytes off.
func (o *outbox) sent(n int) {
	if n < len(o.p) {
		o.p = o.p[n:]
		return
	}
	o.p, o.borrowed = nil, false
	if o.chunk != nil {
		chunks.Put(o.chunk)
		o.chunk = nil
	}
}

// keep ends the loan of borrowed bytes.
func (o *outbox) keep() {
	if o.borrowed && len(o.p) > 0 {
		o.own(0)
	}
}
