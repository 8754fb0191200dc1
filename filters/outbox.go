package filters

// An outbox holds the bytes that a session has released to one side and that are not yet sent.
//
// In the steady state they are a single run of the driver's own receive buffer, never copied: released pieces that lie side by side are
// joined. Whatever doesn't fit that (inserted bytes, held bytes, the rest of a short send) is copied into memory of the outbox's own.
type outbox struct {
	p        []byte // to be sent
	borrowed bool   // p lies in the driver's memory, valid until its next keep
}

// add appends p. If transient, p is copied.
func (o *outbox) add(p []byte, transient bool) {
	if len(o.p) == 0 {
		if !transient {
			o.p, o.borrowed = p, true
			return
		}
		o.p, o.borrowed = append([]byte(nil), p...), false
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
	q := make([]byte, len(o.p), len(o.p)+n)
	copy(q, o.p)
	o.p, o.borrowed = q, false
}

// sent takes n bytes off.
func (o *outbox) sent(n int) {
	if n == len(o.p) {
		o.p, o.borrowed = nil, false
		return
	}
	o.p = o.p[n:]
}

// keep ends the loan of borrowed bytes.
func (o *outbox) keep() {
	if o.borrowed && len(o.p) > 0 {
		o.own(0)
	}
}
