//go:build cgo

package pgsql

import (
	"slices"
	"strings"
	"testing"

	pg "github.com/pganalyze/pg_query_go/v6"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// TestEveryStatementIsHandled holds that each statement of the grammar has an operation, and a method of its own that tells what it reaches.
func TestEveryStatementIsHandled(t *testing.T) {
	// Named by what they are about, so that empty ones have no name.
	named := strings.Fields(`DropStmt AlterTableStmt RenameStmt AlterObjectSchemaStmt AlterObjectDependsStmt AlterOwnerStmt AlterFunctionStmt AlterTableMoveAllStmt
		DefineStmt TransactionStmt`)
	parts := strings.Fields("RawStmt ReturnStmt ReplicaIdentityStmt") // of others
	harmless := []string{"TransactionStmt"}
	visit, _ := handled(t)
	nodes := (&pg.Node{}).ProtoReflect().Descriptor().Oneofs().Get(0).Fields()
	seen := 0
	for i := range nodes.Len() {
		f := nodes.Get(i)
		name := string(f.Message().Name())
		if !strings.HasSuffix(name, "Stmt") || slices.Contains(strings.Fields(analysed), name) || slices.Contains(parts, name) {
			continue
		}
		seen++
		if !visit[name] && !slices.Contains(harmless, name) {
			t.Errorf("there is no method visit%s, so what it reaches is what its parts name", name)
		}
		if operation(node(f)) == "" && !slices.Contains(named, name) {
			t.Errorf("%s has no operation", name)
		}
	}
	if seen < 100 {
		t.Errorf("there are only %d statements", seen)
	}
}

// node makes an empty node of a kind.
func node(f protoreflect.FieldDescriptor) *pg.Node {
	n := &pg.Node{}
	m := n.ProtoReflect()
	m.Set(f, m.NewField(f))
	return n
}

func TestEveryObjectTypeIsKnown(t *testing.T) {
	never := []pg.ObjectType{ // the grammar never gives them to a statement
		pg.ObjectType_OBJECT_TYPE_UNDEFINED, pg.ObjectType_OBJECT_AMOP, pg.ObjectType_OBJECT_AMPROC, pg.ObjectType_OBJECT_DEFACL, pg.ObjectType_OBJECT_DEFAULT,
		pg.ObjectType_OBJECT_PUBLICATION_NAMESPACE, pg.ObjectType_OBJECT_PUBLICATION_REL,
	}
	for value, name := range pg.ObjectType_name {
		o, ok := objectTypes[pg.ObjectType(value)]
		if ok == slices.Contains(never, pg.ObjectType(value)) {
			t.Errorf("%s: known is %v", name, ok)
		}
		if ok && !o.kind.Known() {
			t.Errorf("%s: there is no kind %q", name, o.kind)
		}
	}
}

func TestParseName(t *testing.T) {
	for _, tt := range []struct {
		text, schema, name string
		ok                 bool
	}{
		{"s", "", "s", true}, {"S.T", "s", "t", true}, {`"S".T`, "S", "t", true}, {`"a""b"`, "", `a"b`, true}, {" a . b ", "a", "b", true}, {"a.b.c", "b", "c", true},
		{`"a.b"`, "", "a.b", true}, {"", "", "", false}, {"12", "", "", false}, {"a.", "", "", false}, {".a", "", "", false}, {`"a`, "", "", false}, {`""`, "", "", false},
		{"a b", "", "", false}, {`a"b"`, "", "", false}, {"a.b.c.d", "", "", false}, {strings.Repeat("a", 64), "", "", false}, {"-", "", "-", true},
	} {
		schema, name, ok := parseName(tt.text)
		if schema != tt.schema || name != tt.name || ok != tt.ok {
			t.Errorf("%q: got %q, %q, %v", tt.text, schema, name, ok)
		}
	}
}

func TestReplicationCommand(t *testing.T) {
	for text, want := range map[string]string{
		"IDENTIFY_SYSTEM": "IDENTIFY_SYSTEM", " \n start_replication SLOT s PHYSICAL 0/0": "START_REPLICATION", "BASE_BACKUP;": "BASE_BACKUP", "BASE_BACKUPS": "",
		"SELECT 1": "", "": "", "READ_REPLICATION_SLOT(": "READ_REPLICATION_SLOT",
	} {
		if got := replicationCommand([]byte(text)); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}
