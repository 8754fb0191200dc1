// Package inspect is the protocol filter: it runs a protocol's decoder over both directions of a session, keeps the exchanges that are open,
// asks the message filters about each request, and carries their verdicts out.
//
// Start from [New]. What it does with a message of the client:
//
//	pass     the window releases its bytes
//	deny     it is replaced by a request that the server itself refuses (Protocol.Refuse), whose error is rewritten on its way back
//	         (Protocol.Denial); so order, skipping and the transaction's state are the server's own work
//	hold     it waits, with all bytes behind it, until its ticket is resumed
//	replace  the filter's bytes go in its place
//
// and with a reply that a filter wants: it is held whole, then passed, dropped or replaced.
//
// What can't be decoded is relayed opaque and counted while the filter only observes, and ends the session when it enforces a policy. Nothing
// passes uninspected without a reason from the table in bypass.go.
//
// Texts are analysed once: the cache belongs to the shard, so loops don't contend for it; a prepared statement keeps its analysis in its memo.
package inspect
