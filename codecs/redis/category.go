package redis

// A category is a set of the server's ACL categories, as Redis's acl.c names them.
type category uint32

const (
	catKeyspace category = 1 << iota
	catRead
	catWrite
	catSet
	catSortedSet
	catList
	catHash
	catString
	catBitmap
	catHyperLogLog
	catGeo
	catStream
	catPubSub
	catAdmin
	catFast
	catSlow
	catBlocking
	catDangerous
	catConnection
	catTransaction
	catScripting
	catVector // of Redis 8's vector sets
)

// categoryNames are the names without the @, in the order of the bits.
var categoryNames = [...]string{
	"keyspace", "read", "write", "set", "sortedset", "list", "hash", "string", "bitmap", "hyperloglog", "geo", "stream", "pubsub", "admin", "fast", "slow",
	"blocking", "dangerous", "connection", "transaction", "scripting", "vector",
}

// Categories lists the ACL categories, as rules like +@read name them, without the @.
func Categories() []string { return categoryNames[:] }

// InCategory lists the operations of the commands in an ACL category, in the order of the tables; nil if there is no such category. Modules may have
// more.
func InCategory(name string) (operations []string) {
	for i, n := range categoryNames {
		if n != name {
			continue
		}
		for _, rows := range [...][]command{keyed[:], keyless[:], newer[:]} {
			for j := range rows {
				if rows[j].categories&(1<<i) != 0 {
					operations = append(operations, operationOf(rows[j].name))
				}
			}
		}
	}
	return operations
}
