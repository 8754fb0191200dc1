package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/sluice-proxy/sluice/configs"
	"github.com/sluice-proxy/sluice/metadata"
	"github.com/sluice-proxy/sluice/rbac"
)

func explainPolicy(p *program, args []string) int {
	var file, path, source, format string
	c := configs.PolicyCase{}
	fs := flag.NewFlagSet("policy", flag.ContinueOnError)
	fs.StringVar(&file, "p", "", "")
	fs.StringVar(&file, "policy", "", "")
	fs.StringVar(&c.Statement, "statement", "", "")
	fs.StringVar(&c.Identity.User, "user", "", "")
	fs.StringVar(&c.Identity.Database, "database", "", "")
	fs.StringVar(&c.Identity.Application, "application", "", "")
	fs.StringVar(&c.Identity.Listener, "listener", "", "")
	fs.StringVar(&source, "source", "unix", "")
	fs.StringVar(&path, "search-path", "public", "")
	fs.StringVar(&c.Protocol, "dialect", "postgres", "")
	fs.StringVar(&format, "o", "text", "")
	rest, code, done := p.parse("policy", fs, args, 1)
	switch {
	case done:
		return code
	case len(rest) > 0:
		return p.usage("policy", "the policy is named by a flag: sluice policy explain -p %s", rest[0])
	case file == "":
		return p.usage("policy", "which policy? sluice policy explain -p policy.yaml --user ann --statement 'select 1'")
	case format != "text" && format != "json":
		return p.usage("policy", "-o %s: say text or json", format)
	}
	var err error
	if c.Identity.Source, err = configs.ParseSource(source); err != nil {
		return p.usage("policy", "--source %s: %v", source, err)
	}
	c.Path = configs.SearchPathOf(strings.FieldsFunc(path, func(r rune) bool { return r == ',' || r == ' ' }), c.Identity.User)
	e, err := configs.LoadPolicy(file)
	if err != nil {
		return p.fileError(file, err)
	}
	x, err := explain(e, &c)
	if err != nil {
		return p.fail("%v", err)
	}
	if format == "json" {
		text, err := json.MarshalIndent(x, "", "  ")
		if err != nil {
			return p.fail("%v", err)
		}
		p.say(p.out, string(text)+"\n")
		return ok
	}
	p.say(p.out, x.text())
	return ok
}

// An explanation tells how a login and a statement are judged.
type explanation struct {
	Login     explainedVerdict  `json:"login"`
	Statement *explainedVerdict `json:"statement,omitempty"`
	Unparsed  string            `json:"unparsed,omitempty"` // why the statement was not understood
	Effects   []explainedEffect `json:"effects,omitempty"`
}

type explainedVerdict struct {
	Verdict rbac.Effect `json:"verdict"`
	Rule    string      `json:"rule,omitempty"`
	Shadow  string      `json:"shadow,omitempty"`  // the shadow rule that would decide otherwise
	Message string      `json:"message,omitempty"` // why it is denied
	Hint    string      `json:"hint,omitempty"`
}

type explainedEffect struct {
	Operation string            `json:"operation"`
	Inner     []string          `json:"inner,omitempty"`
	Denied    string            `json:"denied,omitempty"` // the rule that denies the operation, whatever it accesses
	Accesses  []explainedAccess `json:"accesses"`
}

type explainedAccess struct {
	Verb    metadata.Verb `json:"verb"`
	Kind    metadata.Kind `json:"kind"`
	Name    string        `json:"name"`
	Free    bool          `json:"free,omitempty"`
	Implied bool          `json:"implied,omitempty"`
	Schemas []string      `json:"schemas,omitempty"`    // where the name may be
	Later   []string      `json:"later,omitempty"`      // where it may come to be
	Any     bool          `json:"any_schema,omitempty"` // it is not known where the name may be
	Verdict rbac.Effect   `json:"verdict"`
	Rule    string        `json:"rule,omitempty"`
	Why     string        `json:"why"`
}

func explain(e *rbac.Engine, c *configs.PolicyCase) (*explanation, error) {
	x := &explanation{Login: explained(e, e.Connection(c.Identity))}
	if c.Statement == "" {
		return x, nil
	}
	parsed, err := parse(c.Protocol, c.Statement)
	if err != nil {
		return nil, err
	}
	t := e.Subject(c.Identity).Explain(parsed.Effects, c.Path)
	v := explained(e, t.Decision)
	x.Statement, x.Unparsed = &v, parsed.Why
	for _, f := range t.Effects {
		y := explainedEffect{Operation: f.Operation, Inner: f.Inner, Denied: e.Name(f.Denied), Accesses: []explainedAccess{}}
		for _, a := range f.Accesses {
			y.Accesses = append(y.Accesses, explainedAccess{
				Verb: a.Access.Verb, Kind: a.Access.Kind, Name: nameOf(&a.Access), Free: a.Access.Free, Implied: a.Access.Implied,
				Schemas: a.Schemas, Later: a.Later, Any: a.AnySchema,
				Verdict: effectOf(rbac.Decision{Allow: a.Allow}), Rule: e.Name(a.Rule), Why: why(&a),
			})
		}
		x.Effects = append(x.Effects, y)
	}
	return x, nil
}

// nameOf names what an access is upon; * stands for any.
func nameOf(a *metadata.Access) string {
	if a.Name == "" {
		return a.Object() + "*"
	}
	return a.Object()
}

func explained(e *rbac.Engine, d rbac.Decision) explainedVerdict {
	v := explainedVerdict{Verdict: effectOf(d), Rule: e.Name(d.Rule), Shadow: e.Name(d.Shadow), Hint: d.Hint()}
	if !d.Allow {
		v.Message = d.Message()
	}
	return v
}

// why says in some words how an access was judged.
func why(a *rbac.AccessTrace) string {
	switch a.Reason {
	case rbac.Harmless:
		return "it is harmless and needs no rule"
	case rbac.ByWhole:
		return "the rule allows everything"
	case rbac.ByDoubt:
		return "it could do what the rule denies, and no rule allows it by its kind"
	case rbac.ByDefault:
		switch {
		case a.Allow:
			return "no rule speaks of it"
		case a.Access.Kind.Guarded():
			return "it may reach more than it names, and no rule allows its kind, or everything"
		case a.AnySchema:
			return "no rule allows it, and it is not known in which schema it is"
		case len(a.Schemas) > 1:
			return "no rule allows it in every schema in which it may be"
		}
		return "no rule allows it"
	}
	if a.Allow {
		return "the rule allows it"
	}
	if a.AnySchema || len(a.Schemas)+len(a.Later) > 1 {
		return "the rule denies it where it may be"
	}
	return "the rule denies it"
}

// text gives the explanation for people.
func (x *explanation) text() string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	line := func(format string, args ...any) { _, _ = fmt.Fprintf(w, format+"\n", args...) } // w keeps it
	verdict := func(what string, v *explainedVerdict) {
		line("%s\t%s\t%s\t%s", what, strings.ToUpper(string(v.Verdict)), by(v.Rule), v.Message)
		if v.Hint != "" {
			line("\t\t\t%s", v.Hint)
		}
		if v.Shadow != "" {
			line("\t\t\tshadow rule %s would decide otherwise", v.Shadow)
		}
	}
	verdict("login", &x.Login)
	if x.Statement != nil {
		verdict("statement", x.Statement)
	}
	_ = w.Flush() // into b
	for _, f := range x.Effects {
		b.WriteString("\n" + f.Operation)
		if len(f.Inner) > 0 {
			b.WriteString(", which has in it " + strings.Join(f.Inner, ", "))
		}
		if f.Denied != "" {
			b.WriteString(": denied by rule " + f.Denied + ", whatever it accesses")
		}
		b.WriteString("\n")
		for _, a := range f.Accesses {
			line("  %s\t%s\t%s\t%s\t%s\t%s", a.Verb, a.Kind, a.where(), a.Verdict, by(a.Rule), a.Why)
		}
		_ = w.Flush() // into b
	}
	return b.String()
}

func by(rule string) string {
	if rule == "" {
		return "no rule"
	}
	return "rule " + rule
}

// where names the object, and the schemas in which it may be.
func (a *explainedAccess) where() string {
	switch {
	case a.Any:
		return a.Name + " (in any schema)"
	case len(a.Schemas) == 0:
		return a.Name
	}
	text := a.Name + " (in " + strings.Join(a.Schemas, " or ")
	if len(a.Later) > 0 {
		text += ", later " + strings.Join(a.Later, " or ")
	}
	return text + ")"
}
