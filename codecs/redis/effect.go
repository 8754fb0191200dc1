package redis

// An effect is what a command does that its key specifications do not tell, or do not tell right.
type effect uint8

const (
	noEffect    effect = iota
	doesReadAll        // of the database: names of keys, or more
	doesWriteAll
	doesAnything // it may do anything
	doesBitfield
	doesCopy
	doesGeoRadius
	doesLoadFunction
	doesLoadScript
	doesMove
	doesPSubscribe
	doesPublish
	doesReplicate
	doesRunFunction
	doesRunScript
	doesRunSHA
	doesSet
	doesSort
	doesSubscribe
	doesTrack
)

var effects = map[string]effect{
	"CLUSTER GETKEYSINSLOT": doesReadAll, "KEYS": doesReadAll, "RANDOMKEY": doesReadAll, "SCAN": doesReadAll,
	"ACL LOG": doesReadAll, "SLOWLOG GET": doesReadAll, // what others asked, with keys and values
	"FLUSHALL": doesWriteAll, "FLUSHDB": doesWriteAll, "SFLUSH": doesWriteAll, "SWAPDB": doesWriteAll,
	"REPLICAOF": doesWriteAll, "SLAVEOF": doesWriteAll, // another server's keys take the place of all
	// MIGRATE finds its keys in other ways than its specification tells, and sends them to any address. DEBUG has undocumented parts. MONITOR shows everything.
	"DEBUG": doesAnything, "MIGRATE": doesAnything, "MODULE LOAD": doesAnything, "MODULE LOADEX": doesAnything, "MONITOR": doesAnything, "SCRIPT DEBUG": doesAnything,
	"BITFIELD": doesBitfield, "COPY": doesCopy, "GEORADIUS": doesGeoRadius, "GEORADIUSBYMEMBER": doesGeoRadius,
	"FUNCTION LOAD": doesLoadFunction, "FUNCTION RESTORE": doesLoadFunction, "SCRIPT LOAD": doesLoadScript, "MOVE": doesMove,
	"PSUBSCRIBE": doesPSubscribe, "PUBLISH": doesPublish, "PSYNC": doesReplicate, "SYNC": doesReplicate,
	"FCALL": doesRunFunction, "FCALL_RO": doesRunFunction, "EVAL": doesRunScript, "EVAL_RO": doesRunScript, "EVALSHA": doesRunSHA, "EVALSHA_RO": doesRunSHA,
	"SET": doesSet, "SORT": doesSort, "SORT_RO": doesSort, "SUBSCRIBE": doesSubscribe, "CLIENT TRACKING": doesTrack,
}

// reach gives the last argument that matters to e.
func (e effect) reach() lastKey {
	switch e {
	case doesCopy, doesGeoRadius, doesPSubscribe, doesSort, doesSubscribe, doesTrack:
		return anyKey
	case doesMove:
		return 2
	case doesLoadFunction, doesPublish, doesRunFunction, doesRunSHA:
		return 1
	}
	return noKey
}

// matters says that argument i, which is too long to be waited for without need, has to be looked at.
func (c *command) matters(i int) bool {
	if lastKey(i) > c.last {
		return false
	}
	if len(c.keys) == 1 && c.effect == noEffect {
		if s := &c.keys[0]; s.keyword == "" && !s.counted && s.step > 1 {
			return i >= s.from && (i-s.from)%s.step == 0 // MSET's values don't
		}
	}
	return true
}
