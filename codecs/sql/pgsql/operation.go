//go:build cgo

package pgsql

import pg "github.com/pganalyze/pg_query_go/v6"

// operation names what a statement does; "" if it isn't known. TestOperations holds it complete.
func operation(n *pg.Node) string {
	switch n := n.GetNode().(type) {
	case *pg.Node_SelectStmt:
		if into(n.SelectStmt) {
			return "SELECT_INTO"
		}
		return "SELECT"
	case *pg.Node_ExplainStmt:
		return explainOperation(n.ExplainStmt)
	case *pg.Node_CopyStmt:
		return either(n.CopyStmt.IsFrom, "COPY_FROM", "COPY_TO")
	case *pg.Node_VacuumStmt:
		return either(n.VacuumStmt.IsVacuumcmd, "VACUUM", "ANALYZE")
	case *pg.Node_GrantStmt:
		return either(n.GrantStmt.IsGrant, "GRANT", "REVOKE")
	case *pg.Node_GrantRoleStmt:
		return either(n.GrantRoleStmt.IsGrant, "GRANT_ROLE", "REVOKE_ROLE")
	case *pg.Node_FetchStmt:
		return either(n.FetchStmt.Ismove, "MOVE", "FETCH")
	case *pg.Node_CreateFunctionStmt:
		return either(n.CreateFunctionStmt.IsProcedure, "CREATE_PROCEDURE", "CREATE_FUNCTION")
	case *pg.Node_CreateTableAsStmt:
		if n.CreateTableAsStmt.Objtype == pg.ObjectType_OBJECT_MATVIEW {
			return "CREATE_MATERIALIZED_VIEW"
		}
		return "CREATE_TABLE_AS"
	case *pg.Node_VariableSetStmt:
		return either(n.VariableSetStmt.Kind >= pg.VariableSetKind_VAR_RESET, "RESET", "SET")
	case *pg.Node_TransactionStmt:
		return transactions[n.TransactionStmt.Kind]
	case *pg.Node_DropStmt:
		return ddl("DROP", n.DropStmt.RemoveType)
	case *pg.Node_AlterTableStmt:
		return ddl("ALTER", n.AlterTableStmt.Objtype)
	case *pg.Node_RenameStmt:
		return ddl("ALTER", renamed(n.RenameStmt))
	case *pg.Node_AlterObjectSchemaStmt:
		return ddl("ALTER", n.AlterObjectSchemaStmt.ObjectType)
	case *pg.Node_AlterObjectDependsStmt:
		return ddl("ALTER", n.AlterObjectDependsStmt.ObjectType)
	case *pg.Node_AlterOwnerStmt:
		return ddl("ALTER", n.AlterOwnerStmt.ObjectType)
	case *pg.Node_AlterFunctionStmt:
		return ddl("ALTER", n.AlterFunctionStmt.Objtype)
	case *pg.Node_AlterTableMoveAllStmt:
		return ddl("ALTER", n.AlterTableMoveAllStmt.Objtype)
	case *pg.Node_DefineStmt:
		return ddl("CREATE", n.DefineStmt.Kind)
	}
	return plainOperation(n)
}

func either(b bool, yes, no string) string {
	if b {
		return yes
	}
	return no
}

// into says that a query makes a table. The server takes INTO from the leftmost of its parts.
func into(s *pg.SelectStmt) bool {
	for ; s != nil; s = s.Larg {
		if s.IntoClause != nil {
			return true
		}
	}
	return false
}

var transactions = map[pg.TransactionStmtKind]string{
	pg.TransactionStmtKind_TRANS_STMT_BEGIN:             "BEGIN",
	pg.TransactionStmtKind_TRANS_STMT_START:             "BEGIN",
	pg.TransactionStmtKind_TRANS_STMT_COMMIT:            "COMMIT",
	pg.TransactionStmtKind_TRANS_STMT_ROLLBACK:          "ROLLBACK",
	pg.TransactionStmtKind_TRANS_STMT_SAVEPOINT:         "SAVEPOINT",
	pg.TransactionStmtKind_TRANS_STMT_RELEASE:           "RELEASE",
	pg.TransactionStmtKind_TRANS_STMT_ROLLBACK_TO:       "ROLLBACK_TO",
	pg.TransactionStmtKind_TRANS_STMT_PREPARE:           "PREPARE_TRANSACTION",
	pg.TransactionStmtKind_TRANS_STMT_COMMIT_PREPARED:   "COMMIT_PREPARED",
	pg.TransactionStmtKind_TRANS_STMT_ROLLBACK_PREPARED: "ROLLBACK_PREPARED",
}
