package configs

import (
	"cmp"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"reflect"
	"slices"

	"github.com/sluice-proxy/sluice/codecs/all"
	"github.com/sluice-proxy/sluice/metadata"
	"github.com/sluice-proxy/sluice/rbac"
)

// PolicyCases are what is expected of a policy.
type PolicyCases struct {
	Policy string // its file
	Cases  []PolicyCase
}

// A PolicyCase is a login, or a statement, and the verdict that is expected.
type PolicyCase struct {
	Name      string // "" if the file gives none
	Line      int    // in the file
	Identity  rbac.Identity
	Protocol  string
	Statement string // "": the login is judged
	Path      *metadata.SearchPath
	Expect    rbac.Effect
	Rule      string // the rule that is to decide; NoRule for none, "" for any
	Shadow    string // the shadow rule that is to report; NoRule for none, "" for any or none
}

// NoRule is how a case says that no rule is to decide.
const NoRule = "none"

// casesFile is how a file of cases is written.
type casesFile struct {
	Policy string      `yaml:"policy" need:"name the policy file that is tested: policy: policy.yaml"`
	Given  caseEntry   `yaml:"given"`
	Cases  []caseEntry `yaml:"cases" need:"list what is expected: cases: [{user: ann, statement: select 1, expect: allow}]"`
}

type caseEntry struct {
	Name        string     `yaml:"name"`
	Listener    string     `yaml:"listener"`
	User        string     `yaml:"user"`
	Database    string     `yaml:"database"`
	Application string     `yaml:"application"`
	Source      string     `yaml:"source"`
	Dialect     dialect    `yaml:"dialect"`
	SearchPath  Texts      `yaml:"search_path"`
	Statement   string     `yaml:"statement"`
	Expect      RuleEffect `yaml:"expect"`
	Rule        string     `yaml:"rule"`
	Shadow      string     `yaml:"shadow"`
}

// A dialect is the protocol whose statements are written.
type dialect string

// Words lists the protocols whose statements can be written as text.
func (dialect) Words() (names []string) {
	for _, p := range all.Protocols() {
		if p.NewAnalyser != nil || p.Lines {
			names = append(names, p.Name)
		}
	}
	return names
}

// LoadPolicyCases reads a file of cases. What is wrong with its contents comes as [Problems], all of it.
func LoadPolicyCases(file string) (*PolicyCases, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	root, err := document(file, data)
	if err != nil {
		return nil, err
	}
	f := &casesFile{}
	d := &decoder{file: file, env: os.LookupEnv, whole: reflect.TypeOf(*f), strict: true, lines: map[string]int{}, meant: map[string]bool{}}
	if root != nil {
		d.value(reflect.ValueOf(f).Elem(), root, "", "")
	}
	k := &checker{}
	k.shape(reflect.ValueOf(f).Elem(), "", "")
	c := &PolicyCases{Policy: f.Policy}
	if !filepath.IsAbs(c.Policy) {
		c.Policy = filepath.Join(filepath.Dir(file), c.Policy)
	}
	for i := range f.Cases {
		at := fmt.Sprintf("cases[%d]", i)
		c.Cases = append(c.Cases, k.policyCase(at, f.Cases[i].or(&f.Given)))
		c.Cases[i].Line = d.line(at)
	}
	for _, p := range k.problems {
		if !d.reported(p.Path) {
			d.problem(d.line(p.Path), p.Path, p.Text)
		}
	}
	if err := d.problems.err(); err != nil {
		return nil, err
	}
	return c, nil
}

// or gives the entry, with what it doesn't say taken from given.
func (c caseEntry) or(given *caseEntry) caseEntry {
	path := c.SearchPath
	if path == nil {
		path = given.SearchPath
	}
	return caseEntry{
		Name:        c.Name,
		Listener:    cmp.Or(c.Listener, given.Listener),
		User:        cmp.Or(c.User, given.User),
		Database:    cmp.Or(c.Database, given.Database),
		Application: cmp.Or(c.Application, given.Application),
		Source:      cmp.Or(c.Source, given.Source),
		Dialect:     cmp.Or(c.Dialect, given.Dialect, "postgres"),
		SearchPath:  path,
		Statement:   cmp.Or(c.Statement, given.Statement),
		Expect:      cmp.Or(c.Expect, given.Expect),
		Rule:        cmp.Or(c.Rule, given.Rule),
		Shadow:      cmp.Or(c.Shadow, given.Shadow),
	}
}

func (k *checker) policyCase(at string, e caseEntry) PolicyCase {
	source, err := ParseSource(e.Source)
	if err != nil {
		k.problem(at+".source", "%v", err)
	}
	if e.Expect == "" {
		k.problem(at+".expect", "is missing; say what is expected: expect: allow, or deny")
	}
	return PolicyCase{
		Name: e.Name, Protocol: string(e.Dialect), Statement: e.Statement, Path: SearchPathOf(e.SearchPath, e.User),
		Expect: rbac.Effect(e.Expect), Rule: e.Rule, Shadow: e.Shadow,
		Identity: rbac.Identity{Listener: e.Listener, User: e.User, Database: e.Database, Application: e.Application, Source: source},
	}
}

// ParseSource reads where a client connects from: an address; "unix" or "" is a Unix socket.
func ParseSource(text string) (netip.Addr, error) {
	if text == "" || text == "unix" {
		return netip.Addr{}, nil
	}
	a, err := netip.ParseAddr(text)
	if err != nil {
		return a, fmt.Errorf("is not an address; write 192.0.2.1, 2001:db8::1, or unix for a Unix socket")
	}
	return a.Unmap(), nil
}

// SearchPathOf gives where a PostgreSQL server looks for names without a schema, if search_path is this list and user has logged in; nil lists public. The word unknown,
// alone, stands for a path that isn't known.
func SearchPathOf(list []string, user string) *metadata.SearchPath {
	if slices.Equal(list, []string{"unknown"}) {
		return nil
	}
	p := &metadata.SearchPath{Known: true, Search: []string{"public"}, System: "pg_catalog"}
	if list == nil {
		return p
	}
	p.Search = nil
	for _, schema := range list {
		if schema == "$user" {
			schema = user
		}
		if schema == "pg_catalog" { // it has a place of its own, so it isn't looked in first
			p.System = ""
		}
		p.Search = append(p.Search, schema)
	}
	return p
}
