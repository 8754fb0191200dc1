package scenarios_test

import "strings"

// nameAttempts play with the names of statements, portals and cursors.
func nameAttempts() []attempt {
	long := strings.Repeat("n", 63)
	at := func(portal string) []byte { return executeOf(portal, 0) }
	return []attempt{
		one("Parse under one name, Bind another", 2, parse("a", open), parse("b", forbidden), syncing, bindOf("", "b"), at(""), syncing),
		one("a name again after a failure", 3, parse("s", "selekt"), syncing, parse("s", forbidden), syncing, bindOf("", "s"), at(""), syncing),
		one("a name that is taken", 3, parse("s", open), syncing, parse("s", forbidden), syncing, bindOf("", "s"), at(""), syncing),
		one("a name closed and taken again", 2, parse("s", open), closing('S', "s"), parse("s", forbidden), syncing, bindOf("", "s"), at(""), syncing),
		one("a name whose Close was skipped", 3, parse("s", open), syncing, runs("selekt"), closing('S', "s"), syncing, parse("s", forbidden), bindOf("", "s"), at(""), syncing),
		one("names that the server cuts", 2, parse(long+"a", open), syncing, closing('S', long+"b"), parse(long+"c", forbidden), bindOf("", long+"d"), at(""), syncing),
		one("the unnamed statement taken by a Query", 3, parse("", open), syncing, query(forbidden), bindOf("", ""), at(""), syncing),
		one("the unnamed statement twice", 1, parse("", open), parse("", forbidden), bindOf("", ""), at(""), syncing),
		one("a portal bound before the statement changed", 1, parse("", open), bindOf("p", ""), parse("", forbidden), bindOf("q", ""), at("p"), at("q"), syncing),
		one("a portal of a name that is taken", 1, runs("begin"), parse("", open), bindOf("p", ""), parse("", forbidden), bindOf("p", ""), at("p"), syncing),
		one("a suspended portal, closed and taken again", 2, query("begin"), parse("", open), bindOf("p", ""), executeOf("p", 1), closing('P', "p"), parse("", forbidden), bindOf("p", ""), at("p"), syncing),
		one("a portal described only", 1, parse("", forbidden), bindOf("p", ""), describe('P', "p"), syncing),
		one("a portal executed twice", 1, parse("", forbidden), bindOf("p", ""), executeOf("p", 1), executeOf("p", 1), syncing),
		one("Execute of a cursor", 3, query("begin"), query("declare c cursor for "+forbidden), at("c"), syncing),
		one("FETCH from a portal", 2, query("begin"), parse("", forbidden), bindOf("p", ""), syncing, query("fetch all from p")),
		one("a cursor that outlives", 2, query("declare c cursor with hold for "+forbidden), query("fetch c")),
		one("a cursor of a cursor's name", 4, query("begin"), query("declare c cursor for "+open), query("close c; declare c cursor for "+forbidden), query("fetch c")),
		one("PREPARE under the name of a Parse", 3, parse("s", open), syncing, query("prepare s as "+forbidden), query("execute s")),
		one("Parse under the name of a PREPARE", 3, query("prepare s as "+open), parse("s", forbidden), syncing, bindOf("", "s"), at(""), syncing),
		one("PREPARE, Bind", 2, query("prepare s as "+forbidden), bindOf("", "s"), at(""), syncing),
		one("Parse, EXECUTE", 2, parse("s", forbidden), syncing, query("execute s")),
		one("PREPARE that fails, then another", 4, query("prepare s as "+open), query("prepare s as "+forbidden), query("deallocate s; prepare s as "+forbidden), query("execute s")),
		one("DEALLOCATE, PREPARE", 4, query("prepare s as "+open), query("deallocate s"), query("prepare s as "+forbidden), query("execute s")),
		one("DEALLOCATE ALL, Parse", 3, parse("s", open), syncing, query("deallocate all"), parse("s", forbidden), bindOf("", "s"), at(""), syncing),
		one("DISCARD PLANS and ALL", 4, parse("s", open), syncing, query("discard plans"), query("discard all"), parse("s", forbidden), bindOf("", "s"), at(""), syncing),
		one("DEALLOCATE that is rolled back", 4, parse("s", open), syncing, query("begin; deallocate s; select 1/0"), query("rollback"), parse("s", forbidden), bindOf("", "s"), at(""), syncing),
		one("EXECUTE around it", 2, query("prepare s as "+forbidden), query("create temp table n as execute s")),
		one("EXPLAIN around EXECUTE", 2, query("prepare s as "+forbidden), query("explain analyze execute s")),
		one("EXPLAIN around DECLARE", 1, query("explain analyze declare c cursor for "+forbidden)),
		one("PREPARE of PREPARE, by Parse", 2, runs("prepare s as "+forbidden), syncing, runs("execute s"), syncing),
		one("Parse of EXECUTE", 2, query("prepare s as "+forbidden), parse("x", "execute s"), bindOf("", "x"), at(""), syncing),
		one("quoted names", 2, query(`prepare "S" as `+open), query(`prepare s as `+forbidden+`; execute s`)),
		one("one text executed for another of its shape", 3, query("select a from t where a = 1"), query("select a from secret where a = 1"), query("select a from t where a = 2")),
		one("a name like a shape", 3, query(`select a from "t"`), query(`select a from "secret"`), query(`select a from "t" /* x */`)),
		one("set role, asked for in the same segment", 3, query("set role boss"), query(forbidden), query("reset role")),
		one("set role in a batch", 1, runs("set role boss"), runs(forbidden), syncing),
		one("a view, and what is behind it", 2, query("create or replace view t2 as "+forbidden), query("table t2")),
		one("a function, and what it does", 2, query("create or replace function f() returns bigint language sql as 'select count(*) from secret'"), query("select f()")),
		one("a rule on what is allowed", 2, query("create rule r as on update to t do also "+forbidden), query("update t set a = a")),
		one("a trigger's function", 2, query("create function f2() returns trigger language plpgsql as 'begin perform a from secret; return new; end'"), query("select f2()")),
		one("a domain that looks it up", 2, query("create function f3(int) returns bool language sql as 'select exists (table secret)'"), query("create domain d as int check (f3(value))")),
		one("a DO that prepares", 2, query("do $$ begin execute 'create temp view n as table secret'; end $$"), query("table n")),
		one("a table taken for another", 2, query("alter table secret rename to t3"), query("table t3")),
	}
}
