//go:build cgo

package pgsql_test

import (
	"testing"

	pg "github.com/pganalyze/pg_query_go/v6"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/sluice-proxy/sluice/codecs/sql/pgsql"
	"github.com/sluice-proxy/sluice/metadata"
)

// tablesFound holds that every table node of the tree, looked for by reflection, is found, if it can't be a common table expression or an alias.
func tablesFound(t *testing.T, text string, r *pgsql.Result) {
	t.Helper()
	if r.Why != "" {
		return
	}
	tree, err := pg.Parse(text)
	if err != nil {
		return // a replication command
	}
	names := map[string]bool{}
	ctes := map[string]bool{}
	collect(tree.ProtoReflect(), names, ctes)
	for _, e := range r.Effects {
		for _, a := range e.Accesses {
			delete(names, a.Name)
		}
	}
	for name := range names {
		if !ctes[name] {
			t.Errorf("%q: table %q is not found", text, name)
		}
	}
}

func collect(m protoreflect.Message, names, ctes map[string]bool) {
	switch x := m.Interface().(type) {
	case *pg.LockingClause, *pg.TypeName:
		return // what the former names are aliases; what the latter may hold, as a modifier, has to be a constant
	case *pg.IndexStmt:
		names[x.Relation.GetRelname()] = true
	case *pg.CommonTableExpr:
		ctes[x.Ctename] = true
	case *pg.RangeVar:
		names[x.Relname] = true
	case *pg.CreateFunctionStmt: // settings and supporting functions are no tables
		if x.SqlBody != nil {
			collect(x.SqlBody.ProtoReflect(), names, ctes)
		}
		return
	case *pg.ImportForeignSchemaStmt: // tables of another server
		return
	case *pg.ConstraintsSetStmt: // constraints, in the shape of tables
		return
	}
	m.Range(func(f protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		switch {
		case f.IsList() && f.Message() != nil:
			for i := range v.List().Len() {
				collect(v.List().Get(i).Message(), names, ctes)
			}
		case f.Message() != nil && !f.IsMap():
			collect(v.Message(), names, ctes)
		}
		return true
	})
}

// TestOperations holds that every statement of the grammar has an operation, or is known to be made by later stages only.
func TestOperations(t *testing.T) {
	var p pgsql.Parser
	for _, text := range texts(t) {
		r := p.Parse([]byte(text), pgsql.Mode{})
		for _, e := range r.Effects {
			for _, a := range e.Accesses {
				if a.Kind == metadata.KindUnparsed {
					t.Errorf("%s: %s", text, a)
				}
				if !a.Kind.Known() {
					t.Errorf("%s: there is no kind %q", text, a.Kind)
				}
			}
		}
		tablesFound(t, text, r)
	}
}
