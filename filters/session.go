package filters

import (
	"net/netip"
	"time"

	"github.com/sluice-proxy/sluice/codecs"
	"github.com/sluice-proxy/sluice/metadata"
)

// A Plan is what the sessions of a listener have in common. It is immutable once sessions use it.
type Plan struct {
	Listener string // its name, for logs and metrics
	Protocol string // the protocol's name; "tcp" if nothing is decoded

	Chain     func(*Session) []Filter // makes the filters of one session, in order
	Observers []SessionFilter         // told of sessions
	Terminal  Terminal
	Clock     Clock

	ConnectFirst bool          // connect to the server before the client's first byte (the server greets)
	IdleTimeout  time.Duration // nothing moved in either direction; 0: never
	MaxDuration  time.Duration // since the session was opened; 0: unlimited
	LingerClose  time.Duration // how long a farewell may take to be read; default 1 s
	Window       int           // bytes held per direction before reading stops; default: the limit of inspection and 64 KiB
}

// An Endpoint is one server of a cluster.
type Endpoint struct {
	Cluster string
	Network string // "tcp" or "unix"
	Address string // host:port or a path
}

// A Terminal ends the chain: it says where the bytes go.
type Terminal interface {
	// Connect picks the endpoint for s. It is called when the first byte for the server is released, or at the start if the server speaks
	// first, and again after a failure (attempt counts from 0) until it returns an error.
	Connect(s *Session, attempt int) (Endpoint, error)

	// Disconnected says that a connection made, or an attempt to make it, has ended. err is the dial's error, or nil.
	Disconnected(s *Session, e Endpoint, err error)
}

// A Session is one client connection and its server side. See the package comment for who may call it.
type Session struct {
	ID       uint64 // unique in the process
	Shard    int    // the driver's number: filters keep what they count by shard, so that loops don't contend
	Plan     *Plan
	Client   netip.AddrPort
	Endpoint Endpoint // of the server side, once connected (or while it is being dialled)
	Driver   string   // "conn" or "loop"

	Meta metadata.Set // the session's facts

	Opened    Instant
	Connected Instant // the server side was connected; 0 if it never was
	Ended     Instant // set at the end
	Cause     Cause
	Err       error    // what lay behind Cause, if anything
	Bytes     [2]int64 // received, by direction
	Exchanges uint64

	// Prefer, if set, is the endpoint that the terminal must choose (a cancel request belongs to the server that gave its key).
	Prefer *Endpoint

	// Policy is what the filter that judges keeps for the session.
	Policy any

	// OnEnd is called at the end, after everything else; nil: nothing is.
	OnEnd func()

	// Asker is the protocol filter, where it can send requests of its own.
	Asker Asker

	handle  Handle
	chain   []Filter
	streams [2]stream
	phase   phase
	dialing bool
	dials   int
	now     Instant // the driver's pass
	active  Instant // something moved
	linger  Instant // the farewell must have been read by then
	reset   [2]bool // by side: its connection failed, so the other's is to be reset
	drain   bool

	holdGen uint64
	holding bool
	verdict Verdict
}

type phase uint8

const (
	waiting   phase = iota // no server side yet
	relaying               // both sides
	finishing              // the last words are on their way to the client
	over
)

// A stream is one direction: from a source through the windows to a destination.
type stream struct {
	windows []Window
	out     outbox
	ended   bool // the source sends no more
	told    bool // the chain knows
	shut    bool // the end was passed on to the destination
	failed  bool // the destination can't be written any more
}

// NewSession opens a session for a client.
func NewSession(p *Plan, id uint64, client netip.AddrPort) *Session {
	s := &Session{ID: id, Plan: p, Client: client, Driver: "conn"}
	s.Opened = p.Clock.Now()
	s.now = s.Opened
	s.active = s.Opened
	s.Meta.PutString(metadata.ClientAddress, client.Addr().Unmap().String())
	s.Meta.PutInt(metadata.ClientPort, int64(client.Port()))
	s.chain = p.Chain(s)
	if n := len(s.chain); n > 0 {
		w := make([]Window, 2*n)
		for dir := range s.streams {
			ws := w[dir*n : (dir+1)*n : (dir+1)*n]
			for i := range ws {
				ws[i] = Window{s: s, dir: codecs.Direction(dir), stage: i}
			}
			s.streams[dir].windows = ws
		}
	}
	for _, o := range p.Observers {
		o.OnOpen(s)
	}
	return s
}

// Begin starts the session: filters see Opened, and the server is dialled if it speaks first.
func (s *Session) Begin() {
	s.event(Opened)
	if s.phase == waiting && s.Plan.ConnectFirst {
		s.connect()
	}
}

// Handle gives the way to reach s from other goroutines.
func (s *Session) Handle() *Handle { return &s.handle }

// Tick tells the time: the driver calls it before whatever else it tells, once per pass, so that the clock isn't read for each session.
func (s *Session) Tick(now Instant) { s.now = now }

// Now gives the time of the driver's pass. Plan.Clock has the exact time.
func (s *Session) Now() Instant { return s.now }

// Window gives the window of the filter at stage in direction dir, for a filter that must act outside of OnRead and OnWrite.
func (s *Session) Window(dir codecs.Direction, stage int) *Window {
	return &s.streams[dir].windows[stage]
}

// Exchange holding.

// Hold gives a ticket for the request under judgement; the filter then returns a verdict to Hold. One request of a session is held at a time.
func (x *Exchange) Hold() Ticket {
	s := x.Session
	s.holdGen++
	s.holding = true
	return Ticket{&s.handle, s.holdGen}
}

// TakeVerdict gives the verdict on the held request once it has come, to the filter that holds it.
func (s *Session) TakeVerdict() (v Verdict, ok bool) {
	if s.holding || s.holdGen == 0 {
		return Verdict{}, false
	}
	v, s.verdict = s.verdict, Verdict{}
	return v, true
}

// Unhold takes back the ticket that was given last: nobody waits.
func (s *Session) Unhold() { s.holding, s.holdGen = false, s.holdGen+1 }

func (s *Session) resume(gen uint64, v Verdict) {
	if s.phase == over || !s.holding || gen != s.holdGen {
		return
	}
	s.holding, s.verdict = false, v
	s.event(Resumed)
	s.rest()
}
