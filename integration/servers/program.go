package servers

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// Program finds one of PostgreSQL's programs, client or server, in PATH or in
// one of the folders where distributions keep them, the newest version first.
// The error says how to get it.
func Program(name string) (string, error) {
	if path, err := exec.LookPath(name); err == nil {
		return path, nil
	}
	dirs := binDirs()
	slices.SortStableFunc(dirs, func(a, b string) int { return majorOf(b) - majorOf(a) })
	for _, dir := range dirs {
		if path, err := exec.LookPath(filepath.Join(dir, name)); err == nil {
			return path, nil
		}
	}
	pkg := "postgresql-client"
	if slices.Contains([]string{"pgbench", "initdb", "postgres", "pg_ctl"}, name) {
		pkg = "postgresql"
	}
	return "", fmt.Errorf("%s is not in PATH nor in %s; get it with: apt-get install %s (Debian, Ubuntu), or the like of it elsewhere",
		name, strings.Join(binPatterns, ", "), pkg)
}

// majorOf is the version of the postgres in dir, 0 if there is none.
func majorOf(dir string) int {
	p, err := readPrograms(dir)
	if err != nil {
		return 0
	}
	return p.major
}
