package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"

	"github.com/sluice-proxy/sluice/integration/servers"
)

// A redisShop is what begins with one prefix, with users of its own.
type redisShop struct {
	crew[*redisClient]
	db       *servers.Server
	prefix   string // of all keys and channels
	password string
}

// A redisClient is a connection, and another on which messages come if its role listens.
type redisClient struct {
	*redis.Client
	prefix string
	orders *redis.PubSub
}

// key gives the name of a key or channel of the shop.
func (c *redisClient) key(format string, args ...any) string {
	return c.prefix + fmt.Sprintf(format, args...)
}

var redisRoles = []role[*redisClient]{
	{"web", "storefront", 3, visit, 300 * time.Millisecond},
	{"web", "checkout", 2, order, 900 * time.Millisecond},
	{"billing", "packer", 1, pack, 400 * time.Millisecond},
	{"etl", "event-loader", 1, record, 2500 * time.Millisecond},
	{"support", "screen", 1, watch, 500 * time.Millisecond},
	{"analyst", "reports", 1, report, 800 * time.Millisecond},
}

// redisRules say what a user may do, as ACL SETUSER takes it.
var redisRules = map[string][]string{
	"web":     {"+@all", "-@dangerous"},
	"billing": {"+@all", "-@dangerous"},
	"etl":     {"+@write", "+@read", "+@connection", "-@dangerous"},
	"support": {"+@pubsub", "+@connection"},
	"analyst": {"+@read", "+@connection"},
}

func openRedis(ctx context.Context, db *servers.Server) (workload, error) {
	s := &redisShop{db: db, prefix: "shop:", password: rand.Text()}
	s.crew = crew[*redisClient]{roles: redisRoles, connect: s.connect, leave: leaveRedis}
	if db.Given {
		s.suffix = fmt.Sprintf("_%d", os.Getpid())
		s.prefix = fmt.Sprintf("shop%s:", s.suffix)
		fmt.Printf("  the server is yours: the keys %s* and the users *%s are deleted at the end\n", s.prefix, s.suffix)
	}
	c := s.admin()
	defer c.Close()
	for _, user := range s.users() {
		rules := append([]string{"reset", "on", ">" + s.password, "~" + s.prefix + "*", "&" + s.prefix + "*"}, redisRules[user]...)
		if err := c.ACLSetUser(ctx, user+s.suffix, rules...).Err(); err != nil {
			return nil, errors.Join(err, s.drop())
		}
	}
	_, err := c.Pipelined(ctx, func(p redis.Pipeliner) error {
		for i := range products {
			p.HSet(ctx, fmt.Sprintf("%sproduct:%d", s.prefix, i+1), "name", fmt.Sprintf("anchor no. %d", i+1), "price", 5+i%90)
			p.Set(ctx, fmt.Sprintf("%sstock:%d", s.prefix, i+1), 1_000_000, 0)
		}
		return nil
	})
	if err != nil {
		return nil, errors.Join(err, s.drop())
	}
	return s, nil
}

// redisOptions are those of a client of one connection that asks the server for nothing on its own account.
func redisOptions(addr, user, password string) *redis.Options {
	return &redis.Options{Addr: addr, Username: user, Password: password, PoolSize: 1, MaxRetries: -1, DisableIdentity: true,
		MaintNotificationsConfig: &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}}
}

// admin is a client that goes to the server, not through Sluice.
func (s *redisShop) admin() *redis.Client {
	user := s.db.User
	if s.db.Password == "" {
		user = "" // nothing to log in with
	}
	return redis.NewClient(redisOptions(s.db.Addr, user, s.db.Password))
}

// close deletes what was made. A server that was started for the demo goes anyway.
func (s *redisShop) close() {
	if err := s.drop(); err != nil {
		fmt.Fprintf(os.Stderr, "demo: cleaning up: %v\n", err)
	}
}

func (s *redisShop) drop() error {
	// Not the demo's context, which has ended.
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	c := s.admin()
	defer c.Close()
	var err error
	for _, user := range s.users() {
		err = errors.Join(err, c.ACLDelUser(ctx, user+s.suffix).Err())
	}
	keys := c.Scan(ctx, 0, s.prefix+"*", 1000).Iterator()
	for keys.Next(ctx) {
		err = errors.Join(err, c.Unlink(ctx, keys.Val()).Err())
	}
	return errors.Join(err, keys.Err())
}

func (s *redisShop) connect(ctx context.Context, addr string, r role[*redisClient]) (*redisClient, error) {
	o := redisOptions(addr, r.user+s.suffix, s.password)
	o.ClientName = r.app
	c := &redisClient{Client: redis.NewClient(o), prefix: s.prefix}
	if r.user == "support" {
		c.orders = c.Subscribe(ctx, c.key("orders"))
		_, err := c.orders.Receive(ctx) // that it is subscribed
		return c, err
	}
	return c, nil // it connects with the first command
}

func leaveRedis(c *redisClient) {
	if c.orders != nil {
		_ = c.orders.Close()
	}
	_ = c.Close() // we go, one way or the other
}
