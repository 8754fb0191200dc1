// Package proxies starts what stands between a client and a server in a test:
// Sluice itself ([Sluice]), or, to tell a mistake of Sluice's from one of the
// test's, a relay that looks at nothing ([Relay]).
//
// [Postgres] chooses among them as the environment says.
package proxies
