//go:build cgo

package pgsql

import (
	"maps"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// catalogServer names a server, as psql's -d takes it, whose catalog the lists are compared with, or with -update written from.
const catalogServer = "SLUICE_TEST_CATALOG"

func TestCatalog(t *testing.T) {
	if !isFunction("count") || isFunction("no_such_function") || !isRelation("pg_class") || isRelation("orders") {
		t.Error("the lists aren't what they should be")
	}
	server := os.Getenv(catalogServer)
	if server == "" {
		t.Skipf("%s names no server, so the lists were not compared with one", catalogServer)
	}
	ask := func(query string) string {
		t.Helper()
		out, err := exec.Command("psql", "-X", "-A", "-t", "-d", server, "-c", query).Output()
		if err != nil {
			t.Fatal(err)
		}
		return string(out)
	}
	version := strings.TrimSpace(ask("SHOW server_version"))
	version, _, _ = strings.Cut(version, " ")
	for _, list := range []struct{ file, head, query string }{
		{"functions.txt", "# The functions of pg_catalog in PostgreSQL ",
			`SELECT DISTINCT proname COLLATE "C" FROM pg_proc WHERE pronamespace = 'pg_catalog'::regnamespace AND oid < 16384 ORDER BY 1`},
		{"relations.txt", "# The tables and views of pg_catalog in PostgreSQL ",
			`SELECT relname COLLATE "C" FROM pg_class WHERE relnamespace = 'pg_catalog'::regnamespace AND oid < 16384 AND relkind IN ('r','p','v','m','f','S') ORDER BY 1`},
	} {
		want := list.head + version + "\n" + ask(list.query)
		got, err := os.ReadFile(list.file)
		if err != nil {
			t.Fatal(err)
		}
		switch {
		case *update:
			if err := os.WriteFile(list.file, []byte(want), 0o644); err != nil {
				t.Fatal(err)
			}
		case string(got) != want:
			t.Errorf("%s is not what PostgreSQL %s has; write it anew with -update, and look at each new name for what it reaches", list.file, version)
		}
	}
	// What the server itself keeps from ordinary users is not free.
	for name := range strings.Lines(ask(`SELECT DISTINCT proname FROM pg_proc WHERE pronamespace = 'pg_catalog'::regnamespace AND oid < 16384
		AND proacl IS NOT NULL AND NOT EXISTS (SELECT FROM aclexplode(proacl) a WHERE a.grantee = 0 AND a.privilege_type = 'EXECUTE')`)) {
		if name = strings.TrimSpace(name); isFree(name) {
			t.Errorf("%s can't be executed by everyone, but needs no rule", name)
		}
	}
	// What may change something is looked at by a person.
	for name := range strings.Lines(ask(`SELECT DISTINCT proname FROM pg_proc WHERE pronamespace = 'pg_catalog'::regnamespace AND oid < 16384 AND provolatile = 'v'
		AND NOT 'internal'::regtype = ANY (proargtypes) AND prorettype NOT IN ('trigger'::regtype, 'event_trigger'::regtype)`)) {
		if name = strings.TrimSpace(name); dangerOf(name).class == harmless && !slices.Contains(strings.Fields(looked), name) && !strings.HasPrefix(name, "pg_stat_get_") {
			t.Errorf("%s is volatile, and nobody has said that it is harmless, or what it does", name)
		}
	}
}

// looked are volatile functions that change nothing beside the session, or tell about the server only: random numbers, clocks, advisory locks, sizes,
// positions in the log, what monitoring shows to everyone.
const looked = `amvalidate array_sample array_shuffle clock_timestamp current_query gen_random_uuid random random_normal setseed timeofday uuidv4 uuidv7
pg_advisory_lock pg_advisory_lock_shared pg_advisory_unlock pg_advisory_unlock_all pg_advisory_unlock_shared pg_advisory_xact_lock
pg_advisory_xact_lock_shared pg_try_advisory_lock pg_try_advisory_lock_shared pg_try_advisory_xact_lock pg_try_advisory_xact_lock_shared
pg_sleep pg_sleep_for pg_sleep_until pg_blocking_pids pg_safe_snapshot_blocking_pids pg_isolation_test_session_is_blocked pg_lock_status
pg_collation_actual_version pg_database_collation_actual_version pg_control_checkpoint pg_control_init pg_control_recovery pg_control_system
pg_current_wal_flush_lsn pg_current_wal_insert_lsn pg_current_wal_lsn pg_last_wal_receive_lsn pg_last_wal_replay_lsn pg_last_xact_replay_timestamp
pg_get_wal_replay_pause_state pg_get_wal_resource_managers pg_get_wal_summarizer_state pg_is_in_recovery pg_is_wal_replay_paused
pg_database_size pg_tablespace_size pg_table_size pg_indexes_size pg_relation_size pg_total_relation_size pg_partition_ancestors pg_partition_tree
pg_get_loaded_modules pg_get_multixact_members plpgsql_call_handler plpgsql_validator
pg_get_wait_events pg_jit_available pg_last_committed_xact pg_notification_queue_usage pg_prepared_xact pg_stat_clear_snapshot
pg_stat_force_next_flush pg_xact_commit_timestamp pg_xact_commit_timestamp_origin pg_xact_status txid_status`

// TestDangers holds that a name is in the table for a reason: it is a function of the server, or of an extension that is named here.
func TestDangers(t *testing.T) {
	const extensions = `pg_file_read pg_file_length pg_logdir_ls pg_file_write pg_file_rename pg_file_unlink pg_file_sync get_raw_page pgrowlocks connectby
		xpath_table replicate_ddl_command query_export_to_s3 table_import_from_s3 schedule schedule_in_database pg_background_launch`
	for _, name := range slices.Sorted(maps.Keys(dangers)) {
		if !isFunction(name) && !slices.Contains(strings.Fields(extensions), name) {
			t.Errorf("there is no function %s", name)
		}
	}
	for _, p := range dangerPrefixes {
		known := slices.ContainsFunc(slices.Collect(maps.Keys(functions)), func(name string) bool { return strings.HasPrefix(name, p.prefix) })
		if !known && !slices.Contains([]string{"dblink", "crosstab", "run_command_on_"}, p.prefix) {
			t.Errorf("no function begins with %s", p.prefix)
		}
	}
}
