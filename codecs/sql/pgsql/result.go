package pgsql

import (
	"slices"

	"github.com/sluice-proxy/sluice/metadata"
)

// Mode holds what a session's settings change about the reading of a text. The zero value is UTF-8 and standard_conforming_strings on.
type Mode struct {
	// Backslash says that a backslash escapes in ordinary strings: standard_conforming_strings is off.
	Backslash bool
	// Foreign says that the text is not in UTF-8, so that letters beyond ASCII may be others than they seem.
	Foreign bool
}

// MaxText is how long a text may be to be parsed, in bytes.
const MaxText = 1 << 20

// Why a text was not parsed.
const (
	WhyNoParser  = "no_parser" // this program was built without cgo
	WhyEncoding  = "encoding"  // not UTF-8, or letters beyond ASCII in another encoding
	WhyNUL       = "nul"       // a NUL byte: the server reads up to there
	WhyTooLong   = "too_long"  // longer than MaxText
	WhyTooDeep   = "too_deep"  // what its tree may be like would overflow the parser's stack or take too long
	WhyBackslash = "backslash" // a backslash, and the parser doesn't know that it escapes in ordinary strings
	WhySyntax    = "syntax"    // the grammar refuses it
	WhyUnknown   = "unknown"   // the grammar knows more than this package
	WhyPanic     = "panic"     // a bug of this package
)

// A Result is what a text does. It is made anew for each text and belongs to the caller.
type Result struct {
	// Why says why the text was not understood, by one of the constants; "" if it was. Then there are no effects.
	Why string

	// Effects has one effect per statement, in order. Empty statements have none.
	Effects []metadata.Effect

	// Literal says that the values of literals matter: texts of the same shape may do something else.
	Literal bool

	// Unsettles says that an effect changes where strings end, whose rights count or where names are looked for, or may do so.
	Unsettles bool

	// Personal says that an effect depends on what the session prepared or declared before.
	Personal bool

	statements []statement // what people ask, per effect
}

// statement is what metadata.Effect doesn't hold.
type statement struct {
	code  bool     // what it runs isn't in the text
	spelt []string // per access: the name as written where that is not its Schema and Name; notWritten where it isn't in the text at all
}

// notWritten marks an access upon something that the text does not name.
const notWritten = "\x00"

// Reads gives the tables that statement i reads by mentioning them, as it writes them, sorted.
func (r *Result) Reads(i int) []string {
	return r.names(i, func(a metadata.Access) bool {
		return a.Kind == metadata.KindTable && a.Verb == metadata.Read && !a.Implied
	})
}

// Writes gives the tables that statement i writes, makes, changes or drops, and the sequences that it makes, changes or drops, as it writes them, sorted.
func (r *Result) Writes(i int) []string {
	return r.names(i, func(a metadata.Access) bool {
		return a.Kind == metadata.KindTable && a.Verb != metadata.Read || a.Kind == metadata.KindSequence && a.Verb != metadata.Read && a.Verb != metadata.Write
	})
}

// Functions gives the functions that statement i calls, as it writes them, sorted.
func (r *Result) Functions(i int) []string {
	return r.names(i, func(a metadata.Access) bool { return a.Kind == metadata.KindFunction && a.Verb == metadata.Execute })
}

// Opaque says that statement i runs something that is not in its text.
func (r *Result) Opaque(i int) bool { return r.statements[i].code }

func (r *Result) names(i int, wanted func(metadata.Access) bool) []string {
	names := []string{}
	for k, a := range r.Effects[i].Accesses {
		name := a.Object()
		if spelt := r.statements[i].spelt; k < len(spelt) && spelt[k] != "" {
			name = spelt[k]
		}
		if wanted(a) && a.Name != "" && name != notWritten {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}
