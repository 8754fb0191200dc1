package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/sluice-proxy/sluice/integration/servers"
)

// A shop is a database of its own, with users of its own.
type shop struct {
	db       *servers.Server
	name     string // of the database
	suffix   string // of the users' names, so that a server that is not ours alone keeps its own
	password string
}

// A role is a user and what it does, on so many connections.
type role struct {
	user, app   string
	connections int
	work        func(context.Context, *pgx.Conn, *worker) error
	pause       time.Duration // between two things, about
}

var roles = []role{
	{"web", "storefront", 3, browse, 400 * time.Millisecond},
	{"web", "checkout", 2, buy, 900 * time.Millisecond},
	{"billing", "invoices", 1, invoice, 1500 * time.Millisecond},
	{"etl", "event-loader", 1, load, 2500 * time.Millisecond},
	{"analyst", "reports", 1, analyse, 1500 * time.Millisecond},
}

// schema makes the tables and fills them. %[1]s is the suffix of the users' names.
const schema = `
create table products (id int primary key, name text not null, price numeric(8,2) not null, stock int not null check (stock >= 0));
insert into products select g, (array['anchor','bell','compass','drum','easel','flute','globe','hammer'])[1 + g %% 8] || ' no. ' || g, 5 + g %% 90, 1000000 from generate_series(1, 2000) g;
create table customers (id int primary key, email text unique not null);
insert into customers select g, 'customer' || g || '@example.com' from generate_series(1, 5000) g;
create table orders (id bigint generated always as identity primary key, customer int references customers, at timestamptz default now(), paid bool default false);
create table items (order_id bigint references orders, product int references products, quantity int not null, primary key (order_id, product));
create table events (at timestamptz default now(), kind text, payload jsonb);
insert into orders (customer) select 1 + g %% 5000 from generate_series(1, 3000) g;
insert into items select g, 1 + g %% 2000, 1 + g %% 5 from generate_series(1, 3000) g;
grant select, insert, update on products, customers, orders, items to web%[1]s;
grant select, update on orders, items, products to billing%[1]s;
grant select, insert on events to etl%[1]s;
grant select on all tables in schema public to analyst%[1]s;
analyze;`

func openShop(ctx context.Context, db *servers.Server) (*shop, error) {
	id := fmt.Sprintf("_%d", os.Getpid())
	s := &shop{db: db, name: "shop" + id, suffix: id, password: rand.Text()}
	if strings.HasPrefix(db.How, "the server of") {
		fmt.Printf("  the server is yours: the database %s and the users *%s are dropped at the end\n", s.name, s.suffix)
	} else {
		s.name, s.suffix = "shop", ""
	}
	c, err := pgx.Connect(ctx, db.URL(""))
	if err != nil {
		return nil, err
	}
	defer c.Close(ctx)
	for _, user := range users() {
		if _, err := c.Exec(ctx, fmt.Sprintf("create role %s login password '%s'", user+s.suffix, s.password)); err != nil {
			return nil, errors.Join(err, s.drop())
		}
	}
	if _, err := c.Exec(ctx, "create database "+s.name); err != nil {
		return nil, errors.Join(err, s.drop())
	}
	in, err := pgx.Connect(ctx, db.URL(s.name))
	if err != nil {
		return nil, errors.Join(err, s.drop())
	}
	defer in.Close(ctx)
	if _, err := in.Exec(ctx, fmt.Sprintf(schema, s.suffix)); err != nil {
		return nil, errors.Join(err, s.drop())
	}
	return s, nil
}

// users gives each user once.
func users() []string {
	var all []string
	seen := map[string]bool{}
	for _, r := range roles {
		if !seen[r.user] {
			all = append(all, r.user)
		}
		seen[r.user] = true
	}
	return all
}

func (s *shop) describe() string {
	var all []string
	for _, r := range roles {
		all = append(all, fmt.Sprintf("%d × %s (%s)", r.connections, r.app, r.user+s.suffix))
	}
	return strings.Join(all, ", ")
}

// close drops what was made. A server that was started for the demo goes anyway.
func (s *shop) close() {
	if err := s.drop(); err != nil {
		fmt.Fprintf(os.Stderr, "demo: cleaning up: %v\n", err)
	}
}

func (s *shop) drop() error {
	// Not the demo's context, which has ended.
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	c, err := pgx.Connect(ctx, s.db.URL(""))
	if err != nil {
		return err
	}
	defer c.Close(ctx)
	_, err = c.Exec(ctx, "drop database if exists "+s.name+" with (force)")
	for _, user := range users() {
		_, rerr := c.Exec(ctx, "drop role if exists "+user+s.suffix)
		err = errors.Join(err, rerr)
	}
	return err
}

// work has everybody work until ctx ends.
func (s *shop) work(ctx context.Context, addr string) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var wait sync.WaitGroup
	errs := make(chan error, 64)
	n := uint64(0)
	for _, r := range roles {
		for range r.connections {
			n++
			w := newWorker(n)
			wait.Go(func() {
				if err := s.employ(ctx, addr, r, w); err != nil && ctx.Err() == nil {
					errs <- fmt.Errorf("%s: %w", r.app, err)
					cancel()
				}
			})
		}
	}
	wait.Wait()
	close(errs)
	return <-errs // nil if there is none
}

func (s *shop) employ(ctx context.Context, addr string, r role, w *worker) error {
	u := url.URL{Scheme: "postgres", User: url.UserPassword(r.user+s.suffix, s.password), Host: addr, Path: "/" + s.name,
		RawQuery: url.Values{"application_name": {r.app}, "sslmode": {"disable"}}.Encode()}
	c, err := pgx.Connect(ctx, u.String())
	if err != nil {
		return err
	}
	defer func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		_ = c.Close(ctx) // we go, one way or the other
	}()
	for {
		if err := r.work(ctx, c, w); err != nil {
			return err
		}
		w.done++
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(r.pause/2 + time.Duration(w.rnd.Int64N(int64(r.pause)))):
		}
	}
}
