package redis

import (
	"github.com/sluice-proxy/sluice/codecs"
	"github.com/sluice-proxy/sluice/metadata"
)

// A group is the transaction that MULTI began, as the server's answers tell.
type group struct {
	count   int      // commands queued
	changes []change // asked for by some of them
	located transaction
}

// member is told of the answers within EXEC's.
func (g *group) member(index int, kind byte) {
	for i := range g.changes {
		if c := &g.changes[i]; c.index == index && kind != '-' && kind != '!' {
			c.accepted = kind
		}
	}
}

// each gives who is told of the elements of the reply at hand.
func (d *decoder) each() func(index int, kind byte) {
	if len(d.group.changes) == 0 || d.in.kind == '>' {
		return nil
	}
	if e := d.queue.front(); e == nil || e.role != roleExec {
		return nil
	}
	return d.member
}

// executed is the answer to EXEC.
func (d *decoder) executed(m *codecs.Message) {
	changes := d.group.changes
	d.leaveGroup()
	for _, c := range changes {
		if c.accepted != 0 && d.in.kind == '*' {
			d.accept(m, c, c.accepted)
		}
	}
}

// leaveGroup ends the transaction.
func (d *decoder) leaveGroup() {
	d.inMulti, d.watching = false, false
	d.group = group{}
	d.ungrouped()
}

// ungrouped notes that the session is in no transaction, if nothing that the client has sent could have begun another one.
func (d *decoder) ungrouped() {
	if d.queue.len == 0 {
		d.grouped = false
	}
}

// oldestChange takes out the oldest change that is not answered.
func (d *decoder) oldestChange() change {
	c := d.changes[0]
	d.changes = d.changes[1:]
	return c
}

// accept carries out c, which the server has accepted by an answer of this kind.
func (d *decoder) accept(m *codecs.Message, c change, kind byte) {
	switch c.role {
	case roleHello:
		if kind == '%' || kind == '*' {
			d.resp3 = kind == '%'
			m.Meta.PutInt(ProtocolVersion, int64(kindVersion(kind)))
		}
	case roleSelect:
		d.database = c.database
		m.Meta.PutString(metadata.Namespace, c.database)
	case roleReset:
		d.accept(m, change{role: roleSelect, database: "0"}, kind)
		d.resp3, d.monitors, d.named = false, false, false
		d.subs = [3]int{}
		d.leaveGroup()
		m.Meta.PutInt(ProtocolVersion, 2)
		m.Meta.PutString(metadata.Application, "")
		c.user = defaultUser
	}
	if c.user != "" {
		m.Meta.PutString(metadata.User, c.user)
	}
}

// kindVersion gives the version of RESP that HELLO's answer is in.
func kindVersion(kind byte) int {
	if kind == '%' {
		return 3
	}
	return 2
}
