//go:build cgo

package pgsql

import (
	"bytes"
	"flag"
	"fmt"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	pg "github.com/pganalyze/pg_query_go/v6"
	"google.golang.org/protobuf/reflect/protoreflect"
)

var update = flag.Bool("update", false, "write the generated files anew")

// analysed are the nodes that the server's grammar never makes; only later stages of the server do. One of them makes a text unparsed.
const analysed = `Var Param Aggref WindowFunc WindowFuncRunCondition SubscriptingRef FuncExpr OpExpr DistinctExpr NullIfExpr ScalarArrayOpExpr SubPlan
AlternativeSubPlan FieldSelect FieldStore RelabelType CoerceViaIO ArrayCoerceExpr ConvertRowtypeExpr CollateExpr CaseTestExpr ArrayExpr RowCompareExpr
JsonConstructorExpr JsonExpr JsonTablePath JsonTablePathScan JsonTableSiblingJoin MergeAction CoerceToDomain CoerceToDomainValue NextValueExpr
InferenceElem TargetEntry RangeTblRef FromExpr OnConflictExpr Query RangeTblEntry RTEPermissionInfo RangeTblFunction TableSampleClause WithCheckOption
SortGroupClause WindowClause RowMarkClause SetOperationStmt PartitionRangeDatum SinglePartitionSpec InlineCodeBlock CallContext PLAssignStmt IntList
OidList CookedConstraint`

// generated are the files that TestChildren writes, each with the first letters of its types.
var generated = []struct{ file, first, last string }{
	{"children_a.go", "A", "Iz"}, {"children_j.go", "J", "Zz"},
}

// TestChildren makes, from the description of the syntax tree, what visits every node of it, and fails if what is checked in is something else. The
// methods visit… that the package has are called for their types; for all others, their children are visited.
func TestChildren(t *testing.T) {
	visit, children := handled(t)
	g := &generator{t: t, handled: visit, bodies: map[string]string{}, types: map[string]string{}, leaf: map[string]bool{}}
	nodes := (&pg.Node{}).ProtoReflect().Descriptor().Oneofs().Get(0).Fields()
	for i := range nodes.Len() {
		if d := nodes.Get(i).Message(); !slices.Contains(strings.Fields(analysed), string(d.Name())) {
			g.add(d)
		}
	}
	for _, f := range generated {
		g.check(f.file, func(b *bytes.Buffer) {
			var names []string
			for name := range g.bodies {
				if f.first <= name && name <= f.last && (!visit[name] || children[name]) {
					names = append(names, name)
				}
			}
			slices.Sort(names)
			for _, name := range names {
				fmt.Fprintf(b, "func (w *walker) children%s(m *pg.%s) {\n%s}\n\n", name, g.types[name], g.bodies[name])
			}
		})
	}
	g.check("dispatch.go", func(b *bytes.Buffer) { g.dispatch(b, nodes) })
}

type generator struct {
	t       *testing.T
	handled map[string]bool
	bodies  map[string]string // by the type's name in methods
	types   map[string]string // the Go type
	leaf    map[string]bool   // types without children
}

// handled gives the types for which the package has a method visit…, and those whose children its code visits itself.
func handled(t *testing.T) (visit, children map[string]bool) {
	visit, children = map[string]bool{}, map[string]bool{}
	files, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if !strings.HasSuffix(f.Name(), ".go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), f.Name(), nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range file.Decls {
			if d, ok := d.(*ast.FuncDecl); ok {
				if name, ok := strings.CutPrefix(d.Name.Name, "visit"); ok {
					visit[name] = true
				}
			}
		}
		if f.Name() == "dispatch.go" || strings.HasPrefix(f.Name(), "children_") {
			continue
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if s, ok := n.(*ast.SelectorExpr); ok {
				if name, ok := strings.CutPrefix(s.Sel.Name, "children"); ok {
					children[name] = true
				}
			}
			return true
		})
	}
	return visit, children
}

// methodName gives what stands for a message in the names of methods.
func methodName(d protoreflect.MessageDescriptor) string {
	return strings.ReplaceAll(string(d.Name()), "_", "")
}

// fieldName gives a field's name in Go, as protoc-gen-go makes it.
func fieldName(d protoreflect.FieldDescriptor) string {
	var b strings.Builder
	up := true
	for _, c := range string(d.Name()) {
		switch {
		case c == '_':
			up = true
			continue
		case up && 'a' <= c && c <= 'z':
			c += 'A' - 'a'
		}
		up = false
		b.WriteRune(c)
	}
	if b.String() == "String" { // a method has that name
		b.WriteByte('_')
	}
	return b.String()
}

// add makes the body of a type and of the types that its fields have.
func (g *generator) add(d protoreflect.MessageDescriptor) {
	name := methodName(d)
	if _, done := g.bodies[name]; done || g.leaf[name] {
		return
	}
	g.bodies[name], g.types[name] = "", string(d.Name()) // it may hold itself
	var b strings.Builder
	for i := range d.Fields().Len() {
		f := d.Fields().Get(i)
		if f.Message() == nil {
			continue
		}
		field := "m." + fieldName(f)
		switch {
		case f.Message().Name() == "Node" && f.IsList():
			fmt.Fprintf(&b, "\tw.nodes(%s)\n", field)
		case f.Message().Name() == "Node":
			fmt.Fprintf(&b, "\tw.node(%s)\n", field)
		default:
			g.add(f.Message())
			if call := g.call(f.Message(), field); call != "" {
				fmt.Fprintf(&b, "\tif %s != nil {\n\t\t%s\n\t}\n", field, call)
			}
		}
	}
	if b.Len() == 0 {
		delete(g.bodies, name)
		g.leaf[name] = true
		return
	}
	g.bodies[name] = b.String()
}

// call gives the statement that visits x; "" if there is nothing to visit.
func (g *generator) call(d protoreflect.MessageDescriptor, x string) string {
	name := methodName(d)
	switch {
	case g.handled[name]:
		return "w.visit" + name + "(" + x + ")"
	case g.leaf[name]:
		return ""
	}
	return "w.children" + name + "(" + x + ")"
}

func (g *generator) dispatch(b *bytes.Buffer, nodes protoreflect.FieldDescriptors) {
	b.WriteString(`// node visits n, whatever it is.
func (w *walker) node(n *pg.Node) {
	if n == nil {
		return
	}
	switch n := n.Node.(type) {
`)
	var leaves []string
	for i := range nodes.Len() {
		f := nodes.Get(i)
		if slices.Contains(strings.Fields(analysed), string(f.Message().Name())) {
			continue
		}
		wrapper := wrapperName(f)
		if call := g.call(f.Message(), "n."+strings.TrimPrefix(wrapper, "Node_")); call != "" {
			fmt.Fprintf(b, "\tcase *pg.%s:\n\t\t%s\n", wrapper, call)
		} else {
			leaves = append(leaves, "*pg."+wrapper)
		}
	}
	fmt.Fprintf(b, "\tcase nil, %s:\n\tdefault:\n\t\tw.unknown = true\n\t}\n}\n", strings.Join(leaves, ",\n\t\t"))
}

// wrapperName gives the Go type that holds a field of the oneof.
func wrapperName(f protoreflect.FieldDescriptor) string {
	return reflect.TypeOf(node(f).Node).Elem().Name()
}

func (g *generator) check(file string, write func(b *bytes.Buffer)) {
	var b bytes.Buffer
	b.WriteString("// Code generated by go test -run TestChildren -update; DO NOT EDIT.\n\n//go:build cgo\n\npackage pgsql\n\nimport pg \"github.com/pganalyze/pg_query_go/v6\"\n\n")
	write(&b)
	want, err := format.Source(b.Bytes())
	if err != nil {
		g.t.Fatalf("%v\n%s", err, b.Bytes())
	}
	if *update {
		if err := os.WriteFile(file, want, 0o644); err != nil {
			g.t.Fatal(err)
		}
		return
	}
	if got, err := os.ReadFile(file); err != nil || !bytes.Equal(got, want) {
		g.t.Errorf("%s is not what the syntax tree asks for; run go test -run TestChildren -update", file)
	}
}
