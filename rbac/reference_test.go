package rbac_test

import (
	"net/netip"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/sluice-proxy/sluice/metadata"
	"github.com/sluice-proxy/sluice/rbac"
)

// The reference is the table of docs/policy.md, read aloud: each rule is looked at for each access, nothing is indexed or prepared.

// A reference is what counts for one identity: its rules, with their ids.
type reference struct {
	fallback rbac.Effect
	rules    []referenceRule
}

type referenceRule struct {
	*rbac.Rule
	id rbac.RuleID
}

func newReference(p *rbac.Policy, id rbac.Identity, shadows bool) *reference {
	r := &reference{fallback: p.Statements.Default}
	for i := range p.Statements.List {
		rule := &p.Statements.List[i]
		if (shadows || !rule.Shadow) && concerns(rule, id) {
			r.rules = append(r.rules, referenceRule{rule, rbac.RuleID(len(p.Connections.List) + i + 1)})
		}
	}
	return r
}

func concerns(r *rbac.Rule, id rbac.Identity) bool {
	return listed(r.Users, textIs(id.User)) && listed(r.Databases, textIs(id.Database)) && listed(r.Applications, textIs(id.Application)) &&
		listed(r.Listeners, textIs(id.Listener)) && listed(r.Sources, addressIs(id.Source))
}

func listed(list []string, is func(pattern string) bool) bool {
	others, hit := false, false
	for _, x := range list {
		if rest, not := strings.CutPrefix(x, "!"); not {
			if is(rest) {
				return false
			}
			continue
		}
		others = true
		hit = hit || is(x)
	}
	return hit || !others
}

func textIs(text string) func(string) bool {
	return func(pattern string) bool { return matches(pattern, text) }
}

func addressIs(a netip.Addr) func(string) bool {
	return func(pattern string) bool {
		switch {
		case pattern == "unix" || !a.IsValid():
			return (pattern == "unix") == !a.IsValid()
		case strings.Contains(pattern, "/"):
			return netip.MustParsePrefix(pattern).Contains(a)
		}
		return netip.MustParseAddr(pattern) == a
	}
}

func isExpression(pattern string) bool {
	return len(pattern) > 2 && pattern[0] == '/' && pattern[len(pattern)-1] == '/'
}

// compiled keeps expressions: compiling them anew for each name would take most of the test's time.
var compiled = map[string]*regexp.Regexp{}

func matches(pattern, text string) bool {
	if isExpression(pattern) {
		re := compiled[pattern]
		if re == nil {
			re = regexp.MustCompile(pattern[1 : len(pattern)-1])
			compiled[pattern] = re
		}
		return re.MatchString(text)
	}
	pattern, text = strings.ReplaceAll(pattern, "/", "\x00"), strings.ReplaceAll(text, "/", "\x00") // path's * stops at slashes
	ok, err := path.Match(pattern, text)
	return ok && err == nil
}

// operationFits says whether a rule's operations are those of an effect: for a rule that denies one of them, for one that allows all.
func (r referenceRule) operationFits(e *metadata.Effect) bool {
	if r.Operations == nil {
		return true
	}
	all, some := true, false
	for _, op := range append([]string{e.Operation}, e.Inner...) {
		named := slices.ContainsFunc(r.Operations, func(p string) bool { return matches(p, op) })
		all, some = all && named, some || named
	}
	if r.Effect == rbac.Deny {
		return some
	}
	return all
}

// accesses calls is for each pattern of the rule for accesses of this verb and kind.
func (r referenceRule) anyName(a *metadata.Access, is func(schema, name string) bool) bool {
	for _, x := range r.Accesses {
		if x.Verbs != nil && !slices.Contains(x.Verbs, a.Verb) || x.Kind != a.Kind && (x.Kind != rbac.AnyKind || a.Kind.Guarded()) {
			continue
		}
		names := x.Names
		if names == nil {
			names = []string{"*.*"}
			if !a.Kind.Qualified() {
				names = []string{"*"}
			}
		}
		for _, n := range names {
			schema, name := "", n
			if a.Kind.Qualified() && !isExpression(n) {
				schema, name, _ = strings.Cut(n, ".")
			}
			if is(schema, name) {
				return true
			}
		}
	}
	return false
}

// places gives the schemas in which a name may be, those that only denying considers, and whether that is known.
func places(a *metadata.Access, p *metadata.SearchPath) (now, later []string, known bool) {
	switch {
	case a.Schema != "":
		return []string{a.Schema}, nil, true
	case a.Anywhere || p == nil || !p.Known:
		return nil, nil, false
	case a.System == metadata.IsSystem && p.System != "":
		return []string{p.System}, nil, true
	}
	now = slices.Clone(p.Search)
	if a.System == metadata.MaybeSystem && p.System != "" {
		now = append(now, p.System)
	}
	return now, p.Later, len(now) > 0
}

// mayMean says whether a rule that denies is about the access.
func (r referenceRule) mayMean(a *metadata.Access, p *metadata.SearchPath) bool {
	now, later, known := places(a, p)
	return r.anyName(a, func(schema, name string) bool {
		switch {
		case a.Name == "" && !a.Kind.Qualified(), a.Kind == metadata.KindServerFile && (!plainPath(a.Name) || !path.IsAbs(a.Name)):
			return true
		case !a.Kind.Qualified():
			return matches(name, a.Name)
		case isExpression(name) && (a.Name == "" || !known):
			return true
		case a.Name == "":
			return a.Schema == "" || matches(schema, a.Schema)
		case !known:
			return matches(name, a.Name)
		}
		return slices.ContainsFunc(append(now, later...), func(s string) bool {
			if isExpression(name) {
				return matches(name, s+"."+a.Name)
			}
			return matches(schema, s) && matches(name, a.Name)
		})
	})
}

func plainPath(name string) bool {
	return path.Clean(name) == name && !strings.HasPrefix(name, "..")
}

// surelyMeans says whether a rule that allows is about the access, if its schema is this one; unknown if that isn't known.
func (r referenceRule) surelyMeans(a *metadata.Access, schemaOfIt string, known bool) bool {
	return r.anyName(a, func(schema, name string) bool {
		switch {
		case a.Name == "" && !a.Kind.Qualified(), a.Kind == metadata.KindServerFile && !plainPath(a.Name):
			return name == "*"
		case !a.Kind.Qualified():
			return matches(name, a.Name)
		case a.Name == "" && a.Schema == "":
			return schema == "*" && name == "*"
		case a.Name == "":
			return name == "*" && matches(schema, a.Schema)
		case !known:
			return schema == "*" && !isExpression(name) && matches(name, a.Name)
		case isExpression(name):
			return !strings.Contains(schemaOfIt, ".") && matches(name, schemaOfIt+"."+a.Name)
		}
		return matches(schema, schemaOfIt) && matches(name, a.Name)
	})
}

// allowing gives the rules that allow the access by naming it: one for each thing that its name may mean; nil if there isn't.
func (f *reference) allowing(e *metadata.Effect, a *metadata.Access, p *metadata.SearchPath) []rbac.RuleID {
	now, _, known := places(a, p)
	if !known || !a.Kind.Qualified() || a.Name == "" {
		now = []string{""}
		if a.Schema != "" {
			now = []string{a.Schema}
			known = true
		}
	}
	var ids []rbac.RuleID
	for _, schema := range now {
		i := slices.IndexFunc(f.rules, func(r referenceRule) bool {
			return r.Effect == rbac.Allow && r.operationFits(e) && r.surelyMeans(a, schema, known)
		})
		if i < 0 {
			return nil
		}
		ids = append(ids, f.rules[i].id)
	}
	return ids
}

// first gives the first rule for which is holds; 0 if there is none.
func (f *reference) first(is func(referenceRule) bool) rbac.RuleID {
	for _, r := range f.rules {
		if is(r) {
			return r.id
		}
	}
	return 0
}

func denies(r referenceRule) bool  { return r.Effect == rbac.Deny }
func isWhole(r referenceRule) bool { return r.Operations == nil && isBare(r) }

// isBare says that a rule asks nothing of accesses.
func isBare(r referenceRule) bool {
	return r.Accesses == nil && (r.Selectors == nil || slices.ContainsFunc(r.Selectors, func(s rbac.Selector) bool { return s.Operations == nil && s.Accesses == nil }))
}

// access judges an access of an effect that the rule covered, if there is one, covers by a selector.
func (f *reference) access(e *metadata.Effect, a *metadata.Access, p *metadata.SearchPath, covered rbac.RuleID) rbac.Decision {
	allow := func(reason rbac.Reason, id rbac.RuleID) rbac.Decision {
		return rbac.Decision{Allow: true, Reason: reason, Rule: id}
	}
	byDefault := rbac.Decision{Allow: f.fallback == rbac.Allow, Reason: rbac.ByDefault}
	denied := f.first(func(r referenceRule) bool { return denies(r) && r.operationFits(e) && r.mayMean(a, p) })
	isFree := a.Free && f.claimant(a.Kind) == 0
	if a.Kind.Guarded() && !isFree {
		named := f.allowing(e, a, p)
		switch {
		case denied != 0:
			return rbac.Decision{Reason: rbac.ByAccess, Rule: denied}
		case named != nil:
			return allow(rbac.ByAccess, named[0])
		}
		if id := f.first(func(r referenceRule) bool { return denies(r) && !isWhole(r) }); id != 0 {
			return rbac.Decision{Reason: rbac.ByDoubt, Rule: id}
		}
		if id := f.first(func(r referenceRule) bool { return r.Effect == rbac.Allow && isWhole(r) }); id != 0 {
			return allow(rbac.ByWhole, id)
		}
		if covered != 0 {
			return allow(rbac.ByAccess, covered)
		}
		return byDefault
	}
	if denied != 0 {
		return rbac.Decision{Reason: rbac.ByAccess, Rule: denied}
	}
	if isFree {
		return allow(rbac.Harmless, 0)
	}
	id := f.first(func(r referenceRule) bool { return r.Effect == rbac.Allow && isBare(r) && r.operationFits(e) })
	if named := f.allowing(e, a, p); named != nil && (id == 0 || named[0] < id) {
		id = named[0]
	}
	if covered != 0 && (id == 0 || covered < id) {
		id = covered
	}
	if id != 0 {
		return allow(rbac.ByAccess, id)
	}
	return byDefault
}

func (f *reference) decide(effects []metadata.Effect, p *metadata.SearchPath) rbac.Decision {
	if id := f.first(func(r referenceRule) bool { return denies(r) && isWhole(r) }); id != 0 {
		return rbac.Decision{Reason: rbac.ByWhole, Rule: id}
	}
	d := rbac.Decision{Allow: true, Reason: rbac.Harmless}
	for i := range effects {
		e := &effects[i]
		if id := f.first(func(r referenceRule) bool { return denies(r) && r.Accesses == nil && r.operationFits(e) }); id != 0 {
			return rbac.Decision{Reason: rbac.ByOperation, Rule: id, Effect: int32(i)}
		}
		covered := f.covering(e, p)
		for k := range e.Accesses {
			x := f.access(e, &e.Accesses[k], p, covered)
			x.Effect, x.Access = int32(i), &e.Accesses[k]
			if !x.Allow && x.Reason == rbac.ByDefault {
				x.Access = f.culprit(e, k, p)
			}
			if !x.Allow {
				return x
			}
			if x.Rule != 0 && d.Rule == 0 || x.Reason == rbac.ByDefault && d.Reason == rbac.Harmless {
				d = x
			}
		}
	}
	return d
}
