// Package redis decodes RESP, versions 2 and 3 (https://redis.io/docs/latest/develop/reference/protocol-spec/), as Redis up to 8 and Valkey up to 8 speak it.
// Start from [Protocol]. No values are kept, and no passwords.
//
// Requests. A request is an array of bulk strings, or a line (inline.go). It is one message, of which the arguments before the last one, and the last one if it is
// short or matters, are waited for. Where an argument of 32 KiB or more that does not matter comes before the last one, the request ends with that argument's
// line; what follows is Data. What a request does is told by a table made from the servers' own (commands_keyed.go, commands_keyless.go) and by corrections by
// hand (effect.go, account.go, keyspace.go).
//
// Replies. A reply is one message if it is no longer than Limits.InspectReply; else parts of it are, the last of which ends the exchange (reader.go).
//
// Exchanges. Every command is one exchange, which ends with its reply: they are answered in order (queue.go, answer.go). But for
//
//	SUBSCRIBE and its like       end with the last channel's confirmation
//	CLIENT REPLY OFF and SKIP    have no answer, and those that they silence neither: an exchange ends with its request if nothing is owed before it, else with
//	                             a Reply without bytes, "silence", behind the last answer owed
//	PSYNC, SYNC                  do not end: a stream follows, of messages of kind Opaque
//
// Messages of pub/sub, invalidations and what MONITOR shows are of kind Async and belong to no exchange. An answer to nothing is Opaque; an error to nothing,
// which is what a server says before it closes the connection, is Async.
//
// States, as the answers of the server tell: the user and the database (session.go, group.go), the version of RESP, MULTI (group.go), subscriptions (pubsub.go),
// MONITOR, replication.
//
// Who asks, and in which database, is what the server has confirmed. Requests that were sent while an answer to AUTH, HELLO, SELECT or RESET is due have an access
// of kind unparsed, "unsettled", and keys in any database.
package redis

// Implementation notes (November 2026, Redis 7.0, Valkey 8.0, and the sources of Redis 8).
//
// Which answer belongs to which request must not be up to the client where its identity depends on that: else the success of some command would pass for that of its
// AUTH. So these are errors, which end the session where a policy is on, and decoding where none is: AUTH and HELLO with AUTH behind CLIENT REPLY OFF or SKIP or
// behind MONITOR, or silenced by them; both in a transaction, for Valkey 8.0 leaves a failed AUTH out of the array that EXEC answers; and in a transaction CLIENT
// REPLY, SUBSCRIBE and its like, MONITOR and PSYNC, which break that array too.
// SELECT and RESET behind CLIENT REPLY leave the database unknown for good.
//
// CLIENT REPLY OFF may be refused: by the server's ACL, or because the client is not authenticated. Then there is an error where there should be none, and what was
// sent behind it is answered after all. Up to 1024 requests are remembered for that; their exchanges have ended already. RESET ends OFF and is answered, but not if
// SKIP came before it.
//
// EXEC with another argument discards the transaction with EXECABORT. Servers look for a command before they look at anything else, so one that
// does not exist is an error in every state.
//
// RESP2 has no type for what nobody asked for: messages of pub/sub are arrays. They can't be mistaken, for a subscribed client may send nothing that is answered
// with one like them.
//
// Servers take any two bytes for the line end behind an argument, and any byte for the line feed behind a length. We are as lenient with the first, and not with
// the second. Numbers have no leading zeros and no plus sign for either.
//
// A server that has a limit before authentication (10 arguments, 16 KiB each), or a lower proto-max-bulk-len, answers with a protocol error and closes; that is an
// error without an exchange, or that of the oldest one.
//
// Endless arrays and strings of RESP3 are decoded, although no server is known to send them.
