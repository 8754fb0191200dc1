package rbac

import (
	"fmt"
	"slices"
	"strings"

	"github.com/sluice-proxy/sluice/metadata"
)

// An Engine is a policy made ready. It is immutable, and safe for concurrent use.
type Engine struct {
	connections Effect // the defaults
	statements  Effect

	rules      []*rule // by RuleID - 1
	logins     int     // how many of them are for connections
	audiences  []audience
	kinds      []objectIndex // those that most accesses are upon first
	undeclared objectIndex   // of other kinds: it has no rules

	operations *nameIndex // nil if no rule names any
	anyOp      mask       // the rules that name none
	bare       mask       // the rules without accesses
	denies     mask
	shadows    mask

	numbers map[string]int // of the operations that selectors name
}

// A rule is one of the policy's, compiled.
type rule struct {
	id         RuleID
	path       string
	spec       *Rule
	who        condition
	operations []pattern
	accesses   []access
	selectors  []*selector
}

// An access is one of a rule's sets of accesses, compiled.
type access struct {
	verbs verbs
	kind  metadata.Kind
	names []namePattern // never empty
}

// everything says that the rule is about all that its identities do.
func (r *rule) everything() bool {
	return len(r.operations) == 0 && len(r.accesses) == 0 && len(r.selectors) == 0
}

// An audience is a condition that rules share, and these rules.
type audience struct {
	who   condition
	rules ruleSet
}

// Compile makes a policy ready. It gives no engine but problems, all of them, if there is something wrong: what can't be read, what is missing, and rules that can
// never decide anything. The policy must not be changed afterwards.
func Compile(p Policy) (*Engine, []Problem) {
	c := compiler{e: &Engine{connections: p.Connections.Default, statements: p.Statements.Default}, names: map[string]*rule{}}
	c.rules("connections", &p.Connections, true)
	c.e.logins = len(c.e.rules)
	c.rules("statements", &p.Statements, false)
	if len(c.problems) == 0 {
		c.useless(c.e.rules[:c.e.logins])
		c.useless(c.e.rules[c.e.logins:])
	}
	if len(c.problems) > 0 {
		return nil, c.problems
	}
	c.e.index()
	return c.e, nil
}

type compiler struct {
	e        *Engine
	names    map[string]*rule
	problems []Problem
}

func (c *compiler) problem(path, format string, args ...any) {
	c.problems = append(c.problems, Problem{path, fmt.Sprintf(format, args...)})
}

func (c *compiler) rules(section string, rules *Rules, login bool) {
	if d := rules.Default; d != "" && d != Allow && d != Deny {
		c.problem(section+".default", "%q is neither allow nor deny", d)
	}
	for i := range rules.List {
		r := &rule{id: RuleID(len(c.e.rules) + 1), path: fmt.Sprintf("%s.rules[%d]", section, i), spec: &rules.List[i]}
		c.e.rules = append(c.e.rules, r)
		c.head(r)
		c.identity(r)
		if login {
			c.loginOnly(r)
			continue
		}
		c.operations(r)
		c.accesses(r)
		c.selectors(r)
	}
}

// head checks what every rule has.
func (c *compiler) head(r *rule) {
	switch r.spec.Effect {
	case Allow, Deny:
	case "":
		c.problem(r.path+".effect", "is missing; say what the rule does: effect: allow, or deny")
	default:
		c.problem(r.path+".effect", "%q is neither allow nor deny", r.spec.Effect)
	}
	name := r.spec.Name
	if name == "" {
		c.problem(r.path+".name", "is missing; give the rule a name, which clients and logs are told: name: analysts-read")
		return
	}
	if !isName(name) {
		c.problem(r.path+".name", "a name is up to 64 letters, digits, dots, - and _")
	}
	if other := c.names[name]; other != nil {
		c.problem(r.path+".name", "%s is the name of %s too; give each a name of its own", name, other.path)
		return
	}
	c.names[name] = r
}

// isName says that name can be a label in metrics and a word in logs.
func isName(name string) bool {
	for _, b := range []byte(name) {
		letter := b|0x20 >= 'a' && b|0x20 <= 'z' || b >= '0' && b <= '9' || strings.IndexByte("._-", b) >= 0
		if !letter {
			return false
		}
	}
	return len(name) <= 64
}

func (c *compiler) identity(r *rule) {
	list := func(key string, list []string) texts {
		c.notEmpty(r.path+"."+key, list != nil && len(list) == 0)
		return parseTexts(list, c.element(r.path+"."+key))
	}
	s := r.spec
	c.notEmpty(r.path+".sources", s.Sources != nil && len(s.Sources) == 0)
	r.who = condition{
		users: list("users", s.Users), databases: list("databases", s.Databases),
		applications: list("applications", s.Applications), listeners: list("listeners", s.Listeners),
		sources: parseSources(s.Sources, c.element(r.path+".sources")),
	}
}

// element gives what reports a problem of an element of the list at path.
func (c *compiler) element(path string) func(i int, err error) {
	return func(i int, err error) { c.problem(fmt.Sprintf("%s[%d]", path, i), "%v", err) }
}

func (c *compiler) notEmpty(path string, empty bool) {
	if empty {
		c.problem(path, "is an empty list, so the rule could never match; remove it to mean all")
	}
}

// loginOnly refuses what is not known when a connection is judged.
func (c *compiler) loginOnly(r *rule) {
	if r.spec.Operations != nil {
		c.problem(r.path+".operations", "a connection has no operation yet; move the rule to statements")
	}
	if r.spec.Accesses != nil {
		c.problem(r.path+".accesses", "a connection accesses nothing yet; move the rule to statements")
	}
	if r.spec.Selectors != nil {
		c.problem(r.path+".selectors", "a connection does nothing yet; move the rule to statements")
	}
}

func (c *compiler) operations(r *rule) {
	c.notEmpty(r.path+".operations", r.spec.Operations != nil && len(r.spec.Operations) == 0)
	for i, text := range r.spec.Operations {
		p, err := parsePattern(text)
		switch {
		case err != nil:
			c.element(r.path+".operations")(i, err)
		case p.shape == expression:
			c.problem(fmt.Sprintf("%s.operations[%d]", r.path, i), "is a regular expression; operations are words in which * and ? are wildcards: CREATE_*")
		default:
			r.operations = append(r.operations, p)
		}
	}
}

func (c *compiler) accesses(r *rule) {
	c.notEmpty(r.path+".accesses", r.spec.Accesses != nil && len(r.spec.Accesses) == 0)
	for i := range r.spec.Accesses {
		s, at := &r.spec.Accesses[i], fmt.Sprintf("%s.accesses[%d]", r.path, i)
		c.notEmpty(at+".verbs", s.Verbs != nil && len(s.Verbs) == 0)
		c.notEmpty(at+".names", s.Names != nil && len(s.Names) == 0)
		a := access{kind: s.Kind}
		var known bool
		if a.verbs, known = verbBits(s.Verbs); !known {
			c.problem(at+".verbs", "holds a verb that isn't known; there are %v", metadata.Verbs())
		}
		switch {
		case s.Kind == "":
			c.problem(at+".kind", "is missing; say what is accessed: kind: table, or any")
		case s.Kind == AnyKind && s.Names != nil:
			c.problem(at+".names", "names need a kind, as some have two parts and some one; name it, or remove names")
		case s.Kind != AnyKind && !s.Kind.Known():
			c.problem(at+".kind", "%q is not a kind that is known", s.Kind)
		case s.Names == nil:
			a.names = []namePattern{everyName}
		default:
			for j, text := range s.Names {
				n, err := parseName(text, s.Kind)
				if err != nil {
					c.problem(fmt.Sprintf("%s.names[%d]", at, j), "%v", err)
				}
				a.names = append(a.names, n)
			}
		}
		r.accesses = append(r.accesses, a)
	}
}

// index makes what finds rules.
func (e *Engine) index() {
	n := len(e.rules)
	e.anyOp, e.bare, e.denies, e.shadows = newMask(n), newMask(n), newMask(n), newMask(n)
	kinds := slices.Clone(metadata.Kinds())
	slices.SortStableFunc(kinds, func(a, b metadata.KindSpec) int { return rank(a.Kind) - rank(b.Kind) })
	for i, k := range kinds {
		e.kinds = append(e.kinds, objectIndex{kind: k.Kind, place: i, qualified: k.Qualified, guarded: k.Guarded, paths: k.Kind == metadata.KindServerFile})
	}
	e.undeclared.guarded, e.undeclared.place = true, len(e.kinds)
	audiences := map[string]int{}
	for _, r := range e.rules {
		if r.spec.Effect == Deny {
			e.denies.add(r.id)
		}
		if r.spec.Shadow {
			e.shadows.add(r.id)
		}
		if int(r.id) > e.logins {
			e.indexWho(r, audiences)
			e.indexWhat(r)
		}
	}
	for i := range e.kinds {
		e.kinds[i].finish()
	}
	if e.operations != nil {
		e.operations.finish()
	}
}

// rank is 0 for the kinds that most accesses are upon.
func rank(k metadata.Kind) int {
	if k == metadata.KindTable || k == metadata.KindKey {
		return 0
	}
	return 1
}

// indexWho puts the rule with those that ask the same of an identity; audiences knows where these are.
func (e *Engine) indexWho(r *rule, audiences map[string]int) {
	key := r.spec.whoKey()
	i, known := audiences[key]
	if !known {
		i = len(e.audiences)
		audiences[key] = i
		e.audiences = append(e.audiences, audience{who: r.who})
	}
	e.audiences[i].rules.add(r.id)
}

func (e *Engine) indexWhat(r *rule) {
	if len(r.operations) == 0 {
		e.anyOp.add(r.id)
	}
	for i := range r.operations {
		if e.operations == nil {
			e.operations = &nameIndex{}
		}
		e.operations.add(&r.operations[i], ^verbs(0), r.id)
	}
	if len(r.accesses) == 0 && len(r.selectors) == 0 {
		e.bare.add(r.id)
	}
	for _, a := range r.accesses {
		for i := range e.kinds {
			x := &e.kinds[i]
			if x.kind != a.kind && (a.kind != AnyKind || x.guarded) {
				continue
			}
			for _, n := range a.names {
				x.add(n, a.verbs, r.id)
			}
		}
	}
}
