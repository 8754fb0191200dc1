package scenarios_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"sort"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/sluice-proxy/sluice/stats"
)

// errGone is the end of a connection that was expected.
var errGone = errors.New("the server ended the session")

// TestExact has clients do random things and compares their own books with the access log, the metrics and the statement table: exchanges by
// outcome and purpose, rows and bytes must be the same numbers everywhere, exchange by exchange where that can be seen.
func TestExact(t *testing.T) {
	each(t, func(t *testing.T, b *backend) {
		n := 5_000
		if long() {
			n = 100_000
		}
		for name, loops := range map[string]string{"loop": "2", "conn": "0"} {
			t.Run(name, func(t *testing.T) {
				seed := rand.Uint64()
				t.Logf("seed %d", seed)
				db := b.database(t)
				b.exec(t, db, sleeper)
				p := configured(t, "runtime: {loops: "+loops+"}", b.Addr)
				pages := drive(t, b, p, db, n, seed)
				compareLog(t, p, pages)
				compareTotals(t, p, pages)
			})
		}
	})
}

// drive runs n exchanges over several connections at once and gives the book.
func drive(t *testing.T, b *backend, p *proxy, db string, n int, seed uint64) []*page {
	t.Helper()
	const drivers = 8
	ctx := within(t)
	direct, err := pgxpool.New(ctx, b.url(b.Addr, db))
	if err != nil {
		t.Fatal(err)
	}
	defer direct.Close()
	kill := func(pid uint32) error {
		_, err := direct.Exec(ctx, "select pg_terminate_backend($1)", pid)
		return err
	}
	var wait sync.WaitGroup
	all := make([][]*page, drivers)
	failures := make([]error, drivers)
	for i := range drivers {
		params := []string{fmt.Sprintf("application_name=driver %d", i)}
		if i%2 == 1 {
			params = append(params, "max_protocol_version=3.2")
		}
		d := &driver{number: i, rnd: rand.New(rand.NewPCG(seed, uint64(i))), kill: kill}
		wait.Go(func() {
			failures[i] = d.work(ctx, b.url(p.addr, db, params...), n/drivers)
			all[i] = d.finished
		})
	}
	wait.Wait()
	if err := errors.Join(failures...); err != nil {
		t.Fatal(err)
	}
	var pages []*page
	for _, some := range all {
		pages = append(pages, some...)
	}
	sort.Slice(pages, func(i, j int) bool { return pages[i].number < pages[j].number })
	return pages
}

// work does things until there are n exchanges, on a new connection when one is gone.
func (d *driver) work(ctx context.Context, url string, n int) error {
	for done := 0; done < n; {
		c, err := login(ctx, url)
		if err != nil {
			return err
		}
		d.client = c
		d.finished = append(d.finished, &c.page)
		err = d.setup()
		for err == nil && done+len(c.entries) < n {
			err = d.step(ctx)
		}
		done += len(c.entries)
		switch {
		case err == nil:
			err = c.terminate()
		case errors.Is(err, errGone):
			if _, err = c.in.ReadByte(); errors.Is(err, io.EOF) {
				err = c.conn.Close()
			}
		}
		if err != nil {
			last := c.entries[len(c.entries)-1]
			return fmt.Errorf("driver %d, exchange %d (%+v): %w", d.number, len(c.entries), last, err)
		}
	}
	return nil
}

// compareLog compares exchange by exchange.
func compareLog(t *testing.T, p *proxy, pages []*page) {
	t.Helper()
	want := 0
	for _, pg := range pages {
		want += len(pg.entries)
	}
	p.log.several(t, "exchanges", want, func(l line) bool { return l.Event == "exchange" })
	p.log.several(t, "sessions", len(pages), func(l line) bool { return l.Event == "session" })
	lines := p.log.all()

	type session struct {
		end       line
		exchanges []line
	}
	sessions := map[uint64]*session{}
	got := 0
	for _, l := range lines {
		s := sessions[l.Session]
		if s == nil {
			s = &session{}
			sessions[l.Session] = s
		}
		if l.Event == "exchange" {
			got++
			s.exchanges = append(s.exchanges, l)
		} else {
			s.end = l
		}
	}
	if got != want {
		t.Errorf("%d exchanges are logged, the client made %d", got, want)
	}
	byPort := map[int][]*session{}
	for _, s := range sessions {
		byPort[s.end.Port] = append(byPort[s.end.Port], s)
	}
	for _, some := range byPort {
		sort.Slice(some, func(i, j int) bool { return some[i].end.Session < some[j].end.Session })
	}
	wrong := 0
	for _, pg := range pages {
		if len(byPort[pg.port]) == 0 {
			t.Errorf("no session with port %d is logged", pg.port)
			continue
		}
		s := byPort[pg.port][0]
		byPort[pg.port] = byPort[pg.port][1:]
		wrong += comparePage(t, pg, s.exchanges, s.end)
		if wrong > 10 {
			t.Fatal("and so on")
		}
	}
}

// comparePage compares a connection's page with what the log says of it, and gives the number of exchanges that differ.
func comparePage(t *testing.T, pg *page, got []line, end line) (wrong int) {
	t.Helper()
	sort.Slice(got, func(i, j int) bool { return got[i].Exchange < got[j].Exchange })
	if len(got) != len(pg.entries) {
		t.Errorf("session %d: %d exchanges are logged, the client made %d", end.Session, len(got), len(pg.entries))
	}
	var sent, received int64
	for i, want := range pg.entries {
		if i >= len(got) {
			return wrong + 1
		}
		l := got[i]
		sent, received = sent+want.Sent, received+want.Received
		is := entry{Purpose: l.Purpose, Request: l.Request, Outcome: l.Outcome, Status: l.Status, Rows: l.Rows, Affected: l.Affected,
			Sent: l.Sent, Received: l.Received, Canceled: l.Canceled}
		should := *want
		should.texts, should.any = nil, false
		if fmt.Sprint(is) != fmt.Sprint(should) {
			wrong++
			t.Errorf("session %d, exchange %d (%v):\n got %+v\nwant %+v", l.Session, i+1, want.texts, is, should)
		}
		if want.any {
			continue
		}
		if len(want.texts) == 0 && l.Text != "" {
			wrong++
			t.Errorf("session %d, exchange %d: got text %q, want none", l.Session, i+1, l.Text)
		}
		for _, part := range want.texts {
			if !hasWord(l.Text, part) {
				wrong++
				t.Errorf("session %d, exchange %d: got text %q, want one with %s", l.Session, i+1, l.Text, part)
			}
		}
		if wrong > 10 {
			return wrong
		}
	}
	if end.ClientBytes != pg.sent || end.ServerBytes != pg.got {
		t.Errorf("session %d: %d and %d bytes are logged, the client sent %d and read %d", end.Session, end.ClientBytes, end.ServerBytes, pg.sent, pg.got)
	}
	if sent+pg.loose != pg.sent || received+pg.looseRead != pg.got {
		t.Errorf("session %d: the client's book does not add up: it is the test that is wrong", end.Session)
	}
	return wrong
}

// hasWord says whether text has the name, not just as the front of a longer one.
func hasWord(text, name string) bool {
	for rest := text; ; {
		i := strings.Index(rest, name)
		if i < 0 {
			return false
		}
		rest = rest[i+len(name):]
		if rest == "" || !strings.ContainsAny(rest[:1], "0123456789_") {
			return true
		}
	}
}

// compareTotals compares the sums of the book, the log, the metrics and the statement table.
func compareTotals(t *testing.T, p *proxy, pages []*page) {
	t.Helper()
	var book, logged, table stats.Counts
	outcomes := map[string]uint64{}
	purposes := map[string]uint64{}
	var sent, read, canceled int64
	for _, pg := range pages {
		sent, read = sent+pg.sent, read+pg.got
		for _, x := range pg.entries {
			tally(&book, x.Outcome, x.Rows, x.Affected, x.Sent, x.Received)
			outcomes[x.Outcome]++
			purposes[x.Purpose]++
			if x.Canceled {
				canceled++
			}
		}
	}
	for _, l := range p.log.all() {
		if l.Event == "exchange" {
			tally(&logged, l.Outcome, l.Rows, l.Affected, l.Sent, l.Received)
		}
	}
	t.Logf("%d connections, by outcome %v, by purpose %v, %+v", len(pages), outcomes, purposes, book)
	if logged != book {
		t.Errorf("the log's totals:\n got %+v\nwant %+v", logged, book)
	}
	r := p.statements(t)
	if r.Totals != book {
		t.Errorf("the statement table's totals:\n got %+v\nwant %+v", r.Totals, book)
	}
	table.Add(&r.Evicted.Counts)
	for i := range r.Statements {
		table.Add(&r.Statements[i].Counts)
	}
	if table != book {
		t.Errorf("the statement table's rows and evicted totals:\n got %+v\nwant %+v", table, book)
	}
	same := func(what string, got int64, want uint64) {
		t.Helper()
		if got != int64(want) {
			t.Errorf("%s: got %d, want %d", what, got, want)
		}
	}
	for outcome, n := range outcomes {
		same("metric: exchanges, outcome "+outcome, p.metric(t, "sluice_exchanges_total", "outcome="+outcome), n)
	}
	for purpose, n := range purposes {
		same("metric: exchanges, purpose "+purpose, p.metric(t, "sluice_exchanges_total", "purpose="+purpose), n)
	}
	same("metric: exchanges", p.metric(t, "sluice_exchanges_total"), book.Calls)
	same("metric: durations", p.metric(t, "sluice_exchange_duration_seconds_count"), book.Calls)
	same("metric: errors", p.metric(t, "sluice_exchange_errors_total"), book.Errors)
	same("metric: rows", p.metric(t, "sluice_rows_returned_total"), book.Rows)
	same("metric: rows affected", p.metric(t, "sluice_rows_affected_total"), book.Affected)
	same("metric: bytes of requests", p.metric(t, "sluice_exchange_bytes_total", "direction=request"), book.RequestBytes)
	same("metric: bytes of replies", p.metric(t, "sluice_exchange_bytes_total", "direction=reply"), book.ReplyBytes)
	same("metric: canceled", p.metric(t, "sluice_exchanges_canceled_total"), uint64(canceled))
	same("metric: statement calls", p.metric(t, "sluice_statement_calls_total"), book.Calls)
	same("metric: connections", p.metric(t, "sluice_connections_opened_total"), uint64(len(pages)))
	same("metric: bytes of clients", p.metric(t, "sluice_connection_bytes_total", "sender=client"), uint64(sent))
	same("metric: bytes of servers", p.metric(t, "sluice_connection_bytes_total", "sender=server"), uint64(read))
	same("metric: bypassed for framing", p.metric(t, "sluice_inspection_bypasses_total", "reason=framing_error"), 0)
	same("metric: log lines dropped", p.metric(t, "sluice_access_log_dropped_lines_total"), 0)
}

func tally(c *stats.Counts, outcome string, rows, affected, sent, received int64) {
	c.Calls++
	switch outcome {
	case "error":
		c.Errors++
	case "skipped":
		c.Skipped++
	case "denied":
		c.Denied++
	case "lost":
		c.Lost++
	}
	c.Rows, c.Affected = c.Rows+uint64(rows), c.Affected+uint64(affected)
	c.RequestBytes, c.ReplyBytes = c.RequestBytes+uint64(sent), c.ReplyBytes+uint64(received)
}
