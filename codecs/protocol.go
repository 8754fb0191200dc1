package codecs

import "github.com/sluice-proxy/sluice/metadata"

// A Protocol is everything the proxy knows about a protocol: a value, listed in codecs/all.
type Protocol struct {
	Name        string // as configured and logged: "postgres"
	System      string // OpenTelemetry's db.system.name: "postgresql"
	Spec        string // the specification followed, with its version and address
	DefaultPort int
	ServerFirst bool // the server speaks first (MySQL)

	// New makes the decoder of one session.
	New func(Limits) Decoder

	// NewReady makes the decoder of an exchange of the proxy's own, in a session that is past login; nil if the protocol allows none.
	NewReady func(Limits) Decoder

	// DeclineUpgrade appends the answer to m, a client's wish to change the transport that the proxy can't fulfil; the client then goes on in
	// clear text, or not. nil leaves the answer to the server.
	DeclineUpgrade func(dst []byte, m *Message) []byte

	// NewAnalyser makes an analyser of statement texts; nil if the protocol has none.
	NewAnalyser func() Analyser

	// Unparsed says why statements are never parsed, if this build of the program can't; "" if it can.
	Unparsed string

	// NewResolver makes what follows the meaning of names in one session, which d decodes; nil if names mean the same everywhere.
	NewResolver func(s Search, d Decoder) Resolver

	// NewLexicon makes what the decoders of sessions with the same servers share, under Limits.Lexicon: what the servers say of themselves. nil if they share nothing.
	NewLexicon func() *Lexicon

	// Refuse appends to dst what is sent to the server in m's place when m is denied: a request without effect that the server itself
	// refuses, so that order, skipping and the transaction's state are the server's own work. It returns nil where there is
	// none; then the session is ended with a farewell.
	Refuse func(dst []byte, m *Message) []byte

	// Denial appends to dst what the client gets in place of reply, the server's answer to what Refuse sent.
	Denial func(dst []byte, reply *Message, why Refusal) []byte

	// Code gives the error code of Denial and Farewell, as the log writes it; nil if the protocol has none.
	Code func(Reason) string

	// Farewell appends the protocol's own last words to the client (drain, limits, no server). It returns nil where it has none.
	Farewell func(dst []byte, why Refusal) []byte

	// Readdress appends to dst what the client gets in place of m, a reply that has Addresses and whose body is here whole: the same with public addresses in place of
	// those of servers. It appends nothing if there is nothing to replace. nil if no reply of the protocol names servers.
	Readdress func(dst []byte, m *Message, servers Directory) []byte

	// ErrorClass gives the class of an error code, from a table of at most 60 words, for metrics; nil if there are no codes.
	ErrorClass func(code string) string

	// Vocabulary lists the operations that its effects may have, for rules that name them.
	Vocabulary func() []string

	// ParseACL reads a text in the protocol's own language of rights, and gives what that allows; an error is an ACLError. nil if the protocol has none.
	ParseACL func(text string) ([]Selector, error)

	// Lines says that a request may be a line of text, as people type it, and that its effects are known without an Analyser.
	Lines bool

	// Operations lists those that metrics tell apart, at most 63.
	Operations []Operation

	// Keys lists every key that the decoder may set beside the common ones.
	Keys []metadata.Key

	// Waits is the one of Keys that says of an exchange that it waits for what others do, so that its duration is no measure of the server's work; nil if there is none.
	Waits metadata.Key
}

// A Reason says why the proxy itself ends or refuses something.
type Reason uint8

// The reasons.
const (
	Denied        Reason = iota + 1 // by policy
	ShuttingDown                    // drain
	NoServer                        // no endpoint could be reached
	ServerLost                      // the server's connection ended inside a message or a reply
	IdleTimeout                     // nothing moved for too long
	MaxDuration                     // the session lasted too long
	LimitReached                    // connections, memory
	BadInput                        // the client's bytes can't be framed
	InternalError                   // a bug in the proxy: the session is ended, the process goes on
	NotAdmitted                     // by policy, at login
)

// String gives the reason as logs and metrics write it.
func (r Reason) String() string {
	if int(r) < len(reasonNames) {
		return reasonNames[r]
	}
	return "unknown"
}

var reasonNames = [...]string{"none", "denied", "shutting_down", "no_server", "server_lost", "idle_timeout", "max_duration", "limit_reached", "bad_input", "internal_error", "not_admitted"}

// A Refusal is what the client is told.
type Refusal struct {
	Reason  Reason
	Message string // one sentence for the person who reads the client's error; "" for the reason's own
	Rule    string // the rule that denied, if one did
	Hint    string // what to do about it; "" if there is nothing to say
}

// An Analyser finds out about statement texts. It reuses its memory, so it must not be shared; what it finds is a function of
// text and mode alone.
type Analyser interface {
	// Summarize looks at text without understanding it: what metrics and logs need, cheaply. The result is valid until the next call.
	Summarize(text []byte, mode Mode) *Analysis

	// AppendShape appends a form of text to dst that texts share only if they differ in the values of literals, in blanks, comments and the case of names that
	// the server folds: the key of a cache of what Parse finds. It appends nothing if there is none.
	AppendShape(dst, text []byte, mode Mode) []byte

	// Parse finds what text does. The result is made anew and immutable. It may be slow; it never fails to come back, whatever the text.
	Parse(text []byte, mode Mode) *Parsed
}

// An Analysis is what a statement text says about itself.
type Analysis struct {
	Operation   string // from a constant table: "SELECT", "CREATE TABLE"; "UNKNOWN"
	Normalized  []byte // without literals and comments
	Fingerprint uint64 // of Normalized
	Statements  int
	Tags        []Tag // sqlcommenter's
}

// Parsed is what a text does, by its syntax.
type Parsed struct {
	// Why says why the text was not understood, from a constant table; "" if it was. Then Effects holds one effect, with one access of kind KindUnparsed.
	Why     string
	Effects []metadata.Effect

	// Literal says that the values of literals matter: texts of the same shape may do something else.
	Literal bool

	// Unsettles says that what follows can't be judged before the server has answered this: it changes where strings end, whose rights count, or where
	// names are looked for.
	Unsettles bool

	// Personal says that what it does depends on what the session did before, by accesses of kind KindPrepared or KindCursor.
	Personal bool
}

// NotParsed is what is known of a text that was not understood.
func NotParsed(why string) *Parsed {
	return &Parsed{Why: why, Unsettles: true, Effects: []metadata.Effect{{
		Operation: "UNKNOWN", Accesses: []metadata.Access{{Verb: metadata.Execute, Kind: metadata.KindUnparsed, Name: why}},
	}}}
}

// Unknown is what a request does of which it is not known what it executes; what says which kind of request it is.
func Unknown(what string) []metadata.Effect {
	return []metadata.Effect{{Operation: "UNKNOWN", Accesses: []metadata.Access{{Verb: metadata.Execute, Kind: metadata.KindUnknown, Name: what}}}}
}

// A Tag is a key and a value that the client wrote into a comment. It is the client's claim: for tagging only, never for rights.
type Tag struct{ Key, Value []byte }
