package rbac

import (
	"fmt"
	"unicode/utf8"

	"github.com/sluice-proxy/sluice/metadata"
)

// A Reason says how a decision came about.
type Reason uint8

// The reasons. The zero Reason belongs to the zero Decision, which denies.
const (
	Undecided   Reason = iota
	ByDefault          // no rule speaks of it
	ByWhole            // a rule about all that the identity does
	ByOperation        // a rule that denies the operation, whatever it accesses
	ByAccess           // a rule about the access
	ByDoubt            // the access is guarded, and could be what a rule denies
	Harmless           // nothing needs a rule
)

// String gives the reason in a few words.
func (r Reason) String() string {
	if int(r) < len(reasons) {
		return reasons[r]
	}
	return "unknown"
}

var reasons = [...]string{"undecided", "default", "whole", "operation", "access", "doubt", "harmless"}

// A Decision is the answer to one request, and its reason. The zero Decision denies.
type Decision struct {
	Allow  bool
	Reason Reason

	// Shadow is the shadow rule without which the opposite would not have been decided if shadow rules were real; 0 if they change nothing.
	Shadow RuleID

	// Rule is the rule that decided. Where several rules allow, each one access of many, it is the first access's; where several deny, it is the first in the
	// policy. 0: none did.
	Rule RuleID

	// Effect is the place of the effect that was decided on, in the list that was judged.
	Effect int32

	// Operation is the effect's, or the one of its inner ones that is denied.
	Operation string

	// Access is what was decided on, in the list that was judged; nil if it wasn't one access.
	Access *metadata.Access

	// Login says that a connection was judged.
	Login bool

	// Unresolved says that the access has a name without a schema, and that this may mean several objects.
	Unresolved bool
}

// Message tells in half a sentence what was decided, for the person who reads the client's error: "read of table public.orders is allowed by no rule". It
// names objects, never a path or a command from inside of a text.
func (d *Decision) Message() string {
	switch {
	case d.Allow && d.Reason == Harmless:
		return "needs no rule"
	case d.Allow:
		return d.what() + " is allowed"
	case d.Reason == ByDefault:
		return d.what() + " is allowed by no rule"
	case d.Reason == ByDoubt:
		return d.what() + " could do what is denied"
	}
	return d.what() + " is denied"
}

// what names what was decided on.
func (d *Decision) what() string {
	switch {
	case d.Login:
		return "the connection"
	case d.Access != nil:
		return describe(d.Access)
	case d.Reason == ByOperation:
		return d.Operation
	case d.Operation != "":
		return d.Operation
	}
	return "every statement"
}

// describe names an access for people. What was written as a literal may be a secret and stays out.
func describe(a *metadata.Access) string {
	switch a.Kind {
	case metadata.KindUnparsed:
		return "a text that is not understood (" + a.Name + ")"
	case metadata.KindOpaque:
		return a.Name + ", which may do anything,"
	case metadata.KindUnknown:
		return "a request of which it is not known what it does (" + a.Name + ")"
	case metadata.KindReplication:
		return "replication (" + a.Name + ")"
	case metadata.KindProgram, metadata.KindServerFile:
		return string(a.Verb) + " of a " + kindName(a.Kind)
	case metadata.KindPrepared:
		if a.Verb == metadata.Execute {
			return "a prepared statement that is not known"
		}
	case metadata.KindIndex:
		return fmt.Sprintf("%s of index %s, whose table is not named,", a.Verb, a.Object())
	}
	if a.Name == "" && a.Schema == "" {
		return fmt.Sprintf("%s of any %s", a.Verb, kindName(a.Kind))
	}
	if a.Name == "" {
		return fmt.Sprintf("%s of any %s of %s", a.Verb, kindName(a.Kind), a.Schema)
	}
	name, whole := told(a.Object())
	if !whole {
		name += "…"
	}
	return fmt.Sprintf("%s of %s %s", a.Verb, kindName(a.Kind), name)
}

// maxTold bounds the length in bytes of a name in errors and logs. Those of tables are shorter; clients make keys as long as they like.
const maxTold = 256

// told gives as much of a name as people are told, and whether that is the whole name.
func told(name string) (front string, whole bool) {
	if len(name) <= maxTold {
		return name, true
	}
	end := maxTold
	for end > maxTold-utf8.UTFMax && !utf8.RuneStart(name[end]) {
		end--
	}
	return name[:end], false
}

// kindName gives a kind's words.
func kindName(k metadata.Kind) string {
	b := []byte(k)
	for i := range b {
		if b[i] == '_' {
			b[i] = ' '
		}
	}
	return string(b)
}

// Hint tells what to do about a denial; "" if there is nothing to say.
func (d *Decision) Hint() string {
	switch {
	case d.Allow || d.Login || d.Access == nil:
		return ""
	case d.Access.Kind == metadata.KindUnparsed:
		return "Write it more simply, or as one statement at a time."
	case d.Unresolved:
		return "Its name has no schema and may mean several objects; with a schema it may be judged otherwise."
	case d.Reason == ByDefault, d.Reason == ByDoubt:
		return "It needs a rule that allows it: " + d.wanted() + "."
	}
	return ""
}

// wanted gives the access as a rule that allows it has it.
func (d *Decision) wanted() string {
	a := d.Access
	if a.Name == "" && a.Schema == "" || a.Kind == metadata.KindProgram || a.Kind == metadata.KindServerFile {
		return fmt.Sprintf("{verbs: [%s], kind: %s}", a.Verb, a.Kind)
	}
	name, whole := told(a.Object())
	if a.Name == "" || !whole {
		name += "*"
	}
	if a.Name != "" && a.Kind.Qualified() && a.Schema == "" {
		name = "*." + name
	}
	return fmt.Sprintf("{verbs: [%s], kind: %s, names: [%q]}", a.Verb, a.Kind, name)
}
