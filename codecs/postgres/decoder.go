package postgres

import (
	"github.com/sluice-proxy/sluice/codecs"
	"github.com/sluice-proxy/sluice/codecs/wire"
	"github.com/sluice-proxy/sluice/metadata"
)

// A state is where a connection stands. PostgreSQL 18, 54.2 "Message Flow".
type state uint8

const (
	stateStartup   state = iota // the client's next packet has no type byte
	stateAuth                   // until AuthenticationOk
	stateStarting               // until the first ReadyForQuery
	stateOperation              // the rest
	stateCanceling              // a CancelRequest was sent: nothing follows
	stateEncrypted              // TLS or GSSAPI encryption began
)

var stateNames = [...]string{"startup", "auth", "starting", "operation", "canceling", "encrypted"}

func (s state) String() string { return stateNames[s] }

// A copyState is the direction of the copy that is going on.
type copyState uint8

const (
	copyNone copyState = iota
	copyIn
	copyOut
	copyBoth
)

// The modes of a text.
const (
	// ModeBackslash says that a backslash escapes in ordinary strings: standard_conforming_strings is off.
	ModeBackslash codecs.Mode = 1 << iota
	// ModeEncoding says that the text's encoding may hide ASCII bytes inside of other characters, or is not known.
	ModeEncoding
	// ModeForeign says that the client's or the server's encoding is not UTF-8: letters beyond ASCII may be others than they seem.
	ModeForeign
)

// doubtExcess is the doubt about a text with bytes behind the zero byte that ends it.
const doubtExcess = "excess"

// connecting is the exchange that a StartupMessage opens.
const connecting = 1

type decoder struct {
	limits codecs.Limits
	frames [2]codecs.Framer
	msg    [2]codecs.Message
	queue  queue
	names  names
	err    *codecs.DecodeError // the client's last, or the server's

	opened  uint64         // the last exchange that was opened
	ended   uint64         // the last that ended: they end in order
	batch   uint64         // opened at the last Sync, Query or FunctionCall
	group   uint64         // the exchange that the next Execute joins; 0 or ended: none
	failed  uint64         // the exchange whose error began the skipping
	copying uint64         // the exchange of the copy
	purpose codecs.Purpose // of the last exchange that was opened

	state       state
	copy        copyState
	copyEnded   bool // the client ended the copy
	upgrade     byte // the answer that begins encryption, if the client asked for it and nobody has answered
	auth        uint8
	status      byte // of the transaction: I, T, E
	skipping    bool // the server skips what comes before the next Sync
	told        bool // the Sync's own exchange was reported as skipped
	answered    bool // the front of the queue got a part of its answer
	deallocated bool // some statement was deallocated by SQL
	own         bool // of an exchange of the proxy's own: every answer with its body
	mode        codecs.Mode
	foreign     [2]bool // by side: its encoding is not UTF-8
	user        string  // until it is confirmed
}

func newDecoder(l codecs.Limits) codecs.Decoder {
	l = l.WithDefaults()
	d := &decoder{limits: l, status: 'I'}
	d.names.limit = l.Statements
	return d
}

// newReady is the decoder of an exchange of the proxy's own: past login, and every answer comes by itself and with its body, which is
// what the proxy asked for.
func newReady(l codecs.Limits) codecs.Decoder {
	d := newDecoder(l).(*decoder)
	d.state, d.own = stateOperation, true
	return d
}

func (d *decoder) Standing() codecs.Standing {
	st := codecs.Standing{
		Boundary: [2]bool{d.frames[0].AtBoundary(), d.frames[1].AtBoundary()},
		Open:     int(d.opened - d.ended),
		Busy:     d.status != 'I' || d.copy != copyNone,
		Full:     d.queue.len*entrySize+d.names.pending*changeSize >= d.limits.Queue,
		Opaque:   d.state == stateEncrypted,
		Owed:     d.owed(),
	}
	return st
}

// owed says that the last request is one that ReadyForQuery answers, so that nothing waits for a Sync, and that the server waits for no data.
func (d *decoder) owed() bool {
	if d.copy == copyIn || d.copy == copyBoth || d.state == stateAuth {
		return false
	}
	e := d.queue.tail()
	return e == nil || e.req.ends()
}

func (d *decoder) End(dir codecs.Direction) error {
	if d.stuck(dir) == nil && !d.frames[dir].AtBoundary() {
		return d.failure(dir, "", codecs.ErrTruncated) // not final: the other direction may have more to say
	}
	return d.stuck(dir)
}

func (d *decoder) failure(dir codecs.Direction, name string, err error) *codecs.DecodeError {
	return &codecs.DecodeError{Protocol: "postgres", Dir: dir, Offset: d.frames[dir].Offset(), Name: name, Err: err}
}

// fail ends the decoding at the message at hand.
func (d *decoder) fail(dir codecs.Direction, name string, err error) error {
	d.err = d.failure(dir, name, err)
	return d.err
}

// stuck gives the error that has ended the decoding of dir. The server's ends the client's too.
func (d *decoder) stuck(dir codecs.Direction) error {
	if d.err == nil || dir == codecs.FromServer && d.err.Dir == codecs.FromClient {
		return nil
	}
	return d.err
}

func (d *decoder) Decode(dir codecs.Direction, p []byte) (int, *codecs.Message, error) {
	if err := d.stuck(dir); err != nil {
		return 0, nil, err
	}
	f := &d.frames[dir]
	n := f.Begin(p)
	if n == len(p) {
		return n, nil, nil
	}
	var used int
	var m *codecs.Message
	var err error
	switch p = p[n:]; {
	case d.state == stateEncrypted:
		m = d.message(dir, &encrypted)
		used = len(p)
		m.Start, m.End = f.Jump(used, 0)
	case dir == codecs.FromServer:
		used, m, err = d.fromServer(p)
	case d.state == stateStartup || d.state == stateCanceling:
		used, m, err = d.startup(p)
	default:
		used, m, err = d.fromClient(p)
	}
	if err != nil {
		return 0, nil, err
	}
	return n + used, m, nil
}

// message gives dir's message, cleared.
func (d *decoder) message(dir codecs.Direction, r *row) *codecs.Message {
	m := &d.msg[dir]
	meta := m.Meta
	switch {
	case m.Kind == codecs.Startup:
		meta = metadata.Set{} // it has grown, and won't be that big again
	case meta.Len() > 0:
		meta.Clear()
	}
	*m = codecs.Message{}
	m.Kind, m.Name, m.Count, m.Meta = r.kind, r.name, 1, meta
	return m
}

// frame frames the message at hand: type, length, and as much of the body as rows asks for. body is nil if more input is needed.
func (d *decoder) frame(dir codecs.Direction, rows *[256]row, p []byte) (n int, typ byte, m *codecs.Message, err error) {
	f := &d.frames[dir]
	head := f.Need(p, 5)
	if head == nil {
		return len(p), 0, nil, nil
	}
	r := &rows[head[0]]
	size, ok := wire.Length(wire.Uint32(head[1:]), 1)
	if !ok {
		return 0, 0, nil, d.fail(dir, r.name, codecs.ErrMalformed)
	}
	limit, wanted := d.limits.Inspect, r.need
	if dir == codecs.FromServer {
		limit = d.limits.InspectReply
		if d.own {
			wanted = whole
		}
	}
	need := 5 + wanted.size(size-5, limit)
	b := f.Need(p, need)
	if b == nil {
		return len(p), 0, nil, nil
	}
	typ = b[0]
	m = d.message(dir, r)
	m.Start, m.End, n = f.Finish(p, size)
	switch {
	case wanted != nothing:
		m.Body = b[5:]
		m.Cut = int64(need) < size
	case m.Name == "":
		m.Name = "unknown"
	}
	return n, typ, m, nil
}

// run reports a run of messages of type typ that are framed in p itself; m is nil if the first of them is not.
func (d *decoder) run(dir codecs.Direction, r *row, p []byte, typ byte, limit int) (int, *codecs.Message) {
	f := &d.frames[dir]
	if d.own || !f.AtBoundary() {
		return 0, nil
	}
	run := wire.Frames(p, typ, limit)
	if run.Count == 0 {
		return 0, nil
	}
	m := d.message(dir, r)
	m.Count = run.Count
	m.Start, m.End = f.Jump(run.Used, run.Over)
	return run.Used, m
}

// open begins an exchange.
func (d *decoder) open(p codecs.Purpose) uint64 {
	d.opened++
	d.purpose = p
	return d.opened
}

// isOpen says that exchange x is not answered to its end.
func (d *decoder) isOpen(x uint64) bool { return x > d.ended && x <= d.opened }

// end ends exchange x with m, unless it ended before.
func (d *decoder) end(m *codecs.Message, x uint64) {
	if d.isOpen(x) {
		d.ended = x
		m.Last = true
	}
}

// settle takes the front out of the queue.
func (d *decoder) settle(o outcome) entry {
	e := d.queue.pop()
	d.answered = false
	d.names.settle(e.changes, o)
	return e
}
