package codecs

// A Framer frames one direction of a protocol whose messages say their length in a header: it joins what the input cut, jumps
// over what nobody wants, and knows the offsets. The zero Framer stands at the start of a stream.
//
// One call of Decode is: [Framer.Begin], then [Framer.Need] with growing sizes until enough of the message is seen, then
// [Framer.Finish] with the message's size. If Begin or Need ask for more input, all of p is used.
type Framer struct {
	off  int64 // in the stream, of the first byte of p that is not in buf
	rest int64 // bytes still to come of a message already finished
	used int   // bytes of this call's p that were moved to buf
	done bool  // the message in buf is finished: buf is kept only until the next call
	buf  []byte
	// small serves as buf for heads and short messages, so that the cuts of ordinary reads allocate nothing.
	small [56]byte
}

// Offset gives the stream offset of the message at hand, or of the next one.
func (f *Framer) Offset() int64 {
	if f.done {
		return f.off + f.rest
	}
	return f.off + f.rest - int64(len(f.buf))
}

// AtBoundary says that the bytes used so far end where a message ends.
func (f *Framer) AtBoundary() bool { return f.rest == 0 && (f.done || len(f.buf) == 0) }

// Begin starts a call: it uses up what is left of the last message, gives the number of bytes of p that belong to it, and lets go
// of what the last message referred to.
func (f *Framer) Begin(p []byte) int {
	if f.done {
		f.buf, f.done = nil, false
	}
	f.used = 0
	if f.rest == 0 {
		return 0
	}
	n := min(f.rest, int64(len(p)))
	f.rest -= n
	f.off += n
	return int(n)
}

// Need gives the first k bytes of the message at hand in one piece; they stay valid until the next call of Begin. It gives nil if p
// ends before them: then it has kept what p holds of them, which is all of p. p must be the same in all calls between Begin and Finish.
func (f *Framer) Need(p []byte, k int) []byte {
	if len(f.buf) == 0 {
		if len(p) >= k {
			return p[:k:k]
		}
		f.keep(p, k)
		return nil
	}
	if len(f.buf) < k {
		f.keep(p[f.used:min(len(p), f.used+k-len(f.buf))], k)
	}
	if len(f.buf) < k {
		return nil
	}
	return f.buf[:k:k]
}

// keep moves b, bytes of p, to buf. What buf occupies grows with what came, whatever length the message pretends to have; and by no less than a quarter, for there
// are decoders that learn what they need bit by bit, and the work must not be that of copying everything each time.
func (f *Framer) keep(b []byte, k int) {
	if f.buf == nil {
		f.buf = f.small[:0]
	}
	if len(f.buf)+len(b) > cap(f.buf) {
		grown := make([]byte, len(f.buf), min(max(2*cap(f.buf), len(f.buf)+len(b)), max(k, cap(f.buf)+cap(f.buf)/4)))
		copy(grown, f.buf)
		f.buf = grown
	}
	f.buf = append(f.buf, b...)
	f.used += len(b)
	f.off += int64(len(b))
}

// Finish ends the message at hand, which has size bytes, no less than were needed. It gives its start and end in the stream and how
// many bytes of p it used. What p does not hold of it is used up by the calls of Begin that follow.
func (f *Framer) Finish(p []byte, size int64) (start, end int64, n int) {
	kept := int64(len(f.buf))
	start = f.off - kept
	end = start + size
	left := size - kept
	here := min(left, int64(len(p)-f.used))
	f.rest = left - here
	f.off += here
	f.done = kept > 0
	return start, end, f.used + int(here)
}

// Jump is Finish for messages that were framed in p itself, none of them needed: they are the next used bytes of p, and over more
// bytes that p does not hold. The Framer must be at a boundary.
func (f *Framer) Jump(used int, over int64) (start, end int64) {
	start = f.off
	f.off += int64(used)
	f.rest = over
	return start, f.off + over
}
