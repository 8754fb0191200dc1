package sql

import (
	"encoding/binary"
	"slices"
)

// lower folds ASCII letters: PostgreSQL 18, 4.1.1 "Identifiers and Key Words".
// Other letters stay as they are; what the server makes of them depends on its
// locale.
var lower = lowerTable()

func lowerTable() (t [256]byte) {
	for i := range t {
		t[i] = byte(i)
		if 'A' <= i && i <= 'Z' {
			t[i] += 'a' - 'A'
		}
	}
	return t
}

// appendFolded appends p[i:end], folded, and says whether it is ASCII. It does
// eight bytes at a time and may read and write some behind the end, which is
// what makes it fast for words.
func appendFolded(dst, p []byte, i, end int) (_ []byte, ascii bool) {
	const ones = 0x0101010101010101
	n := len(dst)
	dst = slices.Grow(dst, end-i+8)
	high := uint64(0)
	for ; i < end; i += 8 {
		var x uint64
		if i+8 <= len(p) {
			x = binary.LittleEndian.Uint64(p[i:])
		} else {
			for k, c := range p[i:] {
				x |= uint64(c) << (8 * k)
			}
		}
		if end-i < 8 {
			x &= 1<<(8*(end-i)) - 1
		}
		low := x & (ones * 0x7f)
		// The top bit of a byte of upper is set if it is in 'A'..'Z'.
		upper := (low + ones*(0x80-'A')) &^ (low + ones*(0x7f-'Z')) &^ x & (ones * 0x80)
		high |= x
		dst = binary.LittleEndian.AppendUint64(dst, x|upper>>2)
		n += min(8, end-i)
	}
	return dst[:n], high&(ones*0x80) == 0
}

// slots is a hash table of keywords with open addressing, a quarter full.
const slots = 1024

var keywordSlots = fillSlots()

func fillSlots() (t [slots]keyword) {
	for kw := kwNone + 1; kw < kwCount; kw++ {
		i := slot([]byte(keywords[kw].text))
		for t[i] != kwNone {
			i = (i + 1) % slots
		}
		t[i] = kw
	}
	return t
}

// slot needs at least two bytes.
func slot(w []byte) uint {
	n := uint(len(w))
	a, b, c := uint(w[0]), uint(w[1]), uint(w[n-1])
	return (a*37 + b*151 + c*311 + n*67) % slots
}

const maxKeyword = len("subscription")

// lookup returns the keyword that the folded word w is.
func lookup(w []byte) keyword {
	if len(w) < 2 || len(w) > maxKeyword {
		return kwNone
	}
	for i := slot(w); keywordSlots[i] != kwNone; i = (i + 1) % slots {
		if kw := keywordSlots[i]; string(w) == keywords[kw].text {
			return kw
		}
	}
	return kwNone
}

// isKeyword says whether w is a keyword in any case of letters.
func isKeyword(w []byte) bool {
	var folded [maxKeyword]byte
	if len(w) > len(folded) {
		return false
	}
	for i, c := range w {
		folded[i] = lower[c]
	}
	return lookup(folded[:len(w)]) != kwNone
}
