package sql

import "bytes"

// The marks of tokens in a shape. All are control characters, which no other token has outside of quotes.
const (
	markWord     = 0x01
	markName     = 0x02 // a quoted name, with its quotes
	markOperator = 0x03
	markNumber   = 0x04
	markString   = 0x05
	markBits     = 0x06
	markNational = 0x07 // N'…', which has a type of its own
	markParam    = 0x08
)

// The first byte of a shape, by mode.
const (
	shapePlain     = 'p'
	shapeBackslash = 'b'
	shapeASCII     = 'a'
)

// A ShapeMode is the Mode of AppendShape.
type ShapeMode struct {
	// NonConformingStrings says that standard_conforming_strings is off. Texts with a backslash then have no shape.
	NonConformingStrings bool
	// ASCII says that letters beyond ASCII may be others than they seem. Texts that have some then have no shape.
	ASCII bool
}

// AppendShape appends the shape of a PostgreSQL text to dst: its exact tokens with each literal replaced by its kind (number, string, bit string,
// parameter), unquoted words folded, blanks and comments left out, and nothing else changed. Two texts have the same shape only if the server's grammar
// makes the same tree of them up to the values of literals, or refuses one of them for such a value. So the shape may key what was found out about a tree,
// where that doesn't depend on those values.
//
// A text that is odd has none, and dst is returned as it was: one that is not terminated, has bytes that start no token, letters glued to a number, a
// UESCAPE clause (which makes a literal part of a name), or what the mode says.
func AppendShape(dst, text []byte, m ShapeMode) []byte {
	s := shaper{p: text, dst: append(dst, shapePlain), ascii: m.ASCII}
	switch {
	case m.NonConformingStrings && bytes.IndexByte(text, '\\') >= 0, bytes.IndexByte(text, 0) >= 0:
		return dst
	case m.NonConformingStrings:
		s.dst[len(dst)] = shapeBackslash
	case m.ASCII:
		s.dst[len(dst)] = shapeASCII
	}
	if !s.scan() {
		return dst
	}
	return s.dst
}

// A shaper reads the tokens of a text. It follows scanPostgreSQL, and as it does not have to show anything, refuses what that makes the best of.
type shaper struct {
	p     []byte
	dst   []byte
	row   run // of operator characters
	ascii bool
}

func (s *shaper) scan() bool {
	p := s.p
	for i := 0; i < len(p); {
		c := p[i]
		switch classes[c] {
		case classSpace:
			i++
			continue
		case classIdent:
			i = s.word(i)
		case classDigit:
			i = s.number(i)
		case classOperator:
			i = s.operator(i)
		case classSelf:
			i = s.special(i)
		case classQuote:
			i = s.quoted(i+1, false, markString)
		case classDouble:
			i = s.quotedName(i, i+1)
		case classDollar:
			i = s.dollar(i)
		default:
			return false
		}
		if i < 0 {
			return false
		}
	}
	return true
}

// The methods below read one token each and return the offset behind it, or -1 if there is no shape.

func (s *shaper) word(i int) int {
	p := s.p
	switch next := at(p, i+1); {
	case next == '\'':
		switch lower[p[i]] {
		case 'e':
			return s.quoted(i+2, true, markString)
		case 'n':
			return s.quoted(i+2, false, markNational)
		case 'b', 'x':
			return s.bits(i + 2)
		}
	case next == '&' && lower[p[i]] == 'u' && at(p, i+2) == '\'':
		return s.quoted(i+3, false, markString)
	case next == '&' && lower[p[i]] == 'u' && at(p, i+2) == '"':
		return s.quotedName(i, i+3)
	}
	end := i + 1
	for end < len(p) && inName[p[end]] {
		end++
	}
	s.dst = append(s.dst, markWord)
	start := len(s.dst)
	var ascii bool
	s.dst, ascii = appendFolded(s.dst, p, i, end)
	if !ascii && s.ascii || string(s.dst[start:]) == "uescape" {
		return -1
	}
	return end
}

func (s *shaper) number(i int) int {
	i = scanNumber(s.p, i)
	if inName[at(s.p, i)] {
		return -1
	}
	s.dst = append(s.dst, markNumber)
	return i
}

func (s *shaper) quoted(i int, backslash bool, mark byte) int {
	for {
		end, ok := stringEnd(s.p, i, backslash)
		if !ok || s.ascii && !isASCII(s.p[i:end]) {
			return -1
		}
		if i, ok = continuation(s.p, end); !ok {
			s.dst = append(s.dst, mark)
			return end
		}
	}
}

// bits reads a bit string. Two quotes in it are no quote but its end and the start of a string, where none can stand.
func (s *shaper) bits(i int) int {
	end := s.quoted(i, false, markBits)
	if end < 0 || bytes.Contains(s.p[i:end], []byte("''")) {
		return -1
	}
	return end
}

func isASCII(p []byte) bool {
	for _, c := range p {
		if c >= 0x80 {
			return false
		}
	}
	return true
}

// quotedName reads a quoted name which starts at i, its text at n.
func (s *shaper) quotedName(i, n int) int {
	for {
		j := bytes.IndexByte(s.p[n:], '"')
		if j < 0 {
			return -1
		}
		n += j + 1
		if at(s.p, n) != '"' {
			break
		}
		n++
	}
	if s.ascii && !isASCII(s.p[i:n]) {
		return -1
	}
	s.dst = append(append(s.dst, markName), s.p[i:n]...)
	return n
}

func (s *shaper) dollar(i int) int {
	p := s.p
	n := i + 1
	if classes[at(p, n)] == classDigit {
		for n++; classes[at(p, n)] == classDigit; n++ {
		}
		if inName[at(p, n)] {
			return -1
		}
		s.dst = append(s.dst, markParam)
		return n
	}
	if classes[at(p, n)] == classIdent {
		for n++; classes[at(p, n)] == classIdent || classes[at(p, n)] == classDigit; n++ {
		}
	}
	if at(p, n) != '$' {
		return -1
	}
	tag := p[i : n+1]
	end := bytes.Index(p[n+1:], tag)
	if end < 0 {
		return -1
	}
	end += n + 1 + len(tag)
	if s.ascii && !isASCII(p[i:end]) {
		return -1
	}
	s.dst = append(s.dst, markString)
	return end
}

func (s *shaper) special(i int) int {
	p := s.p
	c, next := p[i], at(p, i+1)
	switch {
	case c == '.' && classes[next] == classDigit:
		return s.number(i)
	case c == '.' && next == '.', c == ':' && (next == ':' || next == '='):
		s.dst = append(s.dst, markOperator, c, next)
		return i + 2
	}
	s.dst = append(s.dst, c)
	return i + 1
}

func (s *shaper) operator(i int) int {
	p := s.p
	switch next := at(p, i+1); {
	case p[i] == '-' && next == '-':
		end := lineEnd(p, i)
		if s.ascii && !isASCII(p[i:end]) {
			return -1
		}
		return end
	case p[i] == '/' && next == '*':
		end := commentEnd(p, i)
		if end > 0 && s.ascii && !isASCII(p[i:end]) {
			return -1
		}
		return end
	}
	if i >= s.row.end {
		s.row = scanRun(p, i)
	}
	end := operatorEnd(&s.row, i)
	s.dst = append(append(s.dst, markOperator), p[i:end]...)
	return end
}

// commentEnd gives the offset behind the comment at i; -1 if it does not end.
func commentEnd(p []byte, i int) int {
	depth := 0
	for i < len(p) {
		switch {
		case p[i] == '/' && at(p, i+1) == '*':
			depth++
			i += 2
		case p[i] == '*' && at(p, i+1) == '/':
			i += 2
			if depth--; depth == 0 {
				return i
			}
		default:
			i++
		}
	}
	return -1
}
