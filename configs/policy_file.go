package configs

import "github.com/sluice-proxy/sluice/metadata"

// A PolicyFile says who may do what. docs/policy.md tells what its rules mean.
type PolicyFile struct {
	// Which clients may connect at all. Judged at login, before anything reaches the server, so users are what clients claim to be. Default: all.
	Connections ConnectionRules `yaml:"connections"`

	// What clients may do. Judged for every statement before it reaches the server, by the user that the server has confirmed.
	Statements StatementRules `yaml:"statements" need:"say what clients may do: statements: {default: deny, rules: [{name: all, effect: allow, users: [admin]}]}"`
}

// ConnectionRules are about logins.
type ConnectionRules struct {
	// What happens to connections that no rule speaks of. Default allow.
	Default RuleEffect `yaml:"default"`

	// The rules. One that denies wins over those that allow, wherever it stands.
	Rules []ConnectionRule `yaml:"rules"`
}

// A ConnectionRule allows or denies connections.
type ConnectionRule struct {
	// Names the rule in errors, logs and metrics. Names must differ in the whole file.
	Name string `yaml:"name" need:"give the rule a name, which clients and logs are told: name: office-only"`

	// What the rule does to connections that it matches.
	Effect RuleEffect `yaml:"effect" need:"say what the rule does: effect: allow, or deny"`

	// Changes no verdict; logs and metrics tell what the rule would have changed. Default false.
	Shadow bool `yaml:"shadow"`

	// The users that clients claim to be. * stands for any text, ? for one character, and what is between slashes is a regular expression; what begins with ! is
	// excluded. Default: all.
	Users Texts `yaml:"users"`

	// The databases, written like users. Default: all.
	Databases Texts `yaml:"databases"`

	// The names that client programs give themselves, written like users. Nobody verifies them. Default: all.
	Applications Texts `yaml:"applications"`

	// The addresses that clients connect from: addresses (192.0.2.1), prefixes (10.0.0.0/8), or unix for clients of a Unix socket; what begins with ! is excluded.
	// Default: all.
	Sources Texts `yaml:"sources"`

	// The listeners' names, written like users. Default: all.
	Listeners Texts `yaml:"listeners"`
}

// StatementRules are about statements.
type StatementRules struct {
	// What happens to what no rule speaks of. Default deny.
	Default RuleEffect `yaml:"default"`

	// The rules. One that denies wins over those that allow, wherever it stands.
	Rules []StatementRule `yaml:"rules"`
}

// A StatementRule allows or denies statements. With neither operations nor accesses nor an ACL it is about everything that its clients do.
type StatementRule struct {
	// Names the rule in errors, logs and metrics. Names must differ in the whole file.
	Name string `yaml:"name" need:"give the rule a name, which clients and logs are told: name: analysts-read"`

	// What the rule does to statements that it matches. A rule with an ACL allows, so it needs none; others must say it.
	Effect RuleEffect `yaml:"effect"`

	// Changes no verdict; logs and metrics tell what the rule would have changed. Default false.
	Shadow bool `yaml:"shadow"`

	// The users, as the server has confirmed them. * stands for any text, ? for one character, and what is between slashes is a regular expression; what begins
	// with ! is excluded. Default: all.
	Users Texts `yaml:"users"`

	// The databases, written like users. Default: all.
	Databases Texts `yaml:"databases"`

	// The names that client programs give themselves, written like users. Nobody verifies them. Default: all.
	Applications Texts `yaml:"applications"`

	// The addresses that clients connect from: addresses (192.0.2.1), prefixes (10.0.0.0/8), or unix for clients of a Unix socket; what begins with ! is excluded.
	// Default: all.
	Sources Texts `yaml:"sources"`

	// The listeners' names, written like users. Default: all.
	Listeners Texts `yaml:"listeners"`

	// The operations, of which "sluice policy operations" has a list: SELECT, COPY TO, CREATE_*. A rule that denies is about statements that have one of them, also
	// inside of others; one that allows is about statements that have no other. Default: all.
	Operations Texts `yaml:"operations"`

	// The accesses. Default: all.
	Accesses AccessRules `yaml:"accesses"`

	// What is allowed, in place of operations and accesses, in the words of Redis's ACL SETUSER: "+@read -@dangerous ~orders:* &news:* (+set ~tmp:*)". A list
	// is read as one text.
	ACL Texts `yaml:"acl"`
}

// An AccessRule is a set of accesses.
type AccessRule struct {
	// What is done. Default: anything.
	Verbs Verbs `yaml:"verbs"`

	// What it is done to; any stands for all kinds but index, prepared, unknown, unparsed, opaque, replication and others that may reach more than they name.
	Kind AccessKind `yaml:"kind" need:"say what is accessed: kind: table, or any"`

	// The names, with * and ?, or a regular expression between slashes. Those of tables, sequences, functions, types and indexes have two parts, schema.name:
	// public.orders, "sales.*", "*.orders". A part in double quotes is taken as it is. Default: all.
	Names Texts `yaml:"names"`
}

// Lists for which a single value may stand.
type (
	// Texts is a list of texts.
	Texts []string

	// Verbs is a list of verbs.
	Verbs []Verb

	// AccessRules is a list of accesses.
	AccessRules []AccessRule
)

// oneOrMore marks a list for which a single value may stand.
type oneOrMore interface{ oneOrMore() }

func (Texts) oneOrMore()       {}
func (Verbs) oneOrMore()       {}
func (AccessRules) oneOrMore() {}

// RuleEffect is what a rule, or a default, does.
type RuleEffect string

// Words lists the effects.
func (RuleEffect) Words() []string { return []string{"allow", "deny"} }

// A Verb says what an access does.
type Verb string

// Words lists the verbs.
func (Verb) Words() (words []string) {
	for _, v := range metadata.Verbs() {
		words = append(words, string(v))
	}
	return words
}

// AccessKind is what an access is upon.
type AccessKind string

// Words lists the kinds.
func (AccessKind) Words() []string {
	words := []string{anyKind}
	for _, k := range metadata.Kinds() {
		words = append(words, string(k.Kind))
	}
	return words
}
