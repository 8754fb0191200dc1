// Package stats counts: exchanges and connections for Prometheus, and exchanges for the table of statements.
//
// Start from [New]. A [Filter] is a MessageFilter, a SessionFilter and a prometheus.Collector. It belongs at the end of the chain of judges, so that
// it counts what they decided, and among the Observers of every plan.
//
// What a session's driver counts lies in the driver's own shard, behind a lock that nobody else takes except during a scrape. Series are found by
// small numbers, never by label texts.
//
// # How many series there can be
//
// No label value comes from the wire. A listener and its protocol (the configuration's) have at most
//
//	sluice_exchanges_total             6 purposes × (operations + 1) × 5 outcomes; 51 operations by default, at most 63
//	sluice_exchange_duration_seconds   6 purposes × 7 classes of operations, as has sluice_exchange_first_byte_seconds
//	sluice_exchange_errors_total       50 classes of SQLSTATE, "none" and "OTHER" included; or 38 first words of Redis errors
//	sluice_async_messages_total        the names that the protocol has for them: 3 for PostgreSQL, 13 for Redis
//	sluice_connections_closed_total    16 causes
//	everything else                    1 or 2
//
// and only those that something was counted in are shown. Reasons of bypasses are at most 32, without a listener. What exceeds a bound is counted
// under "OTHER", so that sums stay right.
//
// # What agrees with what
//
// Each exchange is counted exactly once, when it has ended, whatever its outcome. So when nothing is going on, the sum of sluice_exchanges_total, the
// counts of sluice_exchange_duration_seconds and sluice_blocked_seconds, sluice_statement_calls_total, the totals of the table and the lines of an access log of everything
// are the same number, and so it is with rows and bytes.
package stats
