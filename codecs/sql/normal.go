package sql

import "unicode/utf8"

// kind is what spacing needs to know about a token.
type kind uint8

const (
	none    kind = iota // the start of a statement
	word                // an unquoted name, or a keyword which reads like one
	clause              // a keyword which cannot end an operand
	name                // a quoted name
	value               // a literal, a parameter, or a lone ?
	oper                // an operator
	paren               // (
	bracket             // [
	closing             // ) or ]
	comma
	semicolon
	dot   // . or ..
	colon // : or ::
	other // a byte that starts no token
	kinds
)

func set(ks ...kind) (m uint16) {
	for _, k := range ks {
		m |= 1 << k
	}
	return m
}

// tight has, per kind, the kinds which follow it without a blank. It depends on
// nothing else, so layout cannot be seen in the normal form; and it never
// joins two tokens which would read as one, so the normal form is its own.
var tight = [kinds]uint16{
	none:      1<<kinds - 1,
	word:      set(paren, bracket, closing, comma, semicolon, dot, colon),
	clause:    set(bracket, closing, comma, semicolon, dot, colon),
	name:      set(paren, bracket, closing, comma, semicolon, dot, colon),
	value:     set(closing, comma, semicolon, dot, colon),
	oper:      set(closing, comma, semicolon, dot),
	paren:     1<<kinds - 1,
	bracket:   1<<kinds - 1,
	closing:   set(bracket, closing, comma, semicolon, dot, colon),
	comma:     set(closing, comma, semicolon),
	semicolon: set(closing, comma, semicolon),
	dot:       1<<kinds - 1,
	colon:     1<<kinds - 1 ^ 1<<oper,
	other:     set(closing, comma, semicolon, dot, colon),
}

// startsOperand has the kinds behind which + and - are signs.
var startsOperand = set(none, clause, oper, paren, bracket, comma, semicolon, colon)

const replacement = "\uFFFD"

// begin writes what stands between the last token and one of kind k.
func (l *Lexer) begin(k kind) {
	if l.sign != 0 {
		l.releaseSign(k)
	}
	if l.nlists != 0 {
		l.endVALUES(k)
	}
	if len(l.out) <= l.limit-len(ellipsis) {
		l.fit = len(l.out)
	} else if len(l.out) >= l.limit+flushChunk && l.nlists == 0 {
		l.flush()
	}
	switch {
	case l.prev == none:
		l.startStatement()
	case tight[l.prev]&(1<<k) == 0:
		l.out = append(l.out, ' ')
	}
	if k != word && l.operation.want != wantNothing {
		l.operationOther(k)
	}
	l.before, l.beforeWord = l.prev, l.prevWord
	l.prev, l.prevWord, l.prevSign, l.afterDot = k, kwNone, false, false
}

// word writes p[i:end], an unquoted name or a keyword.
func (l *Lexer) word(p []byte, i, end int) {
	afterDot := l.afterDot
	l.begin(word)
	start := len(l.out)
	var ascii bool
	if l.out, ascii = appendFolded(l.out, p, i, end); !ascii {
		l.toValid(start)
	}
	kw := kwNone
	if !afterDot { // behind a dot every word is a name
		kw = lookup(l.out[start:])
	}
	if kw != kwNone {
		l.keyword(kw)
	} else if l.operation.want != wantNothing {
		l.operationWord(kwNone)
	}
}

func (l *Lexer) keyword(kw keyword) {
	l.prevWord = kw
	t := keywords[kw].traits
	if t&reserved != 0 {
		l.prev = clause
	}
	if t&nests != 0 {
		l.deepen(t)
	}
	if t&query != 0 && l.nlists != 0 {
		l.endQueryList()
	}
	if l.operation.want != wantNothing || l.operation.routine {
		l.operationWord(kw)
	}
}

// name writes a quoted name as it stands, with its quotes.
func (l *Lexer) name(text []byte) {
	l.begin(name)
	start := len(l.out)
	l.out = append(l.out, text...)
	l.toValid(start)
}

// literal writes a literal or a parameter.
func (l *Lexer) literal() {
	l.begin(value)
	l.out = append(l.out, '?')
}

func (l *Lexer) operator(text []byte) {
	if len(text) == 1 {
		switch text[0] {
		case '?':
			l.literal()
			return
		case '+', '-':
			l.plusMinus(text[0])
			return
		}
	}
	l.begin(oper)
	l.deepen(nests)
	l.out = append(l.out, text...)
}

// plusMinus holds a sign back: it is a part of the literal that may follow.
// A sign behind a sign is not, else the normal form "- ?" of "- -1" would
// have another one.
func (l *Lexer) plusMinus(c byte) {
	if l.sign != 0 {
		l.releaseSign(oper)
	}
	sign := startsOperand&(1<<l.prev) != 0
	if sign && !l.prevSign {
		l.sign = c
		return
	}
	l.writeSign(c)
	l.prevSign = sign
}

// releaseSign drops the sign before a literal and writes it before all else.
func (l *Lexer) releaseSign(next kind) {
	c := l.sign
	l.sign = 0
	if next != value {
		l.writeSign(c)
		l.prevSign = true
	}
}

func (l *Lexer) writeSign(c byte) {
	l.begin(oper)
	l.deepen(nests)
	l.out = append(l.out, c)
}

// punctuation writes a dot, two dots, a colon or two colons.
func (l *Lexer) punctuation(k kind, text []byte) {
	l.begin(k)
	l.out = append(l.out, text...)
	if k == dot {
		l.afterDot = true
	} else {
		l.deepen(nests)
	}
}

// stray writes a byte that starts no token. Servers refuse it.
func (l *Lexer) stray(c byte) {
	if c < ' ' || c == 0x7f {
		l.begin(word) // as U+FFFD is read again
		l.out = append(l.out, replacement...)
		if l.operation.want != wantNothing {
			l.operationWord(kwNone)
		}
		return
	}
	l.begin(other)
	l.out = append(l.out, c)
}

func (l *Lexer) open(c byte) {
	k := paren
	if c == '[' {
		k = bracket
	}
	l.begin(k)
	l.out = append(l.out, c)
	l.level++
	l.descend()
	l.openList(k)
}

func (l *Lexer) close(c byte) {
	if l.sign != 0 {
		l.releaseSign(closing)
	}
	l.closeElement()
	l.begin(closing)
	l.out = append(l.out, c)
	if l.level > 0 { // else the text has more of them than servers accept
		l.ascend()
		l.level--
	}
	l.closeRow()
}

func (l *Lexer) comma() {
	if l.sign != 0 {
		l.releaseSign(comma)
	}
	l.nextElement()
	l.begin(comma)
	l.sibling()
	l.out = append(l.out, ',')
	l.startElement()
}

// semicolon ends a statement unless the text is inside brackets (CREATE RULE)
// or in the body of an SQL function.
func (l *Lexer) semicolon() {
	if l.level == 0 && l.body == 0 {
		l.endStatement()
		return
	}
	l.begin(semicolon)
	l.sibling()
	l.out = append(l.out, ';')
}

func (l *Lexer) startStatement() {
	l.sum.Statements++
	if l.sum.Statements > 1 {
		l.out = append(l.out, "; "...)
	}
	l.operation = opState{want: wantHead}
}

func (l *Lexer) endStatement() {
	if l.sign != 0 {
		l.releaseSign(semicolon)
	}
	if l.operation.want == wantHead { // brackets and nothing in them
		l.noHead()
	}
	for ; l.level > 0; l.level-- { // open brackets at the end of the text
		l.ascend()
	}
	l.endHeight()
	l.nlists, l.body = 0, 0
	l.operation = opState{}
	l.prev, l.prevWord, l.prevSign, l.afterDot = none, kwNone, false, false
}

// toValid replaces bytes of out[start:] which are not UTF-8. A byte that is
// replaced is one of a name and stays one, for U+FFFD may stand in names.
func (l *Lexer) toValid(start int) {
	if utf8.Valid(l.out[start:]) {
		return
	}
	l.sum.InvalidUTF8 = true
	// Read from a copy behind the text: each bad byte becomes three.
	end := len(l.out)
	for i := start; i < end; {
		r, n := utf8.DecodeRune(l.out[i:end])
		l.out = utf8.AppendRune(l.out, r)
		i += n
	}
	n := copy(l.out[start:], l.out[end:])
	l.out = l.out[:start+n]
}
