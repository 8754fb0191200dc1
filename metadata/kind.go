package metadata

// A Kind is what an access is upon.
type Kind string

// The kinds of objects, one vocabulary for all protocols.
const (
	KindTable         Kind = "table" // whatever stands where a table may: views, materialized views, foreign tables
	KindIndex         Kind = "index"
	KindSequence      Kind = "sequence"
	KindFunction      Kind = "function" // procedures and aggregates too
	KindType          Kind = "type"     // domains too
	KindSchema        Kind = "schema"
	KindDatabase      Kind = "database"
	KindRole          Kind = "role"
	KindSetting       Kind = "setting"
	KindExtension     Kind = "extension"
	KindServerObject  Kind = "server_object" // what is none of the others: tablespaces, subscriptions, foreign servers, languages …
	KindServerFile    Kind = "server_file"
	KindProgram       Kind = "program" // that the server starts
	KindLargeObject   Kind = "large_object"
	KindNotifyChannel Kind = "notify_channel" // LISTEN and NOTIFY
	KindPrepared      Kind = "prepared"       // a statement prepared earlier, by its name
	KindCursor        Kind = "cursor"
	KindUnknown       Kind = "unknown"     // a request of which it is not known what it executes
	KindUnparsed      Kind = "unparsed"    // a text that was not understood; the name is the reason
	KindOpaque        Kind = "opaque"      // code that may do anything; the name says which
	KindReplication   Kind = "replication" // everything that is written, as a stream

	// Redis.
	KindKey            Kind = "key"             // with its database's number as schema
	KindKeyspace       Kind = "keyspace"        // all keys of a database
	KindChannel        Kind = "channel"         // of PUBLISH and SUBSCRIBE
	KindChannelPattern Kind = "channel_pattern" // of PSUBSCRIBE
	KindScript         Kind = "script"          // a script by its SHA-1, or a function by its name
	KindCommand        Kind = "command"         // one that is about nothing that the other kinds name
)

// A KindSpec tells what a kind is.
type KindSpec struct {
	Kind Kind

	// Qualified says that names have two parts, schema.name.
	Qualified bool

	// Guarded says that the access may reach more than it names. It counts as every access that a deny rule could name, and no rule allows it but
	// one that names the kind, or one that allows everything.
	Guarded bool

	Doc string
}

var kinds = []KindSpec{
	{KindTable, true, false, "A table, view, materialized view or foreign table."},
	{KindIndex, true, true, "An index, where the text does not say of which table."},
	{KindSequence, true, false, "A sequence."},
	{KindFunction, true, false, "A function, procedure or aggregate. Built-in ones that only compute need no rule."},
	{KindType, true, false, "A type or domain that is made, changed or dropped."},
	{KindSchema, false, false, "A schema that is made, changed or dropped."},
	{KindDatabase, false, false, "A database that is made, changed or dropped."},
	{KindRole, false, false, "A role that is made, changed, dropped, granted, or taken by SET ROLE."},
	{KindSetting, false, false, "A setting. Ordinary ones, set for the session, need no rule."},
	{KindExtension, false, false, "An extension or a library to load."},
	{KindServerObject, false, false, "Anything else that a server has: tablespaces, subscriptions, foreign servers, languages."},
	{KindServerFile, false, false, "A file on the server's machine; the name is its path, empty if the text does not say it."},
	{KindProgram, false, false, "A program that the server starts; the name is the command."},
	{KindLargeObject, false, false, "A large object; the name is its number, empty if the text does not say it."},
	{KindNotifyChannel, false, false, "A channel of LISTEN and NOTIFY."},
	{KindPrepared, false, true, "The execution of a statement by a name under which nothing was prepared that the proxy has seen."},
	{KindCursor, false, false, "A cursor. It counts as what it was declared for."},
	{KindUnknown, false, true, "A request of which it is not known what it executes: function_call, statement (one whose text is not known), or command (one that is not in the table)."},
	{KindUnparsed, false, true, "A text that was not understood. The name is the reason: syntax, no_parser, encoding, backslash, nul, too_long, too_deep, unknown, panic, cut, excess, unsettled."},
	{KindOpaque, false, true, "Code that may do anything. The name says which: DO, CALL, CREATE_FUNCTION, or the function that takes a statement as text."},
	{KindReplication, false, true, "The stream of everything that is written. The name is the replication command."},
	{KindKey, false, false, "A key."},
	{KindKeyspace, false, true, "All keys of a database: their names (KEYS, SCAN), or their end (FLUSHALL)."},
	{KindChannel, false, false, "A channel of PUBLISH and SUBSCRIBE, or a shard channel."},
	{KindChannelPattern, false, true, "The channels that a pattern of PSUBSCRIBE matches. The name is the pattern."},
	{KindScript, false, true, "A script or a function, which may use any key. The name is the script's SHA-1, or the function's; empty for a library."},
	{KindCommand, false, false, "A command about nothing that the other kinds name: CONFIG|SET, ACL|SETUSER. Those that only touch the session need no rule."},
}

// Kinds lists the kinds in the order in which they are documented.
func Kinds() []KindSpec { return kinds }

func (k Kind) spec() KindSpec {
	for i := range kinds {
		if kinds[i].Kind == k {
			return kinds[i]
		}
	}
	return KindSpec{}
}

// Known says that the kind is declared.
func (k Kind) Known() bool { return k.spec().Kind != "" }

// Qualified says that names of the kind have two parts, schema.name.
func (k Kind) Qualified() bool { return k.spec().Qualified }

// Guarded says that an access of the kind may reach more than it names; see KindSpec.
func (k Kind) Guarded() bool { return k.spec().Guarded }
