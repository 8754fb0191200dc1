//go:build cgo

package pgsql

import (
	"slices"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/sluice-proxy/sluice/metadata"
)

// home is where CREATE SCHEMA puts what is made inside of it.
type home struct {
	inside bool
	schema string // "" if the text doesn't say which
}

// visitRangeVar is called for every table that no method took for a target: it is read, unless it is a common table expression.
func (w *walker) visitRangeVar(r *pg.RangeVar) {
	if r.Schemaname == "" && slices.Contains(w.tables, r.Relname) {
		return
	}
	w.relation(metadata.Read, r)
}

// relation records an access upon a table that exists.
func (w *walker) relation(v metadata.Verb, r *pg.RangeVar) {
	if r != nil {
		w.object(v, metadata.KindTable, r.Schemaname, r.Relname)
	}
}

// object records an access upon an object that exists, of a kind whose names have two parts.
func (w *walker) object(v metadata.Verb, k metadata.Kind, schema, name string) {
	a := metadata.Access{Verb: v, Kind: k, Schema: schema, Name: name}
	if schema == "" {
		a.System = system(k, name)
		// While it makes a schema the server looks there first.
		a.Anywhere = w.home.inside
	}
	w.add(a)
	if v == metadata.Write && name == "pg_settings" {
		w.beyond(name) // a rule of the view sets what its rows name: PostgreSQL 18, 53.25 "pg_settings"
	}
}

func system(k metadata.Kind, name string) metadata.System {
	switch {
	case k == metadata.KindTable && isRelation(name), k == metadata.KindFunction && isFunction(name):
		return metadata.IsSystem
	case strings.HasPrefix(name, "pg_") && (k == metadata.KindTable || k == metadata.KindFunction):
		return metadata.MaybeSystem
	}
	return metadata.NotSystem
}

// made records the making of a table or sequence.
func (w *walker) made(k metadata.Kind, r *pg.RangeVar) {
	if r == nil {
		return
	}
	a := metadata.Access{Verb: metadata.Create, Kind: k, Schema: r.Schemaname, Name: r.Relname}
	spelt := ""
	if a.Schema == "" {
		switch {
		case r.Relpersistence == "t": // PostgreSQL 18, CREATE TABLE, "TEMPORARY"
			a.Schema, spelt = "pg_temp", r.Relname
		case w.home.inside:
			a.Schema, a.Anywhere = w.home.schema, w.home.schema == ""
			spelt = r.Relname
		}
	}
	w.addSpelt(a, spelt)
}

// inHome records an access upon a table inside of CREATE SCHEMA, for the statements that the server confines to the new schema.
func (w *walker) inHome(v metadata.Verb, r *pg.RangeVar) {
	if r == nil || r.Schemaname != "" || !w.home.inside || w.home.schema == "" {
		w.relation(v, r)
		return
	}
	w.addSpelt(metadata.Access{Verb: v, Kind: metadata.KindTable, Schema: w.home.schema, Name: r.Relname}, r.Relname)
}

// with visits a WITH clause and brings its names into scope, until the caller sets w.tables back to what is returned. PostgreSQL 18, 7.8 "WITH
// Queries": without RECURSIVE a name is known to what follows it only, so that inside its own query it is a real table; with RECURSIVE all names are
// known everywhere.
func (w *walker) with(c *pg.WithClause) (outer []string) {
	outer = w.tables
	if c == nil {
		return outer
	}
	w.tables = slices.Clip(w.tables)
	if c.Recursive {
		for _, n := range c.Ctes {
			w.tables = append(w.tables, n.GetCommonTableExpr().GetCtename())
		}
	}
	for _, n := range c.Ctes {
		e := n.GetCommonTableExpr()
		if e.GetCtequery().GetSelectStmt() == nil {
			w.carried(e.GetCtequery())
		} else {
			w.node(e.GetCtequery())
		}
		if c := e.GetCycleClause(); c != nil {
			w.childrenCTECycleClause(c)
		}
		if !c.Recursive {
			w.tables = append(w.tables, n.GetCommonTableExpr().GetCtename())
		}
	}
	return outer
}

// visitLockingClause has nothing to visit: the names behind FOR UPDATE OF are aliases.
func (w *walker) visitLockingClause(*pg.LockingClause) {}
