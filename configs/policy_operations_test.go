package configs_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"testing"

	"github.com/sluice-proxy/sluice/configs"
)

// TestOperationsAreThoseOfTheAnalysis looks for operations in the sources of what names them: the words in capitals.
func TestOperationsAreThoseOfTheAnalysis(t *testing.T) {
	known := configs.Operations()
	capitals := regexp.MustCompile(`^[A-Z]{2,}(_[A-Z]+)*$`)
	verbs := []string{"CREATE", "ALTER", "DROP"}
	found := 0
	for _, name := range []string{"operation.go", "operation_plain.go", "replication.go", "objects.go"} {
		f, err := parser.ParseFile(token.NewFileSet(), filepath.Join("../codecs/sql/pgsql", name), nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(f, func(n ast.Node) bool {
			literal, ok := n.(*ast.BasicLit)
			if !ok || literal.Kind != token.STRING {
				return true
			}
			word, err := strconv.Unquote(literal.Value)
			if err != nil || !capitals.MatchString(word) || slices.Contains(verbs, word) {
				return true
			}
			found++
			for _, verb := range verbs {
				if name == "objects.go" && !slices.Contains(known, verb+"_"+word) {
					t.Errorf("%s: there are operations upon %s, which rules can't name", name, word)
				}
			}
			if name != "objects.go" && !slices.Contains(known, word) {
				t.Errorf("%s: there is the operation %s, which rules can't name", name, word)
			}
			return true
		})
	}
	if found < 100 {
		t.Errorf("found %d words; the test looks for the wrong thing", found)
	}
}
