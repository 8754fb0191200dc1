package redis

import "github.com/sluice-proxy/sluice/codecs"

// A push is a kind of message that a server sends without being asked, or in answer to a subscription. Redis, src/pubsub.c, src/tracking.c.
type push struct {
	name string
	role role // of the requests that it answers
}

var pushes = [...]push{
	{name: "message"}, {name: "pmessage"}, {name: "smessage"}, {name: "invalidate"},
	{"subscribe", roleSubscribe}, {"psubscribe", rolePSubscribe}, {"ssubscribe", roleSSubscribe},
	{"unsubscribe", roleUnsubscribe}, {"punsubscribe", rolePUnsubscribe}, {"sunsubscribe", roleSUnsubscribe},
}

var (
	otherPush   = push{name: "push"}
	monitorLine = push{name: "monitor"}
)

// unasked gives what the reply at hand is if it answers no ordinary request; nil if it does.
//
// In RESP3 these are a type of their own. In RESP2 they are arrays, which come only while the client is subscribed and may send nothing whose answer looks
// like them.
func (d *decoder) unasked() *push {
	r := &d.in
	if r.class == answers || r.class == stray {
		return nil
	}
	switch r.kind {
	case '>':
		if p := r.push(); p != nil {
			return p
		}
		return &otherPush
	case '*':
		if d.resp3 {
			return nil
		}
		e := d.queue.front()
		awaited := e != nil && (e.role.subscribes() || e.role.unsubscribes())
		if !awaited && !d.loose && !d.subscribed() {
			return nil
		}
		if p := r.push(); p != nil && (p.role != noRole || d.subscribed()) {
			return p
		}
	case '+':
		if d.monitors && isMonitorLine(r.text) {
			return &monitorLine
		}
	}
	return nil
}

// push gives the push that the reply's first element names.
func (r *reader) push() *push {
	for i := range pushes {
		if pushes[i].name == string(r.name[:r.named]) {
			return &pushes[i]
		}
	}
	return nil
}

// isMonitorLine says that a simple string is what MONITOR shows of a command: 1339518083.107412 [0 127.0.0.1:60866] "keys" "*". Redis, src/replication.c,
// replicationFeedMonitors.
func isMonitorLine(text []byte) bool {
	i := 0
	for i < len(text) && text[i] >= '0' && text[i] <= '9' {
		i++
	}
	return i > 0 && len(text) > i+8 && text[i] == '.' && text[i+7] == ' ' && text[i+8] == '['
}

// published handles p, the reply at hand.
func (d *decoder) published(m *codecs.Message, p *push) {
	m.Kind, m.Name = codecs.Async, p.name
	if p.role == noRole {
		if d.events && !d.in.split {
			m.Addresses = events
		}
		return
	}
	d.counted(p.role, int(max(d.in.number, 0)))
	e := d.queue.front()
	if e == nil || e.role != p.role || e.silent {
		return
	}
	m.Kind = codecs.Reply
	if !e.gone {
		m.Exchange = d.ended + 1
	}
	if e.all && d.subs[p.role.what()] == 0 || !e.all && e.acks <= 1 {
		d.settled(m, e)
		return
	}
	e.acks--
}

// counted follows the number of subscriptions: that of shard channels is n after the change, and that of channels and patterns together.
func (d *decoder) counted(r role, n int) {
	k := r.what()
	if k == 2 {
		d.subs[2] = n
		return
	}
	d.subs[k] = max(d.subs[k]+n-d.subs[0]-d.subs[1], 0)
}
