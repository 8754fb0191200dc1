package configs

import (
	_ "embed" // for policy.schema.json
	"os"
	"reflect"
	"strings"

	"github.com/sluice-proxy/sluice/metadata"
	"github.com/sluice-proxy/sluice/rbac"
)

const anyKind = string(rbac.AnyKind)

// policySchema is made of the types in policy_file.go and of their comments: go test ./configs -run Schema -update
//
//go:embed policy.schema.json
var policySchema string

// PolicySchema gives the JSON Schema of policy files, which editors complete and check from.
func PolicySchema() string { return policySchema }

// LoadPolicy reads a policy file, with the process's environment, and makes it ready to judge by. What is wrong with its contents comes as [Problems], all of it.
func LoadPolicy(file string) (*rbac.Engine, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	return ParsePolicy(file, data, os.LookupEnv)
}

// ParsePolicy reads a policy from data. file is its name, for problems.
func ParsePolicy(file string, data []byte, env Env) (*rbac.Engine, error) {
	root, err := document(file, data)
	if err != nil {
		return nil, err
	}
	f := &PolicyFile{}
	d := &decoder{file: file, env: env, whole: reflect.TypeOf(*f), strict: true, lines: map[string]int{}, meant: map[string]bool{}}
	if root != nil {
		d.value(reflect.ValueOf(f).Elem(), root, "", "")
	}
	k := &checker{}
	k.shape(reflect.ValueOf(f).Elem(), "", "")
	p := f.policy()
	k.operations(p)
	k.acls(f, p)
	e, found := rbac.Compile(p)
	for _, x := range found {
		rule, _, selected := strings.Cut(x.Path, ".selectors")
		if selected { // the file has an ACL there
			x.Path = rule + ".acl"
		}
		k.problem(x.Path, "%s", x.Text)
	}
	for _, x := range k.problems {
		path := d.written(x.Path)
		if !d.reported(path) {
			d.problem(d.line(path), path, x.Text)
		}
	}
	if err := d.problems.err(); err != nil {
		return nil, err
	}
	return e, nil
}

// written gives a path as it is written: a single value may stand for a list of one.
func (d *decoder) written(path string) string {
	for from := 0; ; {
		i := strings.Index(path[from:], "[0]")
		if i < 0 {
			return path
		}
		i += from
		if d.lines[path[:i]] > 0 && d.lines[path[:i]+"[0]"] == 0 {
			path = path[:i] + path[i+len("[0]"):]
			from = i
		} else {
			from = i + len("[0]")
		}
	}
}

// policy gives what the file says, as plain data.
func (f *PolicyFile) policy() (p rbac.Policy) {
	p.Connections.Default, p.Statements.Default = rbac.Effect(f.Connections.Default), rbac.Effect(f.Statements.Default)
	if p.Connections.Default == "" {
		p.Connections.Default = rbac.Allow
	}
	for i := range f.Connections.Rules {
		r := &f.Connections.Rules[i]
		p.Connections.List = append(p.Connections.List, rbac.Rule{
			Name: r.Name, Effect: rbac.Effect(r.Effect), Shadow: r.Shadow,
			Users: r.Users, Databases: r.Databases, Applications: r.Applications, Listeners: r.Listeners, Sources: r.Sources,
		})
	}
	for i := range f.Statements.Rules {
		r := &f.Statements.Rules[i]
		p.Statements.List = append(p.Statements.List, rbac.Rule{
			Name: r.Name, Effect: rbac.Effect(r.Effect), Shadow: r.Shadow,
			Users: r.Users, Databases: r.Databases, Applications: r.Applications, Listeners: r.Listeners, Sources: r.Sources,
			Operations: operationNames(r.Operations), Accesses: r.Accesses.rules(),
		})
	}
	return p
}

func (list AccessRules) rules() []rbac.AccessRule {
	if list == nil {
		return nil
	}
	rules := make([]rbac.AccessRule, len(list))
	for i, a := range list {
		rules[i] = rbac.AccessRule{Kind: metadata.Kind(a.Kind), Names: a.Names}
		for _, v := range a.Verbs {
			rules[i].Verbs = append(rules[i].Verbs, metadata.Verb(v))
		}
		if a.Verbs != nil && len(a.Verbs) == 0 {
			rules[i].Verbs = []metadata.Verb{}
		}
	}
	return rules
}
