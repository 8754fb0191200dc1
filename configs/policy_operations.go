package configs

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/sluice-proxy/sluice/rbac"
)

// The operations that statements may have, for rules that name them: one that no statement has would be a rule that never matches. A test compares the lists with
// what codecs/sql/pgsql names.

// plainOperations are those of PostgreSQL whose names are no verb and object.
const plainOperations = `
ALTER_DEFAULT_PRIVILEGES ALTER_SYSTEM ANALYZE BEGIN CALL CHECKPOINT CLOSE CLUSTER COMMENT COMMIT COMMIT_PREPARED COPY_FROM COPY_TO CREATE_TABLE_AS
DEALLOCATE DECLARE_CURSOR DELETE DISCARD DO DROP_OWNED EXECUTE EXPLAIN EXPLAIN_ANALYZE FETCH GRANT GRANT_ROLE IMPORT_FOREIGN_SCHEMA INSERT LISTEN LOAD LOCK
MERGE MOVE NOTIFY PREPARE PREPARE_TRANSACTION REASSIGN_OWNED REFRESH_MATERIALIZED_VIEW REINDEX RELEASE RESET REVOKE REVOKE_ROLE ROLLBACK ROLLBACK_PREPARED
ROLLBACK_TO SAVEPOINT SECURITY_LABEL SELECT SELECT_INTO SET SET_CONSTRAINTS SHOW TRUNCATE UNLISTEN UPDATE VACUUM
IDENTIFY_SYSTEM START_REPLICATION BASE_BACKUP CREATE_REPLICATION_SLOT DROP_REPLICATION_SLOT ALTER_REPLICATION_SLOT READ_REPLICATION_SLOT TIMELINE_HISTORY
UPLOAD_MANIFEST UNKNOWN`

// definedObjects are what PostgreSQL's CREATE, ALTER and DROP are about.
const definedObjects = `
ACCESS_METHOD AGGREGATE CAST COLLATION CONVERSION DATABASE DOMAIN EVENT_TRIGGER EXTENSION FOREIGN_DATA_WRAPPER FOREIGN_TABLE FUNCTION INDEX LANGUAGE
LARGE_OBJECT MATERIALIZED_VIEW OPERATOR OPERATOR_CLASS OPERATOR_FAMILY PARAMETER POLICY PROCEDURE PUBLICATION ROLE ROUTINE RULE SCHEMA SEQUENCE SERVER STATISTICS
SUBSCRIPTION TABLE TABLESPACE TEXT_SEARCH_CONFIGURATION TEXT_SEARCH_DICTIONARY TEXT_SEARCH_PARSER TEXT_SEARCH_TEMPLATE TRANSFORM TRIGGER TYPE USER_MAPPING VIEW`

// Operations lists the operations that rules may name, in order.
func Operations() []string {
	all := strings.Fields(plainOperations)
	for _, object := range strings.Fields(definedObjects) {
		all = append(all, "CREATE_"+object, "ALTER_"+object, "DROP_"+object)
	}
	slices.Sort(all)
	return all
}

// operationNames gives operations as statements have them: people may write "copy to" for COPY_TO.
func operationNames(list []string) []string {
	if list == nil {
		return nil
	}
	names := make([]string, len(list))
	for i, text := range list {
		names[i] = strings.ReplaceAll(strings.ToUpper(strings.TrimSpace(text)), " ", "_")
	}
	return names
}

// operations finds operations that no statement has.
func (k *checker) operations(p rbac.Policy) {
	known := Operations()
	for i := range p.Statements.List {
		for j, op := range p.Statements.List[i].Operations {
			matches := func(name string) bool {
				ok, err := path.Match(op, name) // the names hold no slash, so that * is any text
				return ok && err == nil
			}
			if op == "" || strings.HasPrefix(op, "/") || slices.ContainsFunc(known, matches) {
				continue
			}
			at := fmt.Sprintf("statements.rules[%d].operations[%d]", i, j)
			switch near := Nearest(op, known); {
			case strings.ContainsAny(op, "*?"):
				k.problem(at, "no operation matches %s; \"sluice policy operations\" lists them", op)
			case near != "":
				k.problem(at, "there is no operation %s; did you mean %s?", op, near)
			default:
				k.problem(at, "there is no operation %s; \"sluice policy operations\" lists them", op)
			}
		}
	}
}
