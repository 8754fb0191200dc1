package sql

import "bytes"

// unterminated shows all that follows as one literal.
func (l *Lexer) unterminated() {
	l.sum.Unterminated = true
	l.literal()
}

// quoted reads a string whose text starts at i, and the strings that continue it.
func (l *Lexer) quoted(p []byte, i int, backslash bool) int {
	for {
		var ok bool
		if i, ok = stringEnd(p, i, backslash); !ok {
			l.unterminated()
			return len(p)
		}
		n, ok := continuation(p, i)
		if !ok {
			l.literal()
			return i
		}
		i = n
	}
}

// stringEnd returns the offset behind the closing quote. Two quotes are one
// (4.1.2.1 "String Constants").
func stringEnd(p []byte, i int, backslash bool) (int, bool) {
	for i < len(p) {
		switch c := p[i]; {
		case c == '\'':
			if at(p, i+1) != '\'' {
				return i + 1, true
			}
			i += 2
		case c == '\\' && backslash:
			i += 2
		default:
			i++
		}
	}
	return len(p), false
}

// continuation finds the string which continues the one that ended at i: "Two
// string constants that are only separated by whitespace with at least one
// newline are concatenated" (4.1.2.1). Whitespace includes comments of the --
// kind, to scan.l. It returns the offset behind the quote.
func continuation(p []byte, i int) (int, bool) {
	newline := false
	for i < len(p) {
		switch c := p[i]; {
		case c == '\n' || c == '\r':
			newline = true
			i++
		case classes[c] == classSpace:
			i++
		case c == '-' && at(p, i+1) == '-':
			i = lineEnd(p, i)
		default:
			return i + 1, c == '\'' && newline
		}
	}
	return i, false
}

// dollarQuoted reads $tag$...$tag$ (4.1.2.4 "Dollar-Quoted String Constants").
// A $ behind a letter never comes here: it is a part of that name.
func (l *Lexer) dollarQuoted(p []byte, i int) int {
	n := i + 1
	if classes[at(p, n)] == classIdent {
		for n++; classes[at(p, n)] == classIdent || classes[at(p, n)] == classDigit; n++ {
		}
	}
	if at(p, n) != '$' {
		l.stray('$')
		return i + 1
	}
	tag := p[i : n+1]
	end := bytes.Index(p[n+1:], tag)
	if end < 0 {
		l.unterminated()
		return len(p)
	}
	l.literal()
	return n + 1 + end + len(tag)
}

// scanNumber returns the end of the number at i (4.1.2.6 "Numeric Constants").
func scanNumber(p []byte, i int) int {
	if p[i] == '0' {
		if n := scanBased(p, i); n > i {
			return n
		}
	}
	i = digits(p, i)
	if at(p, i) == '.' && at(p, i+1) != '.' {
		i++
		if classes[at(p, i)] == classDigit {
			i = digits(p, i)
		}
	}
	if lower[at(p, i)] == 'e' {
		n := i + 1
		if c := at(p, n); c == '+' || c == '-' {
			n++
		}
		if classes[at(p, n)] == classDigit {
			i = digits(p, n)
		}
	}
	return i
}

// digits reads decimal digits; one underscore may stand between two.
func digits(p []byte, i int) int {
	for classes[at(p, i)] == classDigit || at(p, i) == '_' && i > 0 &&
		classes[p[i-1]] == classDigit && classes[at(p, i+1)] == classDigit {
		i++
	}
	return i
}

// scanBased reads 0x1F, 0o17 and 0b11. It returns i if none of them is here.
func scanBased(p []byte, i int) int {
	var base byte
	switch lower[at(p, i+1)] {
	case 'x':
		base = 16
	case 'o':
		base = 8
	case 'b':
		base = 2
	default:
		return i
	}
	n := i + 2
	for {
		d := n
		if at(p, d) == '_' {
			d++
		}
		if !isDigit(at(p, d), base) {
			break
		}
		n = d + 1
	}
	if n == i+2 {
		return i
	}
	return n
}

func isDigit(c, base byte) bool {
	switch {
	case '0' <= c && c <= '9':
		return c-'0' < base
	case base == 16:
		c = lower[c]
		return 'a' <= c && c <= 'f'
	}
	return false
}
