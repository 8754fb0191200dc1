// Package metadata holds what is known about a session and about an exchange: facts under declared keys, and the
// accesses that an exchange makes.
//
// Start from [Key]: every fact has one, with a name, a type and a meaning, and the list of all of them is what
// "sluice keys" prints. Names follow the OpenTelemetry semantic conventions (https://opentelemetry.io/docs/specs/semconv/,
// 1.40) wherever they have one. A [Set] holds the facts; an [Access] is the unit of policy.
//
// The package imports nothing of ours and knows no protocol: what only one protocol has (PostgreSQL's application_name,
// say) is declared by that protocol's codec.
package metadata
