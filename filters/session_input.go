package filters

import "github.com/sluice-proxy/sluice/codecs"

// What drivers tell a session.

// Receive takes in p, bytes that dir sent. p is borrowed until the driver's next Keep, because what is released of it is sent from there.
func (s *Session) Receive(dir codecs.Direction, p []byte) {
	if s.phase >= finishing {
		return // a farewell is on its way: what still comes is read only so that it isn't answered with a reset
	}
	s.Bytes[dir] += int64(len(p))
	s.active = s.Now()
	s.forward(dir, s.before(dir), p, false)
	s.rest()
}

// ReceiveEnd says that dir's source has ended its stream in order.
func (s *Session) ReceiveEnd(dir codecs.Direction) {
	st := &s.streams[dir]
	if st.ended || s.phase == over {
		return
	}
	st.ended = true
	s.active = s.Now()
	if s.phase == finishing {
		s.settle()
		return
	}
	if s.Cause == NotClosed {
		s.Cause = ClientClosed + Cause(dir)
	}
	s.tellEnd(dir)
	s.settle()
}

// ReceiveFailed says that dir's source can't be read any more: its connection is gone, in both directions.
func (s *Session) ReceiveFailed(dir codecs.Direction, err error) {
	if s.phase == over {
		return
	}
	st := &s.streams[dir]
	if s.phase == finishing {
		if dir == codecs.FromClient {
			s.end()
		}
		return
	}
	st.ended = true
	s.streams[dir.Other()].failed = true
	s.reset[dir] = true
	if s.Cause == NotClosed {
		s.Cause, s.Err = ClientReset+Cause(dir), err
	}
	s.tellEnd(dir)
	s.settle()
}

// SendFailed says that the destination of dir can't be written any more. The other direction goes on: the peer's last words may still be readable.
func (s *Session) SendFailed(dir codecs.Direction, err error) {
	st := &s.streams[dir]
	if st.failed || s.phase == over {
		return
	}
	st.failed = true
	st.out = outbox{}
	if s.Err == nil {
		s.Err = err
	}
	if s.phase == finishing {
		if dir == codecs.FromServer {
			s.end()
		}
		return
	}
	s.settle()
}

// ServerConnected says that the server side is connected.
func (s *Session) ServerConnected() {
	s.dialing = false
	if s.phase != waiting {
		return
	}
	s.phase = relaying
	s.Connected = s.Now()
	s.active = s.Connected
	s.event(ServerConnected)
	s.settle()
}

// DialFailed says that the endpoint could not be reached; timeout says that it did not answer in time. The terminal is asked for another one.
func (s *Session) DialFailed(err error, timeout bool) {
	s.dialing = false
	if s.phase != waiting {
		return
	}
	s.Plan.Terminal.Disconnected(s, s.Endpoint, err)
	s.Err = err
	s.connect()
	if s.dialing {
		return
	}
	s.Cause = ConnectFailed
	if timeout {
		s.Cause = ConnectTimeout
	}
	s.Finish(s.Cause, codecs.Refusal{Reason: codecs.NoServer})
}

// Expire is called by the driver when the deadline has passed.
func (s *Session) Expire() {
	now := s.now
	if s.phase == over {
		return
	}
	p := s.Plan
	switch {
	case s.phase == finishing:
		if now >= s.linger {
			s.end()
		}
	case p.MaxDuration > 0 && now >= s.Opened.Add(p.MaxDuration):
		s.Finish(Expired, codecs.Refusal{Reason: codecs.MaxDuration})
	case p.IdleTimeout > 0 && now >= s.active.Add(p.IdleTimeout):
		if s.waits() {
			s.active = now
			return
		}
		s.Finish(Idle, codecs.Refusal{Reason: codecs.IdleTimeout})
	}
}

// Drain asks the session to end at its first moment of rest.
func (s *Session) Drain() {
	if s.phase >= finishing || s.drain {
		return
	}
	s.drain = true
	s.event(Draining)
	s.rest()
}

// DrainExpired ends the session because the drain's limit has come, with a farewell if one can be said.
func (s *Session) DrainExpired() {
	s.Finish(DrainLimit, codecs.Refusal{Reason: codecs.ShuttingDown})
}

// Abort ends the session at once, without a farewell: a panic, or the process stops.
func (s *Session) Abort(c Cause, err error) {
	if s.phase == over {
		return
	}
	s.Cause, s.Err = c, err
	s.reset = [2]bool{true, true}
	s.end()
}

// tellEnd lets the filters know, once, that dir has ended; what they hold of an unfinished message goes on its way unless a request is held.
func (s *Session) tellEnd(dir codecs.Direction) {
	st := &s.streams[dir]
	if st.told {
		return
	}
	st.told = true
	s.event(ClientEOF + Event(dir))
}

// forward hands p to the stage behind stage in direction dir, or to the outbox behind the last.
func (s *Session) forward(dir codecs.Direction, stage int, p []byte, transient bool) {
	st := &s.streams[dir]
	next := stage + 1
	if dir == codecs.FromServer {
		next = stage - 1
	}
	if next < 0 || next >= len(st.windows) {
		if !st.failed {
			st.out.add(p, transient)
			if dir == codecs.FromClient && s.phase == waiting && !s.dialing {
				s.connect()
			}
		}
		return
	}
	w := &st.windows[next]
	w.arrive(p, transient)
	var err error
	if dir == codecs.FromClient {
		err = s.chain[next].OnRead(w)
	} else {
		err = s.chain[next].OnWrite(w)
	}
	w.settle()
	if err != nil {
		s.fail(err)
	}
}

// before gives the stage before the first of direction dir.
func (s *Session) before(dir codecs.Direction) int {
	if dir == codecs.FromClient {
		return -1
	}
	return len(s.chain)
}

func (s *Session) event(e Event) {
	for _, f := range s.chain {
		if err := f.OnEvent(e); err != nil {
			s.fail(err)
			return
		}
	}
}

func (s *Session) connect() {
	e, err := s.Plan.Terminal.Connect(s, s.dials)
	if err != nil {
		if s.dials == 0 {
			s.Err = err
			s.Finish(NoEndpoint, codecs.Refusal{Reason: codecs.NoServer})
		}
		return
	}
	s.dials++
	s.Endpoint, s.dialing = e, true
}
