package codecs

import "github.com/sluice-proxy/sluice/metadata"

// A Resolver follows, for one session, what the names in its statements mean: where names without a schema are looked for, and what stands behind the
// names of prepared statements and cursors; or, in protocols of commands, what a command is that the decoder doesn't know. Like a decoder it has no I/O and is
// never called concurrently.
type Resolver interface {
	// Sent is told of each request that goes to the server, when it goes, with what its text does; p is nil if that is not known. It says what can't be
	// known of what follows before the server has answered.
	Sent(m *Message, p *Parsed) Settling

	// Seen is told of each message of the server.
	Seen(m *Message)

	// Stale says that the server should be asked, at the next moment at which it can be. needed says that the request at hand has names that depend on where
	// names are looked for.
	Stale(needed bool) bool

	// Question appends the request that asks. Answer is then told of each message of the reply, and Answered of its end; err is not nil if there is no
	// complete one. The request at hand may be another one afterwards: the decoder's last message says which.
	Question(dst []byte) []byte
	Answer(m *Message)
	Answered(err error)

	// Path tells where names are looked for, as far as it is known. The result is immutable, and the same pointer until it changes.
	Path() *metadata.SearchPath

	// Expand appends the effects of p to dst, the executions of prepared statements and cursors replaced by what these do.
	Expand(dst []metadata.Effect, p *Parsed) []metadata.Effect
}

// A Settling says what an unanswered request leaves unknown.
type Settling uint8

// What may be unknown.
const (
	Settled Settling = iota
	Names            // where names without a schema are looked for
	Texts            // and how new texts are read
	Reading          // and who asks
)

// A Search says how a Resolver finds out where names without a schema are looked for.
type Search struct {
	// Strict never finds out: such a name may be in any schema.
	Strict bool

	// Assume, if it isn't nil, is taken for the answer, whatever the session sets; else the server is asked.
	Assume []string
}
