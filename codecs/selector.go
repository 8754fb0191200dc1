package codecs

import "github.com/sluice-proxy/sluice/metadata"

// A Selector is a set of effects that a protocol's own language of rights allows: those of its operations of which it holds every access. The zero Selector holds
// everything. Package rbac has the same type, and tells more of it.
type Selector struct {
	Operations []string // nil: all
	Accesses   []Scope
}

// A Scope is a set of accesses.
type Scope struct {
	Verbs []metadata.Verb // nil: all
	Kind  metadata.Kind
	Globs []string // patterns of bytes: * ? [abc] [a-z] [^a] \x; nil: all names
}

// An ACLError says what is wrong with a word of a text in a protocol's own language of rights.
type ACLError struct {
	Word  string   // as it is written; "" if it is about the whole text
	Text  string   // what is wrong with it, and the mend
	Known []string // the words that it could stand for; nil if Text says all
}

// Error gives the word, and what is wrong with it.
func (e *ACLError) Error() string {
	if e.Word == "" {
		return e.Text
	}
	return e.Word + ": " + e.Text
}
