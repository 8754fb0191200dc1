package scenarios_test

import (
	"math/rand/v2"
	"strings"
	"testing"
)

// A mixer makes statements of pieces: mostly ones that the server understands, with the table secret somewhere, or not.
type mixer struct {
	*rand.Rand
	depth int
}

func (m *mixer) pick(all ...string) string { return all[m.IntN(len(all))] }

// blank gives what may stand between two words.
func (m *mixer) blank() string {
	return m.pick(" ", " ", " ", "\n", "\t", "/**/", "/* ' */", "/* /* */ */", "--x\n", "-- '\r\n", " \f ", "/*$$*/")
}

func (m *mixer) table() string {
	return m.pick("t", "t", "t", "secret", "public.secret", `"secret"`, "SECRET", `U&"s\0065cret"`, `public."t"`, "only secret", "secret *", "trustdb.public.secret", "pg_class", "x", "hidden", "generate_series(1,2) secret", "secret tablesample system(50)",
		"lateral (table secret)", "rows from (generate_series(1,2))", `"Secret"`, "pg_temp.secret", "secret_mv")
}

// value gives an expression.
func (m *mixer) value() string {
	if m.depth > 3 || m.IntN(3) > 0 {
		return m.pick("1", "a", "null", "'x'", "'it''s'", `'\'`, `e'\''`, `e'\\'`, "$$x$$", "$a$ ' $$ $a$", `U&'\0027'`, "B'1'", "X'1f'", "'a' 'b'", "'a'\n'b'", "1.5e3", "0x1f", "1_000", "t.a", "secret", "$1", "-1", "- -1", "'secret'", "current_user", "'{1,2}'::int[]", `"a"`, "t", "N'x'", "date '2020-01-01'")
	}
	m.depth++
	defer func() { m.depth-- }()
	switch m.IntN(9) {
	case 0:
		return "(" + m.query() + ")"
	case 1:
		return "exists(" + m.query() + ")"
	case 2:
		return "array(" + m.query() + ")"
	case 3:
		return m.value() + m.blank() + m.pick("+", "=", "<>", "||", "is distinct from", "and", "@>", "->", "- --x\n") + m.blank() + m.value()
	case 4:
		return m.pick("count", "abs", "coalesce", "pg_catalog.lower", "max", "row", "query_to_xml", "into_the_vault", "has_table_privilege") + "(" + m.value() + ")"
	case 5:
		return "case when " + m.value() + " then " + m.value() + " end"
	case 6:
		return m.value() + "::" + m.pick("text", "int", "regclass", "secret", "t", "pg_catalog.int4", "text[]")
	case 7:
		return m.value() + " in (" + m.query() + ")"
	}
	return "sum(a) over (partition by " + m.value() + " order by " + m.value() + ")"
}

// query gives what stands for rows.
func (m *mixer) query() string {
	if m.depth > 4 {
		return "select 1"
	}
	m.depth++
	defer func() { m.depth-- }()
	b := m.blank
	switch m.IntN(12) {
	case 0:
		return "table" + b() + strings.TrimSuffix(m.table(), " secret")
	case 1:
		return "values (" + m.value() + ")"
	case 2:
		return m.query() + b() + m.pick("union", "union all", "except", "intersect") + b() + m.query()
	case 3:
		name := m.pick("t", "secret", "x", "w")
		return "with " + m.pick("", "recursive ") + name + m.pick("", "(a)") + " as " + m.pick("", "materialized ") + "(" + m.pick(m.query(), m.change()) + ")" + b() + m.query()
	case 4:
		return "select" + b() + m.value() + b() + "from" + b() + m.table() + m.pick(" join ", " left join ", " cross join ", " natural join ", ", ") + m.table() + m.pick("", " on true", " using (a)")
	case 5:
		return "select " + m.value() + b() + "from (" + m.query() + ") " + m.pick("x", "t", "secret", "as x(a, b)")
	case 6:
		return "select" + b() + m.value() + b() + "from" + b() + m.table() + b() + m.pick("x", "as t", "secret", "") + m.pick("", " for update", " for share of secret", " limit "+m.value(), " group by a", " order by "+m.value(), " window w as (order by "+m.value()+")", " offset 1", " having "+m.value())
	}
	return "select" + b() + m.value() + b() + "from" + b() + m.table() + m.pick("", "", " where "+m.value())
}

// change gives a statement that changes rows.
func (m *mixer) change() string {
	b := m.blank
	returning := m.pick("", "", " returning "+m.value())
	switch m.IntN(6) {
	case 0:
		return "insert into" + b() + m.table() + m.pick("", " (a)") + b() + m.query() + m.pick("", " on conflict do nothing") + returning
	case 1:
		return "update " + m.table() + " set a = " + m.value() + m.pick("", " from "+m.table()) + m.pick("", " where "+m.value()) + returning
	case 2:
		return "delete from" + b() + m.table() + m.pick("", " using "+m.table()) + m.pick("", " where "+m.value()) + returning
	case 3:
		return "merge into " + m.table() + " using " + m.pick("secret s", "t s", "("+m.query()+") s") + " on " + m.value() + " when matched then " + m.pick("delete", "do nothing", "update set a = "+m.value())
	}
	return "insert into t (a) values (" + m.value() + ")" + returning
}

// statement gives a statement, sometimes two, sometimes broken.
func (m *mixer) statement() string {
	m.depth = 0
	text := m.query()
	switch m.IntN(14) {
	case 0, 1, 2:
		text = m.change()
	case 3:
		text = m.pick("explain ", "explain (costs off) ", "explain analyze ", "prepare p as ", "declare c cursor for ", "create temp table n as ", "create or replace temp view v as ", "create view pg_temp.v as ") + text
	case 4:
		text = "copy " + m.pick("("+text+")", "secret", "t", "t (a)", "public.secret") + " to stdout" + m.pick("", " csv", " (format csv, delimiter ';')")
	case 5:
		text = m.pick("lock table ", "truncate ", "analyze ", "vacuum ", "reindex table ", "comment on table ", "drop table ", "alter table ", "cluster ", "grant select on ") + m.table() + m.pick("", " is 'x'", " add c int", " to public", ", secret")
	case 6:
		text = m.pick("select 1", "begin", "commit", "", "rollback", m.query()) + ";" + m.blank() + text
	case 7:
		text = m.pick("execute p", "fetch c", "deallocate all", "do $$ begin perform a from secret; end $$", "set role boss", "reset role", "set search_path = vault, public", "reset search_path", "set standard_conforming_strings = off", "reset all", "discard all", "abort")
	case 8: // a hole, or a character too many
		i := m.IntN(len(text) + 1)
		text = text[:i] + m.pick("'", `"`, "$$", "/*", "*/", "--", `\`, ";", "(", ")", "\xc3", "u&", "e", "\n", "$a$", "--\n") + text[min(len(text), i+m.IntN(3)):]
	case 9: // two statements grown together
		other := m.query()
		text = text[:m.IntN(len(text)+1)] + other[m.IntN(len(other)+1):]
	}
	return text
}

// fuzz sends statements of a mixer, as Query or in a batch, under the policy that allows the table t. If one gets to something else, the server's log tells.
func (l *lab) fuzz(t *testing.T, r *ruled) {
	n := 2_000
	if long() {
		n = 200_000
	}
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	m := &mixer{Rand: rand.New(rand.NewPCG(seed, 18))}
	const part = 100
	touched := 0
	for range n / part {
		a := attempt{name: "fuzz"}
		for range part {
			text := strings.ReplaceAll(m.statement(), "\x00", "")
			bytes := query(text)
			if m.IntN(3) == 0 {
				bytes = joined(runs(text), syncing)
			}
			a.steps = append(a.steps, move{bytes, 1})
		}
		a.try(t, r.addr)
		for line := range strings.Lines(l.written(t)[a.name]) {
			if refused.MatchString(line) {
				t.Errorf("BYPASS the server says\n%s", line)
				l.guilty(t, r, a)
				return
			}
		}
		if touched < part { // the statements must be worth denying
			a.try(t, l.Addr)
			for line := range strings.Lines(l.written(t)[a.name]) {
				if refused.MatchString(line) {
					touched++
				}
			}
		}
	}
	if touched < part {
		t.Errorf("directly, %d of %d statements got to what is forbidden; the mixer makes nothing of worth", touched, n)
	}
}

// guilty makes the statements of a part one by one, and prints those that got through.
func (l *lab) guilty(t *testing.T, r *ruled, a attempt) {
	t.Helper()
	for i := range a.steps {
		for _, steps := range [][]move{a.steps[i : i+1], a.steps[:i+1]} { // by itself, then behind those before it
			b := attempt{name: "fuzz", steps: steps}
			b.try(t, r.addr)
			if refused.MatchString(l.written(t)[b.name]) {
				t.Errorf("it is number %d of a part, behind %d others: %q", i+1, len(steps)-1, a.steps[i].bytes)
				return
			}
		}
	}
}
