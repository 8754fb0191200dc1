//go:build cgo

package pgsql

import (
	"bytes"
	"unicode/utf8"

	"github.com/sluice-proxy/sluice/codecs/sql"
)

// The limits of what is given to the parser. It recurses, in C, on a stack that can't grow: an overflow would end the process. TestLimits shows how much
// is left. Height bounds chains (1+1+1…, JOIN, UNION), Nesting what brackets nest.
const (
	maxNesting = 200
	maxHeight  = 1000
)

// maxRescan bounds the bytes that the parser's scanner looks at again: behind each start of a comment it goes back to read the rest of a row of
// operator characters anew, so that the time for /*/*/*… grows with the square.
const maxRescan = 1 << 20

// refuse says why a text must not be given to the parser; "" if it may.
func refuse(text []byte, m Mode, l *sql.Lexer) string {
	switch {
	case len(text) > MaxText:
		return WhyTooLong
	case bytes.IndexByte(text, 0) >= 0:
		return WhyNUL
	case !utf8.Valid(text), m.Foreign && !ascii(text):
		return WhyEncoding
	case m.Backslash && bytes.IndexByte(text, '\\') >= 0:
		return WhyBackslash
	case rescans(text) > maxRescan:
		return WhyTooDeep
	}
	if s := l.Summarize(text, sql.PostgreSQL, sql.Mode{}); s.Nesting > maxNesting || s.Height > maxHeight {
		return WhyTooDeep
	}
	return ""
}

func ascii(text []byte) bool {
	for _, c := range text {
		if c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// rescans gives how many bytes the parser's scanner looks at again because of comments that start in rows of operator characters.
func rescans(text []byte) int {
	sum := 0
	for i := 0; ; {
		n := bytes.Index(text[i:], []byte("/*"))
		if n < 0 {
			return sum
		}
		i += n
		starts, end := 0, i
		for ; end < len(text) && operator[text[end]]; end++ {
			if text[end] == '/' && end+1 < len(text) && text[end+1] == '*' {
				starts++
			}
		}
		sum += starts * (end - i)
		i = end
	}
}

var operator = operatorBytes()

func operatorBytes() (t [256]bool) {
	for _, c := range []byte("~!@#^&|`?+-*/%<>=") {
		t[c] = true
	}
	return t
}
