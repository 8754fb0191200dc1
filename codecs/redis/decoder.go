package redis

import (
	"github.com/sluice-proxy/sluice/codecs"
	"github.com/sluice-proxy/sluice/metadata"
)

const defaultUser = "default"

type decoder struct {
	limits codecs.Limits
	frame  codecs.Framer // of the client
	msg    [2]codecs.Message
	err    *codecs.DecodeError // the client's last, or the server's

	// Requests.
	scan   scan
	inline inline
	rest   int   // arguments of the request at hand that are reported as data
	behind int64 // bytes of the first of them, whose line was part of the request; 0 behind it
	hushed bool  // to which there will be no answer, and whose exchange ends with them
	told   bool  // the facts that a session begins with were told
	acct   account
	puzzle bool // the request that was read last is here, and of a command that nobody knows

	// Exchanges.
	queue  queue
	opened uint64 // the last exchange that was opened
	ended  uint64 // the last that ended: they end in order
	quiet  int32  // exchanges of a silent entry that have ended
	sought uint64 // the last one whose answer tells whether what it asked for was there

	// What the client's requests make of the session, if the server accepts them.
	mutes   int32    // CLIENT REPLY OFF so far
	off     bool     // CLIENT REPLY OFF
	skip    bool     // CLIENT REPLY SKIP was the last request
	sure    bool     // of off: nothing is remembered of what is not answered
	grouped bool     // MULTI was sent, and no EXEC
	named   bool     // the client has given itself a name
	loose   bool     // which answer belongs to which request is not certain
	changes []change // asked for, not yet answered
	spare   []change // their memory, for when there are none
	lost    bool     // nobody knows which database is selected

	// What the server's answers have made of it.
	database string
	resp3    bool
	inMulti  bool
	watching bool
	monitors bool
	follows  bool // the replication stream has begun
	events   bool // the client may have subscribed to what Sentinel publishes
	subs     [3]int
	group    group
	member   func(index int, kind byte) // group's, made once

	in reader // of the server
}

func newDecoder(l codecs.Limits) codecs.Decoder {
	l = l.WithDefaults()
	d := &decoder{limits: l, database: "0"}
	d.in.bound, d.in.single = max(int64(l.InspectReply), minBound), l.EachReply
	d.member = d.group.member
	d.scan.lexicon = d.lexicon()
	return d
}

// newReady is the decoder of an exchange of the proxy's own: every answer comes by itself and with its body, which is what the proxy asked for.
func newReady(l codecs.Limits) codecs.Decoder {
	d := newDecoder(l).(*decoder)
	d.told = true
	d.in.keep = d.limits.InspectReply
	return d
}

func (d *decoder) Standing() codecs.Standing {
	client := d.frame.AtBoundary() && d.rest == 0
	return codecs.Standing{
		Boundary: [2]bool{client, d.in.atBoundary()},
		Open:     int(d.opened - d.ended),
		Busy:     d.inMulti || d.watching || d.off || d.skip || d.follows,
		Waits:    d.subscribed() || d.monitors,
		Owed:     client || d.err != nil && d.rest == 0,
		Full:     d.queue.len*entrySize+len(d.changes)*changeSize >= d.limits.Queue,
		Opaque:   d.follows,
	}
}

func (d *decoder) End(dir codecs.Direction) error {
	if d.stuck(dir) == nil && !d.Standing().Boundary[dir] {
		return d.failure(dir, codecs.ErrTruncated) // not final: the other direction may have more to say
	}
	return d.stuck(dir)
}

func (d *decoder) failure(dir codecs.Direction, err error) *codecs.DecodeError {
	offset, name := d.in.start, "reply"
	if dir == codecs.FromClient {
		offset, name = d.frame.Offset(), "command"
	}
	return &codecs.DecodeError{Protocol: "redis", Dir: dir, Offset: offset, Name: name, Err: err, Complaint: complaint(err)}
}

// fail ends the decoding at the message at hand.
func (d *decoder) fail(dir codecs.Direction, err error) error {
	d.err = d.failure(dir, err)
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
	if dir == codecs.FromServer {
		return d.fromServer(p)
	}
	n := d.frame.Begin(p)
	if n == len(p) {
		if len(p) == 0 {
			d.acct.forget()
			d.inline = inline{}
		}
		return n, nil, nil
	}
	used, m, err := d.fromClient(p[n:])
	if err != nil {
		return 0, nil, err
	}
	return n + used, m, nil
}

// message gives dir's message, cleared.
func (d *decoder) message(dir codecs.Direction, kind codecs.Kind, name string) *codecs.Message {
	m := &d.msg[dir]
	meta := m.Meta
	if meta.Len() > 0 {
		meta.Clear()
	}
	*m = codecs.Message{}
	m.Kind, m.Name, m.Count, m.Meta = kind, name, 1, meta
	return m
}

// end ends the oldest exchange with m.
func (d *decoder) end(m *codecs.Message) {
	d.ended++
	m.Exchange, m.Last = d.ended, true
}

// subscribed says that the session gets what others publish.
func (d *decoder) subscribed() bool { return d.subs[0]|d.subs[1]|d.subs[2] != 0 }

// begin tells what every session begins with. Redis, src/networking.c, clientSetDefaultAuth: a new connection has the user default, who may do nothing
// before it is authenticated if it has a password.
func (d *decoder) begin(m *codecs.Message) {
	d.told = true
	m.Meta.PutString(metadata.User, defaultUser)
	m.Meta.PutString(metadata.ClaimedUser, defaultUser)
	m.Meta.PutString(metadata.Namespace, d.database)
}
