package scenarios_test

import (
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/lib/pq"
)

// TestRulesPsql runs scripts with psql: a denial is an error as any, also under -1 and between \;.
func TestRulesPsql(t *testing.T) {
	each(t, func(t *testing.T, b *backend) {
		r := b.rule(t, ruling{policy: noSecrets}, secretTables...)
		psql := func(input string, args ...string) string {
			t.Helper()
			cmd := b.client(t, r.addr, r.database, "psql", append([]string{"-X", "-A", "-t", "-q"}, args...)...)
			cmd.Stdin = strings.NewReader(input)
			out, err := cmd.CombinedOutput()
			return strings.ReplaceAll(fmt.Sprintf("%s%v", out, err), "<nil>", "ok")
		}
		said := psql("\\set VERBOSITY verbose\nselect * from secret;\nselect 'goes on';\n")
		for _, want := range []string{"ERROR:  42501:", "DETAIL:  Denied by rule no-secrets.", "HINT:  ", "goes on"} {
			if !strings.Contains(said, want) {
				t.Errorf("psql says\n%s, want it to have %q", said, want)
			}
		}
		psql("insert into kept values (1);\nselect * from secret;\ninsert into kept values (2);\n", "-1")
		if rows := r.kept(t); rows != "[]" {
			t.Errorf("-1 with a denied statement left %s", rows)
		}
		psql(`insert into kept values (3)\; select * from secret\; insert into kept values (4);` + "\ninsert into kept values (5);\n")
		if rows := r.kept(t); rows != "[5]" {
			t.Errorf(`\; with a denied statement left %s, want [5]`, rows)
		}
		psql("begin;\ninsert into kept values (6);\n\\copy secret from program 'echo 1'\ncommit;\n")
		psql("\\copy secret from program 'echo 1'\ninsert into kept values (7);\n")
		if rows := r.kept(t); rows != "[5 7]" {
			t.Errorf(`\copy of a denied table left %s, want [5 7]`, rows)
		}
		if said := psql("\\copy secret to stdout\nselect 'goes on';\n"); !strings.Contains(said, "no-secrets") || !strings.Contains(said, "goes on") || strings.Contains(said, "42\n") {
			t.Errorf("\\copy to: psql says\n%s", said)
		}
		if said := psql("\\set ON_ERROR_ROLLBACK on\nbegin;\ninsert into kept values (8);\nselect * from secret;\ncommit;\n"); !strings.Contains(said, "no-secrets") {
			t.Errorf("psql says\n%s", said)
		}
		if rows := r.kept(t); rows != "[5 7 8]" {
			t.Errorf("ON_ERROR_ROLLBACK left %s, want [5 7 8]", rows)
		}
	})
}

// TestRulesPgx uses what drivers make of the protocol: batches, copies, statement caches.
func TestRulesPgx(t *testing.T) {
	each(t, func(t *testing.T, b *backend) {
		r := b.rule(t, ruling{policy: noSecrets}, secretTables...)
		for _, mode := range []string{"cache_statement", "cache_describe", "describe_exec", "exec", "simple_protocol"} {
			t.Run(mode, func(t *testing.T) {
				b.exec(t, r.database, "truncate kept")
				ctx := within(t)
				c := r.connect(t, "", "default_query_exec_mode="+mode)
				var id int
				isDenial(t, "QueryRow", c.QueryRow(ctx, "select id from secret where id = $1", 42).Scan(&id), "no-secrets")
				if err := c.QueryRow(ctx, "select 7 from kept right join (values ($1::int)) v on true", 1).Scan(&id); err != nil || id != 7 {
					t.Errorf("after it: got %d, %v", id, err)
				}
				_, err := c.CopyFrom(ctx, pgx.Identifier{"secret"}, []string{"id"}, pgx.CopyFromRows([][]any{{1}, {2}}))
				isDenial(t, "CopyFrom", err, "no-secrets")
				if n, err := c.CopyFrom(ctx, pgx.Identifier{"kept"}, []string{"id"}, pgx.CopyFromRows([][]any{{1}, {2}})); err != nil || n != 2 {
					t.Errorf("CopyFrom of what is allowed: %d, %v", n, err)
				}
				batch := &pgx.Batch{}
				batch.Queue("insert into kept values ($1)", 3)
				batch.Queue("insert into secret values ($1)", 4)
				batch.Queue("insert into kept values ($1)", 5)
				isDenial(t, "a batch", c.SendBatch(ctx, batch).Close(), "no-secrets")
				if rows := r.kept(t); rows != "[1 2]" {
					t.Errorf("a batch with a denied statement left %s, want [1 2]", rows)
				}
				err = pgx.BeginFunc(ctx, c, func(tx pgx.Tx) error {
					if _, err := tx.Exec(ctx, "insert into kept values ($1)", 6); err != nil {
						return err
					}
					_, err := tx.Exec(ctx, "delete from secret where id = $1", 42)
					isDenial(t, "in a transaction", err, "no-secrets")
					_, err = tx.Exec(ctx, "select 1")
					if sqlstate(err) != "25P02" {
						t.Errorf("in a transaction that failed: got %v", err)
					}
					return tx.Commit(ctx)
				})
				if !errors.Is(err, pgx.ErrTxCommitRollback) {
					t.Errorf("the transaction ends with %v", err)
				}
				if rows := r.kept(t); rows != "[1 2]" {
					t.Errorf("a transaction with a denied statement left %s, want [1 2]", rows)
				}
			})
		}
	})
}

// TestRulesPq is another driver.
func TestRulesPq(t *testing.T) {
	each(t, func(t *testing.T, b *backend) {
		r := b.rule(t, ruling{policy: noSecrets}, secretTables...)
		ctx := within(t)
		db, err := sql.Open("postgres", b.url(r.addr, r.database))
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		db.SetMaxOpenConns(1)
		for _, do := range []func() error{
			func() error { _, err := db.ExecContext(ctx, "delete from secret"); return err },
			func() error { _, err := db.ExecContext(ctx, "delete from secret where id = $1", 42); return err },
			func() error { _, err := db.PrepareContext(ctx, "select id from secret"); return err },
		} {
			err := do()
			var e *pq.Error
			if !errors.As(err, &e) || e.Code != "42501" || e.Detail != detail("no-secrets") {
				t.Errorf("got %v, want a denial", err)
			}
			if _, err := db.ExecContext(ctx, "insert into kept values ($1)", 1); err != nil {
				t.Errorf("after it: %v", err)
			}
		}
		if rows := r.kept(t); rows != "[1 1 1]" {
			t.Errorf("got rows %s", rows)
		}
	})
}

// TestRulesPgbench runs each of pgbench's protocols, and libpq's pipelines, under rules about its tables.
func TestRulesPgbench(t *testing.T) {
	const policy = `
statements:
  default: deny
  rules:
    - {name: accounts, effect: allow, accesses: {verbs: [read, write], kind: table, names: [public.pgbench_accounts, public.pgbench_tellers, public.pgbench_branches]}}
    - {name: history, effect: allow, operations: INSERT, accesses: {verbs: write, kind: table, names: public.pgbench_history}}
    - {name: looks-for-partitions, effect: allow, accesses: {verbs: read, kind: table, names: "pg_catalog.*"}}
    - {name: never-drop, effect: deny, operations: ["DROP_*", TRUNCATE]}
`
	script := filepath.Join(t.TempDir(), "pipeline.sql")
	lines := "\\startpipeline\n" + strings.Repeat("\\set a random(1, 100000)\nselect abalance from pgbench_accounts where aid = :a;\ninsert into pgbench_history values (1, 1, :a, 1, now(), '');\n", 8) + "\\endpipeline\n"
	if err := os.WriteFile(script, []byte(lines), 0o600); err != nil {
		t.Fatal(err)
	}
	each(t, func(t *testing.T, b *backend) {
		r := b.rule(t, ruling{policy: policy})
		must(t, b.client(t, b.Addr, r.database, "pgbench", "-i", "-s", "1", "-q"))
		clients, each := 4, 50
		transactions := fmt.Sprintf("number of transactions actually processed: %d/%d", clients*each, clients*each)
		for _, args := range [][]string{{"-M", "simple"}, {"-M", "extended"}, {"-M", "prepared"}, {"-M", "prepared", "-S"}, {"-M", "extended", "-f", script}, {"-M", "prepared", "-f", script}} {
			out := must(t, b.client(t, r.addr, r.database, "pgbench", append([]string{"-n", "-c", fmt.Sprint(clients), "-t", fmt.Sprint(each)}, args...)...))
			if !strings.Contains(out, transactions) {
				t.Errorf("pgbench %v says:\n%s", args, out)
			}
		}
		if n := r.metric(t, "sluice_exchanges_total", "outcome=denied"); n != 0 {
			t.Errorf("%d exchanges were denied", n)
		}
		if n, least := r.hits(t, "history", "allow"), int64(clients*each*(3+8+8)); n < least { // preparing counts, too
			t.Errorf("metric: history allowed %d, want at least %d", n, least)
		}
		c := r.connect(t, "")
		denied(t, c, "select * from pgbench_history", "")
		denied(t, c, "truncate pgbench_history", "never-drop")
	})
}
