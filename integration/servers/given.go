package servers

import (
	"context"
	"fmt"
	"maps"
	"os"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
)

// The environment variables by which a user names a server.
const (
	envPostgres = "SLUICE_TEST_POSTGRES"
	envUser     = "SLUICE_TEST_POSTGRES_USER"     // default postgres
	envPassword = "SLUICE_TEST_POSTGRES_PASSWORD" // default secret
)

// errGiven is a server named by the user that does not work. No other is tried.
type errGiven struct {
	env string // the variable that names it
	s   *Server
	err error
}

func (e errGiven) Error() string {
	return fmt.Sprintf("%s=%s does not work as user %s: %v", e.env, e.s.Addr, e.s.User, e.err)
}

func (e errGiven) Unwrap() error { return e.err }

func envOr(name, otherwise string) string {
	if v, ok := os.LookupEnv(name); ok {
		return v
	}
	return otherwise
}

// named is the address that the user names by env.
func (o Options) named(env string) (addr string, err error) {
	addr = os.Getenv(env)
	switch {
	case addr == "":
		return "", fmt.Errorf("%s is not set", env)
	case o.Own:
		return "", fmt.Errorf("%s=%s may be others' too, and one is wanted that is ours alone", env, addr)
	}
	return addr, nil
}

// given takes the server that the user names, as it is.
func given(ctx context.Context, o Options) (*Server, error) {
	addr, err := o.named(envPostgres)
	if err != nil {
		return nil, err
	}
	s := &Server{
		Product:  productPostgres,
		Addr:     addr,
		User:     envOr(envUser, pgUser),
		Password: envOr(envPassword, pgPassword),
		Database: pgDatabase,
		How:      "the server of " + envPostgres,
		Given:    true,
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	conn, err := pgx.Connect(ctx, s.URL(""))
	if err != nil {
		return nil, errGiven{envPostgres, s, err}
	}
	defer conn.Close(context.WithoutCancel(ctx))
	major, err := s.readVersion(ctx, conn)
	if err != nil {
		return nil, errGiven{envPostgres, s, err}
	}
	if o.Version != 0 && o.Version != major {
		return nil, fmt.Errorf("%s=%s is PostgreSQL %s, and %d is wanted", envPostgres, addr, s.Version, o.Version)
	}
	want := o.settings()
	for _, name := range slices.Sorted(maps.Keys(want)) {
		var is string
		if err := conn.QueryRow(ctx, "select current_setting($1, true)", name).Scan(&is); err == nil && is != want[name] {
			o.logf("%s has %s=%s where a server of our own would have %s", addr, name, is, want[name])
		}
	}
	return s, nil
}

// readVersion fills s.Version in and returns the major one.
func (s *Server) readVersion(ctx context.Context, conn *pgx.Conn) (int, error) {
	var number int
	err := conn.QueryRow(ctx, "select current_setting('server_version'), current_setting('server_version_num')::int").Scan(&s.Version, &number)
	return number / 10000, err
}
