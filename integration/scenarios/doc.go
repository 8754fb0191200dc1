// Package scenarios puts the real program between real clients and real servers and looks at what both sides, the access log, the metrics and the
// statement table say.
//
// All of it is in tests. Start from TestMain (main_test.go), which builds the program, and from each, which runs a scenario against every version of
// PostgreSQL that must be served. What a machine does not have (a version, psql) is printed at the end and skipped; SLUICE_REQUIRE
// (postgres15,postgres18,psql) makes it a failure. SLUICE_LONG=1 takes the long forms: a gigabyte, 100,000 statements, ten million commands.
//
// rules_*_test.go are about policies, bypass_*_test.go try to get around them: what the server itself refuses to a role without rights must never reach it. redis_test.go is
// about Redis, redis_cluster_test.go about its clusters and Sentinels, redis_tools_test.go about its own programs, and redis_bypass_*_test.go try to get around policies there.
//
// story_*_test.go tell the same stories of every protocol: another one needs a type with the methods of dialect, and a line in dialects.
//
// The one exception is policy_test.go: it holds, edits and asks by a filter of its own, so it runs the proxy's packages in the test's process.
package scenarios
