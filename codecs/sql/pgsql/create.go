//go:build cgo

package pgsql

import (
	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/sluice-proxy/sluice/metadata"
)

func (w *walker) visitIntoClause(c *pg.IntoClause) {
	w.made(table, c.Rel)
	w.node(c.ViewQuery)
}

func (w *walker) visitCreateStmt(s *pg.CreateStmt) {
	w.made(table, s.Relation)
	w.childrenOfCreate(s)
}

// childrenOfCreate visits all of CREATE TABLE but the table: LIKE, INHERITS and PARTITION OF read theirs.
func (w *walker) childrenOfCreate(s *pg.CreateStmt) {
	w.nodes(s.TableElts)
	w.nodes(s.InhRelations)
	if s.Partbound != nil {
		w.childrenPartitionBoundSpec(s.Partbound)
	}
	if s.Partspec != nil {
		w.childrenPartitionSpec(s.Partspec)
	}
	w.nodes(s.Constraints)
}

func (w *walker) visitCreateForeignTableStmt(s *pg.CreateForeignTableStmt) {
	if s.BaseStmt != nil {
		w.visitCreateStmt(s.BaseStmt)
	}
	w.plain(metadata.Read, other, s.Servername)
}

func (w *walker) visitViewStmt(s *pg.ViewStmt) {
	w.made(table, s.View)
	w.node(s.Query)
}

func (w *walker) visitCreateTableAsStmt(s *pg.CreateTableAsStmt) {
	if s.Into != nil {
		w.visitIntoClause(s.Into)
	}
	if s.Query.GetExecuteStmt() != nil {
		w.carried(s.Query)
	} else {
		w.node(s.Query)
	}
}

func (w *walker) visitRefreshMatViewStmt(s *pg.RefreshMatViewStmt) {
	w.relation(metadata.Write, s.Relation)
}

func (w *walker) visitIndexStmt(s *pg.IndexStmt) {
	w.inHome(metadata.Alter, s.Relation)
	w.nodes(s.IndexParams)
	w.nodes(s.IndexIncludingParams)
	w.node(s.WhereClause)
}

func (w *walker) visitCreateStatsStmt(s *pg.CreateStatsStmt) {
	w.relations(metadata.Alter, s.Relations)
	w.nodes(s.Exprs)
}

func (w *walker) visitRuleStmt(s *pg.RuleStmt) {
	w.relation(metadata.Alter, s.Relation)
	w.node(s.WhereClause)
	w.carriedAll(s.Actions)
}

func (w *walker) visitCreatePolicyStmt(s *pg.CreatePolicyStmt) {
	w.relation(metadata.Alter, s.Table)
	w.node(s.Qual)
	w.node(s.WithCheck)
}

func (w *walker) visitAlterPolicyStmt(s *pg.AlterPolicyStmt) {
	w.relation(metadata.Alter, s.Table)
	w.node(s.Qual)
	w.node(s.WithCheck)
}

func (w *walker) visitCreateTrigStmt(s *pg.CreateTrigStmt) {
	w.inHome(metadata.Alter, s.Relation)
	w.relation(metadata.Read, s.Constrrel)
	w.node(s.WhenClause)
	w.call(strs(s.Funcname))
	w.opaque(w.operationOr("CREATE_TRIGGER"))
}

// operationOr names the operation of a statement that may stand inside of another one.
func (w *walker) operationOr(inner string) string {
	if w.home.inside {
		return inner
	}
	return w.operation
}

func (w *walker) visitCreateEventTrigStmt(s *pg.CreateEventTrigStmt) {
	w.plain(metadata.Create, other, s.Trigname)
	w.call(strs(s.Funcname))
	w.opaque(w.operation)
}

// visitCreateSchemaStmt: the elements that have no schema of their own are made in the new one, and it is looked in first for the names in them.
func (w *walker) visitCreateSchemaStmt(s *pg.CreateSchemaStmt) {
	name := s.Schemaname
	if name == "" {
		name = role(s.Authrole)
	}
	w.plain(metadata.Create, metadata.KindSchema, name)
	w.unsettles = true
	w.home = home{inside: true, schema: name}
	w.carriedAll(s.SchemaElts)
	w.home = home{}
}

func (w *walker) visitCreateSeqStmt(s *pg.CreateSeqStmt) {
	w.made(metadata.KindSequence, s.Sequence)
	w.ownedBy(s.Options)
}

func (w *walker) visitAlterSeqStmt(s *pg.AlterSeqStmt) {
	if s.Sequence != nil {
		w.object(metadata.Alter, metadata.KindSequence, s.Sequence.Schemaname, s.Sequence.Relname)
	}
	w.ownedBy(s.Options)
}

// ownedBy records that OWNED BY changes a table: dropping that drops the sequence from then on.
func (w *walker) ownedBy(options []*pg.Node) {
	for _, n := range options {
		if d := n.GetDefElem(); d.GetDefname() == "owned_by" {
			if names := nameParts(d.Arg); len(names) > 1 { // else OWNED BY NONE
				w.parts(metadata.Alter, table, names[:len(names)-1])
			}
		}
	}
}

func (w *walker) visitCreateDomainStmt(s *pg.CreateDomainStmt) {
	w.parts(metadata.Create, typ, strs(s.Domainname))
	w.nodes(s.Constraints)
}

func (w *walker) visitCompositeTypeStmt(s *pg.CompositeTypeStmt) {
	if r := s.Typevar; r != nil {
		w.add(metadata.Access{Verb: metadata.Create, Kind: typ, Schema: r.Schemaname, Name: r.Relname})
	}
	w.nodes(s.Coldeflist)
}

func (w *walker) visitCreateEnumStmt(s *pg.CreateEnumStmt) {
	w.parts(metadata.Create, typ, strs(s.TypeName))
}

func (w *walker) visitCreateRangeStmt(s *pg.CreateRangeStmt) {
	w.parts(metadata.Create, typ, strs(s.TypeName))
	w.opaque(w.operation) // its functions run wherever its values are compared
}

// visitCreateFunctionStmt doesn't look at the options: they hold the body as text, and settings that hold while it runs.
func (w *walker) visitCreateFunctionStmt(s *pg.CreateFunctionStmt) {
	w.parts(metadata.Create, function, strs(s.Funcname))
	w.nodes(s.Parameters)
	if body := s.SqlBody.GetList(); body != nil { // BEGIN ATOMIC: a list of one list of statements
		for _, n := range body.Items {
			w.carriedAll(n.GetList().GetItems())
		}
	} else {
		w.node(s.SqlBody)
	}
	w.opaque(w.operation)
}

func (w *walker) visitDoStmt(*pg.DoStmt) { w.opaque("DO") }

func (w *walker) visitCallStmt(s *pg.CallStmt) {
	if s.Funccall != nil {
		w.visitFuncCall(s.Funccall)
	}
	w.nodes(s.Outargs)
	w.opaque("CALL")
}

// visitDefineStmt: aggregates, operators, base types, parsers and templates name functions that run where nothing says so.
func (w *walker) visitDefineStmt(s *pg.DefineStmt) {
	o := objectTypes[s.Kind]
	w.parts(metadata.Create, o.kind, strs(s.Defnames))
	switch s.Kind {
	case pg.ObjectType_OBJECT_COLLATION, pg.ObjectType_OBJECT_TSCONFIGURATION, pg.ObjectType_OBJECT_TSDICTIONARY:
	default:
		w.opaque(w.operation)
	}
}
