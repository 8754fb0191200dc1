package metadata

// A Verb says what an access does to its object.
type Verb string

// The verbs, one vocabulary for all protocols.
const (
	Read      Verb = "read"
	Write     Verb = "write" // what the object holds
	Create    Verb = "create"
	Alter     Verb = "alter" // the object itself, its rights and its place
	Drop      Verb = "drop"
	Execute   Verb = "execute"
	Publish   Verb = "publish"
	Subscribe Verb = "subscribe"
)

// Verbs lists them in the order in which they are documented.
func Verbs() []Verb { return []Verb{Read, Write, Create, Alter, Drop, Execute, Publish, Subscribe} }

// An Access is the unit of policy: a verb upon an object of a kind, for instance {read, table, public, orders}. A request
// may pass only if every one of its accesses may. Accesses are comparable.
type Access struct {
	Verb Verb
	Kind Kind

	// Schema and Name are the two parts of a name as the server folds it. Schema is "" if the text does not say it: then a SearchPath tells in which
	// schemas the server looks. Kinds whose names have one part leave it empty; a Redis key has its database's number there.
	Schema, Name string

	// System says whether a name without a schema is one that every server of this kind defines itself (pg_class, count).
	System System

	// Anywhere says that a name without a schema may be in any, whatever the SearchPath: an earlier statement of the same text changes where the server looks.
	Anywhere bool

	// Free says that the access is harmless by itself (a built-in function that computes, a setting that only formats): it needs no rule that allows
	// it. A rule that denies it still counts.
	Free bool

	// Implied says that the access follows from another one upon the same object, not from a mention of its own: an UPDATE with a WHERE reads its target.
	Implied bool
}

// System says whether a name is the server's own.
type System uint8

// The answers. Maybe is for names that look like the server's own but aren't known: a newer server may define them.
const (
	NotSystem System = iota
	IsSystem
	MaybeSystem
)

// String gives the access for people: "read table public.orders".
func (a Access) String() string {
	s := string(a.Verb) + " " + string(a.Kind)
	if a.Name == "" && a.Schema == "" {
		return s
	}
	return s + " " + a.Object()
}

// Object gives the object's name for people, with its schema if that is known.
func (a Access) Object() string {
	if a.Schema == "" || !a.Kind.Qualified() {
		return a.Name
	}
	return a.Schema + "." + a.Name
}
