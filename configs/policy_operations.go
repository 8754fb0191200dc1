package configs

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/sluice-proxy/sluice/codecs/all"
	"github.com/sluice-proxy/sluice/rbac"
)

// Operations lists the operations that rules may name, those of all protocols, in order: one that no statement has would make a rule that never matches.
func Operations() (names []string) {
	for _, p := range all.Protocols() {
		if p.Vocabulary != nil {
			names = append(names, p.Vocabulary()...)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// operationNames gives operations as statements have them: people may write "copy to" for COPY_TO.
func operationNames(list []string) []string {
	if list == nil {
		return nil
	}
	names := make([]string, len(list))
	for i, text := range list {
		names[i] = strings.ReplaceAll(strings.ToUpper(strings.TrimSpace(text)), " ", "_")
	}
	return names
}

// operations finds operations that no statement has. Those with a dot are commands of modules (JSON.GET), which only the server knows.
func (k *checker) operations(p rbac.Policy) {
	known := Operations()
	for i := range p.Statements.List {
		for j, op := range p.Statements.List[i].Operations {
			matches := func(name string) bool {
				ok, err := path.Match(op, name) // the names hold no slash, so that * is any text
				return ok && err == nil
			}
			if op == "" || strings.HasPrefix(op, "/") || strings.Contains(op, ".") || slices.ContainsFunc(known, matches) {
				continue
			}
			at := fmt.Sprintf("statements.rules[%d].operations[%d]", i, j)
			switch near := Nearest(op, known); {
			case strings.ContainsAny(op, "*?"):
				k.problem(at, "no operation matches %s; \"sluice policy operations\" lists them", op)
			case near != "":
				k.problem(at, "there is no operation %s; did you mean %s?", op, near)
			default:
				k.problem(at, "there is no operation %s; \"sluice policy operations\" lists them", op)
			}
		}
	}
}
