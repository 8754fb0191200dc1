package metadata

// An Effect is what one statement, or one command, does. A text of several statements has several, and all are judged.
type Effect struct {
	// Operation names it in upper case, its words joined by underscores: "SELECT", "COPY_TO", "CREATE_TABLE_AS". Transaction control and the like have an
	// operation and no access.
	Operation string

	// Inner lists the operations that the statement carries inside of it: the DELETE of an EXPLAIN ANALYZE, of a CTE, of a PREPARE or an EXECUTE. A rule that
	// denies an operation denies it there too.
	Inner []string

	Accesses []Access
}

// A SearchPath says where a server looks for a name without a schema. It is immutable; equal ones should be one pointer, for verdicts are kept
// with it.
type SearchPath struct {
	// Known says that Search is complete. If not, such a name may be in any schema.
	Known bool

	// Search lists the schemas in which an object of that name may be found.
	Search []string

	// Later lists schemas that do not exist, or can't be used, but would be looked in if they came to be. Rules that deny consider them too.
	Later []string

	// System is the schema of the server's own objects if it is looked in before all others (PostgreSQL's pg_catalog, unless search_path places it); "" if it is
	// not.
	System string
}
