// Package postgres decodes PostgreSQL's frontend/backend protocol, 3.0 to 3.2, as PostgreSQL 18 describes it in chapter 54
// (https://www.postgresql.org/docs/18/protocol.html). Start from [Protocol]. The package reads no rows and no parameters, and ends
// no TLS.
//
// Messages by type byte, and how much of the body is looked at; the tables are in messages.go:
//
//	client  Q P whole · B D E C names · F function · S H X c d f p nothing; StartupMessage and its like, which have no type, whole
//	server  E whole · C S K prefix · R Z code, status · 1 2 3 A D G H I N T V W c d n s t v nothing
//
// States of the connection:
//
//	startup    SSLRequest, GSSENCRequest: startup · StartupMessage: auth · CancelRequest: canceling · answer S or G: encrypted
//	auth       AuthenticationOk: starting
//	starting   ReadyForQuery: operation
//	operation  the rest
//
// Exchanges. A request is queued until the server's answer to it has come to its end (queue.go):
//
//	StartupMessage               one exchange       ends with ReadyForQuery or ErrorResponse
//	Query, FunctionCall          one exchange       ends with ReadyForQuery
//	Parse Bind Describe Close    one for a group    joined by the next Execute; else ends at the answer to the last before Flush
//	Execute                      its group's        ends with CommandComplete, EmptyQueryResponse, PortalSuspended, ErrorResponse
//	Sync                         the last one's     which then ends with ReadyForQuery: a commit's error comes there. Or one of its own
//	CancelRequest                one exchange       ends with itself
//
// That an Execute whose answer is not followed in the queue by its own Sync ends at once depends on when the client sent the Sync.
// It is deterministic in practice: servers flush their output at Sync and Flush only, so the answer comes before the Sync only if
// the client asked for it by Flush. (The exceptions are answers that exactly fill a server's buffer of 8 KiB.)
//
// After an error within the extended protocol the server skips to the next Sync. Exchanges that are skipped end with a message
// of kind Skipped, which has no bytes; the one that waits for the Sync gets a Skipped that does not end it, and ReadyForQuery. The same
// Skipped ends an exchange whose answers never came because the decoder's and the server's views differ.
//
// Statements and portals mean what the client last made of them when a request is sent; what the server refuses or skips is undone
// (statements.go). Unknown are: what SQL prepared or declared, names beyond ASCII (their meaning changes with client_encoding), what
// exceeds the limits.
package postgres

// Implementation notes (November 2026, PostgreSQL 15 and 18).
//
// The server cuts names to 63 bytes when it looks them up, so two longer names may be one; the user and the database named
// at login likewise.
//
// The server answers a Query's COPY data that come too late, after an error, with nothing. Sync and Flush that it reads while it
// copies in are ignored: libpq sends one with the Execute and one behind CopyDone, and gets one ReadyForQuery. If the copy
// fails before the server has read the first Sync (a BEFORE STATEMENT trigger), that one counts after all: then a ReadyForQuery comes
// that nothing waits for. It belongs to no exchange; the next ones are in step again.
//
// standard_conforming_strings and client_encoding change when the server says so: what is sent between the SET and its
// answer is read under the old setting.
//
// SQL's DEALLOCATE of one statement does not say which one. The name is kept until SQL's PREPARE might have used it again, for the
// server refuses a Bind to a name that does not exist.
