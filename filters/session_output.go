package filters

import (
	"time"

	"github.com/sluice-proxy/sluice/codecs"
)

// What drivers ask a session.

// Dialing gives the endpoint that the session waits for, and whether it waits.
func (s *Session) Dialing() (Endpoint, bool) { return s.Endpoint, s.dialing }

// Pending gives the bytes of direction dir that are to be sent now; empty if there are none, or nobody to send them to yet.
// They are valid until the driver's next Keep.
func (s *Session) Pending(dir codecs.Direction) []byte {
	if dir == codecs.FromClient && s.phase != relaying {
		return nil
	}
	return s.streams[dir].out.p
}

// Sent says that the first n pending bytes of dir are sent.
func (s *Session) Sent(dir codecs.Direction, n int) {
	if n == 0 {
		return
	}
	st := &s.streams[dir]
	if st.failed {
		return
	}
	st.out.sent(n)
	if st.ended || s.phase == finishing {
		s.settle()
	}
}

// Keep ends the loan of bytes given to Receive: what is still to be sent is copied.
func (s *Session) Keep() {
	s.streams[0].out.keep()
	s.streams[1].out.keep()
}

// Reading says whether dir's source is to be read now. A session that can't send doesn't read.
func (s *Session) Reading(dir codecs.Direction) bool {
	st := &s.streams[dir]
	if st.ended || s.phase == over {
		return false
	}
	if s.phase == finishing {
		return dir == codecs.FromClient
	}
	if len(st.out.p) > 0 || st.failed && s.phase == relaying {
		return false
	}
	for i := range st.windows {
		w := &st.windows[i]
		if w.paused || len(w.held) >= s.Plan.window() {
			return false
		}
	}
	return true
}

// EndDue says that dir's end is to be passed on to its destination now (a half-close). It is true once; the driver then does so.
func (s *Session) EndDue(dir codecs.Direction) bool {
	st := &s.streams[dir]
	if st.shut || st.failed || len(st.out.p) > 0 || s.phase == waiting || s.phase == over {
		return false
	}
	if s.phase == finishing {
		if dir == codecs.FromServer {
			st.shut = true
			return true
		}
		return false
	}
	if !st.ended || !s.empty(dir) {
		return false
	}
	st.shut = true
	s.settle()
	return true
}

// Reset says whether the connection on the side of dir's source is to be closed with a reset, because the other side's connection failed.
func (s *Session) Reset(side codecs.Direction) bool { return s.reset[side.Other()] }

// HasEnded says whether dir's source has ended.
func (s *Session) HasEnded(dir codecs.Direction) bool { return s.streams[dir].ended }

// Done says that the session is over: the driver closes both connections.
func (s *Session) Done() bool { return s.phase == over }

// Deadline gives the instant at which the driver calls Expire; 0 if there is none.
func (s *Session) Deadline() Instant {
	if s.phase == over {
		return 0
	}
	if s.phase == finishing {
		return s.linger
	}
	var d Instant
	p := s.Plan
	if p.IdleTimeout > 0 {
		d = s.active.Add(p.IdleTimeout)
	}
	if p.MaxDuration > 0 {
		if m := s.Opened.Add(p.MaxDuration); d == 0 || m < d {
			d = m
		}
	}
	return d
}

func (p *Plan) window() int {
	if p.Window > 0 {
		return p.Window
	}
	return codecs.DefaultInspect + 64<<10
}

func (p *Plan) lingerClose() time.Duration {
	if p.LingerClose > 0 {
		return p.LingerClose
	}
	return time.Second
}
