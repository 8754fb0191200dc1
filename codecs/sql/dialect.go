package sql

// Dialect selects the lexical rules of a family of servers.
type Dialect uint8

// PostgreSQL is the dialect of PostgreSQL and of the servers speaking it.
const PostgreSQL Dialect = 1

// Mode holds the settings of a session which change where tokens end.
// The zero value is what servers do by default.
type Mode struct {
	// NonConformingStrings says that standard_conforming_strings is off:
	// a backslash escapes in plain '...' too.
	NonConformingStrings bool
}

// A scanner finds the tokens of a text and hands each to the methods of
// Lexer in normal.go. A dialect is one scanner.
type scanner func(l *Lexer, text []byte, mode Mode)

var scanners = [...]scanner{
	PostgreSQL: scanPostgreSQL,
}
