//go:build cgo

package pgsql

import (
	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/sluice-proxy/sluice/codecs/sql"
	"github.com/sluice-proxy/sluice/metadata"
)

// Available says that this program can parse.
func Available() bool { return true }

// A Parser finds out what texts do. It reuses memory, so it must not be shared; the zero value is ready. What it finds depends on text and mode alone.
type Parser struct{ lexer sql.Lexer }

// Parse finds out what text does. It keeps nothing of text.
func (p *Parser) Parse(text []byte, m Mode) (r *Result) {
	if why := refuse(text, m, &p.lexer); why != "" {
		return &Result{Why: why}
	}
	// A text that nobody thought of must not end the session, and much less pass.
	defer func() {
		if recover() != nil {
			r = &Result{Why: WhyPanic}
		}
	}()
	tree, err := pg.Parse(string(text))
	if err != nil {
		if word := replicationCommand(text); word != "" {
			return replication(word)
		}
		return &Result{Why: WhySyntax}
	}
	return effects(tree)
}

// effects gives what the statements of a tree do.
func effects(tree *pg.ParseResult) *Result {
	r := &Result{Effects: make([]metadata.Effect, 0, len(tree.Stmts)), statements: make([]statement, 0, len(tree.Stmts))}
	w := new(walker)
	for _, s := range tree.Stmts {
		if s.Stmt == nil {
			continue
		}
		e, st := w.statement(s.Stmt)
		r.Effects = append(r.Effects, e)
		r.statements = append(r.statements, st)
	}
	r.Literal, r.Unsettles, r.Personal = w.literal, w.unsettles, w.personal
	return r
}
