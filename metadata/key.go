package metadata

// A Type says which of a [Value]'s fields a key uses.
type Type uint8

// The types of facts.
const (
	String Type = iota + 1 // Value.Str
	Int                    // Value.Int
	Bool                   // Value.Int, 0 or 1
)

// String gives the type's name as "sluice keys" prints it.
func (t Type) String() string {
	switch t {
	case String:
		return "string"
	case Int:
		return "int"
	case Bool:
		return "bool"
	}
	return "unknown"
}

// A Scope says how long a fact holds.
type Scope uint8

// The scopes.
const (
	OfSession  Scope = iota + 1 // until the session ends or the fact is replaced
	OfExchange                  // for one exchange; never carried over to the next
)

// String gives the scope's name as "sluice keys" prints it.
func (s Scope) String() string {
	switch s {
	case OfSession:
		return "session"
	case OfExchange:
		return "exchange"
	}
	return "unknown"
}

// A Spec declares a key: what its values are and what they mean.
type Spec struct {
	Name  string // dotted, lower case, OpenTelemetry's where it has one
	Type  Type
	Scope Scope
	Doc   string // one sentence: meaning, unit, who sets it
}

// A Key names a fact. Keys are compared by identity, so each is declared once, as a package variable.
type Key = *Spec

// The keys that every protocol shares.
var (
	DBSystem = &Spec{"db.system.name", String, OfSession,
		"The protocol spoken, as OpenTelemetry names the system: postgresql, mysql, redis, mongodb, kafka."}
	User = &Spec{"db.user", String, OfSession,
		"The database user, once the server has confirmed it by completing authentication."}
	ClaimedUser = &Spec{"db.user.claimed", String, OfSession,
		"The user that the client named at login; a claim only, until db.user is set."}
	Namespace = &Spec{"db.namespace", String, OfSession,
		"The database that the session is connected to."}
	Application = &Spec{"db.client.application", String, OfSession,
		"The name that the client program gives itself (application_name and the like); not verified."}
	ClientAddress = &Spec{"client.address", String, OfSession,
		"The client's address, without the port."}
	ClientPort = &Spec{"client.port", Int, OfSession,
		"The client's TCP port."}
	ServerAddress = &Spec{"server.address", String, OfSession,
		"The address of the endpoint that serves the session, without the port."}
	ServerPort = &Spec{"server.port", Int, OfSession,
		"The TCP port of the endpoint that serves the session."}
	Operation = &Spec{"db.operation.name", String, OfExchange,
		"What the exchange does: the statement's first keywords or the command's name, in upper case."}
	QueryText = &Spec{"db.query.text", String, OfExchange,
		"The statement with every literal replaced by ?; the raw text only where the user asked for it."}
	Fingerprint = &Spec{"db.query.fingerprint", String, OfExchange,
		"A 64-bit hash of the normalized statement in hexadecimal: equal for statements that differ in literals, blanks, comments and letter case only."}
	StatementCount = &Spec{"db.operation.batch.size", Int, OfExchange,
		"How many statements the request's text holds."}
	ReturnedRows = &Spec{"db.response.returned_rows", Int, OfExchange,
		"How many rows or values the reply carried."}
	AffectedRows = &Spec{"db.response.affected_rows", Int, OfExchange,
		"How many rows the server says that it inserted, changed, deleted or copied."}
	StatusCode = &Spec{"db.response.status_code", String, OfExchange,
		"The server's error code (SQLSTATE for PostgreSQL); absent when the exchange succeeded."}
	RequestBytes = &Spec{"db.request.size", Int, OfExchange,
		"Bytes that the client sent for the exchange."}
	ResponseBytes = &Spec{"db.response.size", Int, OfExchange,
		"Bytes that the server answered to the exchange."}
)

// Common lists the keys that every protocol shares, in the order in which they are documented.
func Common() []Key {
	return []Key{
		DBSystem, User, ClaimedUser, Namespace, Application, ClientAddress, ClientPort, ServerAddress, ServerPort,
		Operation, QueryText, Fingerprint, StatementCount, ReturnedRows, AffectedRows, StatusCode, RequestBytes, ResponseBytes,
	}
}
