package scenarios_test

import (
	"fmt"
	"strings"
)

// pathAttempts have the table vault.hidden, which is forbidden, found under the name hidden, which may mean public.hidden.
func pathAttempts() (all []attempt) {
	const named = "select a from hidden"
	to := func(schema string) string { return "set search_path = " + schema }
	path := func(a attempt) attempt {
		a.spoken, a.name = true, "path: "+a.name
		return a
	}
	for name, set := range map[string]string{
		"SET": to("vault"), "SET SCHEMA": "set schema 'vault'", "set_config": "select set_config('search_path', 'vault', false)", "set_config, upper case": "select set_config('SEARCH_PATH', 'vault', false)",
		"set_config of a column": "select set_config(n, 'vault', false) from (values ('search_path')) v(n)", "set_config, computed": "select set_config('search' || '_path', 'vault', false)", "two of them": to("public") + "; " + to("vault"),
		"SET SESSION": "set session search_path to vault, public", "a text": "set search_path to 'vault'", "in a DO": "do $$ begin perform set_config('search_path', 'vault', false); end $$", "pg_settings": "update pg_settings set setting = 'vault' where name = 'search_path'",
		"pg_settings, with its schema": "update pg_catalog.pg_settings as p set setting = 'vault' where p.name = 'search_path'", "pg_settings, quoted": `update "pg_settings" set setting = 'vault' where name = 'search_path'`,
		"SET, committed": "begin; " + to("vault") + "; commit", "a function": "select into_the_vault()", "EXECUTE": "prepare q as select set_config('search_path', 'vault', false); execute q",
	} {
		all = append(all,
			path(one(name+", Query", 2, query(set), query(named))),
			path(one(name+", batch", 2, query(set), runs(named), syncing)),
			path(one(name+", prepared before", 3, parse("s", named), syncing, query(set), bindOf("", "s"), executeOf("", 0), syncing)),
			path(attempt{name: name + ", answered before", steps: []move{{query(named), 1}, {query(set), 1}, {query(named), 1}, {query(named), 1}}}))
		if !strings.Contains(set, ";") {
			all = append(all, path(one(name+", one batch", 1, runs(set), runs(named), syncing)))
		}
	}
	vault := "search_path\x00vault\x00"
	for name, undo := range map[string]string{
		"RESET": "reset search_path", "RESET ALL": "reset all", "DISCARD ALL": "discard all", "DEFAULT": "set search_path to default", "SET rolled back": "begin; " + to("public") + "; rollback",
		"SET LOCAL over": "begin; set local search_path = public; commit", "failed": "begin; " + to("public") + "; select 1/0; commit", "to a savepoint": "begin; savepoint a; " + to("public") + "; rollback to a; commit",
	} {
		back := undo
		a := one(name+", back", 3, query(to("public")), query(back), query(named))
		if strings.HasPrefix(undo, "begin") {
			a = one(name+", back", 3, query(named), query(back), query(named))
		}
		a.login = vault
		if name == "failed" {
			a.steps = []move{{joined(query(named), query(back), query("rollback"), query(named)), 4}}
		}
		all = append(all, path(a))
	}
	in := func(login string, a attempt) attempt {
		a.login = login
		return path(a)
	}
	batch := one("a batch's SET rolled back", 2, runs(to("public")), runs("select 1/0"), syncing, query(named))
	own := "sluice: search_path"
	return append(all,
		in(vault, one("at login", 1, query(named))),
		in("options\x00-csearch_path=vault\x00", one("by options", 1, query(named))),
		in("options\x00--search-path=vault\x00", one("by a long option", 1, query(named))),
		in("SEARCH_PATH\x00vault\x00", one("at login, upper case", 1, query(named))),
		in(vault, batch),
		path(attempt{name: "ALTER ROLE, login again", again: true, alone: true, steps: []move{{query("alter role mallory set search_path = vault"), 1}, {query(named), 1}}}),
		path(attempt{name: "ALTER ROLE back", inert: true, alone: true, steps: []move{{query("alter role mallory reset search_path"), 1}}}),
		path(one("PREPARE before, EXECUTE after", 3, query("prepare s as "+named), query(to("vault")), query("execute s"))),
		path(one("a portal bound after", 3, parse("s", named), syncing, query("begin; set local search_path = vault"), bindOf("p", "s"), executeOf("p", 0), syncing)),
		path(one("the same text after", 5, query(named), query(to("'public'")), query(named), query(to("'vault'")), query(named))),
		path(one("the question's own statement", 3, parse(own, `select '["public"]'::text, 'public'::text, 'mallory'::text`), syncing, query(to("vault")), query(named))),
		path(one("the question's own portal", 5, query("begin"), parse("x", open), bindOf(own, "x"), syncing, query(to("vault")), query(named), query("commit"))),
		path(one("the question's own cursor", 3, query(fmt.Sprintf("declare %q cursor with hold for select 1", own)), query(to("vault")), query(named))),
		path(one("types of one's own", 4, query("create schema mine"), query("create type mine.text as (a int)"), query("set search_path = mine, pg_catalog, vault"), query(named))),
		path(one("a catalog behind", 4, query("create schema mine2"), query("create function mine2.current_schemas(bool) returns name[] language sql as 'select array[''public'']::name[]'"), query("set search_path = mine2, pg_catalog, vault"), query(named))),
		path(one("temporary tables first", 3, query("create temp table hidden (a int)"), query("drop table pg_temp.hidden; "+to("vault")), query(named))),
	)
}

// readingAttempts change where strings end right in front of a text that means something else then.
func readingAttempts() (all []attempt) {
	add := func(name, set, text string) {
		text = strings.ReplaceAll(text, "select id", "select a")
		all = append(all,
			one("reading: "+name+", Query", 2, query(set), query(text)),
			one("reading: "+name+", batch", 2, query(set), runs(text), syncing),
			one("reading: "+name+", prepared", 3, query(set), parse("s", text), syncing, bindOf("", "s"), executeOf("", 0), syncing))
		for i := range all {
			all[i].spoken = true // as long as the setting isn't changed, the text is harmless
		}
	}
	const off = "standard_conforming_strings"
	for name, set := range map[string]string{
		"SET": "set " + off + " = off", "LOCAL": "begin; set local " + off + " = off", "set_config": "select set_config('" + off + "', 'off', false)", "pg_settings": "update pg_settings set setting = 'off' where name = '" + off + "'",
		"a function": "select loosen()", "a function in a condition": "select a from t where loosen() = 'off'", "a DO": "do $$ begin set " + off + " = off; end $$", "EXECUTE": "prepare q as select loosen(); execute q",
	} {
		add(name, set, escaped)
	}
	for encoding, text := range foreign {
		add(encoding, "set client_encoding = '"+encoding+"'", text)
		add(encoding+", a function", "select re_encode('"+encoding+"')", text)
		add(encoding+", pg_settings", "update pg_settings set setting = '"+encoding+"' where name = 'client_encoding'", text)
	}
	return all
}

// laterAttempts make something that changes a setting when it is used, and use it later: the text that uses it doesn't say so.
func laterAttempts() (all []attempt) {
	later := map[string]struct{ made, used string }{
		"a view":                {"create temp view w as select set_config(NAME, VALUE, false) as s", "select s from w"},
		"an updatable view":     {"create temp view w as table pg_settings", "update w set setting = VALUE where name = NAME"},
		"a default":             {"create temp table w (a int, s text default set_config(NAME, VALUE, false))", "insert into w (a) values (1)"},
		"a check":               {"create temp table w (a int check (set_config(NAME, VALUE, false) is not null))", "insert into w values (1)"},
		"a domain":              {"create domain pg_temp.w as text check (set_config(NAME, VALUE, false) is not null)", "select 'x'::pg_temp.w"},
		"a trigger's condition": {"create temp table w (a int); insert into w values (1); create trigger g before update on w for each row when (set_config(NAME, VALUE, false) is not null) execute function suppress_redundant_updates_trigger()", "update w set a = 2"},
		"a rule":                {"create temp table w (a int); create rule g as on insert to w do also select set_config(NAME, VALUE, false)", "insert into w values (1)"},
		"a row's policy":        {"create temp table w (a int); insert into w values (1); alter table w enable row level security, force row level security; create policy g on w using (set_config(NAME, VALUE, false) is not null)", "select * from w"},
		"a cursor":              {"begin; declare c cursor for select set_config(NAME, VALUE, false)", "fetch c"},
		"a cursor, moved":       {"begin; declare c cursor for select set_config(NAME, VALUE, false)", "move c"},
		"a function's cursor":   {"begin; declare c cursor for select into_the_vault(), loosen()", "fetch c"},
		"a prepared statement":  {"prepare w as select set_config(NAME, VALUE, false)", "execute w"},
		"a prepared parameter":  {"prepare w(text) as select set_config(NAME, $1, false)", "execute w(VALUE)"},
		"a prepared name":       {"prepare w(text) as select set_config($1, VALUE, false)", "execute w(NAME)"},
	}
	for what, s := range later {
		for _, target := range []struct{ name, setting, value, text string }{
			{"path", "'search_path'", "'vault'", "select a from hidden"}, {"strings", "'standard_conforming_strings'", "'off'", strings.ReplaceAll(escaped, "id from secret", "a from public.secret")},
		} {
			filled := strings.NewReplacer("NAME", target.setting, "VALUE", target.value)
			made, used := query(filled.Replace(s.made)), query(filled.Replace(s.used))
			name := "later: " + what + ", " + target.name
			for _, a := range []attempt{
				{name: name + ", answered", steps: []move{{made, 1}, {query(target.text), 1}, {used, 1}, {query(target.text), 1}}},
				{name: name + ", at once", steps: []move{{made, 1}, {query(target.text), 1}, {joined(used, query(target.text)), 2}}},
			} {
				a.spoken = true
				all = append(all, a)
			}
		}
	}
	return all
}
