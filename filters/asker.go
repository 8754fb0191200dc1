package filters

import (
	"errors"

	"github.com/sluice-proxy/sluice/codecs"
)

// An Asker puts an exchange of the proxy's own on the server side: its reply never reaches the client, except for what the server sends unasked.
type Asker interface {
	// Ask may be called by a MessageFilter in OnRequest, which then returns Hold: request goes to the server before the held one, once the server
	// owes no other answer. reply is called for each message of the answer, borrowed for the call, and done once, by the session's driver: with nil,
	// or with why there is no complete answer. done usually resumes the ticket.
	//
	// What the request does to the session's state is the caller's care: PostgreSQL's Query drops the client's unnamed statement and portal, for instance, so
	// ask with a statement and a portal of a private name, or ahead of a Query.
	Ask(request []byte, reply func(*codecs.Message), done func(error)) error
}

// Why an exchange of the proxy's own can't be.
var (
	ErrCantAsk    = errors.New("an own request can't be sent here: the protocol has none, or the request under judgement is not the first of its exchange")
	ErrAskOverrun = errors.New("the session ended before the own request was answered")
)
