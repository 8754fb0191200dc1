// Package sql turns the text of a statement into what metrics, logs and audit
// need to know about it, in one pass and without building a syntax tree: a
// normal form without literals, a fingerprint, an operation, the number of
// statements, sqlcommenter tags, and the facts which tell whether a real
// parser may safely be asked.
//
// Start from [Lexer]. A Lexer reuses its buffers: a [Summary] is valid until
// the next call. The text is borrowed for the call. The package keeps no
// other state and is a pure function of text, [Dialect] and [Mode].
//
// # The normal form
//
// Literals and parameters are shown as ?, so "id = 1", "id = -1" and "id = $1"
// are one statement. Comments vanish, unquoted words are folded to lower case,
// blanks are placed by the kind of the tokens on both sides, quoted names stay
// as they are written. Equal neighbours in IN lists, ARRAY constructors and the
// rows of VALUES become one; there NULL, TRUE and FALSE count as literals.
// A lone ? is an operator of PostgreSQL (jsonb) and is shown as it is; it
// reads like a literal, which makes the normal form its own normal form.
// Statements are joined by "; ", empty ones dropped.
//
// No byte of a literal or comment reaches the normal form, whatever the text, if
// the Mode is the session's: what is not terminated becomes one ? to the end, and
// letters glued to a number ("12ab") belong to it unless they are a keyword. But
// words are names, also in "SET a TO word". The normal form is valid UTF-8 and
// holds no ASCII control character outside quoted names.
//
// # The fingerprint
//
// It is XXH64, seed 0, over the whole normal form, also where the form shown
// was cut. It groups statements for display. It must not key a cache of
// verdicts: different texts share it on purpose, and collisions can be made.
//
// It finds no tables and checks no grammar: text which no server accepts has a
// normal form too. An operation is what the first keyword says, no proof. The
// rules are those of PostgreSQL 18, chapter 4.1 "Lexical Structure":
// https://www.postgresql.org/docs/18/sql-syntax-lexical.html
package sql
