package servers

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/logging"
	"github.com/redis/go-redis/v9/maintnotifications"
)

// The environment variables by which a user names a Redis or Valkey.
const (
	envRedis         = "SLUICE_TEST_REDIS"
	envRedisUser     = "SLUICE_TEST_REDIS_USER"     // default default
	envRedisPassword = "SLUICE_TEST_REDIS_PASSWORD" // default none
)

// The account and the database of every Redis.
const (
	redisUser     = "default"
	redisDatabase = "0"
)

// oldestRedis is the first major version that has all that the servers of this
// package are started with.
const oldestRedis = 7

// Redis gets a Redis or a Valkey, as [Postgres] gets a PostgreSQL. It starts in a
// tenth of a second and is the same wherever it comes from, so that an installed
// program comes before a container.
func Redis(ctx context.Context, o Options) (*Server, error) {
	if o.TLS || o.HBA != nil {
		return nil, errors.New("a Redis with Options.TLS or Options.HBA: only a PostgreSQL can have them")
	}
	// The library logs each try; what matters is in our lines and errors.
	logging.Disable()
	return kind{product: productRedis, pkg: "redis-server", env: envRedis, ways: []way{
		{"the server named by the user", redisGiven},
		{"a server program installed here", redisInstalled},
		{"a container", redisContained},
		{"the distribution's package", redisPackaged},
	}}.get(ctx, o)
}

// redisGiven takes the server that the user names, as it is.
func redisGiven(ctx context.Context, o Options) (*Server, error) {
	addr, err := o.named(envRedis)
	if err != nil {
		return nil, err
	}
	s := &Server{
		Addr:     addr,
		User:     envOr(envRedisUser, redisUser),
		Password: os.Getenv(envRedisPassword),
		Database: redisDatabase,
		How:      "the server of " + envRedis,
		Given:    true,
	}
	if err := s.readInfo(ctx); err != nil {
		return nil, errGiven{envRedis, s, err}
	}
	if major, _, _ := strings.Cut(s.Version, "."); o.Version != 0 && major != strconv.Itoa(o.Version) {
		return nil, fmt.Errorf("%s=%s is %s %s, and %d is wanted", envRedis, addr, s.Product, s.Version, o.Version)
	}
	return s, nil
}

// newRedis is a server that we start, before it is known where it is.
func newRedis(o Options) *Server {
	return &Server{User: redisUser, Password: o.Settings["requirepass"], Database: redisDatabase}
}

// redisArgs gives the arguments of a server: the package's directives, overridden
// by o's and, above all, by more.
func redisArgs(o Options, more map[string]string) []string {
	directives := map[string]string{
		"save":                 "",
		"appendonly":           "no",
		"enable-debug-command": "yes",
	}
	maps.Copy(directives, o.Settings)
	maps.Copy(directives, more)
	var args []string
	for _, name := range slices.Sorted(maps.Keys(directives)) {
		args = append(args, "--"+name, directives[name])
	}
	return args
}

// answersRedis says whether the server on addr takes commands.
func (s *Server) answersRedis(ctx context.Context, addr string) bool {
	s.Addr = addr
	return s.readInfo(ctx) == nil
}

// readInfo asks the server what it is, and fills that in.
func (s *Server) readInfo(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	o := redis.Options{Addr: s.Addr, Password: s.Password, Protocol: 2, DisableIdentity: true, MaxRetries: -1, DialerRetries: 1,
		MaintNotificationsConfig: &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}}
	if s.Password != "" {
		o.Username = s.User
	}
	c := redis.NewClient(&o)
	defer c.Close()
	info, err := c.Info(ctx, "server").Result()
	if err != nil {
		return err
	}
	s.Product, s.Version = productRedis, field(info, "redis_version")
	if v := field(info, "valkey_version"); v != "" {
		s.Product, s.Version = productValkey, v
	}
	return nil
}

// field gives a field of an INFO reply, "" if there is none.
func field(info, name string) string {
	_, rest, _ := strings.Cut("\n"+info, "\n"+name+":")
	value, _, _ := strings.Cut(rest, "\r\n")
	return value
}
