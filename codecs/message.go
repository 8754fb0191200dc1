package codecs

import "github.com/sluice-proxy/sluice/metadata"

// A Direction says who sent a stream's bytes.
type Direction uint8

// The directions.
const (
	FromClient Direction = iota
	FromServer
)

// String gives the direction for errors and logs.
func (d Direction) String() string {
	if d == FromClient {
		return "client"
	}
	return "server"
}

// Other gives the opposite direction.
func (d Direction) Other() Direction { return d ^ 1 }

// A Kind classifies messages across protocols.
type Kind uint8

// The kinds of messages.
const (
	Opaque    Kind = iota // not understood: passed or refused by policy
	Startup               // opens the session's dialogue (StartupMessage, HELLO, handshake)
	Auth                  // part of an authentication exchange; its body is secret
	Request               // asks for something; judged by the filters
	Data                  // payload that belongs to an exchange already judged (COPY data); from either side
	Reply                 // answers a request
	Error                 // answers a request with an error
	Async                 // sent by the server without being asked (notices, notifications, parameter changes)
	Upgrade               // asks for, or answers to, an in-band change of the transport (TLS)
	Cancel                // asks to cancel an exchange of another session; Token names it
	Skipped               // no bytes: says that an exchange will get no answer, for the server skips it after an error
	Terminate             // the client says goodbye
)

// String gives the kind's name.
func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return "unknown"
}

var kindNames = [...]string{"opaque", "startup", "auth", "request", "data", "reply", "error", "async", "upgrade", "cancel", "skipped", "terminate"}

// A Purpose says what an exchange is for.
type Purpose uint8

// The purposes. That of an exchange may rise while its requests arrive: what begins as Prepare becomes Command when the
// statement is executed.
const (
	NoPurpose Purpose = iota
	Connect           // login, from the first byte to the server's readiness
	Prepare           // preparation that led to no execution
	Command           // a statement or command
	Canceling         // a request to cancel another exchange
	Streaming         // an endless exchange: replication, monitoring
)

// String gives the purpose's name as the access log writes it.
func (p Purpose) String() string {
	if int(p) < len(purposeNames) {
		return purposeNames[p]
	}
	return "unknown"
}

var purposeNames = [...]string{"none", "connect", "prepare", "command", "cancel", "stream"}

// Part names a message that is a part of a longer one, and not its end.
const Part = "part"

// A Message is one protocol message, or a run of like ones.
type Message struct {
	Kind Kind
	Name string // the specification's name, from a constant table: "Query", "COM_STMT_EXECUTE"

	// Start and End are offsets in the stream of the message's direction. End may lie ahead of the bytes seen so far.
	Start, End int64

	// Count is the number of messages in a run of like ones that nobody asked to see one by one (rows); else 1.
	Count int

	// Exchange says which exchange the message asks for, or answers; 0 if none. Numbers begin at 1 and rise by one with each
	// exchange that a client opens, in the order of their first request bytes.
	Exchange uint64
	Purpose  Purpose // of its exchange, as known now; set on messages of the client that have an exchange
	Last     bool    // ends its exchange

	Body []byte // at most the limit of inspection; nil where the decoder needs none. May alias the input of the call.
	Cut  bool   // Body is not the whole of it

	Text []byte // what is to be analysed (SQL), if any. May alias the input, or a statement that the decoder keeps.
	Memo *Memo  // where a filter may keep what it found out about Text; nil if the decoder does not keep Text
	Mode Mode   // how Text is to be read
	New  bool   // Text comes with this message: the server reads it by the settings that it has now

	// Blind says that a request executes a statement whose text isn't known (prepared elsewhere, or not kept for want of memory).
	Blind bool

	// Unsettles says that what follows can't be judged before the server has answered this, for reasons that are not in a text.
	Unsettles bool

	// Sought is how many things a request asks for of which the answer tells whether they were there (three keys of MGET); 0 if the answer does not tell. Found is how many
	// of them a reply brings; it means nothing where none was sought.
	Sought, Found int32

	// Doubt says why the server may read Text otherwise than it seems, from a constant table; "" if there is none.
	Doubt string

	// Effects tell what the request does where no text has to be parsed for that; set only if Limits.Effects asks for them.
	Effects []metadata.Effect

	// Addresses tells Readdress where a reply names servers, in the protocol's own terms; nil if it names none. With Cut, the reply is too long to be held whole.
	Addresses any

	Token []byte // a reply: announces what a later Cancel may name; a Cancel: names it
	Rows  int64  // rows that the message carries

	Meta metadata.Set // facts under the protocol's declared keys
}

// Len gives the length of the message in bytes.
func (m *Message) Len() int64 { return m.End - m.Start }

// A Mode is the protocol's own encoding of the session settings that change how a text is to be read (PostgreSQL's
// standard_conforming_strings, MySQL's sql_mode). Equal texts under equal modes have equal analyses.
type Mode uint8

// A Memo belongs to a text that a decoder keeps (a prepared statement). It lives as long as that text.
type Memo struct{ Value any }
