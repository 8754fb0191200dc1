package codecs

// An Operation names one operation that has series of its own, and the class that its durations are counted in.
type Operation struct {
	Name  string // the first keyword or the command, in upper case
	Class Class
}

// A Class is a kind of operations that take about equally long.
type Class uint8

// The classes.
const (
	OtherClass Class = iota
	ReadClass
	WriteClass
	SchemaClass
	TransactionClass
	SessionClass
	MaintenanceClass
	Classes // how many there are
)

var classNames = [Classes]string{"other", "read", "write", "schema", "transaction", "session", "maintenance"}

// String gives the class as metrics write it.
func (c Class) String() string {
	if c < Classes {
		return classNames[c]
	}
	return "other"
}

// SQLOperations lists the operations of protocols that carry SQL.
func SQLOperations() []Operation {
	return []Operation{
		{"SELECT", ReadClass}, {"FETCH", ReadClass}, {"MOVE", ReadClass}, {"DECLARE", ReadClass}, {"SHOW", ReadClass}, {"EXPLAIN", ReadClass},
		{"INSERT", WriteClass}, {"UPDATE", WriteClass}, {"DELETE", WriteClass}, {"MERGE", WriteClass}, {"REPLACE", WriteClass}, {"COPY", WriteClass}, {"TRUNCATE", WriteClass}, {"LOAD", WriteClass},
		{"CREATE", SchemaClass}, {"ALTER", SchemaClass}, {"DROP", SchemaClass}, {"GRANT", SchemaClass}, {"REVOKE", SchemaClass}, {"COMMENT", SchemaClass}, {"IMPORT", SchemaClass},
		{"REASSIGN", SchemaClass}, {"SECURITY", SchemaClass},
		{"BEGIN", TransactionClass}, {"COMMIT", TransactionClass}, {"ROLLBACK", TransactionClass}, {"SAVEPOINT", TransactionClass}, {"RELEASE", TransactionClass}, {"LOCK", TransactionClass},
		{"SET", SessionClass}, {"RESET", SessionClass}, {"DISCARD", SessionClass}, {"PREPARE", SessionClass}, {"DEALLOCATE", SessionClass}, {"CLOSE", SessionClass}, {"LISTEN", SessionClass},
		{"UNLISTEN", SessionClass}, {"NOTIFY", SessionClass}, {"USE", SessionClass},
		{"EXECUTE", OtherClass}, {"CALL", OtherClass}, {"DO", OtherClass}, {"WITH", OtherClass},
		{"VACUUM", MaintenanceClass}, {"ANALYZE", MaintenanceClass}, {"REINDEX", MaintenanceClass}, {"CLUSTER", MaintenanceClass}, {"REFRESH", MaintenanceClass}, {"CHECKPOINT", MaintenanceClass},
		// Not SQL: exchanges that have no statement are named by their request.
		{"StartupMessage", SessionClass}, {"FunctionCall", OtherClass},
	}
}
