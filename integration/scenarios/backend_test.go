package scenarios_test

import (
	"context"
	"fmt"
	"net"
	"net/url"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/sluice-proxy/sluice/integration/servers"
)

// A backend is a PostgreSQL that the tests share. It offers TLS, so that whatever is in clear text is so because Sluice said no to TLS.
type backend struct {
	*servers.Server
	major int

	once sync.Once
	err  error
}

var backends = func() map[int]*backend {
	all := map[int]*backend{}
	for _, v := range versions {
		all[v] = &backend{major: v}
	}
	return all
}()

func (b *backend) start() error {
	b.once.Do(func() {
		b.Server, b.err = servers.Postgres(context.Background(), servers.Options{Version: b.major, TLS: true, Log: os.Stderr,
			Settings: map[string]string{"max_wal_senders": "20", "max_replication_slots": "20"}})
	})
	return b.err
}

func (b *backend) stop() {
	if b.Server != nil {
		b.Stop()
	}
}

// each runs a scenario against every version.
func each(t *testing.T, scenario func(*testing.T, *backend)) {
	t.Helper()
	for _, v := range versions {
		t.Run(fmt.Sprintf("postgres%d", v), func(t *testing.T) { scenario(t, shared(t, v)) })
	}
}

// shared gives the server of a version that all tests use.
func shared(t *testing.T, major int) *backend {
	t.Helper()
	b := backends[major]
	if err := b.start(); err != nil {
		lacking(t, fmt.Sprintf("postgres%d", major), err)
	}
	t.Logf("PostgreSQL %s, %s", b.Version, b.How)
	return b
}

// another starts a server of the same version that only this test uses.
func (b *backend) another(t *testing.T) *backend {
	t.Helper()
	o := &backend{major: b.major}
	if err := o.start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(o.stop)
	return o
}

var databases atomic.Int64

// database makes a database for the test and drops it afterwards.
func (b *backend) database(t *testing.T) string {
	t.Helper()
	name := fmt.Sprintf("scenario%d", databases.Add(1))
	b.exec(t, "postgres", "create database "+name)
	t.Cleanup(func() { b.exec(t, "postgres", "drop database "+name+" with (force)") })
	return name
}

// exec runs statements, each by itself, on the server directly.
func (b *backend) exec(t *testing.T, database string, statements ...string) {
	t.Helper()
	// Not the test's context: it also cleans up.
	ctx, cancel := context.WithTimeout(context.Background(), limit())
	defer cancel()
	c, err := pgx.Connect(ctx, b.url(b.Addr, database))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(ctx)
	for _, s := range statements {
		if _, err := c.Exec(ctx, s); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
}

// url is the connection string for a database of the server by way of addr. params are name=value.
func (b *backend) url(addr, database string, params ...string) string {
	u := url.URL{Scheme: "postgres", User: url.UserPassword(b.User, b.Password), Host: addr, Path: "/" + database}
	q := url.Values{"sslmode": {"disable"}}
	for _, p := range params {
		name, value, _ := strings.Cut(p, "=")
		q.Set(name, value)
	}
	u.RawQuery = q.Encode()
	return u.String()
}

// connect opens a connection with pgx and closes it with the test.
func (b *backend) connect(t *testing.T, addr, database string, params ...string) *pgx.Conn {
	t.Helper()
	c, err := pgx.Connect(within(t), b.url(addr, database, params...))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { closeNow(c.PgConn()) })
	return c
}

// closeNow ends a connection, whatever state it is in.
func closeNow(c *pgconn.PgConn) { _ = c.Conn().Close() }

// port gives the client's port of a connection, by which the access log knows it.
func port(c net.Conn) int { return c.LocalAddr().(*net.TCPAddr).Port }

// sleeper is a function that says by a notice that it runs, which the server sends at once, and then sleeps until it is cancelled.
const sleeper = `create or replace function sleeper() returns int language plpgsql as $$
begin raise notice 'asleep'; perform pg_sleep(600); return 1; end $$`
