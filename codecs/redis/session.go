package redis

import (
	"github.com/sluice-proxy/sluice/codecs"
	"github.com/sluice-proxy/sluice/metadata"
)

// A change is something that a request asked for and that holds once the server has accepted it.
type change struct {
	role     role
	user     string // of AUTH and HELLO; "" for none
	database string // of SELECT
	index    int    // in its transaction
	accepted byte   // the type of the answer in its transaction, unless that was an error
}

const (
	changeSize = 64
	// maxChanges bounds the changes that are not settled.
	maxChanges = 1024
)

// maxUser bounds the length of a user's name.
const maxUser = 1 << 10

// doubt says that nobody knows yet as whom, or in which database, the next request will be carried out.
func (d *decoder) doubt() bool {
	if d.lost || len(d.changes)+len(d.group.changes) == 0 {
		return d.lost
	}
	for _, changes := range [...][]change{d.changes, d.group.changes} {
		for i := range changes {
			if changes[i].role != roleHello || changes[i].user != "" {
				return true
			}
		}
	}
	return false
}

// takesRole handles a request that does something to the session, and gives its entry. silent says that it will get no answer.
//
// What makes it uncertain which answer belongs to which request is an error where identity is at stake: a client could make another's success look like
// that of its own AUTH.
func (d *decoder) takesRole(m *codecs.Message, r role, silent bool) (entry, error) {
	args := &d.scan.args
	e := entry{count: 1, role: r}
	switch r {
	case roleSelect:
		if silent {
			d.lost = true
			return entry{count: 1}, nil
		}
		return e, d.asks(m, r, silent)
	case roleAuth, roleHello, roleReset:
		return e, d.asks(m, r, silent)
	case roleMulti:
		d.grouped = true
	case roleExec:
		d.grouped = false
	case roleSubscribe, rolePSubscribe, roleSSubscribe:
		e.acks = int32(args.n - 1)
		d.hears(args)
		return e, d.outsideGroup()
	case roleUnsubscribe, rolePUnsubscribe, roleSUnsubscribe:
		e.acks, e.all = int32(args.n-1), args.n == 1
		return e, d.outsideGroup()
	case roleMonitor:
		d.loose = true
		return e, d.outsideGroup()
	case roleReplicate:
		m.Purpose = codecs.Streaming
		if silent {
			return e, d.fail(codecs.FromClient, codecs.ErrUnsupported)
		}
		return e, d.outsideGroup()
	case roleClientReply:
		d.replies(&e)
		return e, d.outsideGroup()
	case roleSetName:
		d.named = true
		d.introduces(m, args.at(2))
	case roleSetInfo:
		if args.is(2, "LIB-NAME") && !d.named {
			d.introduces(m, args.at(3))
		}
	case roleQuit:
		m.Kind = codecs.Terminate
	}
	if (r < roleMulti || r > roleUnwatch) && !r.names() {
		e.role = noRole // its answer changes nothing
	}
	return e, nil
}

// outsideGroup refuses what makes the answer to EXEC an array of another length than it says.
func (d *decoder) outsideGroup() error {
	if d.grouped {
		return d.fail(codecs.FromClient, errGroup)
	}
	return nil
}

// introduces takes the name that the client gives itself.
func (d *decoder) introduces(m *codecs.Message, name []byte) {
	if len(name) > 0 && len(name) <= maxUser {
		m.Meta.PutString(metadata.Application, string(name))
	}
}

// asks is a request for another user, another database or another dialect.
func (d *decoder) asks(m *codecs.Message, r role, silent bool) error {
	args := &d.scan.args
	c := change{role: r}
	switch r {
	case roleAuth:
		m.Kind, m.Purpose = codecs.Startup, codecs.Connect
		c.user = defaultUser
		if args.n >= 3 {
			if err := d.names(&c, args.at(1)); err != nil {
				return err
			}
		}
	case roleHello:
		m.Kind, m.Purpose = codecs.Startup, codecs.Connect
		if err := d.greets(m, &c); err != nil {
			return err
		}
	case roleSelect:
		c.database = databaseName(args.at(1))
		d.lost = d.lost || d.loose
	case roleReset:
		silent = silent && !d.off // it ends OFF before it answers, but not SKIP
		d.off, d.sure = false, false
		d.lost = d.lost || d.loose
	}
	if c.user != "" {
		claim(m, c.user)
	}
	if silent || (d.loose || d.grouped) && c.user != "" {
		return d.fail(codecs.FromClient, errLogin)
	}
	if len(d.changes)+len(d.group.changes) >= maxChanges {
		return d.fail(codecs.FromClient, codecs.ErrTooLarge)
	}
	if len(d.changes) == 0 {
		d.changes = d.spare[:0]
	}
	m.Unsettles = true
	if d.changes = append(d.changes, c); cap(d.changes) > cap(d.spare) {
		d.spare = d.changes
	}
	return nil
}

// names takes the name of the user that c asks for. One that is empty or very long can't be told to a policy.
func (d *decoder) names(c *change, user []byte) error {
	if len(user) == 0 || len(user) > maxUser {
		return d.fail(codecs.FromClient, codecs.ErrTooLarge)
	}
	c.user = string(user)
	return nil
}

// greets reads a HELLO. Redis, src/networking.c, helloCommand: of several AUTH options the last one counts.
func (d *decoder) greets(m *codecs.Message, c *change) error {
	if !d.scan.args.whole() {
		return d.fail(codecs.FromClient, codecs.ErrTooLarge)
	}
	for w := d.scan.args.from(2); ; {
		_, option, ok := w.next()
		if !ok {
			return nil
		}
		switch {
		case equalFold("AUTH", option):
			_, user, _ := w.next()
			if err := d.names(c, user); err != nil {
				return err
			}
			w.next()
		case equalFold("SETNAME", option):
			_, name, _ := w.next()
			d.named = true
			d.introduces(m, name)
		}
	}
}

// replies is CLIENT REPLY.
func (d *decoder) replies(e *entry) {
	args := &d.scan.args
	e.role = noRole
	switch {
	case args.is(2, "ON"):
		e.role = roleUnmute
		d.off, d.sure = false, false
	case args.is(2, "OFF"):
		d.mutes++
		*e = entry{count: 1, role: roleMute, acks: d.mutes, silent: true}
		d.off, d.sure, d.loose = true, false, true
	case args.is(2, "SKIP"):
		*e = entry{count: 1, role: roleMute, silent: true, next: true}
		d.loose = true
		d.skip = !d.off
	}
}

// following is a request behind the beginning of a replication stream: a replica acknowledges what it has got, and gets no answer. Redis,
// src/replication.c, replconfCommand.
func (d *decoder) following(m *codecs.Message, c *command) error {
	if c.role != roleReplconf || d.scan.more > 0 || d.opened == d.ended {
		return d.fail(codecs.FromClient, codecs.ErrUnsupported)
	}
	m.Kind, m.Exchange, m.Purpose = codecs.Data, d.ended+1, codecs.Streaming
	return nil
}
