package redis

import "bytes"

// Arguments are those of a request, as an array of bulk strings in one piece; the last ones may be missing.
type arguments struct {
	b    []byte
	n    int // how many the request has
	have int // how many are in b
	near [nearby]span
}

// nearby is how many arguments are found without a search.
const nearby = 6

type span struct{ from, to int32 }

// at gives argument i; nil if it is not here.
func (a *arguments) at(i int) []byte {
	switch {
	case i >= a.have || i < 0:
		return nil
	case i < nearby:
		return a.b[a.near[i].from:a.near[i].to]
	}
	w := a.from(i)
	_, arg, _ := w.next()
	return arg
}

// is says that argument i is word, which is in upper case.
func (a *arguments) is(i int, word string) bool { return equalFold(word, a.at(i)) }

// number reads argument i as the server reads integers; ok is false if it is none, or is not here.
func (a *arguments) number(i int) (n int64, ok bool) { return parseInt(a.at(i)) }

// whole says that all arguments are here.
func (a *arguments) whole() bool { return a.have == a.n }

// A walker goes through arguments.
type walker struct {
	a   *arguments
	i   int
	pos int // behind argument i-1 and its line end
}

// from gives a walker whose first argument is number i.
func (a *arguments) from(i int) walker {
	k := min(i, nearby, a.have)
	w := walker{a: a, i: k, pos: bytes.IndexByte(a.b, '\n') + 1}
	if k > 0 {
		w.pos = int(a.near[k-1].to) + 2
	}
	for w.i < i {
		if _, _, ok := w.next(); !ok {
			break
		}
	}
	return w
}

// next gives the next argument and its number; ok is false if there is none that is here.
func (w *walker) next() (i int, arg []byte, ok bool) {
	if w.i >= w.a.have {
		return 0, nil, false
	}
	n, used, _ := number(w.a.b[w.pos+1:])
	w.pos += 1 + used
	arg = w.a.b[w.pos : w.pos+int(n)]
	w.pos += int(n) + 2
	w.i++
	return w.i - 1, arg, true
}

// parseInt reads an integer as Redis's string2ll does: no blanks, no plus sign, no leading zeros.
func parseInt(b []byte) (n int64, ok bool) {
	negative := len(b) > 1 && b[0] == '-'
	if negative {
		b = b[1:]
	}
	if len(b) == 0 || len(b) > 18 || b[0] == '0' && (len(b) > 1 || negative) {
		return 0, false
	}
	for _, c := range b {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int64(c-'0')
	}
	if negative {
		n = -n
	}
	return n, true
}

// What number finds.
const (
	lineOK = iota
	lineShort
	lineBad
)

// maxDigits bounds the digits of a length.
const maxDigits = 18

// number reads a length in decimal and the line end behind it; used counts both. RESP: https://redis.io/docs/latest/develop/reference/protocol-spec/
func number(b []byte) (n int64, used, state int) {
	if len(b) >= 3 && b[1] == '\r' && b[2] == '\n' { // most have one digit
		if c := b[0] - '0'; c <= 9 {
			return int64(c), 3, lineOK
		}
	}
	i := 0
	if len(b) > 0 && b[0] == '-' {
		i = 1
	}
	first := i
	for ; i < len(b); i++ {
		c := b[i] - '0'
		if c > 9 {
			break
		}
		n = n*10 + int64(c)
		if i-first >= maxDigits {
			return 0, 0, lineBad
		}
	}
	switch {
	case len(b) == i:
		return 0, 0, lineShort
	case i == first || b[i] != '\r' || i-first > 1 && b[first] == '0':
		return 0, 0, lineBad
	case len(b) == i+1:
		return 0, 0, lineShort
	case b[i+1] != '\n':
		return 0, 0, lineBad
	}
	if first == 1 {
		n = -n
	}
	return n, i + 2, lineOK
}
