package rbac

import (
	"path"
	"strings"

	"github.com/sluice-proxy/sluice/metadata"
)

// schemas are those in which a name without a schema may be.
type schemas struct {
	known  bool // else it may be in any
	search []string
	system string   // one more, "" if there is none
	later  []string // for rules that deny
}

// schemasOf finds where the server looks for a name that has no schema.
func schemasOf(a *metadata.Access, p *metadata.SearchPath) (s schemas) {
	switch {
	case p == nil || !p.Known || a.Anywhere:
		return schemas{}
	case a.System == metadata.IsSystem && p.System != "":
		return schemas{known: true, system: p.System} // it is found there before any other schema is looked at
	case a.System == metadata.MaybeSystem:
		s.system = p.System
	}
	s.search, s.later = p.Search, p.Later
	s.known = len(s.search) > 0 || s.system != ""
	return s
}

// count says how many there are.
func (s *schemas) count() int {
	if s.system == "" {
		return len(s.search)
	}
	return len(s.search) + 1
}

// list gives them, for people.
func (s *schemas) list() []string {
	if s.system == "" {
		return s.search
	}
	return append([]string{s.system}, s.search...)
}

// find finds the rules about what an access is upon. A rule that denies is about all that the name may stand for; one that allows counts only if others, or itself,
// allow the rest of that. Of the rules that allow, one in preferred is given if there is one.
func (x *objectIndex) find(a *metadata.Access, p *metadata.SearchPath, q *query, preferred mask) (f found) {
	switch {
	case !x.qualified && a.Name == "":
		return x.anyObject(q)
	case x.paths:
		return x.file(a.Name, q)
	case !x.qualified:
		return x.at("", a.Name, q)
	case a.Schema != "" && a.Name == "":
		return x.anyName(a.Schema, q)
	case a.Schema != "":
		return x.at(a.Schema, a.Name, q)
	case a.Name == "":
		return x.anyObject(q)
	}
	s := schemasOf(a, p)
	if !s.known {
		return x.anySchema(a.Name, q)
	}
	all := true
	for i := range s.count() {
		schema := s.system
		if i < len(s.search) {
			schema = s.search[i]
		}
		g := x.at(schema, a.Name, q)
		f.deny = earlier(f.deny, g.deny)
		all = all && g.allow != 0
		if f.allow == 0 || g.allow != 0 && preferred.has(g.allow) && !preferred.has(f.allow) {
			f.allow = g.allow
		}
	}
	if !all {
		f.allow = 0
	}
	for _, schema := range s.later {
		f.deny = earlier(f.deny, x.at(schema, a.Name, q).deny)
	}
	return f
}

// file finds the rules about a file on the server's machine. One file has many paths; only an absolute one without detours is compared by rules that deny, and only
// one without detours by rules that allow. Others may be any file.
func (x *objectIndex) file(name string, q *query) found {
	if path.Clean(name) != name || strings.HasPrefix(name, "..") || strings.Contains(name, `\`) {
		return x.anyObject(q)
	}
	f := x.at("", name, q)
	if !path.IsAbs(name) {
		f.deny = x.anyObject(q).deny
	}
	return f
}

func hasDot(text string) bool { return strings.Contains(text, ".") }
