package codecs

import "github.com/sluice-proxy/sluice/metadata"

// A Resolver follows, for one session, what the names in its statements mean: where names without a schema are looked for, and what stands behind the
// names of prepared statements and cursors. Like a decoder it has no I/O and is never called concurrently.
type Resolver interface {
	// Sent is told of each request that goes to the server, when it goes, with what its text does; p is nil if that is not known.
	Sent(m *Message, p *Parsed)

	// Seen is told of each message of the server.
	Seen(m *Message)

	// Stale says that the server should be asked where names are looked for, at the next moment at which it can be.
	Stale() bool

	// Question appends the request that asks. Answer is then told of each message of the reply, and Answered of its end; err is not nil if there is no
	// complete one.
	Question(dst []byte) []byte
	Answer(m *Message)
	Answered(err error)

	// Path tells where names are looked for, as far as it is known. The result is immutable, and the same pointer until it changes.
	Path() *metadata.SearchPath

	// Expand appends the effects of p to dst, the executions of prepared statements and cursors replaced by what these do.
	Expand(dst []metadata.Effect, p *Parsed) []metadata.Effect
}

// A Search says how a Resolver finds out where names without a schema are looked for.
type Search struct {
	// Strict never finds out: such a name may be in any schema.
	Strict bool

	// Assume, if it isn't nil, is taken for the answer, whatever the session sets; else the server is asked.
	Assume []string
}
