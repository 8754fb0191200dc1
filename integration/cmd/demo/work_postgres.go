package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// expectedPostgres lets errors of the server pass: they belong to the demonstration.
func expectedPostgres(err error) error {
	var e *pgconn.PgError
	if errors.As(err, &e) && e.Severity == "ERROR" {
		return nil
	}
	return err
}

// browse reads, with prepared statements and simple ones.
func browse(ctx context.Context, c *pgx.Conn, w *worker) error {
	var name string
	switch kind := w.rnd.IntN(10); {
	case w.every(30): // a mistake
		return expectedPostgres(c.QueryRow(ctx, "select nmae from products where id = 7", pgx.QueryExecModeSimpleProtocol).Scan(&name))
	case kind == 0: // a comment of sqlcommenter, as frameworks add it
		_, err := c.Exec(ctx, fmt.Sprintf("select count(*) from products where price < %d /*controller='search',traceparent='00-%032x-%016x-01'*/",
			w.upTo(90), w.rnd.Uint64(), w.rnd.Uint64()|1), pgx.QueryExecModeSimpleProtocol)
		return err
	case kind == 1:
		_, err := c.Exec(ctx, "select id, name, price from products where name like $1 order by price limit 20", "%no. "+fmt.Sprint(w.upTo(99))+"%")
		return err
	}
	return c.QueryRow(ctx, "select name from products where id = $1", w.upTo(2000)).Scan(&name)
}

// buy is a transaction, which is sometimes given up, and sometimes fails.
func buy(ctx context.Context, c *pgx.Conn, w *worker) error {
	tx, err := c.Begin(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback(context.WithoutCancel(ctx)) }() // after a commit it does nothing
	var order int64
	if err := tx.QueryRow(ctx, "insert into orders (customer) values ($1) returning id", w.upTo(5000)).Scan(&order); err != nil {
		return err
	}
	product := w.upTo(1999)
	if _, err := tx.Exec(ctx, "insert into items values ($1, $2, $3), ($1, $4, $5)", order, product, w.upTo(5), product+1, w.upTo(3)); err != nil {
		return err
	}
	if w.every(6) { // sells more than there is
		_, err := tx.Exec(ctx, "update products set stock = stock - $2 where id = $1", product, 5_000_000)
		return expectedPostgres(err)
	}
	if _, err := tx.Exec(ctx, "update products set stock = stock - $2 where id = $1", product, w.upTo(5)); err != nil {
		return err
	}
	return tx.Commit(ctx)
}

// invoice sends many statements at once, in a pipeline. One in the middle may fail: then the server skips what follows it.
func invoice(ctx context.Context, c *pgx.Conn, w *worker) error {
	var b pgx.Batch
	for range 3 {
		b.Queue("update orders set paid = true where id = $1 and not paid", w.upTo(3000))
	}
	divisor := 1
	if w.every(3) {
		divisor = 0
	}
	b.Queue("select round(sum(i.quantity * p.price) / $2, 2) from items i join products p on p.id = i.product where i.order_id = $1", w.upTo(3000), divisor)
	b.Queue("select count(*) from orders where paid")
	return expectedPostgres(c.SendBatch(ctx, &b).Close())
}

// load copies events in.
func load(ctx context.Context, c *pgx.Conn, w *worker) error {
	kinds := []string{"view", "click", "cart", "search"}
	_, err := c.CopyFrom(ctx, pgx.Identifier{"events"}, []string{"kind", "payload"}, pgx.CopyFromSlice(500+w.upTo(3000), func(i int) ([]any, error) {
		return []any{kinds[i%len(kinds)], map[string]any{"n": i, "agent": strings.Repeat("x", 20)}}, nil
	}))
	return err
}

// analyse asks big questions, and tries what it may not do.
func analyse(ctx context.Context, c *pgx.Conn, w *worker) error {
	switch {
	case w.every(5):
		_, err := c.Exec(ctx, "delete from customers where id = 42", pgx.QueryExecModeSimpleProtocol)
		return expectedPostgres(err)
	case w.every(2):
		_, err := c.Exec(ctx, "select id, customer, at from orders order by at desc limit 2500")
		return err
	}
	_, err := c.Exec(ctx, `with sales as (select p.name, sum(i.quantity * p.price) as total from items i join products p on p.id = i.product group by 1)
		select name, total, pg_sleep($1) is null from (select * from sales order by total desc limit 1) best`, 0.5+w.rnd.Float64())
	return err
}
