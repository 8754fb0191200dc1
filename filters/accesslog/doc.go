// Package accesslog writes one line of JSON for each exchange, and one for each session when it ends.
//
// Start from [New]. A [Log] is a MessageFilter and a SessionFilter, and a prometheus.Collector that says what became of the lines. The fields are
// those of names.go, and the keys of the metadata under their own names.
//
// Lines are written into a buffer of the session's shard; no allocation, no system call. A buffer goes to the one goroutine that writes when it holds
// 64 KiB, and otherwise within 100 ms. What waits to be written is bounded in bytes. When that is full, lines are dropped, counted, and a line
// says later how many there were (the default); or whoever has a line waits (audit).
//
// Each line that the mode selects is accepted or dropped; each accepted line is written, lost, or still pending. The metrics say all of these numbers:
// nothing vanishes silently.
//
// Secrets: the text of a statement is the normalized one, without literals; the raw text is written only where Config.Raw asks for it.
package accesslog
