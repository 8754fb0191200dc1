package sql_test

import (
	"testing"

	"github.com/sluice-proxy/sluice/codecs/sql"
)

func TestOperation(t *testing.T) {
	for _, tt := range []struct {
		text, want string
		statements int
	}{
		{"", "", 0},
		{" ; /* a */ ; -- b", "", 0},
		{"select 1", "SELECT", 1},
		{"((select 1) union select 2)", "SELECT", 1},
		{"table t", "SELECT", 1},
		{"values (1)", "SELECT", 1},
		{"((", "UNKNOWN", 1},
		{"'select'", "UNKNOWN", 1},
		{`"select" 1`, "UNKNOWN", 1},
		{"-1", "UNKNOWN", 1},
		{"frobnicate the table", "UNKNOWN", 1},
		{"\x01 select", "UNKNOWN", 1},
		{"\x01select 1; select", "UNKNOWN", 2},

		{"begin", "BEGIN", 1},
		{"start transaction", "BEGIN", 1},
		{"end", "COMMIT", 1},
		{"commit work", "COMMIT", 1},
		{"commit prepared 'x'", "COMMIT PREPARED", 1},
		{"abort", "ROLLBACK", 1},
		{"rollback", "ROLLBACK", 1},
		{"rollback to a", "ROLLBACK TO", 1},
		{"rollback work to savepoint a", "ROLLBACK TO", 1},
		{"rollback transaction to a", "ROLLBACK TO", 1},
		{"rollback and chain", "ROLLBACK", 1},
		{"rollback prepared 'x'", "ROLLBACK PREPARED", 1},
		{"prepare transaction 'x'", "PREPARE TRANSACTION", 1},
		{"prepare p as select 1", "PREPARE", 1},
		{"rollback; to the bone", "ROLLBACK", 2},

		{"create table t (a int)", "CREATE TABLE", 1},
		{"CREATE UNLOGGED TABLE IF NOT EXISTS t ()", "CREATE TABLE", 1},
		{"create global temporary table t ()", "CREATE TABLE", 1},
		{"create or replace temp recursive view v as select 1", "CREATE VIEW", 1},
		{"create unique index concurrently on t (a)", "CREATE INDEX", 1},
		{"create constraint trigger a", "CREATE TRIGGER", 1},
		{"create event trigger a", "CREATE EVENT TRIGGER", 1},
		{"create foreign table a", "CREATE FOREIGN TABLE", 1},
		{"drop foreign data wrapper a", "DROP FOREIGN DATA WRAPPER", 1},
		{"alter materialized view a", "ALTER MATERIALIZED VIEW", 1},
		{"create user a password 'x'", "CREATE USER", 1},
		{"create user mapping for a", "CREATE USER MAPPING", 1},
		{"create default conversion a", "CREATE CONVERSION", 1},
		{"create text search parser a", "CREATE TEXT SEARCH", 1},
		{"drop owned by a", "DROP OWNED", 1},
		{"alter default privileges grant", "ALTER DEFAULT PRIVILEGES", 1},
		{"create", "CREATE", 1},
		{"create secret table", "CREATE", 1},
		{`create "table" table`, "CREATE", 1},
		{"drop ; table", "DROP", 2},

		{"with a as (select 1) select 2", "SELECT", 1},
		{"with a as (delete from b where c is null) insert into t values (1)", "INSERT", 1},
		{"with recursive a(b) as not materialized (select 1), c as (select 2) update t set a = 1", "UPDATE", 1},
		{"with delete as (select 1) select 2", "SELECT", 1},
		{"with recursive delete as (select 1), update(a) as (select 1) merge into t", "MERGE", 1},
		{"with a as (select 1) search depth first by b set c delete from t", "DELETE", 1},
		{"with a as (select 1) (select 2)", "WITH", 1},

		{"create function f() returns int begin atomic select 1; select 2; end; select 3", "CREATE FUNCTION", 2},
		{"create or replace procedure f() begin atomic select case a when 1 then 2 end; insert into t values (1); end; select 3", "CREATE PROCEDURE", 2},
		{"create function f() begin atomic select 1 as end; select t.end; end; select 3", "CREATE FUNCTION", 2},
		{"create function begin() returns int as 'x'; select 3", "CREATE FUNCTION", 2},
		{"begin atomic; select 1; end", "BEGIN", 3},
		{"create table begin (a int); select atomic; end", "CREATE TABLE", 3},
		{"create function f() begin atomic", "CREATE FUNCTION", 1},
	} {
		var l sql.Lexer
		s := l.Summarize([]byte(tt.text), sql.PostgreSQL, sql.Mode{})
		if s.Operation != tt.want || s.Statements != tt.statements {
			t.Errorf("%s: got %q, %d statements; want %q, %d", tt.text, s.Operation, s.Statements, tt.want, tt.statements)
		}
	}
}
