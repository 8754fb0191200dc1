package driversuite

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"sync"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/sluice-proxy/sluice/integration/servers"
)

// PgxModule is the driver whose tests are run.
const PgxModule = "github.com/jackc/pgx/v5@v5.12.0"

// PgxHBA are the lines for pg_hba.conf that let pgx's tests log in by every kind
// of password.
var PgxHBA = []string{
	"host all pgx_md5 all md5",
	"host all pgx_pw  all password",
}

// pgxLogins are the variables for tests of one way to log in, each with the role
// that setup makes for it.
var pgxLogins = []struct{ env, role string }{
	{"PGX_TEST_PLAIN_PASSWORD_CONN_STRING", "pgx_pw"},
	{"PGX_TEST_MD5_PASSWORD_CONN_STRING", "pgx_md5"},
	{"PGX_TEST_SCRAM_PASSWORD_CONN_STRING", "pgx_scram"},
}

// pgxDatabase is the database that the tests want; some have its name in them.
const pgxDatabase = "pgx_test"

// pgxRoles are statements that make the roles of testsetup/postgresql_setup.sql
// in pgx's source.
//
// The last is a role with one backslash in its name, as TestTextCodecACLItem-
// RoleWithSpecialCharacters looks for; pgx's own script makes one with two, and
// the test skips.
var pgxRoles = []string{
	"create role pgx_ssl with login superuser password 'secret'",
	"create role pgx_sslcert with login superuser password 'secret'",
	"set password_encryption = 'md5'",
	"create role pgx_md5 with login superuser password 'secret'",
	"set password_encryption = 'scram-sha-256'",
	"create role pgx_pw with login superuser password 'secret'",
	"create role pgx_scram with login superuser password 'secret'",
	`create role " tricky, ' } "" \ test user " with login superuser password 'secret'`,
}

// Pgx is pgx's test suite.
type Pgx struct {
	server *servers.Server
	source *Source
	one    sync.Mutex // one run at a time: they have one database
	logins []string   // the variables of pgxLogins whose role may log in
}

// NewPgx prepares a server and gets the suite's source. It tells log what cannot
// be tested there. The caller closes it.
func NewPgx(ctx context.Context, log io.Writer, server *servers.Server) (*Pgx, error) {
	p := &Pgx{server: server}
	if err := p.roles(ctx); err != nil {
		return nil, fmt.Errorf("the roles for pgx's tests: %w", err)
	}
	for _, l := range pgxLogins {
		conn, err := pgx.Connect(ctx, p.conninfo(server.Addr, l.role, server.Database))
		if err != nil {
			fmt.Fprintf(log, "%s is left out: %v\n", l.env, err)
			continue
		}
		conn.Close(ctx)
		p.logins = append(p.logins, l.env)
	}
	source, err := Copy(ctx, PgxModule)
	if err != nil {
		return nil, err
	}
	p.source = source
	return p, nil
}

// Close removes the suite's source.
func (p *Pgx) Close() { p.source.Close() }

// Side runs the tests of packages whose names match pattern (all if it is empty)
// against addr, which is the server's or a proxy's before it. Each run has a
// database as new.
func (p *Pgx) Side(addr string, packages []string, pattern string) Side {
	return func(ctx context.Context, only []Name) (*Results, error) {
		p.one.Lock()
		defer p.one.Unlock()
		packages, pattern := packages, pattern
		if len(only) > 0 {
			packages, pattern = Pattern(only)
		}
		if err := p.newDatabase(ctx); err != nil {
			return nil, fmt.Errorf("the database for pgx's tests: %w", err)
		}
		return p.source.Test(ctx, p.env(addr), packages, pattern)
	}
}

// env points the tests at addr. What it does not set makes tests skip: those of
// TLS, OAuth, Unix sockets, PgBouncer and other servers.
func (p *Pgx) env(addr string) []string {
	main := p.conninfo(addr, "", pgxDatabase)
	env := []string{"PGX_TEST_DATABASE=" + main, "PGX_TEST_TCP_CONN_STRING=" + main}
	for _, l := range pgxLogins {
		if slices.Contains(p.logins, l.env) {
			env = append(env, l.env+"="+p.conninfo(addr, l.role, pgxDatabase))
		}
	}
	return env
}

// conninfo is a connection string in libpq's keyword form, which the tests
// append to. An empty role is the server's own.
func (p *Pgx) conninfo(addr, role, database string) string {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		host, port = addr, "5432"
	}
	user, password := role, "secret"
	if role == "" {
		user, password = p.server.User, p.server.Password
	}
	return fmt.Sprintf("host=%s port=%s user=%s password=%s dbname=%s sslmode=disable", quote(host), port, quote(user), quote(password), database)
}

// PostgreSQL 18, 32.1.1.1 "Keyword/Value Connection Strings"
func quote(value string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(value) + "'"
}

// roles makes those roles that are not there yet.
func (p *Pgx) roles(ctx context.Context) error {
	conn, err := pgx.Connect(ctx, p.server.URL(""))
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	for _, statement := range pgxRoles {
		if _, err := conn.Exec(ctx, statement); err != nil && !isDuplicate(err) {
			return err
		}
	}
	return nil
}

// isDuplicate says whether a role was there already.
func isDuplicate(err error) bool {
	var e *pgconn.PgError
	return errors.As(err, &e) && e.Code == "42710" // duplicate_object
}

// newDatabase makes the tests' database anew, with what pgx's setup script puts
// into it.
func (p *Pgx) newDatabase(ctx context.Context) error {
	err := p.exec(ctx, p.server.Database,
		"drop database if exists "+pgxDatabase+" with (force)",
		"create database "+pgxDatabase)
	if err != nil {
		return err
	}
	return p.exec(ctx, pgxDatabase,
		"create extension hstore",
		"create extension ltree",
		"create domain uint64 as numeric(20,0)")
}

func (p *Pgx) exec(ctx context.Context, database string, statements ...string) error {
	conn, err := pgx.Connect(ctx, p.server.URL(database))
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	for _, s := range statements {
		if _, err := conn.Exec(ctx, s); err != nil {
			return fmt.Errorf("%s: %w", s, err)
		}
	}
	return nil
}
