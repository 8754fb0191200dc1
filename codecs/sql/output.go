package sql

const (
	ellipsis = "…"
	// flushChunk is how far the normal form may grow over its bound before
	// the part behind the bound is hashed and dropped.
	flushChunk = 4 << 10
)

// flush hashes what is written and keeps only what can be shown, so that
// memory does not follow the length of the text. No list may be open: lists
// take back what they wrote.
func (l *Lexer) flush() {
	rest := l.hash.write(l.out[l.hashed:])
	l.out = append(l.out[:l.limit], rest...)
	l.hashed = l.limit
	l.dropped = true
}

// finish completes the Summary.
func (l *Lexer) finish() {
	l.sum.Fingerprint = l.hash.sum(l.out[l.hashed:])
	if l.dropped || len(l.out) > l.limit {
		l.sum.Cut = true
		l.out = append(l.out[:l.fit], ellipsis...)
	}
	n := len(l.out)
	l.sum.Normalized = l.out[:n:n]
}

// takeBack removes all behind n from the normal form.
func (l *Lexer) takeBack(n int) {
	l.out = l.out[:n]
	l.fit = min(l.fit, n)
}
