package filters

import "github.com/sluice-proxy/sluice/codecs"

// How a session comes to its end.

// An Ender is a Filter that knows the protocol's manners.
type Ender interface {
	// AtRest says that the session may be ended now and nothing is lost.
	AtRest() bool

	// Waits says that the session waits for what others do, for as long as that takes: its silence is no idleness.
	Waits() bool

	// Farewell appends the protocol's last words to dst; nothing if they can't be said now, in the middle of a message.
	Farewell(dst []byte, why codecs.Refusal) []byte
}

// Finish ends the session with a farewell: what is already released to the client is sent, then the protocol's last words, then the end. Bytes for the
// server that are not yet sent are dropped.
func (s *Session) Finish(c Cause, why codecs.Refusal) {
	if s.phase >= finishing {
		return
	}
	s.Cause = c
	for _, f := range s.chain {
		if e, ok := f.(Ender); ok {
			if p := e.Farewell(nil, why); len(p) > 0 {
				s.streams[codecs.FromServer].out.add(p, true)
				break
			}
		}
	}
	s.phase = finishing
	s.dialing = false
	s.streams[codecs.FromClient].out = outbox{}
	s.linger = s.Now().Add(s.Plan.lingerClose())
	s.settle()
}

// waits says that silence is no idleness now.
func (s *Session) waits() bool {
	for _, f := range s.chain {
		if e, ok := f.(Ender); ok {
			return e.Waits()
		}
	}
	return false
}

// rest ends a draining session at its first moment of rest.
func (s *Session) rest() {
	if !s.drain || s.phase >= finishing {
		return
	}
	for _, f := range s.chain {
		if e, ok := f.(Ender); ok {
			if e.AtRest() {
				s.Finish(Drained, codecs.Refusal{Reason: codecs.ShuttingDown})
			}
			return
		}
	}
}

// fail ends the session because a filter can't go on.
func (s *Session) fail(err error) {
	if s.phase >= finishing {
		return
	}
	s.Err = err
	s.Finish(FilterFailed, codecs.Refusal{Reason: codecs.InternalError})
}

// empty says that nothing of dir waits in the chain.
func (s *Session) empty(dir codecs.Direction) bool {
	ws := s.streams[dir].windows
	for i := range ws {
		if ws[i].start < ws[i].End() {
			return false
		}
	}
	return true
}

// settle finds out whether the session is over.
func (s *Session) settle() {
	c, v := &s.streams[codecs.FromClient], &s.streams[codecs.FromServer]
	switch s.phase {
	case waiting:
		// The client left before there was a server. Bytes that it still has for the server are worth a connection; silence is not.
		if c.ended && !s.dialing && len(c.out.p) == 0 && s.empty(codecs.FromClient) || v.failed {
			s.end()
		}
	case relaying:
		carried := func(st *stream) bool { return st.shut || st.failed }
		if carried(c) && carried(v) || s.reset[codecs.FromClient] || s.reset[codecs.FromServer] && len(v.out.p) == 0 {
			s.end()
		}
	case finishing:
		if (v.shut || v.failed) && (c.ended || v.failed) {
			s.end()
		}
	}
}

func (s *Session) end() {
	if s.phase == over {
		return
	}
	if s.Cause == NotClosed {
		s.Cause = Stopped
	}
	s.phase = over
	s.dialing = false
	s.Ended = s.Now()
	defer s.ended() // also if a filter panics in its last event
	for _, f := range s.chain {
		_ = f.OnEvent(Closed) // the session is over: there is nothing that an error could still end
	}
}

// ended lets everyone know.
func (s *Session) ended() {
	for i := range s.streams {
		s.streams[i].out = outbox{}
	}
	if s.Connected != 0 {
		s.Plan.Terminal.Disconnected(s, s.Endpoint, nil)
	}
	for _, o := range s.Plan.Observers {
		o.OnClose(s)
	}
	if s.OnEnd != nil {
		s.OnEnd()
	}
}
