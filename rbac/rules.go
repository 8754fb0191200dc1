package rbac

import "github.com/sluice-proxy/sluice/metadata"

// A RuleInfo tells what a rule says. It can be written as JSON.
type RuleInfo struct {
	ID         RuleID `json:"id"`
	Name       string `json:"name"`
	Connection bool   `json:"connection"` // it is judged at login
	Effect     Effect `json:"effect"`
	Shadow     bool   `json:"shadow"`

	Users        []string     `json:"users,omitempty"`
	Databases    []string     `json:"databases,omitempty"`
	Applications []string     `json:"applications,omitempty"`
	Listeners    []string     `json:"listeners,omitempty"`
	Sources      []string     `json:"sources,omitempty"`
	Operations   []string     `json:"operations,omitempty"`
	Accesses     []AccessInfo `json:"accesses,omitempty"`
	Text         string       `json:"acl,omitempty"` // what the rule's selectors were made of
}

// An AccessInfo tells what accesses a rule is about.
type AccessInfo struct {
	Verbs []metadata.Verb `json:"verbs,omitempty"`
	Kind  metadata.Kind   `json:"kind"`
	Names []string        `json:"names,omitempty"`
}

// Rules lists the rules in the order of their ids. The lists in it are the policy's: they must not be changed.
func (e *Engine) Rules() []RuleInfo {
	all := make([]RuleInfo, len(e.rules))
	for i, r := range e.rules {
		s := r.spec
		all[i] = RuleInfo{
			ID: r.id, Name: s.Name, Connection: i < e.logins, Effect: s.Effect, Shadow: s.Shadow,
			Users: s.Users, Databases: s.Databases, Applications: s.Applications, Listeners: s.Listeners, Sources: s.Sources, Operations: s.Operations, Text: s.Text,
		}
		for _, a := range s.Accesses {
			all[i].Accesses = append(all[i].Accesses, AccessInfo(a))
		}
	}
	return all
}

// Len gives the number of rules: the highest id.
func (e *Engine) Len() int { return len(e.rules) }

// Name gives a rule's name; "" for no rule.
func (e *Engine) Name(id RuleID) string {
	if id <= 0 || int(id) > len(e.rules) {
		return ""
	}
	return e.rules[id-1].spec.Name
}

// Defaults gives what counts where no rule speaks: for connections, and for statements.
func (e *Engine) Defaults() (connections, statements Effect) {
	return orDeny(e.connections), orDeny(e.statements)
}

func orDeny(d Effect) Effect {
	if d == "" {
		return Deny
	}
	return d
}
