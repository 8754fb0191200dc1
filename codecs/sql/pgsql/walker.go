//go:build cgo

package pgsql

import (
	"slices"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/sluice-proxy/sluice/metadata"
)

// A walker collects what the statements of one text do. Its methods visit… have the name of the type of node that they are called for; where there is
// none, node visits the children.
type walker struct {
	// Of the text.
	literal   bool
	unsettles bool
	personal  bool

	// Of the statement.
	operation string
	inner     []string // operations of the statements that it carries
	accesses  []metadata.Access
	spelt     []string                // see statement; empty as long as every access is spelt as it is
	index     map[metadata.Access]int // of accesses, once there are many
	anywhere  bool                    // an earlier statement may have changed where names are looked for
	unknown   bool                    // a node was met that isn't known
	code      bool                    // see statement
	columns   int                     // references to columns met so far
	home      home                    // of CREATE SCHEMA

	tables []string // the names that are common table expressions here, the innermost last
}

// manyAccesses is from how many on they are looked up in a map.
const manyAccesses = 24

// add records an access upon an object that the text names.
func (w *walker) add(a metadata.Access) { w.addSpelt(a, "") }

// addUnwritten records an access upon an object that the text does not name.
func (w *walker) addUnwritten(a metadata.Access) { w.addSpelt(a, notWritten) }

// addSpelt records an access whose name is written in another way than its Schema and Name; "" if it isn't.
func (w *walker) addSpelt(a metadata.Access, spelt string) {
	if a.Kind.Qualified() && a.Schema == "" && w.anywhere {
		a.Anywhere = true
	}
	if w.find(a) {
		return
	}
	w.accesses = append(w.accesses, a)
	if w.index != nil {
		w.index[a] = len(w.accesses) - 1
	}
	if spelt != "" || len(w.spelt) > 0 {
		for len(w.spelt) < len(w.accesses)-1 {
			w.spelt = append(w.spelt, "")
		}
		w.spelt = append(w.spelt, spelt)
	}
}

func (w *walker) find(a metadata.Access) bool {
	if len(w.accesses) < manyAccesses {
		return slices.Contains(w.accesses, a)
	}
	if w.index == nil {
		w.index = make(map[metadata.Access]int, 2*manyAccesses)
		for i, b := range w.accesses {
			w.index[b] = i
		}
	}
	_, ok := w.index[a]
	return ok
}

// opaque says that the statement runs code that the text does not show; what names it.
func (w *walker) opaque(what string) {
	w.code = true
	w.beyond(what)
}

// beyond says that the statement reaches objects that the text does not name.
func (w *walker) beyond(what string) {
	w.unsettles = true
	w.add(metadata.Access{Verb: metadata.Execute, Kind: metadata.KindOpaque, Name: what})
}

// statement visits a statement of the text and gives what it does.
func (w *walker) statement(n *pg.Node) (metadata.Effect, statement) {
	*w = walker{literal: w.literal, unsettles: w.unsettles, personal: w.personal, anywhere: w.unsettles, operation: operation(n), tables: w.tables[:0]}
	if w.operation != "" {
		w.node(n)
	}
	if w.operation == "" || w.unknown {
		w.unsettles = true
		return metadata.Effect{Operation: "UNKNOWN", Accesses: []metadata.Access{{Verb: metadata.Execute, Kind: metadata.KindUnparsed, Name: WhyUnknown}}}, statement{code: true}
	}
	w.deferred()
	w.dropImplied()
	return metadata.Effect{Operation: w.operation, Inner: w.inner, Accesses: w.accesses}, statement{code: w.code, spelt: w.spelt}
}

// immediate are the operations that carry out what they hold at once, and keep nothing of it. What the others hold (views, defaults, checks, rules, policies)
// is carried out whenever somebody uses what they have made.
var immediate = []string{"SELECT", "INSERT", "UPDATE", "DELETE", "MERGE", "COPY_TO", "COPY_FROM", "EXPLAIN", "EXPLAIN_ANALYZE", "PREPARE", "EXECUTE", "DECLARE_CURSOR",
	"CREATE_TABLE_AS", "SELECT_INTO"}

// deferred is told of the end of a statement. A setting that is set later, by the use of what the statement makes, would be set by texts that don't show it.
func (w *walker) deferred() {
	if slices.Contains(immediate, w.operation) {
		return
	}
	for _, a := range w.accesses {
		if a.Kind == function && a.Name == "set_config" || a.Kind == metadata.KindTable && a.Name == "pg_settings" {
			w.beyond("set_config")
			return
		}
	}
}

// dropImplied removes implied accesses that are also there by a mention.
func (w *walker) dropImplied() {
	n := 0
	for i, a := range w.accesses {
		if real := a; a.Implied {
			real.Implied = false
			if w.find(real) {
				continue
			}
		}
		w.accesses[n] = a
		if i < len(w.spelt) {
			w.spelt[n] = w.spelt[i]
		}
		n++
	}
	w.spelt = w.spelt[:min(n, len(w.spelt))]
	w.accesses = w.accesses[:n]
}

// carried visits a statement inside of the statement. A query inside of an expression is none, nor is what CREATE VIEW or INSERT take their rows from.
func (w *walker) carried(n *pg.Node) {
	if op := operation(n); op != "" && !slices.Contains(w.inner, op) {
		w.inner = append(w.inner, op)
	}
	w.node(n)
}

func (w *walker) carriedAll(list []*pg.Node) {
	for _, n := range list {
		w.carried(n)
	}
}

func (w *walker) nodes(list []*pg.Node) {
	for _, n := range list {
		w.node(n)
	}
}

func (w *walker) visitColumnRef(*pg.ColumnRef) { w.columns++ }
