package servers

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// installed starts a server program that is on this machine: the wanted version
// or the newest that starts.
func installed(ctx context.Context, o Options) (*Server, error) {
	var found []programs
	var versions []string
	for _, dir := range binDirs() {
		p, err := readPrograms(dir)
		if err != nil {
			continue
		}
		found = append(found, p)
		versions = append(versions, fmt.Sprintf("%d in %s", p.major, dir))
	}
	if len(found) == 0 {
		return nil, fmt.Errorf("no initdb and postgres in PATH, in %s nor where pg_config points", strings.Join(binPatterns, ", "))
	}
	slices.SortStableFunc(found, func(a, b programs) int { return cmp.Compare(b.major, a.major) })
	var errs []error
	for _, p := range found {
		if o.Version != 0 && o.Version != p.major {
			continue
		}
		s, err := p.launch(ctx, o, "the installed server program "+filepath.Join(p.dir, "postgres"))
		if err == nil {
			return s, nil
		}
		errs = append(errs, err)
	}
	if len(errs) == 0 {
		return nil, fmt.Errorf("PostgreSQL %d is wanted, and there is %s", o.Version, strings.Join(versions, ", "))
	}
	return nil, errors.Join(errs...)
}

// binPatterns are the folders outside of PATH that distributions and others put
// PostgreSQL's programs in.
var binPatterns = []string{
	"/usr/lib/postgresql/*/bin",            // Debian, Ubuntu
	"/usr/pgsql-*/bin",                     // PGDG's packages for RHEL and its kin
	"/usr/libexec/postgresql*",             // Alpine
	"/opt/homebrew/opt/postgresql@*/bin",   // Homebrew
	"/usr/local/opt/postgresql@*/bin",      // Homebrew on Intel
	"/usr/local/pgsql/bin",                 // built from source
	"/Library/PostgreSQL/*/bin",            // EDB's installer
	"/Applications/Postgres.app/*/*/*/bin", // Postgres.app
}

// binDirs are the folders that may have PostgreSQL's programs, without doubles.
func binDirs() []string {
	var dirs []string
	add := func(dir string) {
		if dir, err := filepath.EvalSymlinks(dir); err == nil && !slices.Contains(dirs, dir) {
			dirs = append(dirs, dir)
		}
	}
	if path, err := exec.LookPath("postgres"); err == nil {
		if path, err = filepath.EvalSymlinks(path); err == nil {
			add(filepath.Dir(path))
		}
	}
	for _, pattern := range binPatterns {
		// The only error is a malformed pattern.
		matches, _ := filepath.Glob(pattern)
		for _, dir := range matches {
			add(dir)
		}
	}
	if out, err := exec.Command("pg_config", "--bindir").Output(); err == nil {
		add(strings.TrimSpace(string(out)))
	}
	return dirs
}
