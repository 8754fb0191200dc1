package redis

// A role is what a command does to the session, so that its answers, and what follows it, are understood.
type role uint8

const (
	noRole role = iota
	roleAuth
	roleHello
	roleSelect
	roleMulti
	roleExec
	roleDiscard
	roleWatch
	roleUnwatch
	roleReset
	roleSubscribe
	rolePSubscribe
	roleSSubscribe
	roleUnsubscribe
	rolePUnsubscribe
	roleSUnsubscribe
	roleMonitor
	roleClientReply // CLIENT REPLY; the queue has roleMute and roleUnmute instead
	roleMute        // CLIENT REPLY OFF and SKIP
	roleUnmute      // CLIENT REPLY ON
	roleSetName
	roleSetInfo
	roleReplconf
	roleReplicate // PSYNC, SYNC
	roleQuit

	// What answers to these commands tell about servers: see addresses.go.
	roleClusterSlots
	roleClusterShards
	roleClusterNodes
	roleReplication
	roleInfo
	roleInfoCache
	roleOneAddress
	roleInstances
)

var roles = map[string]role{
	"AUTH": roleAuth, "HELLO": roleHello, "SELECT": roleSelect, "MULTI": roleMulti, "EXEC": roleExec, "DISCARD": roleDiscard, "WATCH": roleWatch, "UNWATCH": roleUnwatch, "RESET": roleReset,
	"SUBSCRIBE": roleSubscribe, "PSUBSCRIBE": rolePSubscribe, "SSUBSCRIBE": roleSSubscribe, "UNSUBSCRIBE": roleUnsubscribe, "PUNSUBSCRIBE": rolePUnsubscribe,
	"SUNSUBSCRIBE": roleSUnsubscribe, "MONITOR": roleMonitor, "CLIENT REPLY": roleClientReply, "CLIENT SETNAME": roleSetName, "CLIENT SETINFO": roleSetInfo, "REPLCONF": roleReplconf,
	"PSYNC": roleReplicate, "SYNC": roleReplicate, "QUIT": roleQuit,
	"CLUSTER SLOTS": roleClusterSlots, "CLUSTER SHARDS": roleClusterShards, "CLUSTER NODES": roleClusterNodes, "CLUSTER REPLICAS": roleClusterNodes,
	"CLUSTER SLAVES": roleClusterNodes, "ROLE": roleReplication, "INFO": roleInfo, "SENTINEL INFO-CACHE": roleInfoCache,
	"SENTINEL GET-MASTER-ADDR-BY-NAME": roleOneAddress, "SENTINEL GET-PRIMARY-ADDR-BY-NAME": roleOneAddress,
	"SENTINEL MASTERS": roleInstances, "SENTINEL MASTER": roleInstances, "SENTINEL PRIMARIES": roleInstances, "SENTINEL PRIMARY": roleInstances,
	"SENTINEL REPLICAS": roleInstances, "SENTINEL SLAVES": roleInstances, "SENTINEL SENTINELS": roleInstances,
}

func (r role) subscribes() bool   { return r >= roleSubscribe && r <= roleSSubscribe }
func (r role) unsubscribes() bool { return r >= roleUnsubscribe && r <= roleSUnsubscribe }

// what gives which of the session's subscriptions r is about: 0 channels, 1 patterns, 2 shard channels.
func (r role) what() int {
	if r.subscribes() {
		return int(r - roleSubscribe)
	}
	return int(r - roleUnsubscribe)
}

// settles says that requests behind one of this role mean something else if the server accepts it: another user's, or another database's.
func (r role) settles() bool {
	return r == roleAuth || r == roleHello || r == roleSelect || r == roleReset
}
