package proxy

import (
	"context"
	"time"

	"github.com/sluice-proxy/sluice/filters"
)

// farewells is how long the last words to clients may take when the drain's limit has come.
const farewells = 2 * time.Second

// OnOpen keeps track of a session.
func (s *Server) OnOpen(x *filters.Session) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sessions[x.ID] = x.Handle()
}

// OnClose forgets it.
func (s *Server) OnClose(x *filters.Session) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.sessions, x.ID)
	if s.draining && len(s.sessions) == 0 {
		s.finished()
	}
}

// finished says that no session is left. Called with the mutex held.
func (s *Server) finished() {
	select {
	case <-s.empty:
	default:
		close(s.empty)
	}
}

// Open gives the number of sessions.
func (s *Server) Open() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.sessions)
}

// Shutdown drains the server: it accepts no more clients and ends each session at its first moment of rest, with the protocol's farewell. When ctx ends,
// the sessions that are left are ended too, with a farewell where one can be said, and ctx's error is returned.
func (s *Server) Shutdown(ctx context.Context) error {
	s.mu.Lock()
	s.draining = true
	if len(s.sessions) == 0 {
		s.finished()
	}
	s.mu.Unlock()
	for _, l := range s.listeners {
		_ = l.Close() // it is closed already: all the better
	}
	s.each((*filters.Session).Drain)
	var err error
	select {
	case <-s.empty:
	case <-ctx.Done():
		err = ctx.Err()
		s.each((*filters.Session).DrainExpired)
		x, cancel := context.WithTimeout(context.Background(), farewells)
		defer cancel()
		select {
		case <-s.empty:
		case <-x.Done():
		}
	}
	s.Close()
	return err
}

// each posts fn to all sessions.
func (s *Server) each(fn func(*filters.Session)) {
	s.mu.Lock()
	all := make([]*filters.Handle, 0, len(s.sessions))
	for _, h := range s.sessions {
		all = append(all, h)
	}
	s.mu.Unlock()
	for _, h := range all {
		h.Post(fn)
	}
}

// Close ends everything at once.
func (s *Server) Close() {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return
	}
	s.closed = true
	s.mu.Unlock()
	s.cancel()
	for _, l := range s.listeners {
		_ = l.Close()
	}
	s.each(func(x *filters.Session) { x.Abort(filters.Stopped, nil) })
	for _, l := range s.loops {
		l.Stop()
	}
	s.work.Wait()
}
