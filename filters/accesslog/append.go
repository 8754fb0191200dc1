package accesslog

import (
	"strconv"
	"time"
	"unicode/utf8"
)

const hex = "0123456789abcdef"

// plain says which bytes stand for themselves within a JSON string.
var plain = func() (t [256]bool) {
	for c := ' '; c < utf8.RuneSelf; c++ {
		t[c] = c != '"' && c != '\\'
	}
	return t
}()

// appendString appends s as a JSON string. What is no UTF-8 becomes U+FFFD. It writes exactly what encoding/json does without HTML escapes.
func appendString[T string | []byte](dst []byte, s T) []byte {
	dst = append(dst, '"')
	start, i := 0, 0
	for i < len(s) {
		if i+8 <= len(s) && allPlain(word(s[i:i+8])) {
			i += 8
			continue
		}
		c := s[i]
		if plain[c] {
			i++
			continue
		}
		if c < utf8.RuneSelf {
			dst = appendEscape(append(dst, s[start:i]...), c)
			i++
			start = i
			continue
		}
		r, n := utf8.DecodeRuneInString(string(s[i:min(i+utf8.UTFMax, len(s))]))
		switch {
		case r == utf8.RuneError && n == 1:
			dst = append(append(dst, s[start:i]...), `\ufffd`...)
		case r == '\u2028' || r == '\u2029': // end a line in JavaScript
			dst = append(append(append(dst, s[start:i]...), `\u202`...), hex[r&15])
		default:
			i += n
			continue
		}
		i += n
		start = i
	}
	return append(append(dst, s[start:]...), '"')
}

// word gives eight bytes as one number.
func word[T string | []byte](s T) uint64 {
	_ = s[7]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 | uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}

// allPlain says whether the eight bytes of w all stand for themselves.
func allPlain(w uint64) bool {
	const ones, tops = 0x0101010101010101, 0x8080808080808080
	quote, slash := w^(ones*'"'), w^(ones*'\\')
	// Each term has the top bit of a byte set if that byte is below blank, a quote, a backslash or not ASCII; a borrow may set more, which only
	// costs the slow way.
	return ((w-ones*' ')|(quote-ones)|(slash-ones)|w)&tops == 0
}

func appendEscape(dst []byte, c byte) []byte {
	switch c {
	case '"', '\\':
		return append(dst, '\\', c)
	case '\b':
		return append(dst, `\b`...)
	case '\f':
		return append(dst, `\f`...)
	case '\n':
		return append(dst, `\n`...)
	case '\r':
		return append(dst, `\r`...)
	case '\t':
		return append(dst, `\t`...)
	}
	return append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
}

// appendSeconds appends ns nanoseconds in seconds, exactly.
func appendSeconds(dst []byte, ns int64) []byte {
	ns = max(ns, 0)
	dst = strconv.AppendInt(dst, ns/1e9, 10)
	frac := ns % 1e9
	if frac == 0 {
		return dst
	}
	digits := 9
	for frac%10 == 0 {
		frac /= 10
		digits--
	}
	dst = append(dst, '.')
	return appendPadded(dst, frac, digits)
}

// appendPadded appends n in so many digits.
func appendPadded(dst []byte, n int64, digits int) []byte {
	var d [9]byte
	for i := digits - 1; i >= 0; i-- {
		d[i] = byte('0' + n%10)
		n /= 10
	}
	return append(dst, d[:digits]...)
}

// A stamp appends times. It remembers the second that it wrote last.
type stamp struct {
	second int64
	text   [20]byte // 2006-01-02T15:04:05.
}

func (s *stamp) append(dst []byte, ns int64) []byte {
	second, frac := ns/1e9, ns%1e9
	if second != s.second || s.second == 0 {
		s.second = second
		time.Unix(second, 0).UTC().AppendFormat(s.text[:0], "2006-01-02T15:04:05.")
	}
	dst = append(dst, '"')
	dst = append(dst, s.text[:]...)
	dst = appendPadded(dst, frac, 9)
	return append(dst, 'Z', '"')
}

// cut gives a prefix of s of at most n bytes that doesn't end inside of a character, and whether that is less than s.
func cut[T string | []byte](s T, n int) (T, bool) {
	if len(s) <= n {
		return s, false
	}
	for i := n; i > 0 && i > n-utf8.UTFMax; i-- {
		if utf8.RuneStart(s[i]) {
			return s[:i], true
		}
	}
	return s[:n], true
}
