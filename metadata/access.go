package metadata

// A Verb says what an access does to its object.
type Verb string

// The verbs, one vocabulary for all protocols.
const (
	Read    Verb = "read"
	Write   Verb = "write"
	Create  Verb = "create"
	Alter   Verb = "alter"
	Drop    Verb = "drop"
	Execute Verb = "execute"
)

// An Access is the unit of policy: a verb upon an object of a kind, for instance {read, table, public.orders}. An exchange
// may pass only if every one of its accesses may.
type Access struct {
	Verb Verb
	Kind string // table, sequence, function, topic, key, collection …
	Name string // as the server resolves it, qualified
}
