// Package wire reads the fields of messages: integers of either byte order, strings that end with a zero byte, byte strings of
// a given length. Start from [Reader]. A read beyond the end makes the reader fail, for good: whoever reads a body checks
// [Reader.OK] once, at its end. Nothing is copied: strings alias the body that is read.
package wire

import "bytes"

// A Reader reads fields from the front of a body. Its zero value reads an empty body.
type Reader struct {
	b      []byte
	failed bool
}

// Read gives a reader of b, which it borrows.
func Read(b []byte) Reader { return Reader{b: b} }

// OK says that no read went beyond the end.
func (r *Reader) OK() bool { return !r.failed }

// Len gives the number of bytes not yet read.
func (r *Reader) Len() int { return len(r.b) }

// Rest gives the bytes not yet read, without reading them.
func (r *Reader) Rest() []byte { return r.b }

func (r *Reader) fail() {
	r.b, r.failed = nil, true
}

// Uint8 reads a byte; 0 beyond the end.
func (r *Reader) Uint8() uint8 {
	if len(r.b) < 1 {
		r.fail()
		return 0
	}
	v := r.b[0]
	r.b = r.b[1:]
	return v
}

// Uint16 reads a big-endian integer; 0 beyond the end.
func (r *Reader) Uint16() uint16 {
	if len(r.b) < 2 {
		r.fail()
		return 0
	}
	v := Uint16(r.b)
	r.b = r.b[2:]
	return v
}

// Uint32 reads a big-endian integer; 0 beyond the end.
func (r *Reader) Uint32() uint32 {
	if len(r.b) < 4 {
		r.fail()
		return 0
	}
	v := Uint32(r.b)
	r.b = r.b[4:]
	return v
}

// Uint64 reads a big-endian integer; 0 beyond the end.
func (r *Reader) Uint64() uint64 {
	if len(r.b) < 8 {
		r.fail()
		return 0
	}
	v := uint64(Uint32(r.b))<<32 | uint64(Uint32(r.b[4:]))
	r.b = r.b[8:]
	return v
}

// Uint16LE reads a little-endian integer; 0 beyond the end.
func (r *Reader) Uint16LE() uint16 {
	if len(r.b) < 2 {
		r.fail()
		return 0
	}
	v := uint16(r.b[0]) | uint16(r.b[1])<<8
	r.b = r.b[2:]
	return v
}

// Uint32LE reads a little-endian integer; 0 beyond the end.
func (r *Reader) Uint32LE() uint32 {
	if len(r.b) < 4 {
		r.fail()
		return 0
	}
	v := Uint32LE(r.b)
	r.b = r.b[4:]
	return v
}

// Uint64LE reads a little-endian integer; 0 beyond the end.
func (r *Reader) Uint64LE() uint64 {
	if len(r.b) < 8 {
		r.fail()
		return 0
	}
	v := uint64(Uint32LE(r.b)) | uint64(Uint32LE(r.b[4:]))<<32
	r.b = r.b[8:]
	return v
}

// Bytes reads n bytes; nil beyond the end or if n is negative.
func (r *Reader) Bytes(n int) []byte {
	if n < 0 || n > len(r.b) {
		r.fail()
		return nil
	}
	v := r.b[:n:n]
	r.b = r.b[n:]
	return v
}

// Sized reads a big-endian 32-bit length and as many bytes. null says that the length was -1.
func (r *Reader) Sized() (v []byte, null bool) {
	n := int32(r.Uint32())
	if n == -1 {
		return nil, true
	}
	return r.Bytes(int(n)), false
}

// CString reads up to the next zero byte and over it; nil if there is none.
func (r *Reader) CString() []byte {
	i := bytes.IndexByte(r.b, 0)
	if i < 0 {
		r.fail()
		return nil
	}
	v := r.b[:i:i]
	r.b = r.b[i+1:]
	return v
}

// Uint16 gives the big-endian integer at the front of b, which must have two bytes.
func Uint16(b []byte) uint16 { return uint16(b[1]) | uint16(b[0])<<8 }

// Uint32 gives the big-endian integer at the front of b, which must have four bytes.
func Uint32(b []byte) uint32 {
	_ = b[3]
	return uint32(b[3]) | uint32(b[2])<<8 | uint32(b[1])<<16 | uint32(b[0])<<24
}

// Uint32LE gives the little-endian integer at the front of b, which must have four bytes.
func Uint32LE(b []byte) uint32 {
	_ = b[3]
	return uint32(b[0]) | uint32(b[1])<<8 | uint32(b[2])<<16 | uint32(b[3])<<24
}

// Length gives the size of a message whose header carries v, a 32-bit length that counts itself and what follows it, behind
// before more bytes. ok is false if v is negative or does not even count itself.
func Length(v uint32, before int) (size int64, ok bool) {
	if v < 4 || v > 1<<31-1 {
		return 0, false
	}
	return int64(v) + int64(before), true
}

// A Run is what [Frames] found: messages of one type, back to back.
type Run struct {
	Count int
	Used  int   // bytes of the input
	Over  int64 // bytes of the last message that lie behind the input
}

// Frames frames messages of one type, back to back at the front of p: a byte that is typ, and a big-endian 32-bit length that
// counts itself. It stops before the first message of another type, with a length below 4 or above 2^31-1, or whose header is not
// whole, and behind limit messages.
func Frames(p []byte, typ byte, limit int) (r Run) {
	i := 0
	for r.Count < limit && len(p)-i >= 5 && p[i] == typ {
		v := Uint32(p[i+1:])
		if v < 4 || v > 1<<31-1 {
			break
		}
		r.Count++
		i += 1 + int(v)
		if i > len(p) {
			r.Over = int64(i - len(p))
			i = len(p)
			break
		}
	}
	r.Used = i
	return r
}
