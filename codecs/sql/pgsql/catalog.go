//go:build cgo

package pgsql

import (
	_ "embed" // the lists
	"strings"
)

// The names of PostgreSQL's own functions and relations, read from a server; see TestCatalog.
var (
	//go:embed functions.txt
	functionNames string
	//go:embed relations.txt
	relationNames string

	functions = names(functionNames)
	relations = names(relationNames)
)

// names reads a list: a name a line, and one line on top that says where they come from.
func names(list string) map[string]struct{} {
	m := map[string]struct{}{}
	for line := range strings.Lines(list) {
		if line[0] != '#' {
			m[strings.TrimSuffix(line, "\n")] = struct{}{}
		}
	}
	return m
}

// isFunction says that pg_catalog has a function of that name.
func isFunction(name string) bool {
	_, ok := functions[name]
	return ok
}

// isRelation says that pg_catalog has a table or view of that name.
func isRelation(name string) bool {
	_, ok := relations[name]
	return ok
}
