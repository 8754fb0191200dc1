package sql

// want is what the operation of a statement still needs.
type want uint8

const (
	wantNothing want = iota
	wantHead         // the first word
	wantSecond       // maybe a second word: PREPARE TRANSACTION
	wantObject       // the object of CREATE, ALTER or DROP
	wantMapping      // maybe MAPPING behind USER
	wantVerb         // the main verb behind WITH
)

// opState is what is known about the operation of the present statement.
type opState struct {
	want    want
	head    keyword
	foreign bool // CREATE FOREIGN: only TABLE follows, or DATA WRAPPER
	routine bool // CREATE FUNCTION or PROCEDURE, which may have a body
}

const unknown = "UNKNOWN"

// operationOther is told of a token, of kind k, that is no word.
func (l *Lexer) operationOther(k kind) {
	switch l.operation.want {
	case wantHead:
		if k != paren { // (SELECT ...) UNION ...
			l.noHead()
		}
	case wantVerb:
	default:
		l.operation.want = wantNothing
	}
}

// noHead is told that no known keyword starts the statement.
func (l *Lexer) noHead() {
	l.setOperation(unknown)
	l.operation.want = wantNothing
}

// setOperation names the operation so far; only the first statement's counts.
func (l *Lexer) setOperation(op string) {
	if l.sum.Statements == 1 {
		l.sum.Operation = op
	}
}

// operationWord looks at a word of the statement: kwNone is any word which is
// no keyword.
func (l *Lexer) operationWord(kw keyword) {
	o := &l.operation
	k := &keywords[kw]
	switch o.want {
	case wantHead:
		o.head = kw
		o.want = k.next
		if k.head == "" {
			l.noHead()
		} else {
			l.setOperation(k.head)
		}
	case wantSecond:
		if name := second(o.head, kw); name != "" {
			l.setOperation(name)
			o.want = wantNothing
		} else if k.traits&modifier == 0 { // ROLLBACK WORK TO
			o.want = wantNothing
		}
	case wantObject:
		l.object(kw)
	case wantMapping:
		o.want = wantNothing
		if kw == kwMapping {
			l.setOperation(ddl[ddlVerb(o.head)][kw])
		}
	case wantVerb:
		// A CTE may have the name of a verb: WITH delete AS (...). It stands
		// behind WITH, RECURSIVE or a comma; the verb stands behind the
		// bracket of a CTE or the last name of its SEARCH or CYCLE.
		if l.level == 0 && k.traits&verb != 0 && l.beforeWord == kwNone && l.before != comma {
			l.setOperation(k.head)
			o.want = wantNothing
		}
	}
	if o.routine {
		l.bodyWord(kw)
	}
}

// object looks for what CREATE, ALTER or DROP is about.
func (l *Lexer) object(kw keyword) {
	o := &l.operation
	v := ddlVerb(o.head)
	switch {
	case kw == kwForeign:
		o.foreign = true
	case kw == kwTable && o.foreign:
		l.setOperation(foreignTable[v])
		o.want = wantNothing
	case keywords[kw].object != "":
		l.setOperation(ddl[v][kw])
		o.want = wantNothing
		o.routine = v == 0 && (kw == kwFunction || kw == kwProcedure)
		if kw == kwUser {
			o.want = wantMapping
		}
	case keywords[kw].traits&modifier == 0:
		o.want = wantNothing
	}
}

// bodyWord follows BEGIN ATOMIC ... END, the only body that is not quoted
// (PostgreSQL 18, CREATE FUNCTION, "sql_body"). CASE has an END of its own.
func (l *Lexer) bodyWord(kw keyword) {
	switch {
	case l.beforeWord == kwAs: // a column may be labelled "end"
	case kw == kwAtomic && l.beforeWord == kwBegin && l.body == 0:
		l.body = 1
	case kw == kwCase && l.body > 0:
		l.body++
	case kw == kwEnd && l.body > 0:
		l.body--
	}
}

// second returns the operation of two words, "" if the second adds nothing.
func second(head, kw keyword) string {
	switch {
	case head == kwPrepare && kw == kwTransaction:
		return "PREPARE TRANSACTION"
	case head == kwCommit && kw == kwPrepared:
		return "COMMIT PREPARED"
	case head == kwRollback && kw == kwPrepared:
		return "ROLLBACK PREPARED"
	case head == kwRollback && kw == kwTo:
		return "ROLLBACK TO"
	}
	return ""
}

// ddlVerbs are the words which are nothing without an object.
var ddlVerbs = [...]keyword{kwCreate, kwAlter, kwDrop}

func ddlVerb(head keyword) int {
	for i, kw := range ddlVerbs {
		if kw == head {
			return i
		}
	}
	return 0
}

// ddl and foreignTable hold every "CREATE TABLE", so that an operation is
// a constant and costs no allocation.
var (
	ddl          = ddlNames()
	foreignTable = [len(ddlVerbs)]string{"CREATE FOREIGN TABLE", "ALTER FOREIGN TABLE", "DROP FOREIGN TABLE"}
)

func ddlNames() (names [len(ddlVerbs)][kwCount]string) {
	for i, v := range ddlVerbs {
		for kw, k := range keywords {
			if k.object != "" {
				names[i][kw] = keywords[v].head + " " + k.object
			}
		}
	}
	return names
}
