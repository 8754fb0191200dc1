package filters

import "github.com/sluice-proxy/sluice/codecs"

// A Filter watches the bytes of one session. Its methods are never called concurrently and never block. An error ends the session.
type Filter interface {
	OnRead(w *Window) error  // the client sent bytes
	OnWrite(w *Window) error // the server sent bytes
	OnEvent(e Event) error
}

// An Event is something that happens to a session beside bytes.
type Event uint8

// The events, in the order in which a session can see them.
const (
	Opened          Event = iota // the client is connected; before any byte
	ServerConnected              // the server side is connected
	ClientEOF                    // the client will send no more
	ServerEOF                    // the server will send no more
	Draining                     // the session should end at its first moment of rest
	Resumed                      // a held request got its verdict, or time has come to look again
	Closed                       // the session is over; the last event, always sent
)

// A MessageFilter judges or records exchanges. The protocol filter asks each one, in chain order.
type MessageFilter interface {
	// OnRequest judges x.Request, a message that belongs to x. It is called for each request message of an exchange (PostgreSQL's
	// Parse, Bind and Execute are three of one exchange). The first verdict other than Pass counts.
	OnRequest(x *Exchange) Verdict

	// WantReply is asked at a reply's head, and of errors and of what the server sends unasked if they have Addresses. If true the message is held whole (at most the
	// limit of inspection) and shown to OnReply; else it streams past and is only counted. What was not asked for has an exchange that has only its session.
	WantReply(x *Exchange, m *codecs.Message) bool

	// OnReply judges a held reply: Pass, Drop or Replace.
	OnReply(x *Exchange, m *codecs.Message) Verdict

	// OnDone is called once for each exchange: the reply is complete, or the session ended first.
	OnDone(x *Exchange)
}

// A SessionFilter is a MessageFilter that also wants to know of sessions.
type SessionFilter interface {
	OnOpen(s *Session)
	OnClose(s *Session)
}

// A Recorder is the part of a MessageFilter that only records: embed it and implement OnDone.
type Recorder struct{}

// OnRequest passes.
func (Recorder) OnRequest(*Exchange) Verdict { return Verdict{} }

// WantReply wants none.
func (Recorder) WantReply(*Exchange, *codecs.Message) bool { return false }

// OnReply passes.
func (Recorder) OnReply(*Exchange, *codecs.Message) Verdict { return Verdict{} }

// A Reader is the part of a MessageFilter that is about replies only: embed it and implement WantReply and OnReply. It needs not be asked about requests.
type Reader struct{}

// OnRequest passes.
func (Reader) OnRequest(*Exchange) Verdict { return Verdict{} }

// OnDone has nothing to do.
func (Reader) OnDone(*Exchange) {}

// ReadsOnly says that f embeds Reader.
func ReadsOnly(f MessageFilter) bool {
	_, ok := f.(interface{ readsOnly() })
	return ok
}

func (Reader) readsOnly() {}

// An Action is what a verdict orders.
type Action uint8

// The actions.
const (
	Pass    Action = iota // let it go on, unchanged
	Deny                  // a request: refuse it politely
	Replace               // send Bytes in its place
	Drop                  // a reply: swallow it
	Hold                  // a request: wait, with all bytes behind it, until the ticket is resumed
)

// A Verdict is a filter's answer. The zero Verdict passes.
type Verdict struct {
	Action Action
	Why    codecs.Refusal // Deny
	Bytes  []byte         // Replace; borrowed for the call
}

// RecordsOnly says that f embeds Recorder: it needs not be asked about requests and replies.
func RecordsOnly(f MessageFilter) bool {
	_, ok := f.(interface{ recordsOnly() })
	return ok
}

func (Recorder) recordsOnly() {}
