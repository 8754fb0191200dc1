// Package rbac decides who may do what. It is a function of its input: rules are compiled once, and then answer from any goroutine without I/O, clock or lock.
//
// Start from [Policy], plain data that package configs makes of a policy file, and [Compile], which checks it and gives an [Engine]. [Engine.Connection] judges a
// login. [Engine.Subject] finds the rules that matter to one identity; the caller keeps the result, and asks [Subject.Decide] about each request.
//
// What is judged are [metadata.Effect] values, so the package knows accesses and operations, but no protocol and no query language. The meaning of a rule is
// written down in one table, in docs/policy.md; the tests of this package go through it row by row, and compare the engine with a plain reading of it over random
// policies.
//
// A rule may also allow by selectors, each of which allows whole effects: what a protocol's own language of rights says becomes that.
//
// Rules are found by index, not one by one: names and their parts that are exact, or a beginning or an end and a *, cost the same however many there are. Regular
// expressions and patterns like a*b are tried one after the other. Deciding allocates nothing, but for regular expressions over names of two parts, and for
// policies of more than 2048 rules that name operations.
package rbac
