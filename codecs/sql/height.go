package sql

// maxLevels is how many levels of brackets are told apart. Deeper ones are
// added up on the last level, which keeps Height an upper bound.
const maxLevels = 256

// level is one level of open brackets. Tokens which make a parser nest add up
// from comma to comma, as lists are flat in a syntax tree; set operations add
// up over the whole level, for the select lists between them have commas too.
type level struct {
	chain int // since the last comma
	inner int // the highest bracket since the last comma
	best  int // of chain + inner up to the last comma
	sets  int
}

func (v *level) height() int { return max(v.best, v.chain+v.inner) + v.sets }

// deepen counts a token which may nest.
func (l *Lexer) deepen(t trait) {
	v := &l.levels[min(l.level, maxLevels-1)]
	if t&setOp != 0 || l.level >= maxLevels-1 {
		v.sets++
	} else {
		v.chain++
	}
}

// sibling is told of a comma or semicolon.
func (l *Lexer) sibling() {
	v := &l.levels[min(l.level, maxLevels-1)]
	v.best = max(v.best, v.chain+v.inner)
	v.chain, v.inner = 0, 0
}

// descend is called after level was raised.
func (l *Lexer) descend() {
	l.sum.Nesting = max(l.sum.Nesting, l.level)
	if l.level < maxLevels {
		l.levels[l.level] = level{}
	} else {
		l.levels[maxLevels-1].sets++
	}
}

// ascend is called before level is lowered.
func (l *Lexer) ascend() {
	if l.level < maxLevels {
		v := &l.levels[l.level-1]
		v.inner = max(v.inner, l.levels[l.level].height()+1)
	}
}

// endHeight is called when no bracket is open.
func (l *Lexer) endHeight() {
	l.sum.Height = max(l.sum.Height, l.levels[0].height())
	l.levels[0] = level{}
}
