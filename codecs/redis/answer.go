package redis

import (
	"bytes"

	"github.com/sluice-proxy/sluice/codecs"
	"github.com/sluice-proxy/sluice/metadata"
)

// answer finds out what the reply at hand, which is complete, answers.
func (d *decoder) answer(m *codecs.Message) {
	r := &d.in
	if c := d.unasked(); c != nil {
		d.published(m, c)
		return
	}
	failed := r.kind == '-' || r.kind == '!'
	var e *entry
	if r.class != stray {
		e = d.due(r.kind, r.text)
	}
	if failed {
		m.Kind, m.Name = codecs.Error, "error"
		m.Meta.PutString(metadata.StatusCode, statusOf(r.text))
		r.redirects = redirection(r.text)
	} else {
		m.Name = replyNames[r.kind]
		m.Rows = rows(r.kind, r.length)
		if d.sought > d.ended {
			m.Found = r.found(m.Rows)
		}
	}
	if r.redirects {
		d.redirected(m)
	}
	if e == nil {
		d.unsolicited(m, failed)
		return
	}
	if e.role == noRole {
		d.settled(m, e)
		if d.inMulti && r.kind == '+' && string(r.text) == queued {
			d.group.count++
		}
		return
	}
	d.performed(m, *e)
}

// settled takes the request at the front, e, for answered by m.
func (d *decoder) settled(m *codecs.Message, e *entry) {
	gone := e.gone
	d.queue.take()
	if !gone {
		d.end(m)
	}
}

// due gives the entry that a reply of this kind answers; nil if there is none. What the server was silent about is taken out.
func (d *decoder) due(kind byte, text []byte) *entry {
	for {
		e := d.queue.front()
		if e == nil || !e.silent {
			return e
		}
		if e.role == roleMute && kind == '-' && (!e.next || isAboutClient(text)) {
			e.silent = false // the server has not accepted it
			if e.acks == d.mutes && !e.next {
				d.off = false
			}
			d.queue.speaks(e.next)
			return e
		}
		d.queue.drop()
	}
}

// isAboutClient says that an error is the refusal of a CLIENT command: the user may not give it, or is not authenticated.
func isAboutClient(text []byte) bool {
	return bytes.HasPrefix(text, []byte("NOAUTH ")) || bytes.Contains(text, []byte("'client"))
}

// unsolicited is a reply to nothing: what a server says before it closes the connection, or what the decoder does not understand.
func (d *decoder) unsolicited(m *codecs.Message, failed bool) {
	if m.Kind = codecs.Opaque; failed {
		m.Kind = codecs.Async
	}
	m.Rows = 0
}

// part describes m, a part of the reply at hand that is not its end. All parts are of the kind that the first one seemed to be.
func (d *decoder) part(m *codecs.Message) {
	r := &d.in
	first := r.class == unclassified
	if first {
		d.classify()
	}
	m.Name, m.Exchange = codecs.Part, r.exchange
	if first && r.class == answers {
		d.locate(m, d.queue.front())
	}
	switch r.class {
	case pushed:
		m.Kind = codecs.Async
	case stray:
		m.Kind = codecs.Opaque
	}
}

// What the first part of a reply was taken for.
const (
	unclassified = iota
	answers
	pushed
	stray // an answer to nothing
)

// classify finds out what the reply at hand seems to be, before its end is here.
func (d *decoder) classify() {
	r := &d.in
	if d.unasked() != nil {
		r.class = pushed
		return
	}
	switch e := d.due(r.kind, nil); {
	case e == nil:
		r.class = stray
	case e.gone:
		r.class = answers
	default:
		r.class, r.exchange = answers, d.ended+1
	}
}

// performed settles e, the front, which does something to the session.
func (d *decoder) performed(m *codecs.Message, e entry) {
	r := &d.in
	failed := m.Kind == codecs.Error
	if d.inMulti && r.kind == '+' && string(r.text) == queued {
		if e.role.settles() {
			d.group.changes = append(d.group.changes, d.oldestChange())
			d.group.changes[len(d.group.changes)-1].index = d.group.count
		}
		d.group.queues(&e)
		d.group.count++
		d.settled(m, &e)
		return
	}
	if e.role == roleReplicate && r.kind == '+' && startsStream(r.text) {
		m.Exchange, m.Purpose = d.ended+1, codecs.Streaming
		d.follow()
		return
	}
	if !failed && !r.split {
		d.locate(m, &e)
	}
	d.settled(m, &e)
	switch e.role {
	case roleAuth, roleHello, roleSelect, roleReset:
		if c := d.oldestChange(); !failed {
			d.accept(m, c, r.kind)
		}
	case roleMulti:
		if failed {
			d.ungrouped()
			return
		}
		d.inMulti = true
	case roleExec:
		d.executed(m)
	case roleDiscard:
		if !failed {
			d.leaveGroup()
		}
	case roleWatch, roleUnwatch:
		if !failed {
			d.watching = e.role == roleWatch
		}
	case roleMonitor:
		d.monitors = d.monitors || !failed
	case roleSubscribe, rolePSubscribe, roleSSubscribe, roleUnsubscribe, rolePUnsubscribe, roleSUnsubscribe:
		d.loose = d.loose || !failed
	}
}

// follow begins a replication stream, whose exchange does not end. What was sent behind it is not answered.
func (d *decoder) follow() {
	d.queue.reset()
	d.follows = true
}

// startsStream says that a status is the beginning of a stream. Redis, src/replication.c, masterTryPartialResynchronization.
func startsStream(text []byte) bool {
	return bytes.HasPrefix(text, []byte("FULLRESYNC")) || bytes.HasPrefix(text, []byte("CONTINUE"))
}

const queued = "QUEUED"

// replyNames name the types of RESP.
var replyNames = [256]string{
	'+': "simple string", '-': "error", ':': "integer", '$': "bulk string", '*': "array", '_': "null", ',': "double", '#': "boolean", '!': "bulk error",
	'=': "verbatim string", '(': "big number", '%': "map", '~': "set", '>': "push",
}

// rows gives how many values a reply has: the elements of an array, one for a value, none for a status or null.
func rows(kind byte, length int64) int64 {
	switch kind {
	case '+', '_':
		return 0
	case '$':
		if length < 0 {
			return 0
		}
	case '*', '~', '>':
		return max(length, 0) // of one without end nothing is known
	case '%':
		return max(length/2, 0)
	}
	return 1
}
