package rbac

import (
	"net/netip"

	"github.com/sluice-proxy/sluice/metadata"
)

// A Policy is all rules, as plain data. The zero Policy denies everything that needs a rule.
type Policy struct {
	// Connections are judged at login. Their rules have neither operations nor accesses.
	Connections Rules

	// Statements are judged one by one, before they reach the server.
	Statements Rules
}

// Rules is a list of rules, and what counts where none of them speaks.
type Rules struct {
	Default Effect // "" is Deny
	List    []Rule
}

// An Effect is what a rule does.
type Effect string

// The effects.
const (
	Allow Effect = "allow"
	Deny  Effect = "deny"
)

// A Rule allows or denies. A nil list means that the rule asks nothing about that; an empty one is a mistake.
//
// Elements of Users, Databases, Applications and Listeners are patterns: * stands for any text and ? for one character, and what is between slashes is a regular
// expression (Go's, RE2). One that begins with ! excludes what it matches. A list matches if one of its other elements does, or has none, and none that
// excludes.
type Rule struct {
	Name   string // unique in the policy; it is told to clients, and is a label in metrics
	Effect Effect

	// Shadow says that the rule changes no verdict. Decisions only report what it would change.
	Shadow bool

	Users, Databases, Applications, Listeners []string

	// Sources are addresses and prefixes (192.0.2.1, 10.0.0.0/8), or "unix" for clients of a Unix socket. They may begin with !, too.
	Sources []string

	// Operations are patterns with * and ?, in upper case: SELECT, CREATE_*.
	Operations []string

	Accesses []AccessRule

	// Selectors say in another way what a rule allows, in place of Operations and Accesses: an effect that one of them covers. What they speak of is never free: an
	// access that elsewhere needs no rule needs one if a selector, of a rule that matters to the identity, names its kind.
	Selectors []Selector

	// Text is what the selectors were made of, for people.
	Text string
}

// A Selector is a set of effects: those of its operations of which it holds every access. The zero Selector holds everything.
//
// It doesn't hold what a rule denies; and guarded accesses only if no rule denies anything.
type Selector struct {
	// Operations are names, without wildcards; nil: all. If an effect has others inside of it, all must be among them.
	Operations []string

	Accesses []Scope
}

// A Scope is a set of accesses.
type Scope struct {
	Verbs []metadata.Verb // nil: all

	// Kind is one whose names have one part and are no paths.
	Kind metadata.Kind

	// Globs are patterns of bytes, as Redis has them: * ? [abc] [a-z] [^a] and \ before what is to be taken as it is; nil: all names. What one access does to an object and
	// an implied one behind it does to the same must be allowed by one pattern.
	Globs []string
}

// An AccessRule is a set of accesses.
type AccessRule struct {
	Verbs []metadata.Verb // nil: all

	// Kind is a kind of object, or AnyKind.
	Kind metadata.Kind

	// Names are patterns; nil: all names. Those of kinds with names of two parts have two parts, public.ord*, each of which is matched by itself. What is between
	// double quotes stands for itself. A regular expression is matched against both parts with a dot between them.
	Names []string
}

// AnyKind stands for all kinds but the guarded ones.
const AnyKind metadata.Kind = "any"

// An Identity is who asks. Identities are comparable, so that what was found about one can be kept in a map.
type Identity struct {
	Listener    string
	User        string
	Database    string
	Application string

	// Source is the client's address; the zero Addr is a client of a Unix socket.
	Source netip.Addr
}

// A RuleID stands for a rule, so that rules can be counted without their names. The rules of a policy have 1, 2, 3 …: those for connections first, each list in its
// order. 0 is no rule.
type RuleID int32

// A Problem is one thing that is wrong with a policy.
type Problem struct {
	Path string // statements.rules[3].accesses[0].names[1], the first of each list being 0
	Text string // what is wrong, and the mend
}
