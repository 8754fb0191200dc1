package codecs

// A Decoder is the protocol state of one session, both directions. Its methods are never called concurrently.
type Decoder interface {
	// Decode uses a prefix of p, the next bytes that dir sent, and returns its length and at most one message. m is nil only if all
	// of p was used; n may be 0 if m is not nil (a message without bytes, such as Skipped). m may alias p. The message, and what it
	// refers to, is valid until the next call with the same dir: a held request outlives the replies that pass meanwhile.
	//
	// A message is returned once its head is seen and as much of its body as the decoder itself needs: End may lie ahead of
	// the bytes used, and the calls that follow use up the rest silently.
	//
	// The first error of a direction is final for that direction, and wraps one of the sentinels of this package: the bytes before the offset that it names
	// were understood. The server may still answer what the client asked for before.
	Decode(dir Direction, p []byte) (n int, m *Message, err error)

	// End says that dir sends no more. It returns ErrTruncated if dir stopped inside a message; the other direction may go on.
	End(dir Direction) error

	// Standing tells how the session stands between two calls.
	Standing() Standing
}

// A Standing tells how a session stands.
type Standing struct {
	// Boundary says, by direction, that the bytes used so far end where a message ends.
	Boundary [2]bool
	Open     int  // exchanges asked for and not yet answered to their end
	Busy     bool // the session is inside a transaction, a COPY or the like, although no exchange may be open
	Waits    bool // the session waits for what others do, and silence is no idleness
	Owed     bool // the server will answer all that is open without more of the client's bytes
	Full     bool // the queue of open requests has reached its limit: read no more from the client
	Opaque   bool // what follows can't be decoded (encrypted, or a protocol within the protocol)
}

// AtRest says that the session may be ended with a farewell and nothing is lost.
func (s Standing) AtRest() bool {
	return s.Open == 0 && !s.Busy && s.Boundary[FromClient] && s.Boundary[FromServer]
}

// Limits bound what a decoder keeps. The zero value of a field stands for its default.
type Limits struct {
	Inspect      int // bytes of a request's body that are looked at; default 1 MiB
	InspectReply int // bytes of a reply's body that are looked at; default 64 KiB
	Statements   int // bytes of statement texts kept per session; default 16 MiB
	Queue        int // bytes of queue entries for requests not yet answered; default 32 MiB

	// EachReply asks for every reply message by itself, never a run of them.
	EachReply bool

	// Effects asks for Message.Effects.
	Effects bool

	// Lexicon is for the decoders of sessions with the same servers to share; nil if they share nothing.
	Lexicon *Lexicon
}

// A Lexicon is what servers say of themselves, in the terms of the protocol whose NewLexicon made it.
type Lexicon struct{ Words any }

// The defaults of Limits.
const (
	DefaultInspect      = 1 << 20
	DefaultInspectReply = 64 << 10
	DefaultStatements   = 16 << 20
	DefaultQueue        = 32 << 20
)

// WithDefaults gives l with each zero field replaced by its default.
func (l Limits) WithDefaults() Limits {
	or := func(v *int, d int) {
		if *v <= 0 {
			*v = d
		}
	}
	or(&l.Inspect, DefaultInspect)
	or(&l.InspectReply, DefaultInspectReply)
	or(&l.Statements, DefaultStatements)
	or(&l.Queue, DefaultQueue)
	return l
}
