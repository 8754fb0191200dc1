//go:build cgo

package pgsql

import (
	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/sluice-proxy/sluice/metadata"
)

func (w *walker) visitAlterTableStmt(s *pg.AlterTableStmt) {
	w.relationOf(metadata.Alter, s.Objtype, s.Relation)
	for _, n := range s.Cmds {
		c := n.GetAlterTableCmd()
		if c.GetBehavior() == pg.DropBehavior_DROP_CASCADE {
			w.beyond(w.operation)
		}
		w.node(c.GetDef())
	}
}

// visitPartitionCmd: attaching and detaching changes the partition too.
func (w *walker) visitPartitionCmd(c *pg.PartitionCmd) {
	w.relation(metadata.Alter, c.Name)
	if c.Bound != nil {
		w.childrenPartitionBoundSpec(c.Bound)
	}
}

// relationOf records an access upon what r names, which the grammar says to be of type t.
func (w *walker) relationOf(v metadata.Verb, t pg.ObjectType, r *pg.RangeVar) {
	if r == nil {
		return
	}
	k := objectTypes[t].kind
	if k == "" {
		w.unknown = true
		return
	}
	w.object(v, k, r.Schemaname, r.Relname)
}

func (w *walker) visitAlterTableMoveAllStmt(s *pg.AlterTableMoveAllStmt) {
	w.plain(metadata.Alter, other, s.OrigTablespacename)
	w.beyond(w.operation)
}

// renamed gives the type of the object whose operation a RENAME is.
func renamed(s *pg.RenameStmt) pg.ObjectType {
	if s.RenameType == pg.ObjectType_OBJECT_COLUMN || s.RenameType == pg.ObjectType_OBJECT_ATTRIBUTE {
		return s.RelationType
	}
	return s.RenameType
}

// visitRenameStmt: whoever renames makes an object of the new name.
func (w *walker) visitRenameStmt(s *pg.RenameStmt) {
	o := objectTypes[s.RenameType]
	k := o.kind
	switch s.RenameType {
	case pg.ObjectType_OBJECT_COLUMN, pg.ObjectType_OBJECT_ATTRIBUTE:
		w.relationOf(metadata.Alter, s.RelationType, s.Relation)
		return
	case pg.ObjectType_OBJECT_TABCONSTRAINT, pg.ObjectType_OBJECT_TRIGGER, pg.ObjectType_OBJECT_RULE, pg.ObjectType_OBJECT_POLICY:
		w.relation(metadata.Alter, s.Relation)
		return
	case pg.ObjectType_OBJECT_DOMCONSTRAINT:
		w.named(metadata.Alter, s.RenameType, s.Object)
		return
	}
	switch {
	case k == "":
		w.unknown = true
	case s.Relation != nil:
		w.relationOf(metadata.Alter, s.RenameType, s.Relation)
		if k != metadata.KindIndex {
			w.addSpelt(metadata.Access{Verb: metadata.Create, Kind: k, Schema: s.Relation.Schemaname, Name: s.Newname}, s.Newname)
		}
	case s.Object != nil:
		w.named(metadata.Alter, s.RenameType, s.Object)
		schema, _ := split(nameParts(s.Object))
		if !k.Qualified() {
			schema = ""
		}
		w.add(metadata.Access{Verb: metadata.Create, Kind: k, Schema: schema, Name: s.Newname})
	default:
		w.plain(metadata.Alter, k, s.Subname)
		w.plain(metadata.Create, k, s.Newname)
	}
	if k == metadata.KindSchema {
		w.beyond(w.operation) // all that is in it has another name from then on
	}
}

func (w *walker) visitAlterObjectSchemaStmt(s *pg.AlterObjectSchemaStmt) {
	k := objectTypes[s.ObjectType].kind
	name := s.Relation.GetRelname()
	if s.Relation != nil {
		w.relationOf(metadata.Alter, s.ObjectType, s.Relation)
	} else {
		w.named(metadata.Alter, s.ObjectType, s.Object)
		_, name = split(nameParts(s.Object))
	}
	if k.Qualified() {
		w.addUnwritten(metadata.Access{Verb: metadata.Create, Kind: k, Schema: s.Newschema, Name: name})
	}
	if k == metadata.KindExtension {
		w.beyond(w.operation)
	}
}

func (w *walker) visitAlterOwnerStmt(s *pg.AlterOwnerStmt) {
	w.relationOf(metadata.Alter, s.ObjectType, s.Relation)
	if s.Object != nil {
		w.named(metadata.Alter, s.ObjectType, s.Object)
	}
}

func (w *walker) visitAlterObjectDependsStmt(s *pg.AlterObjectDependsStmt) {
	switch {
	case s.ObjectType == pg.ObjectType_OBJECT_TRIGGER:
		w.relation(metadata.Alter, s.Relation)
	case s.Relation != nil:
		w.relationOf(metadata.Alter, s.ObjectType, s.Relation)
	default:
		w.named(metadata.Alter, s.ObjectType, s.Object)
	}
}

func (w *walker) visitAlterFunctionStmt(s *pg.AlterFunctionStmt) {
	w.parts(metadata.Alter, function, strs(s.Func.GetObjname()))
}

func (w *walker) visitAlterDomainStmt(s *pg.AlterDomainStmt) {
	w.parts(metadata.Alter, typ, strs(s.TypeName))
	w.node(s.Def)
	if s.Behavior == pg.DropBehavior_DROP_CASCADE {
		w.beyond(w.operation)
	}
}

func (w *walker) visitAlterEnumStmt(s *pg.AlterEnumStmt) {
	w.parts(metadata.Alter, typ, strs(s.TypeName))
}

func (w *walker) visitAlterTypeStmt(s *pg.AlterTypeStmt) {
	w.parts(metadata.Alter, typ, strs(s.TypeName))
	w.opaque(w.operation) // it may get other functions
}

// visitDropStmt: a trigger, a rule and a policy are parts of a table, which is changed, not dropped.
func (w *walker) visitDropStmt(s *pg.DropStmt) {
	verb := metadata.Drop
	if objectTypes[s.RemoveType].part {
		verb = metadata.Alter
	}
	for _, n := range s.Objects {
		w.named(verb, s.RemoveType, n)
	}
	if s.RemoveType == pg.ObjectType_OBJECT_SCHEMA {
		w.unsettles = true
	}
	if s.Behavior == pg.DropBehavior_DROP_CASCADE || s.RemoveType == pg.ObjectType_OBJECT_EXTENSION {
		w.beyond(w.operation)
	}
}

func (w *walker) visitCommentStmt(s *pg.CommentStmt) { w.named(metadata.Alter, s.Objtype, s.Object) }

func (w *walker) visitSecLabelStmt(s *pg.SecLabelStmt) { w.named(metadata.Alter, s.Objtype, s.Object) }

func (w *walker) visitLockStmt(s *pg.LockStmt) { w.relations(metadata.Alter, s.Relations) }

func (w *walker) visitVacuumStmt(s *pg.VacuumStmt) {
	for _, n := range s.Rels {
		w.relation(metadata.Alter, n.GetVacuumRelation().GetRelation())
	}
	if len(s.Rels) == 0 {
		w.every(metadata.Alter, table, "")
	}
}

func (w *walker) visitClusterStmt(s *pg.ClusterStmt) {
	if s.Relation == nil {
		w.every(metadata.Alter, table, "")
		return
	}
	w.relation(metadata.Alter, s.Relation)
}

func (w *walker) visitReindexStmt(s *pg.ReindexStmt) {
	switch s.Kind {
	case pg.ReindexObjectType_REINDEX_OBJECT_INDEX:
		w.relationOf(metadata.Alter, pg.ObjectType_OBJECT_INDEX, s.Relation)
	case pg.ReindexObjectType_REINDEX_OBJECT_TABLE:
		w.relation(metadata.Alter, s.Relation)
	case pg.ReindexObjectType_REINDEX_OBJECT_SCHEMA:
		w.every(metadata.Alter, table, s.Name)
	default:
		w.every(metadata.Alter, table, "")
	}
}
