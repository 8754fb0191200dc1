package sql

import "bytes"

// class is what a byte may start in PostgreSQL.
type class uint8

const (
	classOther class = iota
	classSpace
	classIdent // a letter, an underscore, a byte from 0x80 on
	classDigit
	classOperator
	classSelf // ( ) [ ] , ; . :
	classQuote
	classDouble
	classDollar
)

var classes = postgresClasses()

func postgresClasses() (t [256]class) {
	for i := range t {
		switch c := byte(i); {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', c == '_', c >= 0x80:
			t[i] = classIdent
		case '0' <= c && c <= '9':
			t[i] = classDigit
		}
	}
	for c, s := range map[class]string{
		classSpace:    " \t\n\r\f\v",
		classOperator: "~!@#^&|`?+-*/%<>=", // PostgreSQL 18, 4.1.3 "Operators"
		classSelf:     "()[],;.:",          // 4.1.4 "Special Characters"
		classQuote:    "'",
		classDouble:   `"`,
		classDollar:   "$",
	} {
		for i := range s {
			t[s[i]] = c
		}
	}
	return t
}

// inName has the bytes which continue a name.
var inName = nameBytes()

func nameBytes() (t [256]bool) {
	for i, c := range classes {
		t[i] = c == classIdent || c == classDigit || c == classDollar
	}
	return t
}

// at returns the byte at i, 0 behind the end. A text holds no 0.
func at(p []byte, i int) byte {
	if i < len(p) {
		return p[i]
	}
	return 0
}

// scanPostgreSQL is the scanner of PostgreSQL 18; it follows the server's scan.l
// where the manual is silent. Every function it calls returns the offset
// behind what it has read, and reads each byte a bounded number of times.
func scanPostgreSQL(l *Lexer, p []byte, mode Mode) {
	number := -1 // the end of the last number or parameter
	for i := 0; i < len(p); {
		c := p[i]
		switch classes[c] {
		case classSpace:
			i++
		case classIdent:
			if next := at(p, i+1); next == '\'' || next == '&' {
				if n := l.prefixed(p, i, mode); n > i {
					i = n
					continue
				}
			}
			start := i
			for i++; i < len(p) && inName[p[i]]; i++ {
			}
			// Servers since PostgreSQL 15 refuse a number with letters
			// behind it, older ones see a name. It may be a key that
			// was not quoted: show keywords only.
			if start == number && !isKeyword(p[start:i]) {
				continue
			}
			l.word(p, start, i)
		case classDigit:
			i = scanNumber(p, i)
			number = i
			l.literal()
		case classOperator:
			i = l.operatorOrComment(p, i)
		case classSelf:
			if c == '.' && classes[at(p, i+1)] == classDigit {
				i = scanNumber(p, i)
				number = i
				l.literal()
				continue
			}
			i = l.special(p, i)
		case classQuote:
			i = l.quoted(p, i+1, mode.NonConformingStrings)
		case classDouble:
			i = l.quotedName(p, i, i+1)
		case classDollar:
			if classes[at(p, i+1)] == classDigit {
				// 4.2.2 "Positional Parameters"
				for i++; i < len(p) && classes[p[i]] == classDigit; i++ {
				}
				number = i
				l.literal()
				continue
			}
			i = l.dollarQuoted(p, i)
		default:
			l.stray(c)
			i++
		}
	}
}

// prefixed reads a string or a quoted name whose quote stands behind E, B, X, N
// or U&. It returns i when none is here.
func (l *Lexer) prefixed(p []byte, i int, mode Mode) int {
	switch c, next := lower[p[i]], at(p, i+1); {
	case next == '\'' && c == 'e': // 4.1.2.2 "String Constants with C-Style Escapes"
		return l.quoted(p, i+2, true)
	case next == '\'' && c == 'n': // NCHAR and a plain string, to scan.l
		return l.quoted(p, i+2, mode.NonConformingStrings)
	case next == '\'' && (c == 'b' || c == 'x'): // 4.1.2.5 "Bit-String Constants"
		return l.quoted(p, i+2, false)
	case next == '&' && c == 'u':
		switch at(p, i+2) {
		case '\'': // 4.1.2.3: its backslashes hide no quote
			return l.quoted(p, i+3, false)
		case '"':
			return l.quotedName(p, i, i+3)
		}
	}
	return i
}

// quotedName reads a quoted name which starts at i, its text at n.
func (l *Lexer) quotedName(p []byte, i, n int) int {
	for {
		j := bytes.IndexByte(p[n:], '"')
		if j < 0 {
			// What follows may be anything, a password too.
			l.unterminated()
			return len(p)
		}
		n += j + 1
		if at(p, n) != '"' {
			l.name(p[i:n])
			return n
		}
		n++
	}
}

// special reads one of 4.1.4 "Special Characters", or :: or := or two dots.
func (l *Lexer) special(p []byte, i int) int {
	switch p[i] {
	case '(', '[':
		l.open(p[i])
	case ')', ']':
		l.close(p[i])
	case ',':
		l.comma()
	case ';':
		l.semicolon()
	case '.':
		if at(p, i+1) == '.' { // 1..10 in PL/pgSQL; it keeps "1." from being a number
			l.punctuation(dot, p[i:i+2])
			return i + 2
		}
		l.punctuation(dot, p[i:i+1])
	case ':':
		switch at(p, i+1) {
		case ':':
			l.punctuation(colon, p[i:i+2])
			return i + 2
		case '=':
			l.operator(p[i : i+2])
			return i + 2
		}
		l.punctuation(colon, p[i:i+1])
	}
	return i + 1
}

// run is a row of operator characters.
type run struct {
	end     int // where it ends, also by a comment
	signs   int // where the + and - at its end start
	special int // the last character that allows a + or - at the end, or -1
}

// operatorOrComment reads an operator, or a comment, which 4.1.3 "Operators"
// lets start inside a row of operator characters.
func (l *Lexer) operatorOrComment(p []byte, i int) int {
	if n := l.skipComment(p, i); n > i {
		return n
	}
	// A row is looked at once, else "+++++..." would take quadratic time.
	if i >= l.operators.end {
		l.operators = scanRun(p, i)
	}
	end := operatorEnd(&l.operators, i)
	l.operator(p[i:end])
	return end
}

// operatorEnd gives the end of the operator that starts at i, in the row r.
func operatorEnd(r *run, i int) int {
	// "A multiple-character operator name cannot end in + or -, unless the
	// name also contains at least one of these characters: ~ ! @ # % ^ & | ` ?"
	if r.signs < r.end && r.special < i {
		return max(r.signs, i+1)
	}
	return r.end
}

func scanRun(p []byte, i int) run {
	r := run{signs: i, special: -1}
	for ; i < len(p) && classes[p[i]] == classOperator; i++ {
		switch c := p[i]; c {
		case '-', '/':
			if n := at(p, i+1); c == '-' && n == '-' || c == '/' && n == '*' {
				r.end = i
				return r
			}
			if c == '/' {
				r.signs = i + 1
			}
		case '+':
		case '*', '<', '>', '=':
			r.signs = i + 1
		default:
			r.signs, r.special = i+1, i
		}
	}
	r.end = i
	return r
}

// skipComment reads a comment (4.1.5 "Comments"). It returns i when there is none.
func (l *Lexer) skipComment(p []byte, i int) int {
	switch next := at(p, i+1); {
	case p[i] == '-' && next == '-':
		return lineEnd(p, i)
	case p[i] == '/' && next == '*':
		return l.blockComment(p, i)
	}
	return i
}

func lineEnd(p []byte, i int) int {
	for i < len(p) && p[i] != '\n' && p[i] != '\r' {
		i++
	}
	return i
}

func (l *Lexer) blockComment(p []byte, start int) int {
	depth, nested := 1, false
	i := start + 2
	for i < len(p) {
		switch c, next := p[i], at(p, i+1); {
		case c == '/' && next == '*':
			depth++
			nested = true
			i += 2
		case c == '*' && next == '/':
			depth--
			i += 2
			if depth == 0 {
				if !nested {
					l.comment(p[start+2 : i-2])
				}
				return i
			}
		default:
			i++
		}
	}
	l.sum.Unterminated = true
	return i
}
