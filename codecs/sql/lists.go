package sql

import "bytes"

const (
	// maxLists is how many lists may be open inside each other; further ones
	// are shown as they are.
	maxLists = 16
	// maxOpenList is how long the normal form of a list may be before equal
	// neighbours are no longer looked for, as that keeps it in memory. It does
	// not depend on the Lexer's bound: fingerprints must not.
	maxOpenList = 64 << 10
)

type listKind uint8

const (
	inList    listKind = iota // IN (...), ARRAY[...]: equal neighbours become one
	valuesRow                 // the inside of a row in one of the others
	valuesSet                 // the rows behind VALUES: equal neighbours become one
)

// list is an open list. Offsets are into Lexer.out.
type list struct {
	kind   listKind
	level  int  // of the commas between its elements
	more   bool // valuesSet: a comma was seen, a row must follow
	origin int  // where the list starts
	start  int  // of the element being written
	before int  // start of the one before it
	end    int  // and its end; before == end if there is none
}

// top returns the innermost list if its elements are at the present level.
func (l *Lexer) top() *list {
	if l.nlists == 0 {
		return nil
	}
	if t := &l.lists[l.nlists-1]; t.level == l.level {
		return t
	}
	return nil
}

func (l *Lexer) push(k listKind, level, start int) {
	if l.nlists < maxLists {
		l.lists[l.nlists] = list{kind: k, level: level, origin: start, start: start, before: start, end: start}
		l.nlists++
	}
}

// openList is called behind an opening bracket.
func (l *Lexer) openList(k kind) {
	start := len(l.out)
	switch {
	case k == paren && l.beforeWord == kwIn, k == bracket && l.beforeWord == kwArray:
		l.push(inList, l.level, start)
	case k == paren && l.beforeWord == kwValues:
		l.push(valuesSet, l.level-1, start-1)
		l.push(valuesRow, l.level, start)
	case l.nlists == 0:
	default:
		t := &l.lists[l.nlists-1]
		if t.level != l.level-1 || t.start < start-1 {
			return // not the first bracket of an element
		}
		switch {
		case k == bracket:
			l.push(inList, l.level, start) // ARRAY[[1, 2], [3, 4]]
		case t.kind == valuesSet && l.before == comma, t.kind == inList:
			l.push(valuesRow, l.level, start)
		}
	}
}

// endElement completes the element being written: NULL, TRUE and FALSE are
// literals here, and an element which equals the one before it is taken back.
func (l *Lexer) endElement(t *list) {
	if t.start > len(l.out) {
		return // there is nothing between two commas
	}
	if t.kind != valuesSet {
		switch string(l.out[t.start:]) {
		case "null", "true", "false":
			l.takeBack(t.start)
			l.out = append(l.out, '?')
		}
	}
	if t.kind == valuesRow {
		return
	}
	if t.before < t.end && bytes.Equal(l.out[t.before:t.end], l.out[t.start:]) {
		l.takeBack(t.end)
	} else {
		t.before, t.end = t.start, len(l.out)
	}
	if l.nlists == 1 && len(l.out)-t.origin > maxOpenList {
		l.nlists = 0
	}
}

// closeElement is called ahead of a closing bracket.
func (l *Lexer) closeElement() {
	t := l.top()
	if t != nil && t.kind == valuesSet { // IN (VALUES (1), (2))
		l.nlists--
		t = l.top()
	}
	if t != nil {
		l.endElement(t)
		if l.nlists > 0 {
			l.nlists--
		}
	}
}

// closeRow is called behind a closing bracket.
func (l *Lexer) closeRow() {
	if t := l.top(); t != nil && t.kind == valuesSet {
		t.more = false
		l.endElement(t)
	}
}

// nextElement is called ahead of a comma, startElement behind it.
func (l *Lexer) nextElement() {
	if t := l.top(); t != nil && t.kind != valuesSet {
		l.endElement(t)
	}
}

func (l *Lexer) startElement() {
	if t := l.top(); t != nil {
		t.start = len(l.out) + 1 // the blank
		t.more = true
	}
}

// endVALUES ends the rows of VALUES when the next token, of kind k, is neither
// a comma nor a row behind one.
func (l *Lexer) endVALUES(k kind) {
	t := l.top()
	if t == nil || t.kind != valuesSet {
		return
	}
	if t.more && k != paren || !t.more && k != comma {
		l.nlists--
	}
}

// endQueryList ends a list whose bracket is followed by a query: IN (SELECT ...).
// Its commas part columns.
func (l *Lexer) endQueryList() {
	if t := l.top(); t != nil && t.kind != valuesSet && t.start == t.before && t.before == t.end {
		l.nlists--
	}
}
