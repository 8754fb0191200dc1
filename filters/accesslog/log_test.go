package accesslog_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/sluice-proxy/sluice/codecs"
	"github.com/sluice-proxy/sluice/filters"
	"github.com/sluice-proxy/sluice/filters/accesslog"
	"github.com/sluice-proxy/sluice/metadata"
)

var update = flag.Bool("update", false, "rewrite the golden files")

var plan = &filters.Plan{Listener: "pg", Protocol: "postgres"}

var (
	extra   = &metadata.Spec{Name: "postgres.transaction.status", Type: metadata.String, Scope: metadata.OfExchange, Doc: "For the test."}
	flagKey = &metadata.Spec{Name: "postgres.replication", Type: metadata.Bool, Scope: metadata.OfSession, Doc: "For the test."}
)

func session() *filters.Session {
	s := &filters.Session{ID: 9, Plan: plan, Driver: "loop", Client: netip.MustParseAddrPort("192.0.2.7:4711"), Opened: 1e9, Connected: 1e9 + 2e6,
		Endpoint: filters.Endpoint{Network: "tcp", Address: "[2001:db8::1]:5432"}}
	s.Meta.PutString(metadata.ClientAddress, "192.0.2.7")
	s.Meta.PutInt(metadata.ClientPort, 4711)
	s.Meta.PutString(metadata.DBSystem, "postgresql")
	s.Meta.PutString(metadata.ClaimedUser, "ann")
	s.Meta.PutString(metadata.Namespace, "shop")
	s.Meta.PutString(metadata.Application, "psql")
	s.Meta.PutString(metadata.User, "ann")
	return s
}

func exchange(s *filters.Session) *filters.Exchange {
	return &filters.Exchange{
		ID: 7, Session: s, Purpose: codecs.Command, Name: "Query",
		Statement: &filters.Statement{Operation: "SELECT", Normalized: "select id, name, total from orders where customer = ? and state in (?) order by id limit ?",
			Fingerprint: 0xdeadbeef, FingerprintHex: "00000000deadbeef", Statements: 1},
		Began: 2e9, FirstByte: 2e9 + 300_000, Ended: 2e9 + 512_345,
		RequestBytes: 140, ReplyBytes: 1000, Rows: 3, Outcome: filters.OK,
	}
}

func open(t testing.TB, c accesslog.Config) *accesslog.Log {
	t.Helper()
	if c.Epoch == nil {
		c.Epoch = filters.NewEpoch()
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	l, err := accesslog.New(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close(time.Second) })
	return l
}

// lines closes the log and gives what it wrote, each line checked to be one JSON object without a name twice.
func lines(t *testing.T, l *accesslog.Log, b *bytes.Buffer) []map[string]any {
	t.Helper()
	if err := l.Close(5 * time.Second); err != nil {
		t.Fatal(err)
	}
	return parse(t, b.String())
}

func parse(t *testing.T, text string) (all []map[string]any) {
	t.Helper()
	for line := range strings.Lines(text) {
		var m map[string]any
		if err := json.Unmarshal([]byte(line), &m); err != nil || !strings.HasSuffix(line, "}\n") {
			t.Fatalf("%v in line %s", err, line)
		}
		d := json.NewDecoder(strings.NewReader(line))
		d.UseNumber()
		names := 0
		for depth, key := 0, true; ; {
			tok, err := d.Token()
			if err != nil {
				break
			}
			switch tok {
			case json.Delim('{'):
				depth, key = depth+1, true
			case json.Delim('}'):
				depth, key = depth-1, true
			default:
				if key && depth == 1 {
					names++
				}
				key = !key
			}
		}
		if names != len(m) {
			t.Errorf("a name appears twice in %s", line)
		}
		all = append(all, m)
	}
	return all
}

func TestGoldenLines(t *testing.T) {
	var b bytes.Buffer
	epoch := filters.NewEpoch()
	l := open(t, accesslog.Config{Writer: &b, Raw: true, Text: 200, Epoch: epoch})
	s := session()
	s.Meta.PutBool(flagKey, true)
	x := exchange(s)
	l.OnDone(x)

	x = exchange(s)
	x.Outcome, x.StatusCode, x.Rule, x.Canceled, x.Bypass = filters.Denied, "42501", `no "writes"`, true, "over_inspect"
	x.Affected, x.FirstByte = 2, 0
	x.Raw = []byte("select 'a\xff' -- \n")
	x.Statement.Statements = 2
	x.Meta.PutString(extra, "T")
	x.Meta.PutString(metadata.StatusCode, "must not appear twice")
	x.Tags = []filters.Tag{{Key: "route", Value: "/cart"}, {Key: "traceparent", Value: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}, {Key: "route", Value: "/twice"}, {Key: "a\nb", Value: strings.Repeat("v", 300)}}
	l.OnDone(x)

	fresh := &filters.Session{ID: 10, Plan: plan, Opened: 3e9}
	fresh.Meta.PutString(metadata.ClaimedUser, "mallory")
	fresh.Endpoint = filters.Endpoint{Network: "unix", Address: "/run/pg/.s.PGSQL.5432"}
	l.OnDone(&filters.Exchange{ID: 1, Session: fresh, Purpose: codecs.Connect, Name: "StartupMessage", Began: 3e9, Ended: 4e9, Outcome: filters.Lost,
		Tags: []filters.Tag{{Key: "traceparent", Value: "00-broken"}}})

	long := exchange(s)
	long.Statement.Normalized = strings.Repeat("ä", 150)
	l.OnDone(long)

	s.Ended, s.Cause, s.Exchanges, s.Bytes = 10e9, filters.ServerReset, 3, [2]int64{280, 2000}
	s.Err = errors.New("read tcp: connection reset")
	l.OnClose(s)

	if n := len(lines(t, l, &b)); n != 5 {
		t.Errorf("got %d lines, want 5", n)
	}
	got := b.String()
	// The wall clock is not the test's: its readings are replaced by the instants that they were made of.
	for _, i := range []filters.Instant{1e9, 2e9, 3e9} {
		at := epoch.Wall(i).UTC().Format("2006-01-02T15:04:05.000000000Z")
		got = strings.ReplaceAll(got, at, "instant "+strconv.Itoa(int(i/1e9))+"s")
	}
	const golden = "testdata/lines.json"
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("the lines differ from %s; -update rewrites it. Got\n%s", golden, got)
	}
}

func TestModes(t *testing.T) {
	for _, tt := range []struct {
		mode accesslog.Mode
		want int
	}{{accesslog.All, 8}, {accesslog.Errors, 5}, {accesslog.Slow, 6}} {
		var b bytes.Buffer
		l := open(t, accesslog.Config{Writer: &b, Mode: tt.mode, Slow: 100 * time.Millisecond})
		s := session()
		for o := filters.OK; o <= filters.Lost; o++ {
			x := exchange(s)
			x.Outcome = o
			l.OnDone(x)
		}
		x := exchange(s)
		x.Ended = x.Began.Add(100 * time.Millisecond)
		l.OnDone(x)
		for _, c := range []filters.Cause{filters.ClientClosed, filters.ClientReset} {
			s.Cause = c
			l.OnClose(s)
		}
		if got := len(lines(t, l, &b)); got != tt.want {
			t.Errorf("mode %d: got %d lines, want %d", tt.mode, got, tt.want)
		}
	}
}

func TestALineIsWrittenSoonWithoutAnother(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	l := open(t, accesslog.Config{Path: path, Delay: 10 * time.Millisecond})
	l.OnDone(exchange(session()))
	awaitLines(t, path, 1)
	l.OnDone(exchange(session())) // and so is one after a pause
	awaitLines(t, path, 2)
}

func awaitLines(t *testing.T, path string, n int) {
	t.Helper()
	for end := time.Now().Add(5 * time.Second); ; {
		b, err := os.ReadFile(path)
		if err == nil && bytes.Count(b, []byte{'\n'}) == n {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("%s has %d lines, want %d (%v)", path, bytes.Count(b, []byte{'\n'}), n, err)
		}
		<-time.After(time.Millisecond)
	}
}

func TestRotation(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "log")
	l := open(t, accesslog.Config{Path: path, Delay: time.Millisecond, Shards: 2})
	var wg sync.WaitGroup
	const each = 1000
	for d := range 2 {
		wg.Go(func() {
			x := exchange(session())
			x.Session.Shard = d
			for i := range each {
				x.ID = uint64(i)
				l.OnDone(x)
			}
		})
	}
	for i := range 5 {
		if err := os.Rename(path, path+"."+strconv.Itoa(i)); err != nil {
			t.Fatal(err)
		}
		if err := l.Reopen(); err != nil {
			t.Fatal(err)
		}
	}
	wg.Wait()
	if err := l.Close(5 * time.Second); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(path + "*")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		n += len(parse(t, string(b)))
		if info, err := os.Stat(f); err != nil || info.Mode().Perm() != 0o640 {
			t.Errorf("%s: %v %v", f, info.Mode(), err)
		}
	}
	if n != 2*each {
		t.Errorf("got %d lines in %d files, want %d", n, len(files), 2*each)
	}
	if err := l.Reopen(); !errors.Is(err, os.ErrClosed) {
		t.Errorf("reopening a closed log: got %v", err)
	}
}

func TestConcurrentDrivers(t *testing.T) {
	var b bytes.Buffer
	l := open(t, accesslog.Config{Writer: &b, Shards: 3, Delay: time.Millisecond})
	var wg sync.WaitGroup
	for d := range 6 {
		wg.Go(func() {
			s := session()
			s.Shard = d
			x := exchange(s)
			for range 300 {
				l.OnDone(x)
			}
			l.OnClose(s)
		})
	}
	wg.Go(func() {
		for range 100 {
			l.Counts()
		}
	})
	wg.Wait()
	if got := len(lines(t, l, &b)); got != 1806 {
		t.Errorf("got %d lines, want 1806", got)
	}
}

func TestMetrics(t *testing.T) {
	var b bytes.Buffer
	l := open(t, accesslog.Config{Writer: &b, Name: "audit"})
	l.OnDone(exchange(session()))
	lines(t, l, &b)
	want := `
# HELP sluice_access_log_lines_total Lines accepted: each is written, lost, or pending.
# TYPE sluice_access_log_lines_total counter
sluice_access_log_lines_total{event="dropped",log="audit"} 0
sluice_access_log_lines_total{event="exchange",log="audit"} 1
sluice_access_log_lines_total{event="session",log="audit"} 0
# HELP sluice_access_log_written_lines_total Lines written.
# TYPE sluice_access_log_written_lines_total counter
sluice_access_log_written_lines_total{log="audit"} 1
`
	if err := testutil.CollectAndCompare(l, strings.NewReader(want), "sluice_access_log_lines_total", "sluice_access_log_written_lines_total"); err != nil {
		t.Error(err)
	}
	if problems, err := testutil.CollectAndLint(l); err != nil || len(problems) > 0 {
		t.Error(problems, err)
	}
}
