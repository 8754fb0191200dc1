//go:build cgo

package pgsql

import (
	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/sluice-proxy/sluice/metadata"
)

func (w *walker) visitSelectStmt(s *pg.SelectStmt) {
	outer := w.with(s.WithClause)
	if s.IntoClause != nil {
		w.visitIntoClause(s.IntoClause)
	}
	w.nodes(s.DistinctClause)
	w.nodes(s.TargetList)
	w.nodes(s.FromClause)
	w.node(s.WhereClause)
	w.nodes(s.GroupClause)
	w.node(s.HavingClause)
	w.nodes(s.WindowClause)
	w.nodes(s.ValuesLists)
	w.nodes(s.SortClause)
	w.node(s.LimitOffset)
	w.node(s.LimitCount)
	if s.Larg != nil {
		w.visitSelectStmt(s.Larg)
	}
	if s.Rarg != nil {
		w.visitSelectStmt(s.Rarg)
	}
	w.tables = outer
}

// The target of INSERT, UPDATE, DELETE and MERGE is a table, also where a common table expression has its name.

func (w *walker) visitInsertStmt(s *pg.InsertStmt) {
	outer := w.with(s.WithClause)
	w.relation(metadata.Write, s.Relation)
	w.nodes(s.Cols)
	w.node(s.SelectStmt)
	if c := s.OnConflictClause; c != nil {
		w.childrenOnConflictClause(c)
		if c.Infer != nil || len(c.TargetList) > 0 || c.WhereClause != nil {
			w.impliedRead(s.Relation)
		}
	}
	if len(s.ReturningList) > 0 {
		w.impliedRead(s.Relation)
	}
	w.nodes(s.ReturningList)
	w.tables = outer
}

func (w *walker) visitUpdateStmt(s *pg.UpdateStmt) {
	outer := w.with(s.WithClause)
	before := w.columns
	w.relation(metadata.Write, s.Relation)
	w.nodes(s.TargetList)
	w.nodes(s.FromClause)
	w.node(s.WhereClause)
	w.nodes(s.ReturningList)
	if s.WhereClause != nil || len(s.ReturningList) > 0 || w.columns > before {
		w.impliedRead(s.Relation)
	}
	w.tables = outer
}

func (w *walker) visitDeleteStmt(s *pg.DeleteStmt) {
	outer := w.with(s.WithClause)
	before := w.columns
	w.relation(metadata.Write, s.Relation)
	w.nodes(s.UsingClause)
	w.node(s.WhereClause)
	w.nodes(s.ReturningList)
	if s.WhereClause != nil || len(s.ReturningList) > 0 || w.columns > before {
		w.impliedRead(s.Relation)
	}
	w.tables = outer
}

func (w *walker) visitMergeStmt(s *pg.MergeStmt) {
	outer := w.with(s.WithClause)
	w.relation(metadata.Write, s.Relation)
	w.impliedRead(s.Relation)
	w.node(s.SourceRelation)
	w.node(s.JoinCondition)
	w.nodes(s.MergeWhenClauses)
	w.nodes(s.ReturningList)
	w.tables = outer
}

// impliedRead records that a statement looks at what its target holds, for which the server asks for the right to read it.
func (w *walker) impliedRead(r *pg.RangeVar) {
	if r == nil {
		return
	}
	a := metadata.Access{Verb: metadata.Read, Kind: metadata.KindTable, Schema: r.Schemaname, Name: r.Relname, Implied: true, Anywhere: r.Schemaname == "" && w.home.inside}
	if a.Schema == "" {
		a.System = system(a.Kind, a.Name)
	}
	w.add(a)
}

func (w *walker) visitCopyStmt(s *pg.CopyStmt) {
	verb, file := metadata.Read, metadata.Write
	if s.IsFrom {
		verb, file = metadata.Write, metadata.Read
	}
	w.relation(verb, s.Relation)
	if s.Query != nil {
		w.carried(s.Query)
	}
	w.node(s.WhereClause)
	w.literal = true // also without a name: the tree doesn't tell STDIN from '', which has the shape of every other file
	switch {
	case s.IsProgram:
		w.plain(metadata.Execute, metadata.KindProgram, s.Filename)
	case s.Filename != "":
		w.plain(file, metadata.KindServerFile, s.Filename)
	}
}

func (w *walker) visitTruncateStmt(s *pg.TruncateStmt) {
	w.relations(metadata.Write, s.Relations)
	if s.Behavior == pg.DropBehavior_DROP_CASCADE {
		w.beyond(w.operation)
	}
}

// relations records an access upon each table of a list.
func (w *walker) relations(v metadata.Verb, list []*pg.Node) {
	for _, n := range list {
		if r := n.GetRangeVar(); r != nil {
			w.relation(v, r)
		} else {
			w.node(n)
		}
	}
}

// session records an access upon something that lives in the session only.
func (w *walker) session(v metadata.Verb, k metadata.Kind, name string) {
	w.personal = w.personal || v == metadata.Execute
	w.add(metadata.Access{Verb: v, Kind: k, Name: name, Free: true})
}

func (w *walker) visitPrepareStmt(s *pg.PrepareStmt) {
	w.session(metadata.Create, metadata.KindPrepared, s.Name)
	w.carried(s.Query)
}

func (w *walker) visitExecuteStmt(s *pg.ExecuteStmt) {
	w.personal, w.unsettles, w.code = true, true, true
	w.add(metadata.Access{Verb: metadata.Execute, Kind: metadata.KindPrepared, Name: s.Name})
	w.nodes(s.Params)
}

// visitDeallocateStmt has the name "" for all of them.
func (w *walker) visitDeallocateStmt(s *pg.DeallocateStmt) {
	w.session(metadata.Drop, metadata.KindPrepared, s.Name)
}

func (w *walker) visitDeclareCursorStmt(s *pg.DeclareCursorStmt) {
	w.session(metadata.Create, metadata.KindCursor, s.Portalname)
	w.carried(s.Query)
}

func (w *walker) visitFetchStmt(s *pg.FetchStmt) {
	w.unsettles = true // what the cursor was declared for may set something
	w.session(metadata.Execute, metadata.KindCursor, s.Portalname)
}

// visitClosePortalStmt has the name "" for all of them.
func (w *walker) visitClosePortalStmt(s *pg.ClosePortalStmt) {
	w.session(metadata.Execute, metadata.KindCursor, s.Portalname)
}

func (w *walker) visitCurrentOfExpr(e *pg.CurrentOfExpr) {
	w.session(metadata.Execute, metadata.KindCursor, e.CursorName)
}
