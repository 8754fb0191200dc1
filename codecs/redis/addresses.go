package redis

import (
	"bytes"

	"github.com/sluice-proxy/sluice/codecs"
)

// A naming is a way in which a reply names servers. It is the Addresses of messages.
type naming uint8

const (
	namesNobody   naming = iota
	redirects            // in errors of the reply, or within it: MOVED, ASK, REDIRECT
	clusterSlots         // CLUSTER SLOTS
	clusterShards        // CLUSTER SHARDS
	clusterNodes         // CLUSTER NODES, CLUSTER REPLICAS
	replication          // ROLE
	infoText             // INFO
	infoTexts            // SENTINEL INFO-CACHE
	oneAddress           // SENTINEL GET-MASTER-ADDR-BY-NAME
	instances            // SENTINEL MASTERS, SENTINEL REPLICAS and the like
	events               // messages that Sentinel publishes
)

var namingNames = [...]string{"nobody", "redirects", "slots", "shards", "nodes", "replication", "info", "infos", "address", "instances", "events"}

// String gives the naming for tests.
func (n naming) String() string { return namingNames[n] }

// A transaction is the Addresses of EXEC's answer: which of its elements name servers.
type transaction []located

type located struct {
	index int
	in    naming
}

// maxLocated bounds the commands of a transaction whose answers are remembered to name servers.
const maxLocated = 1024

var namings = map[role]naming{
	roleClusterSlots: clusterSlots, roleClusterShards: clusterShards, roleClusterNodes: clusterNodes, roleReplication: replication, roleInfo: infoText,
	roleInfoCache: infoTexts, roleOneAddress: oneAddress, roleInstances: instances,
}

// names says that answers to commands of this role may name servers.
func (r role) names() bool { return r >= roleClusterSlots && r <= roleInstances }

// redirection says that an error sends the client to another server. Redis, src/cluster.c, clusterRedirectClient; Valkey, src/server.c, processCommand.
func redirection(text []byte) bool {
	return bytes.HasPrefix(text, []byte("MOVED ")) || bytes.HasPrefix(text, []byte("ASK ")) || bytes.HasPrefix(text, []byte("REDIRECT "))
}

// redirected notes that the reply at hand has an error that names a server.
func (d *decoder) redirected(m *codecs.Message) {
	m.Addresses, m.Cut = redirects, d.in.split
}

// locate notes where the reply at hand, which answers e, names servers. It is called before the answer takes effect, or for the first of a reply's parts.
func (d *decoder) locate(m *codecs.Message, e *entry) {
	switch {
	case e.role.names():
		m.Addresses, m.Cut = namings[e.role], d.in.split
	case e.role == roleExec && len(d.group.located) > 0:
		m.Addresses, m.Cut = d.group.located, d.in.split || len(d.group.located) >= maxLocated
	}
}

// queues notes that e, whose answer names servers, was queued in the transaction.
func (g *group) queues(e *entry) {
	if e.role.names() && len(g.located) < maxLocated {
		g.located = append(g.located, located{g.count, namings[e.role]})
	}
}

// hears notes that the client may get messages that Sentinel publishes, by a subscription to channels or patterns. Redis, src/sentinel.c, sentinelEvent: the channels begin
// with a sign.
func (d *decoder) hears(args *arguments) {
	d.events = d.events || !args.whole()
	for w := args.from(1); ; {
		_, name, ok := w.next()
		if !ok {
			return
		}
		d.events = d.events || len(name) > 0 && bytes.IndexByte([]byte(`+-*?[\`), name[0]) >= 0
	}
}

// readdress implements [codecs.Protocol.Readdress].
func readdress(dst []byte, m *codecs.Message, servers codecs.Directory) []byte {
	v, rest, ok := parseValue(m.Body)
	if !ok || len(rest) > 0 {
		servers.Leak(codecs.Address{})
		return dst
	}
	r := readdressing{servers: servers}
	switch in := m.Addresses.(type) {
	case naming:
		r.reply(&v, in)
	case transaction:
		for i := range v.items {
			way := redirects
			if len(in) > 0 && in[0].index == i {
				way, in = in[0].in, in[1:]
			}
			r.reply(&v.items[i], way)
		}
	}
	return r.appendTo(dst, m.Body)
}

// reply finds the addresses in v, the answer of a command or an element of EXEC's.
func (r *readdressing) reply(v *value, in naming) {
	if v.failed() {
		in = redirects
	}
	switch in {
	case redirects:
		r.redirections(v)
	case clusterSlots:
		r.slots(v)
	case clusterShards:
		r.shards(v)
	case clusterNodes:
		r.texts(v, (*readdressing).nodes)
	case replication:
		r.replication(v)
	case infoText, infoTexts:
		r.texts(v, (*readdressing).info)
	case oneAddress:
		r.server(ports{v.at(1)}, v.at(0))
	case instances:
		r.instances(v)
	case events:
		r.event(v)
	}
}

// redirections finds the errors that name servers, wherever they are in v. "MOVED 3999 127.0.0.1:6381": Redis cluster specification, "MOVED Redirection".
func (r *readdressing) redirections(v *value) {
	for i := range v.items {
		r.redirections(&v.items[i])
	}
	if !v.failed() || !redirection(v.text) {
		return
	}
	r.within(v, func(r *readdressing, text []byte) {
		words := split(text, ' ')
		at := 2
		if text[0] == 'R' {
			at = 1
		}
		if at < len(words) {
			r.pair(words[at])
		}
	})
}
