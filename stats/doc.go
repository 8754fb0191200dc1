// Package stats holds what is counted: a [Histogram] that merges, the [Table] of statements, and how both are shown (Prometheus, JSON, a
// terminal).
//
// Start from [Table] and its [Report]. Whoever counts does so by shard, under a lock that only the shard's own goroutine takes in the
// steady state; whoever reads merges the shards. Recording costs no allocation once a statement is known.
//
// The package knows neither filters nor protocols: filters/stats feeds it. It reads no clock either; see [Config].Wall.
package stats
