// Package scenarios puts the real program between real clients and real servers and looks at what both sides, the access log, the metrics and the
// statement table say.
//
// All of it is in tests. Start from TestMain (main_test.go), which builds the program, and from each, which runs a scenario against every version of
// PostgreSQL that must be served. What a machine does not have (a version, psql) is printed at the end and skipped; SLUICE_REQUIRE
// (postgres15,postgres18,psql) makes it a failure. SLUICE_LONG=1 takes the long forms: a gigabyte, 100,000 statements.
//
// The one exception is policy_test.go: denials need a filter that the program does not have yet, so it runs the proxy's packages in the test's process.
package scenarios
