//go:build cgo

package pgsql

import (
	"strings"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/sluice-proxy/sluice/metadata"
)

// visitVariableSetStmt: SET TRANSACTION and SET SESSION CHARACTERISTICS, which set several at once, are no access.
func (w *walker) visitVariableSetStmt(s *pg.VariableSetStmt) {
	switch s.Kind {
	case pg.VariableSetKind_VAR_SET_MULTI:
		return
	case pg.VariableSetKind_VAR_RESET_ALL:
		w.unsettles = true
		w.add(metadata.Access{Verb: metadata.Write, Kind: metadata.KindSetting, Free: true})
		return
	}
	value := ""
	if len(s.Args) == 1 {
		value, _ = text(s.Args[0])
	}
	w.set(s.Name, value)
}

// set records that a setting of the session gets a value; "" is its default.
func (w *walker) set(name, value string) {
	name = strings.ToLower(name)
	w.unsettles = w.unsettles || isUnsettling(name)
	if name == "role" || name == "session_authorization" {
		w.literal = true
		a := metadata.Access{Verb: metadata.Execute, Kind: metadata.KindRole, Name: value}
		if value == "" || name == "role" && value == "none" { // back to who logged in
			a.Name, a.Free = "none", true
		}
		w.add(a)
		return
	}
	w.add(metadata.Access{Verb: metadata.Write, Kind: metadata.KindSetting, Name: name, Free: !isDangerousSetting(name)})
}

// isUnsettling says that what follows can't be understood before it is known whether the setting was changed.
func isUnsettling(name string) bool {
	switch name {
	case "search_path", "standard_conforming_strings", "client_encoding", "role", "session_authorization":
		return true
	}
	return false
}

// isDangerousSetting says that a setting may load code, put off checks or hide what is done from the server's log, so that changing it is no ordinary
// thing. Most of these can be changed by superusers only, or by those to whom they gave the right.
func isDangerousSetting(name string) bool {
	switch name {
	case "session_preload_libraries", "local_preload_libraries", "dynamic_library_path", "extension_control_path", // load code
		"session_replication_role", "event_triggers", // switch triggers and rules off
		"row_security", "lo_compat_privileges", "restrict_nonsystem_relation_kind", // switch checks of rights off
		"allow_system_table_mods", "allow_in_place_tablespaces", // let the catalog be changed
		"zero_damaged_pages", "ignore_checksum_failure", "ignore_system_indexes", // let broken data be used, and lost
		"default_table_access_method", // code that stores tables
		"track_activities":            // what monitoring sees
		return true
	}
	for _, prefix := range []string{"log_", "pgaudit.", "auto_explain.", "plperl.", "pltcl.", "plpython"} {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}

func (w *walker) visitVariableShowStmt(s *pg.VariableShowStmt) {
	name := strings.ToLower(s.Name)
	if name == "all" {
		name = ""
	}
	w.add(metadata.Access{Verb: metadata.Read, Kind: metadata.KindSetting, Name: name, Free: true})
}

// Settings for other sessions, and for all.

func (w *walker) visitAlterRoleSetStmt(s *pg.AlterRoleSetStmt) {
	w.plain(metadata.Alter, metadata.KindRole, role(s.Role))
	if s.Database != "" {
		w.plain(metadata.Alter, metadata.KindDatabase, s.Database)
	}
	w.alterSetting(s.Setstmt)
}

func (w *walker) visitAlterDatabaseSetStmt(s *pg.AlterDatabaseSetStmt) {
	w.plain(metadata.Alter, metadata.KindDatabase, s.Dbname)
	w.alterSetting(s.Setstmt)
}

func (w *walker) visitAlterSystemStmt(s *pg.AlterSystemStmt) { w.alterSetting(s.Setstmt) }

// alterSetting has the name "" for all of them.
func (w *walker) alterSetting(s *pg.VariableSetStmt) {
	w.plain(metadata.Alter, metadata.KindSetting, strings.ToLower(s.GetName()))
}

// visitDiscardStmt: what DISCARD TEMP and DISCARD SEQUENCES forget is the session's own.
func (w *walker) visitDiscardStmt(s *pg.DiscardStmt) {
	if s.Target == pg.DiscardMode_DISCARD_ALL {
		w.unsettles = true
		w.session(metadata.Drop, metadata.KindPrepared, "")
	}
}

// visitConstraintsSetStmt has nothing to visit: it only says when constraints are checked.
func (w *walker) visitConstraintsSetStmt(*pg.ConstraintsSetStmt) {}

func (w *walker) visitListenStmt(s *pg.ListenStmt) {
	w.channel(metadata.Subscribe, s.Conditionname)
}

// visitUnlistenStmt has the name "" for all of them.
func (w *walker) visitUnlistenStmt(s *pg.UnlistenStmt) {
	w.channel(metadata.Subscribe, s.Conditionname)
}

func (w *walker) visitNotifyStmt(s *pg.NotifyStmt) { w.channel(metadata.Publish, s.Conditionname) }

func (w *walker) channel(v metadata.Verb, name string) {
	w.add(metadata.Access{Verb: v, Kind: metadata.KindNotifyChannel, Name: name, Free: true})
}

// explainOperation tells EXPLAIN ANALYZE, which runs its statement, from EXPLAIN. PostgreSQL 18, EXPLAIN.
func explainOperation(s *pg.ExplainStmt) string {
	analyze := false
	for _, n := range s.Options {
		if d := n.GetDefElem(); d.GetDefname() == "analyze" {
			analyze = d.Arg == nil || boolean(d.Arg)
		}
	}
	return either(analyze, "EXPLAIN_ANALYZE", "EXPLAIN")
}

// visitExplainStmt: what the options say goes into the operation.
func (w *walker) visitExplainStmt(s *pg.ExplainStmt) {
	for _, n := range s.Options {
		if d := n.GetDefElem(); d.GetDefname() == "analyze" && d.Arg != nil {
			w.literal = true
		}
	}
	w.carried(s.Query)
}

// boolean reads an option's value as the server's defGetBoolean does; what isn't clearly false counts as true.
func boolean(n *pg.Node) bool {
	switch n := n.Node.(type) {
	case *pg.Node_Integer:
		return n.Integer.Ival != 0
	case *pg.Node_String_:
		s := strings.ToLower(n.String_.Sval)
		return s != "false" && s != "off"
	}
	return true
}
