package configs

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/sluice-proxy/sluice/codecs"
	"github.com/sluice-proxy/sluice/codecs/all"
	"github.com/sluice-proxy/sluice/rbac"
)

// acls reads the rules that are written in a protocol's own language of rights.
func (k *checker) acls(f *PolicyFile, p rbac.Policy) {
	for i := range f.Statements.Rules {
		from, to := &f.Statements.Rules[i], &p.Statements.List[i]
		if from.ACL == nil {
			continue
		}
		if to.Effect == "" {
			to.Effect = rbac.Allow
		}
		at := fmt.Sprintf("statements.rules[%d]", i)
		switch {
		case to.Effect == rbac.Deny:
			k.problem(at+".effect", "a rule with an ACL allows; say what to deny by operations and accesses, in a rule of its own")
			continue
		case from.Operations != nil || from.Accesses != nil:
			k.problem(at+".acl", "says what is allowed by itself; remove operations and accesses, or make a rule of its own of them")
			continue
		}
		text := strings.Join(from.ACL, " ")
		list, err := parseACL(text)
		if err != nil {
			k.problem(at+".acl", "%v", err)
		}
		to.Selectors, to.Text = selectors(list), text
	}
}

// parseACL reads an ACL of the protocol that has them.
func parseACL(text string) ([]codecs.Selector, error) {
	protocols := all.Protocols()
	i := slices.IndexFunc(protocols, func(p codecs.Protocol) bool { return p.ParseACL != nil })
	if i < 0 {
		return nil, errors.New("this build has no protocol with ACLs")
	}
	list, err := protocols[i].ParseACL(text)
	var e *codecs.ACLError
	if errors.As(err, &e) && e.Known != nil {
		if near := Nearest(e.Word, e.Known); near != "" {
			return nil, fmt.Errorf("%w; did you mean %s?", err, near)
		}
	}
	return list, err
}

// selectors gives what a protocol's rules allow in the words of package rbac.
func selectors(list []codecs.Selector) (all []rbac.Selector) {
	for _, s := range list {
		t := rbac.Selector{Operations: s.Operations}
		for _, x := range s.Accesses {
			t.Accesses = append(t.Accesses, rbac.Scope(x))
		}
		all = append(all, t)
	}
	return all
}
