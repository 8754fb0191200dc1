// Package pgsql finds out what a text of PostgreSQL's SQL does: an effect per statement, with one access for each object that it names or that its
// syntax reaches. Policies are judged by them, so what can't be known is said to be unknown, never left out.
//
// Start from [Parse]. The syntax tree is made by the server's own grammar (PostgreSQL 17, libpg_query, through github.com/pganalyze/pg_query_go), in C:
// without cgo every text is unparsed, and [Available] says so. A guard in front of it refuses what its recursion or its quadratic corners could not
// bear. Everything here is a function of text and [Mode]; the text is borrowed for the call.
//
// # What becomes an access
//
// Names are folded as the server folds them; where the text writes no schema there is none, and a database's name in front is dropped, for the server
// refuses any but its own. Every table node of the tree is read, unless the statement makes it its target. The name of a common table expression is no
// table, in exactly the places where it is none for the server.
//
// A Name of "" means that the text does not say which: any of that kind (in that schema, if there is one).
//
// What may reach an object that the text does not name has, beside its other accesses, {execute, opaque, OPERATION}: code (DO, CALL, CREATE FUNCTION),
// a function that takes a statement or a table's name as text, and operations upon all of something or upon what depends on it (GRANT ON ALL TABLES,
// VACUUM without a table, anything with CASCADE).
//
// Built-in functions that only compute are Free. Which names are built in is in functions.txt and relations.txt, read from a server of the version that
// their first lines name; which of them do more is in dangerous.go.
//
// # What is not seen
//
// Functions behind operators, casts, types, views, triggers and defaults that exist already, and a function of one composite argument that is called
// like a column (SELECT t.f FROM t). Whoever may create such objects must be trusted with what they reach.
package pgsql
