package scenarios_test

import (
	"fmt"
	"strings"
)

// hiding are texts that read the table secret, and hide that in words.
var hiding = []string{
	// Comments, quotes, and the ends of strings.
	"select a from/**/secret", "select a from /* /* */ ' */ secret", "select a --'\nfrom secret", "select a --\rfrom t\nfrom secret", "select a/*'*/from/*'*/secret",
	"select 1 from t where 'a' = 'b' /* ' */ union all select a from secret -- '", "select $$ $$, a from secret -- $$", "select $x$ $$ $x$, a from secret -- $$ $x$",
	"select $a$ $b$ $a$, a from secret -- $b$", "select 1 as a$b$c from secret --$b$", `select e'\'', a from secret -- '`, `select '\', a from secret -- '`, `select E'\\', a from secret --'`,
	"select 'x'\n'y', a from secret --'", `select U&'\0027', a from secret --'`, `select B'1', X'1F', N'x', a from secret`, `select a"\" from secret --"`, `select a as """" from secret --"`,
	"select a\x0bfrom\x0csecret", "select a from\tsecret\r\n", `select(select a from(secret)limit 1)`, `select a from"secret"`,
	// Names.
	`select a from U&"\0073ecret" /* secret */`, `select a from U&"s!0065cret" uescape '!' /* secret */`, `select a from U&"\+000073ecret" /* secret */`,
	`select a from "public"."secret"`, `select a from ` + labDatabase + `.public.secret`, `select a from U&"p\0075blic".secret`, "select a from SECRET", "select a from SeCrEt", `select a from PUBLIC.Secret`,
	"select a from " + longName + "yyyyyyyy", `select a from public."` + longName + `yy"`, "select a from secret *", "select a from only secret", "select a from only (secret)", "table secret",
	// Places where a table, or a query, may stand.
	"values ((table secret limit 1))", "select (table secret limit 1).a", "select a from t union select a from secret", "select a from t except table secret", "with x as (table secret) select a from t",
	"with x as not materialized (table secret) table x", "with secret as (table secret) table secret", "with recursive t as (select a from secret union all select a + 1 from t where a < 3) table t",
	"with secret as (select 1 as a) select * from secret, public.secret as s", "select * from t, lateral (select t.a from secret) x", "select * from t where exists (table secret)", "select * from t where a in (select a from secret)",
	"select array(select a from secret)", "select a from t limit (select max(a) from secret)", "select a from t offset (select max(a) from secret)", "select a from t group by a, (select max(a) from secret)",
	"select a from t order by (select max(a) from secret)", "select sum(a) over (partition by (select max(a) from secret)) from t", "select sum(a) over w from t window w as (order by (select max(a) from secret))",
	"select count(*) filter (where a > (select max(a) from secret)) from t", "select case when (select max(a) from secret) > 1 then 1 end", "select coalesce((select max(a) from secret), 1)",
	"select * from secret tablesample system (100)", "select * from t tablesample system ((select max(a) from secret))", "select * from rows from (generate_series(1, (select max(a) from secret))) g", "select secret from secret",
	"select (s).a from secret s", "select row(s.*) from secret as s(x, y)", "select x.a from (t join (secret x join t y on true) on true)", "select * from t natural join secret", "select a from t for update of t; select a from secret for share",
	"select a from (select a from (select a from (secret s)) u) v", "select 1 where (select true from secret limit 1) is distinct from null", "select count(*) from (values (1)) v(i), (table secret) w",
	// Statements that change things, and what they carry along.
	"insert into secret values (1)", "insert into t select a from secret", "insert into t values (1) returning (select max(a) from secret)", "insert into t (a) values ((select max(a) from secret))", "update secret set a = 1",
	"update t set a = (select max(a) from secret)", "update t set a = s.a from secret s", "update t set (a, b) = (select a, b from secret limit 1)", "delete from secret", "delete from t using secret", "delete from t where a = (select max(a) from secret)",
	"with x as (delete from secret returning a) table x", "with x as (insert into t select a from secret returning a) table x", "merge into t using secret s on t.a = s.a when matched then delete", "merge into secret using t on t.a = secret.a when not matched then insert values (1)",
	"merge into t using (select 1 as x) v on false when not matched and (select true from secret limit 1) then insert values (1)", "truncate secret", "truncate t, secret", "lock table secret", "lock t, secret in access share mode", "begin; lock secret",
	// Statements around statements.
	"explain select a from secret", "explain (analyze, costs off) delete from secret", "begin; declare c cursor for table secret", "declare c cursor with hold for table secret", "prepare p as table secret; execute p", "prepare p as table secret",
	"explain analyze create table n as table secret", "create table n as table secret", "create temp table n as select 1 as x, a from secret with no data; table n", "select a into n from secret", "create table n (like secret including all)",
	"create table n () inherits (secret)", "create table n (a int default 1, check (a > 0)) inherits (t, secret)", "create table n partition of secret default", "create materialized view n as table secret", "create view n as table secret", "create temp view n as table secret; table n",
	"create or replace recursive view n (a) as select a from secret", "create schema n1 create view v as table secret", "create function n() returns bigint language sql as 'select count(*) from secret'; select n()",
	"create function n() returns bigint language sql return (select count(*) from secret)", "create function n() returns bigint language sql begin atomic select count(*) from secret; end", "do $$ begin perform a from secret; end $$", "do 'begin perform a from secret; end'",
	"copy secret to stdout", "copy (table secret) to stdout", "copy secret from stdin", "copy public.secret (a) to stdout", "copy (select (select max(a) from secret)) to stdout with (format csv)", "copy (delete from secret returning a) to stdout",
	// Commands about the table.
	"alter table secret rename to n", "alter table secret set schema vault", "alter table secret add c int", "alter table t inherit secret", "alter table secret owner to mallory", "alter index secret_ix rename to n", "drop table secret", "drop table if exists n, secret",
	"create index n on secret (a)", "create trigger n before insert on secret execute function suppress_redundant_updates_trigger()", "create rule n as on insert to secret do nothing", "create policy n on secret using (true)", "create statistics n on a, b from secret",
	"grant select on secret to public", "grant all on all tables in schema public to mallory -- secret", "comment on table secret is 'n'", "comment on column secret.a is 'n'", "vacuum secret", "analyze secret", "reindex table secret", "cluster secret using secret_ix",
	"reassign owned by postgres to mallory -- secret", "refresh materialized view secret_mv", "create table n (a int references secret (a))", "alter table t add foreign key (a) references secret (a)", "create publication n for table secret", "security label on table secret is 'n'",
	// Functions that take statements and names of tables for texts.
	"select query_to_xml('table secret', true, true, '')", "select * from query_to_xml('table ' || 'secret', true, true, '')", "select table_to_xml('secret', true, true, '')", "select schema_to_xml('public', true, true, '') /* secret */", "select database_to_xml(true, true, '') /* secret */",
	"select * from ts_stat('select to_tsvector(a::text) from secret')", "select pg_catalog.ts_stat($$select to_tsvector(a::text) from secret$$)", "select ts_rewrite('a'::tsquery, 'select a::text::tsquery, a::text::tsquery from secret')",
	"select query_to_xml_and_xmlschema('table secret', true, true, '')", "select cursor_to_xml('c', 1, true, true, '') /* secret */", `select pg_catalog."query_to_xml"('table secret', true, true, '')`,
	// Several statements, and others' rights.
	"select 1; table secret", "begin; table secret; commit", ";;;table secret", "table t; table t; table t; table secret; table t", "set role boss; table secret", "set local role boss; table secret", "begin; set role to 'boss'; table secret",
	"select set_config('role', 'boss', false); table secret", "set session authorization boss; table secret", "rollback; table secret", "select 1/0; table secret; -- x", "commit and chain; table secret", "notify n, 'x'; table secret",
}

// elsewhere are texts that get to no table, but to what only who is allowed all may get to.
var elsewhere = []string{
	"copy t to program 'cat > secret'", "copy t from program 'cat secret'", "copy t from '/etc/secret'", "copy t to '/tmp/secret'", "select pg_read_file('secret')", "select pg_read_binary_file('base/secret')", "select pg_ls_dir('secret')",
	"select lo_import('/etc/secret')", "select lo_export(1, '/tmp/secret')", "select nextval('secret_seq')", "select setval('public.secret_seq', 1)", "create role secret", "alter role mallory set work_mem = '1MB' -- secret", "alter system set work_mem = '1MB' -- secret", "load 'secret'",
	"create extension secret", "set session_preload_libraries = 'secret'", "create database secret", "create tablespace secret location '/tmp'", "create server secret foreign data wrapper x", "select pg_terminate_backend(0) /* secret */", "select pg_reload_conf() /* secret */",
	"create schema secret", "alter database " + labDatabase + " rename to secret", "drop schema vault cascade -- secret", "create type secret as (a int)", "create domain secret as int check (value > 0)", "select into_the_vault() /* secret */", "create event trigger n on ddl_command_start execute function secret()",
}

// textAttempts are the texts, each as a Query and by Parse, Bind and Execute.
func textAttempts() (all []attempt) {
	for i, text := range append(append([]string{}, hiding...), elsewhere...) {
		strict := i >= len(hiding)
		a := attempt{name: fmt.Sprintf("%d q %.50s", i, plain(text)), strict: strict, steps: []move{{query(text), 1}}}
		all = append(all, a)
		if !strings.Contains(text, ";") {
			a.name = fmt.Sprintf("%d x %.50s", i, plain(text))
			a.steps = []move{{joined(runs(text), syncing), 1}}
			all = append(all, a)
		}
	}
	return all
}

// plain makes a name of a text: what no log changes.
func plain(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' || r == '|' || r == '%' {
			return '_'
		}
		return r
	}, text)
}
