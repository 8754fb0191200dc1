package sql

import "bytes"

// DefaultMaxNormalized is the bound of Summary.Normalized where the Lexer sets
// none.
const DefaultMaxNormalized = 16 << 10

// Summary is what one pass over a text found. It and all that it holds are
// valid until the next call of the Lexer's Summarize.
type Summary struct {
	// Normalized is the text without literals, comments and layout. When it
	// was Cut it ends with "…" behind a whole token.
	Normalized []byte
	// Cut says that the normal form is longer than the Lexer's bound.
	Cut bool
	// Fingerprint is XXH64 (seed 0) of the whole normal form, cut or not.
	// It does not depend on the process; CHANGELOG says when it changes.
	Fingerprint uint64
	// Operation names the first statement, by a constant of this package
	// such as "SELECT" or "CREATE TABLE": "" when there is no statement,
	// "UNKNOWN" when it starts with no known keyword. Where Statements is
	// above 1 the other statements may do anything.
	Operation string
	// Statements counts the statements which are not empty.
	Statements int
	// Tags are the sqlcommenter pairs of the last comment that has any.
	// They are the client's word: for labels and traces, never for rights.
	Tags []Tag
	// Unterminated says that the text ends inside a string, a quoted name or
	// a comment.
	Unterminated bool
	// HasNUL says that the text holds a NUL byte. It was read up to there,
	// as servers do; the bytes behind it are in no field.
	HasNUL bool
	// InvalidUTF8 says that a name is not UTF-8; its bad bytes are shown as
	// U+FFFD. Literals and comments are not checked.
	InvalidUTF8 bool
	// Nesting is the deepest nesting of parentheses and brackets.
	Nesting int
	// Height is an upper bound of the height of the syntax tree: nesting
	// plus the chains of operators, joins and set operations which a
	// parser nests too. Parsers and tree walkers recurse that deep.
	Height int
}

// Lexer summarizes texts one after another. The zero value is ready for use.
// It must not be shared between goroutines, and as it is some 11 KiB before it
// has seen a text, one goroutine wants one for all of its connections.
type Lexer struct {
	// MaxNormalized bounds Summary.Normalized, in bytes. Zero means
	// DefaultMaxNormalized; anything below 64 is taken as 64.
	MaxNormalized int

	sum Summary
	state
	lists  [maxLists]list
	levels [maxLevels]level
	out    []byte // the normal form, or its start and its unhashed end
	tags   [maxTags]Tag
	values []byte // the memory of tags
}

// state is what Summarize resets; the rest of Lexer is memory kept for reuse.
type state struct {
	// Set by the last token.
	prev     kind
	prevWord keyword // kwNone unless it was that keyword
	prevSign bool    // it was a sign which is no binary operator
	afterDot bool
	sign     byte // a sign held back until the next token is known

	// Set by the token before the last.
	before     kind
	beforeWord keyword

	operators run // the row of operator characters being read

	// Of the current statement.
	operation opState
	nlists    int
	level     int // open brackets
	body      int // open BEGIN ATOMIC and the CASEs inside it

	// Of the normal form.
	limit   int
	fit     int   // the last end of a token which leaves room for "…"
	hash    xxh64 // of the bytes up to hashed, and of those thrown away
	hashed  int
	dropped bool
}

// Summarize reads text once. It keeps nothing of it. The answer is valid until
// the next call. A Dialect which does not exist is a programmer's error; as no
// rule is known the text is shown as one literal.
func (l *Lexer) Summarize(text []byte, d Dialect, m Mode) *Summary {
	l.reset()
	// The protocol ends a text at its first NUL.
	if n := bytes.IndexByte(text, 0); n >= 0 {
		l.sum.HasNUL = true
		text = text[:n]
	}
	if int(d) < len(scanners) && scanners[d] != nil {
		scanners[d](l, text, m)
	} else {
		l.literal()
	}
	l.endStatement()
	l.finish()
	return &l.sum
}

func (l *Lexer) reset() {
	limit := l.MaxNormalized
	if limit == 0 {
		limit = DefaultMaxNormalized
	}
	l.sum = Summary{}
	l.state = state{limit: max(limit, 64), hash: newXXH64()}
	l.levels[0] = level{}
	// One odd statement must not make every connection's Lexer big.
	if cap(l.out) > 2*(l.limit+flushChunk+maxOpenList) {
		l.out = nil
	}
	l.out = l.out[:0]
}
