package servers

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"sync"
)

// Server is a database server that answers.
type Server struct {
	Product  string // PostgreSQL, Redis or Valkey
	Addr     string // host:port
	User     string // a superuser
	Password string // empty if none is asked for
	Database string // one that exists and is not template1; Redis's is a number
	Version  string // as the server says it: 18.3, 15.14 (Debian 15.14-0+deb12u1), 7.0.15
	How      string // where it comes from, in a few words
	Given    bool   // the user named it, and others may use it
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
	u := url.URL{Scheme: "redis", Host: s.Addr, Path: "/" + database}
	if s.Product == productPostgres {
		u.Scheme, u.RawQuery = "postgres", "sslmode=disable"
	}
	if s.Password != "" || u.Scheme == "postgres" {
		u.User = url.UserPassword(s.User, s.Password)
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

// The products.
const (
	productPostgres = "PostgreSQL"
	productRedis    = "Redis"
	productValkey   = "Valkey"
)

// A kind is a kind of server, and how one can be had.
type kind struct {
	product string
	ways    []way  // in the order in which they are tried
	pkg     string // the distribution's package
	env     string // the variable by which the user names a server
}

// A way is one of the ways to get a server. Its error says why it cannot bring
// one on this machine, or not the wanted one; the next way is tried.
type way struct {
	name string
	get  func(context.Context, Options) (*Server, error)
}

// get takes the first of the ways that brings a server.
func (k kind) get(ctx context.Context, o Options) (*Server, error) {
	var failed strings.Builder
	for i, w := range k.ways {
		s, err := w.get(ctx, o)
		if err == nil {
			o.logf("took %s: %s %s on %s", s.How, s.Product, s.Version, s.Addr)
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
	what := k.product
	if o.Version != 0 {
		what = fmt.Sprintf("%s %d", k.product, o.Version)
	}
	return nil, fmt.Errorf("no %s could be had:%s\nInstall one (Debian, Ubuntu: apt-get install %s), start a container engine, or name a server with %s=host:port", what, failed.String(), k.pkg, k.env)
}
