// Package driversuite runs a driver's own test suite twice, directly against a
// server and through a proxy, and compares which tests pass, fail and skip, name
// by name. It is the strongest test that a proxy is not noticed: its authors did
// not think of us.
//
// [Copy] brings a driver's source, [Source.Test] runs its tests, [Compare] does
// both runs, repeats what came out differently, for suites have flaky tests, and
// tells the differences that stay from those that do not.
//
// [Pgx] and [GoRedis] prepare the server and say by which environment variables
// the tests find it.
package driversuite
