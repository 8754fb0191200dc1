package postgres

import "github.com/sluice-proxy/sluice/metadata"

// What only PostgreSQL has.
var (
	ProtocolVersion = &metadata.Spec{Name: "postgresql.protocol.version", Type: metadata.String, Scope: metadata.OfSession,
		Doc: "The protocol version that the client asked for: 3.0, 3.2, or another minor (which the server may negotiate down)."}
	ProtocolExtension = &metadata.Spec{Name: "postgresql.protocol.extension", Type: metadata.Bool, Scope: metadata.OfSession,
		Doc: "The client asked for protocol options (names that begin with _pq_.)."}
	Options = &metadata.Spec{Name: "postgresql.options", Type: metadata.Bool, Scope: metadata.OfSession,
		Doc: "The client sent command-line options for the server at login (options=-c search_path=...). Their text may hold secrets, so it isn't kept."}
	Replication = &metadata.Spec{Name: "postgresql.replication", Type: metadata.String, Scope: metadata.OfSession,
		Doc: "The kind of replication connection that the client asked for: physical, or database (logical)."}
	TransactionStatus = &metadata.Spec{Name: "postgresql.transaction.status", Type: metadata.String, Scope: metadata.OfSession,
		Doc: "The transaction's state as the server last said: idle, transaction, failed."}
	Standby = &metadata.Spec{Name: "postgresql.standby", Type: metadata.Bool, Scope: metadata.OfSession,
		Doc: "The server says that it is a hot standby, which only reads."}
	Command = &metadata.Spec{Name: "postgresql.command", Type: metadata.String, Scope: metadata.OfExchange,
		Doc: "The command that the server says it completed, from its command tag; OTHER if the tag is unknown."}
	Severity = &metadata.Spec{Name: "postgresql.error.severity", Type: metadata.String, Scope: metadata.OfExchange,
		Doc: "The error's severity, never localized: ERROR, FATAL, PANIC."}
	StatementUnknown = &metadata.Spec{Name: "postgresql.statement.unknown", Type: metadata.Bool, Scope: metadata.OfExchange,
		Doc: "The text of the statement that is bound or executed is not known: prepared by SQL, over a limit, or under a name that is not kept."}
	Excess = &metadata.Spec{Name: "postgresql.message.excess", Type: metadata.Bool, Scope: metadata.OfExchange,
		Doc: "Bytes follow the zero byte that ends the query text, which no driver sends."}
	FunctionOID = &metadata.Spec{Name: "postgresql.function.oid", Type: metadata.Int, Scope: metadata.OfExchange,
		Doc: "The object id of the function that a FunctionCall message calls."}
)

func keys() []metadata.Key {
	return []metadata.Key{
		ProtocolVersion, ProtocolExtension, Options, Replication, TransactionStatus, Standby,
		Command, Severity, StatementUnknown, Excess, FunctionOID,
	}
}
