package scenarios_test

import "testing"

// Three schemas have a table x; rules say which of them may be read.
var pathTables = []string{
	"create schema app", "create schema vault", "create table public.x (id int)", "create table app.x (id int)", "create table vault.x (id int)",
	"grant all on schema app, vault, public to public", "grant all on table app.x, vault.x, public.x to public",
}

const onlyApp = `
statements:
  default: deny
  rules:
    - {name: app, effect: allow, accesses: {kind: table, names: "app.*"}}
    - {name: own-schemas, effect: allow, operations: "*_SCHEMA", accesses: {kind: schema}}
    - {name: temporary, effect: allow, accesses: {kind: table, names: "pg_temp.*"}}
`

const notVault = `
statements:
  default: allow
  rules:
    - {name: no-vault, effect: deny, accesses: {kind: table, names: "vault.*"}}
`

// pathed starts the program before a database with the three schemas.
func (b *backend) pathed(t *testing.T, how ruling) *ruled {
	t.Helper()
	b.role(t, "ann")
	r := b.rule(t, how, pathTables...)
	b.exec(t, r.database, "grant all on database "+r.database+" to public")
	return r
}

// A pathStep is one statement, and whether it gets through. Those that only prepare the others must.
type pathStep struct {
	text string
	may  bool
}

// play runs the steps one by one.
func (r *ruled) play(t *testing.T, k *talker, steps []pathStep) {
	t.Helper()
	for i, s := range steps {
		errs := errorsOf(k.ask(s.text))
		switch {
		case s.may && len(errs) > 0:
			t.Errorf("step %d, %s: got %s %q, and it may pass", i+1, s.text, errs[0].Code, errs[0].Message)
		case !s.may && (len(errs) != 1 || errs[0].Code != "42501"):
			t.Errorf("step %d, %s: got %v, want a denial", i+1, s.text, errs)
		}
	}
}

// TestRulesPathFollowed changes search_path in all the ways there are. Only the server knows what comes of most of them.
func TestRulesPathFollowed(t *testing.T) {
	const read = "select * from x"
	each(t, func(t *testing.T, b *backend) {
		only, not := b.pathed(t, ruling{policy: onlyApp}), b.pathed(t, ruling{policy: notVault})
		for _, tt := range []struct {
			name  string
			r     *ruled
			login []string // parameters
			steps []pathStep
		}{
			{"SET", only, nil, []pathStep{{read, false}, {"set search_path = app", true}, {read, true}, {"set search_path = app, vault", true}, {read, false}, {"set search_path to 'app'", true}, {read, true}, {"reset search_path", true}, {read, false}}},
			{"SET, denied elsewhere", not, nil, []pathStep{{read, true}, {"set search_path = vault", true}, {read, false}, {"set search_path = app", true}, {read, true}, {"set search_path = app, vault", true}, {read, false}, {"set search_path = default", true}, {read, true}}},
			{"quoted, and schemas that don't exist", only, nil, []pathStep{{`set search_path = "App", nowhere, "app"`, true}, {read, true}, {`set search_path = "Vault"`, true}, {read, false}}},
			{"SET LOCAL", only, nil, []pathStep{{"begin", true}, {"set local search_path = app", true}, {read, true}, {"commit", true}, {read, false}}},
			{"SET LOCAL, rolled back", not, nil, []pathStep{{"begin", true}, {"set local search_path = app", true}, {"rollback", true}, {read, true}, {"begin", true}, {"set local search_path = vault", true}, {read, false}, {"rollback", true}, {read, true}}},
			{"SET, rolled back", only, nil, []pathStep{{"set search_path = app", true}, {"begin", true}, {"set search_path = vault", true}, {"rollback", true}, {read, true}, {"begin", true}, {"set search_path = vault", true}, {"commit", true}, {read, false}}},
			{"SET, rolled back to a savepoint", only, nil, []pathStep{{"begin", true}, {"savepoint a", true}, {"set search_path = app", true}, {read, true}, {"rollback to a", true}, {read, false}, {"rollback", true}}},
			{"SET, and the transaction fails", not, nil, []pathStep{{"set search_path = vault", true}, {"begin", true}, {"set search_path = app", true}, {read, true}, {read + " join vault.x y on true", false}, {"rollback", true}, {read, false}}},
			{"SET that fails", only, nil, []pathStep{{"set search_path = app", true}, {"set search_path = app, vault; select * from vault.x", false}, {read, true}}},
			{"set_config", not, nil, []pathStep{{"select set_config('search_path', 'vault', false)", true}, {read, false}, {"select set_config('search_path', 'app', false)", true}, {read, true}}},
			{"set_config, local", not, nil, []pathStep{{"begin", true}, {"select set_config('search_path', 'vault', true)", true}, {read, false}, {"rollback", true}, {read, true}}},
			{"SET in the same text", not, nil, []pathStep{{"set search_path = vault; " + read, false}, {read, true}, {"select set_config('search_path', 'vault', false); " + read, false}, {"set search_path = app; select * from app.x", true}, {read, true}}},
			{"pg_temp behind another", only, nil, []pathStep{{"set search_path = app, pg_temp", true}, {read, true}, {"set search_path = app, pg_temp, vault", true}, {read, false}}},
			{"pg_temp, which isn't there yet", only, nil, []pathStep{{"set search_path = pg_temp, app", true}, {read, false}, {"create table pg_temp.y (id int)", true}, {read, true}, {"select * from y", true}}},
			{"DISCARD ALL", only, nil, []pathStep{{"set search_path = app", true}, {read, true}, {"discard all", true}, {read, false}}},
			{"RESET ALL", not, []string{"options=-csearch_path=vault"}, []pathStep{{read, false}, {"set search_path = app", true}, {read, true}, {"reset all", true}, {read, false}}},
			{"options at login", only, []string{"options=-csearch_path=app"}, []pathStep{{read, true}, {"set search_path = vault", true}, {read, false}, {"reset search_path", true}, {read, true}}},
			{"a long option at login", not, []string{"options=--search-path=vault"}, []pathStep{{read, false}, {"set search_path = app", true}, {read, true}}},
			{"a parameter at login", only, []string{"search_path=app"}, []pathStep{{read, true}, {"begin; set local search_path = vault", true}, {read, false}, {"rollback", true}, {read, true}}},
			{"a parameter at login, denied", not, []string{"search_path=vault"}, []pathStep{{read, false}, {"select * from app.x", true}}},
			{"PREPARE in another path", not, nil, []pathStep{{"set search_path = app", true}, {"prepare p as " + read, true}, {"execute p", true}, {"set search_path = vault", true}, {"execute p", false}, {"set search_path = app", true}, {"execute p", true}}},
		} {
			t.Run(tt.name, func(t *testing.T) { tt.r.play(t, talk(t, tt.r.as("ann", tt.login...)), tt.steps) })
		}
	})
}

// TestRulesPathOfRole has the server's own settings for a role, which it tells nobody of, and schemas that come to be.
func TestRulesPathOfRole(t *testing.T) {
	const read = "select * from x"
	each(t, func(t *testing.T, b *backend) {
		only, not := b.pathed(t, ruling{policy: onlyApp}), b.pathed(t, ruling{policy: notVault})
		b.exec(t, only.database, "alter role ann in database "+only.database+" set search_path = app")
		only.play(t, talk(t, only.as("ann")), []pathStep{{read, true}, {"set search_path = public", true}, {read, false}, {"reset search_path", true}, {read, true}})
		b.exec(t, not.database, "alter role ann in database "+not.database+" set search_path = vault")
		not.play(t, talk(t, not.as("ann")), []pathStep{{read, false}, {"set search_path = public", true}, {read, true}, {"reset search_path", true}, {read, false}})

		// "$user" is looked in first, once it is there: the proxy can't see that others make it, so rules that deny count before.
		b.exec(t, only.database, "alter role ann in database "+only.database+" set search_path = '$user', app")
		k := talk(t, only.as("ann"))
		only.play(t, k, []pathStep{{read, true}, {"create schema ann", true}, {read, false}, {"drop schema ann", true}, {read, true}})
		r := b.rule(t, ruling{policy: "statements: {default: allow, rules: [{name: not-hers, effect: deny, accesses: {kind: table, names: ann.*}}]}"},
			"create table public.x (id int)", "grant all on public.x to public")
		r.play(t, talk(t, r.as("ann")), []pathStep{{read, false}, {"select * from public.x", true}, {"set search_path = public", true}, {read, true}})

		// A temporary table hides the others. Rules allow it by its schema, and names without one by what they would else mean.
		only.play(t, talk(t, only.as("ann", "search_path=app")), []pathStep{{"create temp table x (id int)", true}, {read, true}, {"select * from pg_temp.x", true}, {"drop table pg_temp.x", true}, {"create table y (id int)", true}, {"create table public.y (id int)", false}, {"drop table y", true}})
	})
}

// TestRulesPathAssumed and strict ones ask the server nothing.
func TestRulesPathAssumed(t *testing.T) {
	const read = "select * from x"
	each(t, func(t *testing.T, b *backend) {
		assumed := b.pathed(t, ruling{policy: onlyApp, path: "search_path: assume, schemas: [app]"})
		assumed.play(t, talk(t, assumed.as("ann")), []pathStep{{read, true}, {"set search_path = vault", true}, {read, true}, {"select * from vault.x", false}, {"select * from app.x", true}})
		strict := b.pathed(t, ruling{policy: onlyApp, path: "search_path: strict"})
		strict.play(t, talk(t, strict.as("ann", "search_path=app")), []pathStep{{read, false}, {"set search_path = app", true}, {read, false}, {"select * from app.x", true}})
		lax := b.pathed(t, ruling{policy: notVault, path: "search_path: strict"})
		lax.play(t, talk(t, lax.as("ann", "search_path=app")), []pathStep{{read, false}, {"select * from y", false}, {"select * from app.x", true}, {"select 1", true}})
		anywhere := b.pathed(t, ruling{policy: `statements: {default: deny, rules: [{name: all-x, effect: allow, accesses: {kind: table, names: "*.x"}}]}`, path: "search_path: strict"})
		anywhere.play(t, talk(t, anywhere.as("ann", "search_path=app")), []pathStep{{read, true}, {"select * from y", false}, {"select * from vault.x", true}})
	})
}
