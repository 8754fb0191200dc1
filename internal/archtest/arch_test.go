package archtest

import (
	"bytes"
	"encoding/json"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/sluice-proxy/sluice/"

// A pkg is what go list tells of a package.
type pkg struct {
	Dir        string
	ImportPath string
	GoFiles    []string
	Imports    []string
}

func (p *pkg) name() string { return strings.TrimPrefix(p.ImportPath, module) }

// packages lists the module's packages, as they are on every system that has one of its own way (files with build constraints).
func packages(t *testing.T) []*pkg {
	t.Helper()
	all := map[string]*pkg{}
	for _, system := range []string{"linux", "darwin"} {
		cmd := exec.Command("go", "list", "-json=Dir,ImportPath,GoFiles,Imports", module+"...")
		cmd.Env = append(os.Environ(), "GOOS="+system, "GOARCH=amd64")
		var errs bytes.Buffer
		cmd.Stderr = &errs
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("go list: %v\n%s", err, &errs)
		}
		for d := json.NewDecoder(bytes.NewReader(out)); ; {
			var p pkg
			if err := d.Decode(&p); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatal(err)
			}
			q := all[p.ImportPath]
			if q == nil {
				all[p.ImportPath] = &p
				continue
			}
			q.Imports, q.GoFiles = union(q.Imports, p.Imports), union(q.GoFiles, p.GoFiles)
		}
	}
	var sorted []*pkg
	for _, p := range all {
		sorted = append(sorted, p)
	}
	slices.SortFunc(sorted, func(a, b *pkg) int { return strings.Compare(a.ImportPath, b.ImportPath) })
	return sorted
}

func union(a, b []string) []string {
	for _, x := range b {
		if !slices.Contains(a, x) {
			a = append(a, x)
		}
	}
	return a
}

// A rule is a line of the block.
type rule struct {
	who     string
	allowed []string
}

func readRules(t *testing.T) []rule {
	t.Helper()
	var all []rule
	for line := range strings.Lines(rules) {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		// Columns are parted by two blanks or more: who, what, why.
		var columns []string
		for _, c := range strings.Split(line, "  ") {
			if c = strings.TrimSpace(c); c != "" {
				columns = append(columns, c)
			}
		}
		if len(columns) < 2 {
			t.Fatalf("a rule without its second column: %s", line)
		}
		all = append(all, rule{columns[0], strings.Fields(columns[1])})
	}
	return all
}

// matches says whether pattern stands for name. <x> is one element of a path.
func matches(pattern, name string) bool {
	a, b := strings.Split(pattern, "/"), strings.Split(name, "/")
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] && !strings.HasPrefix(a[i], "<") {
			return false
		}
	}
	return true
}

func anyMatches(patterns []string, name string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool { return p == "*" || matches(p, name) })
}

// ruleFor gives the rule for a package: the one that names it, else one whose pattern does.
func ruleFor(all []rule, name string) *rule {
	for i := range all {
		if all[i].who == name {
			return &all[i]
		}
	}
	for i := range all {
		if matches(all[i].who, name) {
			return &all[i]
		}
	}
	return nil
}

func TestImports(t *testing.T) {
	all := readRules(t)
	needed := map[string]bool{}
	for line := range strings.Lines(exceptions) {
		if f := strings.Fields(line); len(f) > 2 {
			needed[f[0]+" "+f[1]] = false
		}
	}
	helpers := func(name string) bool {
		r := ruleFor(all, name)
		return r != nil && (strings.Contains(name, "codectest") || strings.Contains(name, "filtertest"))
	}
	for _, p := range packages(t) {
		r := ruleFor(all, p.name())
		if r == nil {
			t.Errorf("%s has no rule; add a line to the block in rules_test.go, and say why it is right", p.name())
			continue
		}
		for _, i := range p.Imports {
			name, ours := strings.CutPrefix(i, module)
			if !ours {
				continue
			}
			if helpers(name) && !helpers(p.name()) {
				t.Errorf("%s imports %s, which is for tests only", p.name(), name)
			}
			if anyMatches(r.allowed, name) {
				continue
			}
			if _, known := needed[p.name()+" "+name]; known {
				needed[p.name()+" "+name] = true
				continue
			}
			t.Errorf("%s imports %s; it may import %s", p.name(), name, strings.Join(r.allowed, ", "))
		}
	}
	for e, used := range needed {
		if !used {
			t.Errorf("the exception %q is not needed any more; remove it", e)
		}
	}
}

func isPure(name string) bool { return anyMatches(pure, name) && name != "codecs/codectest" }

func TestPurePackages(t *testing.T) {
	for _, p := range packages(t) {
		if !isPure(p.name()) {
			continue
		}
		for _, i := range p.Imports {
			for _, bad := range impure {
				if (i == bad || strings.HasPrefix(i, bad+"/")) && !slices.Contains(harmless, i) {
					t.Errorf("%s imports %s; it must be a function of its input", p.name(), i)
				}
			}
		}
		for _, f := range p.GoFiles {
			set := token.NewFileSet()
			file, err := parser.ParseFile(set, filepath.Join(p.Dir, f), nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			ast.Inspect(file, func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.GoStmt:
					t.Errorf("%s: %s starts a goroutine; it must be a function of its input", set.Position(n.Pos()), p.name())
				case *ast.SelectorExpr:
					if x, ok := n.X.(*ast.Ident); ok && x.Name == "time" && slices.Contains([]string{"Now", "Since", "Until"}, n.Sel.Name) {
						t.Errorf("%s: %s reads the clock; it must be a function of its input", set.Position(n.Pos()), p.name())
					}
				}
				return true
			})
		}
	}
}

func TestEveryPackageSaysWhatItIs(t *testing.T) {
	for _, p := range packages(t) {
		documented := 0
		for _, f := range p.GoFiles {
			file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(p.Dir, f), nil, parser.PackageClauseOnly|parser.ParseComments)
			if err != nil {
				t.Fatal(err)
			}
			if file.Doc.Text() != "" {
				documented++
			}
		}
		if documented != 1 {
			t.Errorf("%s has %d package comments, want one", p.name(), documented)
		}
	}
}

func TestFilesAreShort(t *testing.T) {
	err := filepath.WalkDir("../..", func(file string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && file != "../.." {
			_, err := os.Stat(filepath.Join(file, "go.mod"))
			if err == nil || strings.HasPrefix(d.Name(), ".") { // a module of its own keeps its own rules
				return filepath.SkipDir
			}
		}
		if path.Ext(file) != ".go" {
			return nil
		}
		b, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		if n := bytes.Count(b, []byte{'\n'}); n > mostLines {
			t.Errorf("%s has %d lines, more than %d; a file holds one idea", strings.TrimPrefix(file, "../../"), n, mostLines)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestTheTest breaks rules and looks whether that is noticed.
func TestTheTest(t *testing.T) {
	all := readRules(t)
	for _, tt := range []struct {
		who, what string
		may       bool
	}{
		{"codecs/postgres", "codecs/wire", true},
		{"codecs/postgres", "codecs/mysql", false},
		{"codecs/all", "codecs/mysql", true},
		{"filters/stats", "filters/inspect", false},
		{"filters/stats", "stats", true},
		{"proxy/loop", "codecs/postgres", false},
		{"rbac", "codecs", false},
		{"codecs/wire", "metadata", false},
		{"configs", "proxy/loop", true},
	} {
		if got := anyMatches(ruleFor(all, tt.who).allowed, tt.what); got != tt.may {
			t.Errorf("%s imports %s: allowed is %v, want %v", tt.who, tt.what, got, tt.may)
		}
	}
	if ruleFor(all, "filters/a/b") != nil {
		t.Error("a package that no line names has a rule")
	}
	if !isPure("codecs/sql") || isPure("filters") || isPure("codecs/codectest") {
		t.Error("the wrong packages are pure")
	}
}
