package configs

import (
	"encoding/json"
	"flag"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"reflect"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the generated files anew")

// TestSchemaIsFresh makes the schema of the types and of their comments, the one place where settings are described.
func TestSchemaIsFresh(t *testing.T) {
	checkSchema(t, reflect.TypeFor[Config](), "config.go", "Sluice's configuration", "schema.json", Schema())
}

// TestPolicySchemaIsFresh does the same for policy files.
func TestPolicySchemaIsFresh(t *testing.T) {
	checkSchema(t, reflect.TypeFor[PolicyFile](), "policy_file.go", "A policy of Sluice", "policy.schema.json", PolicySchema())
}

// checkSchema compares a schema with what the type whole, which the source file declares, makes of it.
func checkSchema(t *testing.T, whole reflect.Type, source, title, file, schema string) {
	t.Helper()
	g := &generator{docs: map[string]string{}}
	g.read(t, source)
	root := g.object(whole)
	root["$schema"] = "http://json-schema.org/draft-07/schema#"
	root["title"] = title
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(root); err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(file, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if b.String() != schema {
		t.Errorf("%s is not what the types say: go test ./configs -run Schema -update", file)
	}
}

// A generator makes a schema.
type generator struct {
	docs map[string]string // Type.Field → its comment
}

func (g *generator) read(t *testing.T, file string) {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(f, func(n ast.Node) bool {
		s, ok := n.(*ast.TypeSpec)
		if !ok {
			return true
		}
		st, ok := s.Type.(*ast.StructType)
		if !ok {
			return false
		}
		for _, field := range st.Fields.List {
			doc := strings.Join(strings.Fields(field.Doc.Text()), " ")
			if doc == "" {
				t.Errorf("%s.%s has no comment: say its meaning and default", s.Name, field.Names[0])
			}
			g.docs[s.Name.Name+"."+field.Names[0].Name] = doc
		}
		return false
	})
}

type object = map[string]any

func (g *generator) object(t reflect.Type) object {
	props, required := object{}, []string{}
	for _, f := range fieldsOf(t) {
		p := g.value(f.Type, f.Tag)
		p["description"] = g.docs[t.Name()+"."+f.Name]
		props[keyOf(f)] = p
		if f.Tag.Get("need") != "" {
			required = append(required, keyOf(f))
		}
	}
	o := object{"type": "object", "additionalProperties": false, "properties": props}
	if len(required) > 0 {
		o["required"] = required
	}
	return o
}

const (
	durations = `([0-9]+(\.[0-9]+)?(ns|us|µs|ms|s|m|h))+`
	sizes     = `[0-9]+(\.[0-9]+)? ?(B|KiB|MiB|GiB|KB|MB|GB)`
	fromEnv   = `\$\{.*`
)

func text(patterns ...string) object {
	return object{"type": "string", "pattern": "^(" + strings.Join(append(patterns, fromEnv), "|") + ")$"}
}

func (g *generator) value(t reflect.Type, tag reflect.StructTag) object {
	if w, ok := reflect.Zero(t).Interface().(word); ok {
		return object{"enum": w.Words()}
	}
	if _, single := reflect.Zero(t).Interface().(oneOrMore); single {
		return object{"anyOf": []any{g.value(t.Elem(), ""), object{"type": "array", "minItems": 1, "items": g.value(t.Elem(), "")}}}
	}
	switch t {
	case reflect.TypeFor[Duration]():
		if tag.Get("off") != "" {
			return text(durations, "off")
		}
		return text(durations)
	case reflect.TypeFor[Size]():
		return text(sizes)
	case reflect.TypeFor[Loops]():
		return object{"anyOf": []any{object{"const": "auto"}, object{"type": "integer", "minimum": 0, "maximum": maxLoops}, text()}}
	case reflect.TypeFor[LogMode]():
		slow := object{"type": "object", "additionalProperties": false, "required": []string{"slow"}, "properties": object{
			"slow": object{"type": "string", "pattern": "^" + durations + "$", "description": "The time from which on an exchange is slow."}}}
		return object{"anyOf": []any{object{"enum": []string{"all", "errors"}}, text(`slow ?[:=] ?` + durations), slow}}
	}
	switch t.Kind() {
	case reflect.Slice:
		return object{"type": "array", "minItems": 1, "items": g.value(t.Elem(), "")}
	case reflect.Struct:
		return g.object(t)
	case reflect.Bool:
		return object{"type": "boolean"}
	case reflect.Int:
		return object{"type": "integer", "minimum": 0}
	case reflect.String:
		return object{"type": "string"}
	}
	panic("no schema for " + t.String())
}
