package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/url"
	"os"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/sluice-proxy/sluice/integration/servers"
)

// A postgresShop is a database of its own, with users of its own.
type postgresShop struct {
	crew[*pgx.Conn]
	db       *servers.Server
	name     string // of the database
	password string
}

var postgresRoles = []role[*pgx.Conn]{
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

func openPostgres(ctx context.Context, db *servers.Server) (workload, error) {
	s := &postgresShop{db: db, name: "shop", password: rand.Text()}
	s.crew = crew[*pgx.Conn]{roles: postgresRoles, connect: s.connect, leave: leavePostgres}
	if db.Given {
		s.suffix = fmt.Sprintf("_%d", os.Getpid())
		s.name += s.suffix
		fmt.Printf("  the server is yours: the database %s and the users *%s are dropped at the end\n", s.name, s.suffix)
	}
	c, err := pgx.Connect(ctx, db.URL(""))
	if err != nil {
		return nil, err
	}
	defer c.Close(ctx)
	for _, user := range s.users() {
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

// close drops what was made. A server that was started for the demo goes anyway.
func (s *postgresShop) close() {
	if err := s.drop(); err != nil {
		fmt.Fprintf(os.Stderr, "demo: cleaning up: %v\n", err)
	}
}

func (s *postgresShop) drop() error {
	// Not the demo's context, which has ended.
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	c, err := pgx.Connect(ctx, s.db.URL(""))
	if err != nil {
		return err
	}
	defer c.Close(ctx)
	_, err = c.Exec(ctx, "drop database if exists "+s.name+" with (force)")
	for _, user := range s.users() {
		_, rerr := c.Exec(ctx, "drop role if exists "+user+s.suffix)
		err = errors.Join(err, rerr)
	}
	return err
}

func (s *postgresShop) connect(ctx context.Context, addr string, r role[*pgx.Conn]) (*pgx.Conn, error) {
	u := url.URL{Scheme: "postgres", User: url.UserPassword(r.user+s.suffix, s.password), Host: addr, Path: "/" + s.name,
		RawQuery: url.Values{"application_name": {r.app}, "sslmode": {"disable"}}.Encode()}
	return pgx.Connect(ctx, u.String())
}

func leavePostgres(c *pgx.Conn) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_ = c.Close(ctx) // we go, one way or the other
}
