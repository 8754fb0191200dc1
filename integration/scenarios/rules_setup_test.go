package scenarios_test

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// A ruled is the program with a policy file, in front of a database of its own.
type ruled struct {
	*proxy
	b        *backend
	database string
	file     string // the policy's
}

// A ruling is how to start the program with a policy. The zero value of a field changes nothing.
type ruling struct {
	policy   string // the policy file's text
	path     string // more of the listener's policy: "search_path: strict"
	listener string // more of the listener: "inspect: {requests: 1KiB}"
	more     string // more top-level keys
	to       string // another server than the backend
	protocol string // of the listener; default postgres
}

// rule starts the program with a policy, before a new database in which setup was run.
func (b *backend) rule(t *testing.T, how ruling, setup ...string) *ruled {
	t.Helper()
	r := &ruled{proxy: &proxy{addr: freeAddr(t), admin: freeAddr(t)}, b: b, database: b.database(t)}
	b.exec(t, r.database, setup...)
	r.begin(t, how)
	return r
}

// begin writes the files and starts the program.
func (r *ruled) begin(t *testing.T, how ruling) {
	t.Helper()
	dir := t.TempDir()
	r.file = filepath.Join(dir, "policy.yaml")
	r.write(t, how.policy)
	to := how.to
	if to == "" {
		to = r.b.Addr
	}
	text := fmt.Sprintf("listeners:\n  - {name: front, address: %q, protocol: %s, to: %q, policy: {file: policy.yaml%s}%s}\n",
		r.addr, cmp.Or(how.protocol, "postgres"), to, also(how.path), also(how.listener)) +
		fmt.Sprintf("admin: {address: %q}\naccess_log: {log: all, file: %q}\n%s\n", r.admin, logFile, how.more)
	config := filepath.Join(dir, "sluice.yaml")
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("GORACE", "atexit_sleep_ms=50") // a program with the race detector else takes a second to end, and there are many
	r.start(t, "run", "-c", config)
}

func also(more string) string {
	if more == "" {
		return ""
	}
	return ", " + more
}

// write gives the policy file another text, which counts from the next SIGHUP on.
func (r *ruled) write(t *testing.T, policy string) {
	t.Helper()
	if err := os.WriteFile(r.file, []byte(policy), 0o600); err != nil {
		t.Fatal(err)
	}
}

// rolePassword is that of the roles that role makes.
const rolePassword = "secret"

// role makes roles that may log in, unless they are there.
func (b *backend) role(t *testing.T, names ...string) {
	t.Helper()
	for _, name := range names {
		b.exec(t, "postgres", fmt.Sprintf("do $$ begin create role %q login password '%s'; exception when duplicate_object then null; end $$", name, rolePassword))
	}
}

// as is the connection string of another user than the server's own.
func (r *ruled) as(user string, params ...string) string {
	u, err := url.Parse(r.b.url(r.addr, r.database, params...))
	if err != nil {
		panic(err)
	}
	u.User = url.UserPassword(user, rolePassword)
	return u.String()
}

// connect logs in through the proxy, as the server's own user if user is "".
func (r *ruled) connect(t *testing.T, user string, params ...string) *pgx.Conn {
	t.Helper()
	c, err := r.try(t, user, params...)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// try logs in, or says what became of that.
func (r *ruled) try(t *testing.T, user string, params ...string) (*pgx.Conn, error) {
	t.Helper()
	to := r.b.url(r.addr, r.database, params...)
	if user != "" {
		to = r.as(user, params...)
	}
	c, err := pgx.Connect(within(t), to)
	if err == nil {
		t.Cleanup(func() { leave(c) })
	}
	return c, err
}

// leave ends a connection in order. Whatever state it is in, it doesn't take long.
func leave(c *pgx.Conn) {
	ctx, cancel := context.WithTimeout(context.Background(), hurry)
	defer cancel()
	_ = c.Close(ctx)
}

// run1 runs one simple Query.
func run1(t *testing.T, c *pgx.Conn, text string) error {
	t.Helper()
	_, err := c.PgConn().Exec(within(t), text).ReadAll()
	return err
}

// passes says that a statement must get through.
func passes(t *testing.T, c *pgx.Conn, text string) {
	t.Helper()
	if err := run1(t, c, text); err != nil {
		t.Errorf("%s: %v, and it may pass", text, err)
	}
}

// denied says that a statement must be denied by a rule, "" for the default.
func denied(t *testing.T, c *pgx.Conn, text, rule string) *pgconn.PgError {
	t.Helper()
	return isDenial(t, text, run1(t, c, text), rule)
}

// isDenial says that err must be the proxy's own denial: SQLSTATE 42501 as the server's, and its reason in words.
func isDenial(t *testing.T, what string, err error, rule string) *pgconn.PgError {
	t.Helper()
	var e *pgconn.PgError
	if !errors.As(err, &e) {
		t.Errorf("%s: got %v, want a denial", what, err)
		return &pgconn.PgError{}
	}
	if e.Code != "42501" || strings.Contains(e.Message, "permission denied for") {
		t.Errorf("%s: got %s %q, want a denial of the proxy", what, e.Code, e.Message)
	}
	if want := detail(rule); e.Detail != want {
		t.Errorf("%s: got detail %q, want %q", what, e.Detail, want)
	}
	return e
}

// detail is how a denial names the rule.
func detail(rule string) string {
	if rule == "" {
		return ""
	}
	return "Denied by rule " + rule + "."
}

// A judged line is what the access log says of a policy.
type judged struct {
	Verdict string `json:"sluice.policy.verdict"`
	Rule    string `json:"sluice.policy.rule"`
	Shadow  string `json:"sluice.policy.shadow"`
	Cancels uint64 `json:"sluice.cancel.session.id"`
}

func judgement(t *testing.T, l line) (j judged) {
	t.Helper()
	if err := json.Unmarshal([]byte(l.raw), &j); err != nil {
		t.Fatal(err)
	}
	return j
}

// hits gives what a rule decided, from the metrics.
func (r *ruled) hits(t *testing.T, rule, verdict string) int64 {
	t.Helper()
	return r.metric(t, "sluice_policy_rule_hits_total", "rule="+rule, "verdict="+verdict)
}
