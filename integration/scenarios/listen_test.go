package scenarios_test

import (
	"context"
	"net"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// TestListen has one session notify another, and itself.
func TestListen(t *testing.T) {
	each(t, func(t *testing.T, b *backend) {
		ctx := within(t)
		p := front(t, b.Addr)
		db := b.database(t)
		listener, notifier := b.connect(t, p.addr, db), b.connect(t, p.addr, db)
		if _, err := listener.Exec(ctx, "listen news"); err != nil {
			t.Fatal(err)
		}
		for i, payload := range []string{"first", "", strings.Repeat("long", 1900)} {
			if _, err := notifier.Exec(ctx, "select pg_notify('news', $1)", payload); err != nil {
				t.Fatal(err)
			}
			n, err := listener.WaitForNotification(ctx)
			if err != nil || n.Channel != "news" || n.Payload != payload || n.PID != notifier.PgConn().PID() {
				t.Fatalf("notification %d: %+v, %v", i, n, err)
			}
		}
		if _, err := listener.Exec(ctx, "notify news, 'to myself'"); err != nil {
			t.Fatal(err)
		}
		if n, err := listener.WaitForNotification(ctx); err != nil || n.Payload != "to myself" {
			t.Errorf("%+v, %v", n, err)
		}
	})
}

// TestSubscription has a server subscribe to a publication by way of Sluice.
func TestSubscription(t *testing.T) {
	each(t, func(t *testing.T, b *backend) {
		if b.BinDir == "" {
			lacking(t, "a server on this machine", exec.ErrNotFound)
		}
		ctx := within(t)
		p := front(t, b.Addr)
		from, to := b.database(t), b.database(t)
		table := "create table news (id int primary key, v text)"
		b.exec(t, from, table, "create publication pub for table news", "insert into news values (0, 'there from the start')",
			"select pg_create_logical_replication_slot('slot_"+from+"', 'pgoutput')")
		b.exec(t, to, table, "create function tell() returns trigger language plpgsql as $$ begin perform pg_notify('arrived', new.id::text || new.v); return null; end $$",
			"create trigger tell after insert on news for each row execute function tell()", "alter table news enable always trigger tell")
		arrivals := b.connect(t, b.Addr, to)
		if _, err := arrivals.Exec(ctx, "listen arrived"); err != nil {
			t.Fatal(err)
		}
		host, portText, _ := net.SplitHostPort(p.addr)
		b.exec(t, to, "create subscription sub_"+to+" connection 'host="+host+" port="+portText+" dbname="+from+" user="+b.User+" password="+b.Password+
			"' publication pub with (create_slot = false, slot_name = 'slot_"+from+"')")
		t.Cleanup(func() {
			b.exec(t, to, "alter subscription sub_"+to+" disable")
			p.log.find(t, "the end of the stream", func(l line) bool { return l.Purpose == "stream" && l.Outcome == "ok" && l.Received > 1<<20 })
			b.exec(t, to, "alter subscription sub_"+to+" set (slot_name = none)", "drop subscription sub_"+to)
			dropSlot(t, b, "slot_"+from)
		})
		arrived := func(want string) {
			t.Helper()
			if n, err := arrivals.WaitForNotification(ctx); err != nil || n.Payload != want {
				t.Fatalf("got %+v, %v; want %q", n, err, want)
			}
		}
		arrived("0there from the start") // copied when the subscription began
		for _, v := range []string{"one", "two"} {
			b.exec(t, from, "insert into news select max(id) + 1, '"+v+"' from news")
		}
		arrived("1one")
		arrived("2two")
		b.exec(t, from, "alter table news disable trigger all", "begin; insert into news select g, repeat(md5(g::text), 30) from generate_series(10, 3000) g; commit", "insert into news values (9999, 'last')")
		for {
			n, err := arrivals.WaitForNotification(ctx)
			if err != nil {
				t.Fatal(err)
			}
			if n.Payload == "9999last" {
				break
			}
		}
		if !slices.ContainsFunc(p.log.all(), func(l line) bool { return strings.HasPrefix(l.Text, "copy public.news") || l.Purpose == "connect" }) {
			t.Error("the subscription did not come by way of Sluice")
		}
	})
}

// dropSlot drops a replication slot once its last user has gone.
func dropSlot(t *testing.T, b *backend, slot string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	c, err := pgconn.Connect(ctx, b.url(b.Addr, "postgres"))
	if err != nil {
		t.Fatal(err)
	}
	defer closeNow(c)
	for {
		_, err := c.Exec(ctx, "select pg_drop_replication_slot('"+slot+"')").ReadAll()
		if err == nil {
			return
		}
		if sqlstate(err) != "55006" { // in use still: the server tells nobody when that ends
			t.Fatal(err)
		}
		time.Sleep(20 * time.Millisecond)
	}
}
