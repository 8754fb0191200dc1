package stats

import "strings"

// Operation names one operation that has series of its own, and the class that its durations are counted in.
type Operation struct {
	Name  string // the first keyword, in upper case
	Class Class
}

// A Class is a kind of operations that take about equally long.
type Class uint8

// The classes.
const (
	Other Class = iota
	Read
	Write
	Schema
	Transaction
	Session
	Maintenance
	classes
)

var classNames = [classes]string{"other", "read", "write", "schema", "transaction", "session", "maintenance"}

// String gives the class as metrics write it.
func (c Class) String() string {
	if c < classes {
		return classNames[c]
	}
	return "other"
}

// other is the name of what has no series of its own.
const other = "OTHER"

// maxOperations bounds the operations, OTHER included.
const maxOperations = 64

// Operations lists the operations that have series of their own by default.
func Operations() []Operation {
	return []Operation{
		{"SELECT", Read}, {"FETCH", Read}, {"MOVE", Read}, {"DECLARE", Read}, {"SHOW", Read}, {"EXPLAIN", Read},
		{"INSERT", Write}, {"UPDATE", Write}, {"DELETE", Write}, {"MERGE", Write}, {"REPLACE", Write}, {"COPY", Write}, {"TRUNCATE", Write}, {"LOAD", Write},
		{"CREATE", Schema}, {"ALTER", Schema}, {"DROP", Schema}, {"GRANT", Schema}, {"REVOKE", Schema}, {"COMMENT", Schema}, {"IMPORT", Schema},
		{"REASSIGN", Schema}, {"SECURITY", Schema},
		{"BEGIN", Transaction}, {"COMMIT", Transaction}, {"ROLLBACK", Transaction}, {"SAVEPOINT", Transaction}, {"RELEASE", Transaction}, {"LOCK", Transaction},
		{"SET", Session}, {"RESET", Session}, {"DISCARD", Session}, {"PREPARE", Session}, {"DEALLOCATE", Session}, {"CLOSE", Session}, {"LISTEN", Session},
		{"UNLISTEN", Session}, {"NOTIFY", Session}, {"USE", Session},
		{"EXECUTE", Other}, {"CALL", Other}, {"DO", Other}, {"WITH", Other},
		{"VACUUM", Maintenance}, {"ANALYZE", Maintenance}, {"REINDEX", Maintenance}, {"CLUSTER", Maintenance}, {"REFRESH", Maintenance}, {"CHECKPOINT", Maintenance},
		// Not SQL: exchanges that have no statement are named by their request.
		{"StartupMessage", Session}, {"FunctionCall", Other},
	}
}

// operations finds an operation's number; 0 is OTHER.
type operations struct {
	list  []Operation
	index map[string]int
}

func newOperations(given []Operation) operations {
	o := operations{list: []Operation{{other, Other}}, index: map[string]int{}}
	for _, g := range given {
		if _, ok := o.index[g.Name]; ok || len(o.list) == maxOperations || g.Name == other {
			continue
		}
		o.index[g.Name] = len(o.list)
		o.list = append(o.list, g)
	}
	return o
}

// find gives the number of the operation that name, "CREATE TABLE", begins with.
func (o *operations) find(name string) int {
	if i, ok := o.index[name]; ok {
		return i
	}
	if end := strings.IndexByte(name, ' '); end > 0 {
		return o.index[name[:end]]
	}
	return 0
}
