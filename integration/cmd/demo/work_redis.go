package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

// products is how many the shop has.
const products = 2000

// expectedRedis lets errors of the server and things that are not there pass: they belong to the demonstration.
func expectedRedis(err error) error {
	var e redis.Error
	if errors.As(err, &e) {
		return nil
	}
	return err
}

// redisDetail tells of an exchange what is worth it: the text of a command is no more than its name.
func redisDetail(l *line) string {
	text := fmt.Sprintf("%s → %s", size(l.Sent), size(l.Received))
	if l.Blocking {
		text += ", blocking"
	}
	return text
}

// visit looks at a product with a session, which may have to be made.
func visit(ctx context.Context, c *redisClient, w *worker) error {
	session, product := c.key("session:%d", w.upTo(40)), w.upTo(products)
	if w.every(10) { // a mistake
		return expectedRedis(c.LPush(ctx, c.key("stock:%d", product), "more").Err())
	}
	err := c.Get(ctx, session).Err()
	if errors.Is(err, redis.Nil) {
		err = c.Set(ctx, session, strings.Repeat("s", 200), 30*time.Second).Err()
	}
	if err != nil {
		return err
	}
	if err := c.HGetAll(ctx, c.key("product:%d", product)).Err(); err != nil {
		return err
	}
	switch w.rnd.IntN(4) {
	case 0:
		return c.HIncrBy(ctx, c.key("cart:%d", w.upTo(40)), fmt.Sprint(product), 1).Err()
	case 1:
		return c.ZRevRangeWithScores(ctx, c.key("popular"), 0, 9).Err()
	}
	_, err = c.Pipelined(ctx, func(p redis.Pipeliner) error {
		p.Incr(ctx, c.key("views"))
		p.ZIncrBy(ctx, c.key("popular"), 1, fmt.Sprint(product))
		return nil
	})
	return err
}

// order is a transaction, which sometimes fails.
func order(ctx context.Context, c *redisClient, w *worker) error {
	product := w.upTo(products)
	stock, queue := c.key("stock:%d", product), c.key("queue")
	if w.every(6) { // a command that the server won't queue: it refuses EXEC too
		_, err := c.TxPipelined(ctx, func(p redis.Pipeliner) error {
			p.DecrBy(ctx, stock, 1)
			p.Do(ctx, "LPUSH", queue)
			return nil
		})
		return expectedRedis(err)
	}
	err := c.Watch(ctx, func(tx *redis.Tx) error {
		if err := tx.Get(ctx, stock).Err(); err != nil {
			return err
		}
		_, err := tx.TxPipelined(ctx, func(p redis.Pipeliner) error {
			p.DecrBy(ctx, stock, int64(w.upTo(3)))
			p.LPush(ctx, queue, product)
			return nil
		})
		return err
	}, stock)
	if err := expectedRedis(err); err != nil { // somebody else bought it
		return err
	}
	return c.Publish(ctx, c.key("orders"), fmt.Sprintf("%d sold", product)).Err()
}

// packed adds up what was packed, and gives the sum.
var packed = redis.NewScript(`return redis.call("HINCRBY", KEYS[1], ARGV[1], 1)`)

// pack waits for an order and counts it by a script, which the server learns at the first time.
func pack(ctx context.Context, c *redisClient, _ *worker) error {
	got, err := c.BRPop(ctx, time.Second, c.key("queue")).Result()
	if err != nil {
		return expectedRedis(err) // none
	}
	return packed.Run(ctx, c, []string{c.key("packed")}, got[1]).Err()
}

// record sends many events at once, and now and then a big picture.
func record(ctx context.Context, c *redisClient, w *worker) error {
	if w.every(3) {
		if err := c.Set(ctx, c.key("picture"), strings.Repeat("x", 2<<20), 0).Err(); err != nil {
			return err
		}
		return c.Get(ctx, c.key("picture")).Err()
	}
	_, err := c.Pipelined(ctx, func(p redis.Pipeliner) error {
		for i := range 5 + w.upTo(20) {
			p.XAdd(ctx, &redis.XAddArgs{Stream: c.key("events"), MaxLen: 10_000, Approx: true, Values: []any{"kind", "view", "n", i}})
		}
		return nil
	})
	return err
}

// watch takes the messages that have come.
func watch(ctx context.Context, c *redisClient, _ *worker) error {
	for {
		_, err := c.orders.ReceiveTimeout(ctx, 100*time.Millisecond)
		if timeout := net.Error(nil); errors.As(err, &timeout) && timeout.Timeout() {
			return c.orders.Ping(ctx)
		}
		if err != nil {
			return err
		}
	}
}

// report reads a lot, and tries what it may not do.
func report(ctx context.Context, c *redisClient, w *worker) error {
	switch {
	case w.every(3):
		return expectedRedis(c.FlushAll(ctx).Err())
	case w.every(2):
		return c.Scan(ctx, 0, c.key("product:*"), 1000).Err()
	}
	return c.ZRangeWithScores(ctx, c.key("popular"), 0, -1).Err()
}
