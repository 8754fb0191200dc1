// Package tcpproxy is the terminal filter: it picks the endpoint that a session's bytes go to.
package tcpproxy

import "github.com/sluice-proxy/sluice/filters"

// An Upstream is a set of endpoints. It is safe for concurrent use.
type Upstream interface {
	// Pick chooses an endpoint for attempt number attempt (from 0) of one session. It returns an error if there is none (left).
	Pick(attempt int) (filters.Endpoint, error)

	// Done says that a connection to e, or the attempt to make one, has ended; err is the dial's error, or nil.
	Done(e filters.Endpoint, err error)
}

// A Filter sends sessions to an upstream. It is safe for concurrent use.
type Filter struct{ Upstream Upstream }

var _ filters.Terminal = Filter{}

// Connect picks an endpoint: the one that the session must have, if it must, else the upstream's choice.
func (f Filter) Connect(s *filters.Session, attempt int) (filters.Endpoint, error) {
	if s.Prefer != nil && attempt == 0 {
		return *s.Prefer, nil
	}
	return f.Upstream.Pick(attempt)
}

// Disconnected passes on what became of a connection.
func (f Filter) Disconnected(_ *filters.Session, e filters.Endpoint, err error) {
	f.Upstream.Done(e, err)
}
