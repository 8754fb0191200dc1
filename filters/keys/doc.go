// Package keys counts by the prefixes of keys: which parts of the keyspace are used how much, and where the big values are.
//
// Start from [New]. A [Filter] is a MessageFilter for one listener. It belongs behind the filters that deny, so that it counts what passes. It needs
// codecs.Limits.Effects: the accesses to keys are what it counts.
//
// Names of keys may be personal data. They are kept only here, and only if a listener asks for it: never in logs and never in labels of metrics.
//
// # Memory
//
// Clients choose the names of keys, so any number of prefixes may come. Each driver's shard keeps a fixed number of rows. A prefix that finds them all taken is
// counted by a sketch of frequent items (Misra-Gries, as in Apache DataSketches) under a hash of its name, until that has certainly seen more of it than the
// least used of some rows was used; then it takes that row's place. What a row counted goes to the rest, so that rows and rest together always are everything.
package keys
