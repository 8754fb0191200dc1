package redis

import "bytes"

// Redis 7.0, src/cluster.c, clusterReplyMultiBulkSlots and addNodeToNodeReply: of each range, behind its two ends, the nodes that have it: where clients go, the port, the
// id, and what else it is called. Where clients go is null if they know the host already, and ? if it has no name.
func (r *readdressing) slots(v *value) {
	for i := range v.items {
		slots := &v.items[i]
		for j := 2; j < len(slots.items); j++ {
			node := &slots.items[j]
			more := node.at(3)
			r.server(ports{node.at(1)}, node.at(0), more.field("IP"), more.field("HOSTNAME"))
		}
	}
}

// Redis 7.0, src/cluster.c, addNodeDetailsToShardReply.
func (r *readdressing) shards(v *value) {
	for i := range v.items {
		nodes := v.items[i].field("NODES")
		for j := range nodes.items {
			n := &nodes.items[j]
			r.server(ports{n.field("PORT"), n.field("TLS-PORT")}, n.field("ENDPOINT"), n.field("IP"), n.field("HOSTNAME"))
		}
	}
}

// nodes is a text with a line for each node: "id ip:port@bus-port,hostname flags …", in older versions without some of that. The port of the cluster's bus, which is not for
// clients, stays. A node whose address is not known has port 0. Redis 7.0, src/cluster.c, clusterGenNodeDescription.
func (r *readdressing) nodes(text []byte) {
	for _, line := range split(text, '\n') {
		words := split(line.text, ' ')
		if len(words) < 3 {
			continue
		}
		start, word := line.start+words[1].start, words[1].text
		end := len(word)
		if i := bytes.IndexAny(word, "@,"); i >= 0 {
			end = i
		}
		i := bytes.LastIndexByte(word[:end], ':')
		if i < 0 {
			continue
		}
		hostname := value{}
		if names := split(word, ','); len(names) > 1 && bytes.IndexByte(names[1].text, '=') < 0 {
			hostname = part(text, start+names[1].start, start+names[1].end)
		}
		host, port := part(text, start, start+i), part(text, start+i+1, start+end)
		r.server(ports{&port}, &host, &hostname)
	}
}

// Redis 7.0, src/replication.c, roleCommand: a master has a list of replicas; a replica, its master. A Sentinel has names only.
func (r *readdressing) replication(v *value) {
	switch {
	case v.at(0).is("MASTER"):
		for i := range v.at(2).items {
			replica := &v.items[2].items[i]
			r.server(ports{replica.at(1)}, replica.at(0))
		}
	case v.at(0).is("SLAVE"):
		r.server(ports{v.at(2)}, v.at(1))
	}
}
