//go:build cgo

package pgsql

import "strings"

// A danger is what a function does beside computing.
type danger struct {
	class class
	arg   int // that names what it reaches; -1 if none does
}

// A class says what kind of thing a function reaches.
type class uint8

const (
	harmless      class = iota // it computes, or tells about the catalog and the server's state
	restricted                 // it changes the server, or what others do or see
	takesText                  // it takes a statement or a table's name as text
	rewrites                   // ts_rewrite: with two arguments the second one is a statement
	fileRead                   // on the server's machine
	fileWrite                  //
	objectRead                 // large objects
	objectWrite                //
	objectOpen                 // for one or the other
	objectImport               // from a file
	objectExport               // to a file
	sequenceRead               //
	sequenceWrite              //
	notifies                   // NOTIFY
	setsSetting                // SET
	decodes                    // it reads the stream of everything that is written
)

// dangers are the functions of PostgreSQL 18 and of the extensions that come with it, and some that are widespread, that reach more than their arguments.
// A function that isn't here and isn't built in is not trusted anyway; see functions.txt.
var dangers = map[string]danger{
	// PostgreSQL 18, 9.15.3 "Mapping Tables to XML"; prefixes below. 9.13.1: ts_stat and ts_rewrite run a statement.
	"ts_stat": {takesText, 0}, "ts_rewrite": {rewrites, 1},

	// 9.28.9 "Generic File Access Functions", 9.28.1 and what reads configuration files.
	"pg_read_file": {fileRead, 0}, "pg_read_binary_file": {fileRead, 0}, "pg_stat_file": {fileRead, 0}, "pg_ls_dir": {fileRead, 0},
	"pg_ls_logdir": {fileRead, -1}, "pg_ls_waldir": {fileRead, -1}, "pg_ls_tmpdir": {fileRead, -1}, "pg_ls_archive_statusdir": {fileRead, -1},
	"pg_ls_summariesdir": {fileRead, -1}, "pg_ls_logicalmapdir": {fileRead, -1}, "pg_ls_logicalsnapdir": {fileRead, -1}, "pg_ls_replslotdir": {fileRead, -1},
	"pg_hba_file_rules": {fileRead, -1}, "pg_ident_file_mappings": {fileRead, -1}, "pg_show_all_file_settings": {fileRead, -1},
	"pg_file_read": {fileRead, 0}, "pg_file_length": {fileRead, 0}, "pg_logdir_ls": {fileRead, -1}, // adminpack
	"pg_file_write": {fileWrite, 0}, "pg_file_rename": {fileWrite, -1}, "pg_file_unlink": {fileWrite, 0}, "pg_file_sync": {fileWrite, 0},

	// 33.4 "Server-Side Functions"
	"lo_import": {objectImport, 0}, "lo_export": {objectExport, 0}, "lo_open": {objectOpen, 0},
	"lo_get": {objectRead, 0}, "loread": {objectRead, -1}, "lo_lseek": {objectRead, -1}, "lo_lseek64": {objectRead, -1}, "lo_tell": {objectRead, -1},
	"lo_tell64": {objectRead, -1}, "lo_close": {objectRead, -1}, "lo_creat": {objectWrite, -1}, "lo_create": {objectWrite, 0},
	"lo_from_bytea": {objectWrite, 0}, "lo_put": {objectWrite, 0}, "lo_unlink": {objectWrite, 0}, "lo_truncate": {objectWrite, -1},
	"lo_truncate64": {objectWrite, -1}, "lowrite": {objectWrite, -1},

	// 9.17 "Sequence Manipulation Functions"
	"nextval": {sequenceWrite, 0}, "setval": {sequenceWrite, 0}, "currval": {sequenceRead, 0}, "lastval": {sequenceRead, -1},
	"pg_sequence_last_value": {sequenceRead, -1}, "pg_get_sequence_data": {sequenceRead, -1},

	"pg_notify": {notifies, 0}, "set_config": {setsSetting, 0},

	// 9.28.2 "Server Signaling Functions", 9.28.3 "Backup Control Functions", 9.28.4 "Recovery Control Functions"
	"pg_cancel_backend": {restricted, -1}, "pg_terminate_backend": {restricted, -1}, "pg_reload_conf": {restricted, -1},
	"pg_rotate_logfile": {restricted, -1}, "pg_log_backend_memory_contexts": {restricted, -1}, "pg_log_standby_snapshot": {restricted, -1},
	"pg_switch_wal": {restricted, -1}, "pg_promote": {restricted, -1}, "pg_export_snapshot": {restricted, -1},
	"pg_current_logfile": {restricted, -1}, "pg_config": {restricted, -1}, "pg_logical_emit_message": {restricted, -1},
	"pg_drop_replication_slot": {restricted, -1}, "pg_replication_slot_advance": {restricted, -1}, "pg_sync_replication_slots": {restricted, -1},
	"pg_import_system_collations": {restricted, -1}, "pg_extension_config_dump": {restricted, -1}, "pg_nextoid": {restricted, -1},
	"pg_stop_making_pinned_objects": {restricted, -1}, "gin_clean_pending_list": {restricted, -1}, "currtid2": {restricted, -1},
	"pg_wal_summary_contents": {restricted, -1}, "pg_available_wal_summaries": {restricted, -1},

	// What the server itself tells to monitoring roles only.
	"pg_get_aios": {restricted, -1}, "pg_get_backend_memory_contexts": {restricted, -1}, "pg_get_shmem_allocations": {restricted, -1},
	"pg_get_shmem_allocations_numa": {restricted, -1}, "pg_stat_have_stats": {restricted, -1}, "pg_show_replication_origin_status": {restricted, -1},

	// Extensions: a page of any table by its name; statements that are kept to be run, or run elsewhere; tables by name.
	"get_raw_page": {takesText, 0}, "pgrowlocks": {takesText, 0}, "connectby": {takesText, 0}, "xpath_table": {takesText, 0},
	"replicate_ddl_command": {takesText, 0}, "query_export_to_s3": {takesText, 0}, "table_import_from_s3": {takesText, 0},
	"schedule": {takesText, 0}, "schedule_in_database": {takesText, 0}, "pg_background_launch": {takesText, 0},
}

// dangerPrefixes are the families of functions whose names begin alike.
var dangerPrefixes = []struct {
	prefix string
	class  class
}{
	{"query_to_xml", takesText}, {"cursor_to_xml", takesText}, {"table_to_xml", takesText}, {"schema_to_xml", takesText}, {"database_to_xml", takesText},
	{"dblink", takesText}, {"crosstab", takesText}, {"run_command_on_", takesText},
	{"pg_logical_slot_get_", decodes}, {"pg_logical_slot_peek_", decodes},
	{"pg_create_", restricted}, {"pg_copy_", restricted}, {"pg_backup_", restricted}, {"pg_wal_replay_", restricted}, {"pg_stat_reset", restricted},
	{"pg_replication_origin_", restricted}, {"pg_restore_", restricted}, {"pg_clear_", restricted}, {"binary_upgrade_", restricted},
	{"brin_summarize_", restricted}, {"brin_desummarize_", restricted},
}

// dangerOf gives what a function of that name does, whatever its schema.
func dangerOf(name string) danger {
	if d, ok := dangers[name]; ok {
		return d
	}
	for _, p := range dangerPrefixes {
		if strings.HasPrefix(name, p.prefix) {
			return danger{p.class, -1}
		}
	}
	return danger{}
}
