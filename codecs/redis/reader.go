package redis

import (
	"bytes"

	"github.com/sluice-proxy/sluice/codecs"
)

const (
	// headSize is how much of a line is looked at.
	headSize = 128
	// minBound is the least length up to which a reply is one message: the name of a push, its first element, must be seen.
	minBound = headSize
	// maxDepth bounds how deep arrays within arrays go whose ends must be remembered.
	maxDepth = 1024
	// nameSize is more than the length of the names that pushes have.
	nameSize = 16
	// endless is the number of elements of an array that ends with a line of its own.
	endless = -1
)

// A frame is an array, map, set, push or attribute whose elements are being read. One whose last element is being read is no longer kept.
type frame struct {
	left  int64 // elements to come, or endless
	level int32 // of the elements: 1 for those of the reply itself
}

// deep is the level of what belongs to no reply's elements: in attributes, in pushes within a reply, parts of strings.
const deep = 1 << 20

// A reader finds where the replies of the server end. RESP has no length in front of an array, so it goes through all elements; it keeps none of them.
//
// A reply that is no longer than bound is one message. Of a longer one, what is before the element that crosses the bound is the first message, runs of
// elements are the next ones, and the last element is the last. So its messages don't depend on how the stream is cut.
type reader struct {
	bound int64
	keep  int // bytes of each reply that are kept for its body; 0: none

	single bool // elements of a long reply are not returned in runs

	off   int64 // in the stream, of the next byte
	start int64 // of the message at hand
	rest  int64 // bytes to come of a message that was returned
	skip  int64 // bytes to come of an element that is not the last

	line  int64 // bytes of a line that the input cut
	told  int64 // of those, bytes that were returned
	head  [headSize]byte
	crlf  byte // the last byte of that line
	stack []frame
	small [4]frame

	inside bool // a reply has begun
	split  bool // it is longer than bound, and was begun to be returned
	count  int  // elements in the run at hand
	body   []byte
	last   bool // the last element was read, but not the bytes behind its line, which are wanted

	// What is known of the reply at hand.
	class    uint8  // what its first part was taken for
	exchange uint64 // and which exchange that belongs to; 0: none
	kind     byte   // its type, behind attributes
	length   int64
	text     []byte // of a simple string, an error or an integer: the line without its type and its end, at most headSize; valid until the next call
	index    int    // elements of the reply itself so far
	name     [nameSize]byte
	named    int // length of name; the first element, if it is a string that short
	want     int // bytes of it that are to come
	number   int64
	nulls    int64 // elements of the reply itself that are null

	redirects bool // an error within the reply names a server
}

// What comes next.
const (
	more  = iota // all of the input is used up
	piece        // a part of a reply that is not its end
	whole        // a reply, or its end
)

func (r *reader) atBoundary() bool { return r.rest == 0 && !r.inside }

// begin begins a reply.
func (r *reader) begin() {
	r.inside, r.split, r.last, r.count = true, false, false, 0
	r.start = r.off
	r.kind, r.length, r.index, r.named, r.want, r.number, r.nulls = 0, 0, 0, 0, 0, 0, 0
	r.stack = append(r.small[:0], frame{left: 1})
	r.body = r.body[:0]
	r.class, r.exchange = unclassified, 0
	r.redirects = false
}

// next goes on with the reply at hand. It gives how many bytes of p it used, what it found, and where that ends. each is told of the elements of the
// reply itself, if it is not nil.
func (r *reader) next(p []byte, each func(index int, kind byte)) (n, what int, end int64, err error) {
	n, what, end, err = r.read(p, each)
	if r.keep > 0 && len(r.body)+n <= r.keep {
		r.body = append(r.body, p[:n]...)
	}
	return n, what, end, err
}

func (r *reader) read(p []byte, each func(index int, kind byte)) (n, what int, end int64, err error) {
	for i := 0; ; {
		if r.skip > 0 {
			k := int(min(r.skip, int64(len(p)-i)))
			r.pass(p[i : i+k])
			i += k
		}
		if r.last && r.skip == 0 {
			r.inside = false
			return i, whole, r.off, nil
		}
		if i == len(p) {
			if r.split && r.count > 0 {
				return i, piece, r.off - r.line + r.skip, nil
			}
			return i, more, 0, nil
		}
		if k := r.strings(p[i:], each != nil); k > 0 {
			i += k
			continue
		}
		start := r.off - r.line
		line, used := r.cut(p[i:])
		var e element
		if used == 0 {
			err = r.startsBadly(p[i:])
		} else {
			e, err = r.element(line, r.line+int64(used))
		}
		if err != nil {
			if r.split && r.count > 0 {
				return i, piece, start, nil // first what is before it
			}
			return 0, 0, 0, err
		}
		seen := int64(used)
		if used == 0 {
			seen = int64(len(p) - i)
		}
		if r.line+seen-r.told > r.bound {
			k := r.block(p[i:])
			return i + k, piece, start + r.told, nil
		}
		if used == 0 {
			r.hold(p[i:])
			i = len(p)
			continue
		}
		switch end = start + e.head + e.body; {
		case !r.split && (start == r.start || end-r.start <= r.bound):
		case !r.split:
			r.split, r.count = true, 1
			return i, piece, start, nil
		case e.ends && r.count > 0:
			return i, piece, start, nil
		}
		r.apply(line, e, each)
		r.off += int64(used)
		r.line, r.told = 0, 0
		i += used
		if e.ends && end-r.start > int64(r.keep) {
			r.inside = false
			r.rest = end - r.off
			return i, whole, end, nil
		}
		r.last, r.skip = e.ends, e.body
		r.count++
		if r.single && r.split {
			return i, piece, r.off + r.skip, nil
		}
	}
}

// strings goes over short elements at the front of p that are all here, and none of which is the last one of its array. It gives how many bytes it used.
//
// It does what read does for one after the other; most of a long reply is such.
func (r *reader) strings(p []byte, watched bool) int {
	top := &r.stack[len(r.stack)-1]
	if r.line > 0 || top.left <= 1 || r.single || top.level == 1 && (watched || r.index == 0) || top.level == 0 {
		return 0
	}
	if !r.split {
		p = p[:max(min(int64(len(p)), r.bound-(r.off-r.start)), 0)]
	}
	i, n := 0, int64(0)
	for top.left-n > 1 && i < len(p) && p[i] == '$' {
		length, used, state := number(p[i+1:])
		if state != lineOK || length < 0 || length > int64(len(p)) {
			break
		}
		end := i + 1 + used + int(length) + 2
		if end > len(p) {
			break
		}
		i = end
		n++
	}
	top.left -= n
	r.count += int(n)
	r.off += int64(i)
	if top.level == 1 {
		r.index += int(n)
	}
	return i
}

// block keeps the next part of a line that is longer than bound, for it to be returned. p begins where that line goes on, or begins. It gives how many bytes
// of p it used.
func (r *reader) block(p []byte) int {
	if r.split && r.count > 0 && r.told == 0 {
		return 0 // first what is before it
	}
	k := int(r.told + r.bound - r.line)
	r.hold(p[:k])
	if r.kind == 0 {
		r.kind, r.text = r.head[0], r.head[1:]
	}
	r.split, r.count = true, 1
	r.told += r.bound
	return k
}

// startsBadly says whether the line that begins with what came before and goes on with p, in which it does not end, is wrong already.
func (r *reader) startsBadly(p []byte) error {
	kind := r.head[0]
	if r.line == 0 {
		kind = p[0]
	}
	if !isType(kind) || !isText(kind) && r.line+int64(len(p)) > headSize {
		return codecs.ErrMalformed
	}
	return nil
}

// isText says that lines of the type may be of any length.
func isText(kind byte) bool { return kind == '+' || kind == '-' || kind == '(' }

func isType(kind byte) bool { return bytes.IndexByte([]byte("+-:$*_#,(!=%~>|;."), kind) >= 0 }

// cut gives the line at the front of p, with what came of it before, at most headSize of it, and how many bytes of p it has; 0 if its end is not here.
func (r *reader) cut(p []byte) (line []byte, used int) {
	for {
		i := bytes.IndexByte(p[used:], '\n')
		if i < 0 {
			return nil, 0
		}
		used += i + 1
		before := r.crlf
		if used > 1 {
			before = p[used-2]
		}
		if before == '\r' && r.line+int64(used) > 1 {
			break
		}
	}
	if r.line == 0 {
		return p[:min(used, headSize)], used
	}
	n := int(min(r.line, headSize))
	return r.head[:n+copy(r.head[n:], p[:used])], used
}

// hold keeps p, the next part of a line whose end is not here.
func (r *reader) hold(p []byte) {
	if len(p) == 0 {
		return
	}
	if r.line < headSize {
		copy(r.head[r.line:], p)
	}
	r.crlf = p[len(p)-1]
	r.line += int64(len(p))
	r.off += int64(len(p))
}

// pass goes over b, bytes of an element.
func (r *reader) pass(b []byte) {
	r.skip -= int64(len(b))
	r.off += int64(len(b))
	if r.want > 0 {
		k := min(r.want, len(b))
		copy(r.name[r.named-r.want:], b[:k])
		r.want -= k
	}
}
