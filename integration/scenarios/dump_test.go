package scenarios_test

import (
	"bytes"
	"context"
	"crypto/md5"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
)

// TestDump copies a database with large objects through Sluice, pg_dump | psql, and compares the two.
func TestDump(t *testing.T) {
	each(t, func(t *testing.T, b *backend) {
		megabytes := 20
		if long() {
			megabytes = 1024
		}
		source := b
		if own := dumpMajor(t); own < b.major {
			// pg_dump refuses newer servers; psql doesn't.
			t.Logf("pg_dump %d can't read PostgreSQL %d: the source is PostgreSQL %d, the target %d", own, b.major, versions[0], b.major)
			source = shared(t, versions[0])
		}
		from, to := source.database(t), b.database(t)
		fill(t, source, from, megabytes)
		reading := front(t, source.Addr)
		writing := reading
		if source != b {
			writing = front(t, b.Addr)
		}

		dump := source.client(t, reading.addr, from, "pg_dump", "--no-sync")
		restore := b.client(t, writing.addr, to, "psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-o", os.DevNull)
		pipe, err := dump.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		var dumpSays, restoreSays bytes.Buffer
		restore.Stdin, dump.Stderr, restore.Stderr = pipe, &dumpSays, &restoreSays
		if err := restore.Start(); err != nil {
			t.Fatal(err)
		}
		if err := dump.Run(); err != nil {
			t.Errorf("pg_dump: %v\n%s", err, dumpSays.String())
		}
		if err := restore.Wait(); err != nil {
			t.Errorf("psql: %v\n%s", err, restoreSays.String())
		}

		if got, want := contents(t, b, to), contents(t, source, from); got != want {
			t.Errorf("the copy has other contents:\n got %s\nwant %s", got, want)
		}
		if source == b {
			if got, want := dumpSum(t, b, to), dumpSum(t, b, from); got != want {
				t.Errorf("a direct dump of the copy has checksum %s, one of the original %s", got, want)
			}
		}
		l := reading.log.find(t, "the table's dump", func(l line) bool {
			return strings.HasPrefix(l.Text, "copy public.big(") && l.Server == portOf(t, source.Addr)
		})
		rows := int64(megabytes) * 500
		if l.Affected != rows || l.Outcome != "ok" {
			t.Errorf("the table's dump: want %d rows in %s", rows, l.raw)
		}
		l = writing.log.find(t, "the table's restore", func(l line) bool {
			return strings.HasPrefix(l.Text, "copy public.big(") && strings.HasSuffix(l.Text, "from stdin") && l.Sent > 1<<20
		})
		if l.Affected != rows || l.Outcome != "ok" {
			t.Errorf("the table's restore: want %d rows in %s", rows, l.raw)
		}
	})
}

func portOf(t *testing.T, addr string) (n int) {
	t.Helper()
	if _, err := fmt.Sscanf(addr[strings.LastIndexByte(addr, ':')+1:], "%d", &n); err != nil {
		t.Fatal(err)
	}
	return n
}

// dumpMajor gives pg_dump's major version.
func dumpMajor(t *testing.T) (major int) {
	t.Helper()
	b := &backend{}
	b.Server = shared(t, versions[0]).Server
	out := must(t, b.client(t, b.Addr, "", "pg_dump", "--version"))
	if _, err := fmt.Sscanf(strings.TrimPrefix(out, "pg_dump (PostgreSQL) "), "%d", &major); err != nil {
		t.Fatalf("pg_dump --version says %q", out)
	}
	return major
}

// fill makes about so many megabytes: four fifths of them rows, the rest large objects.
func fill(t *testing.T, b *backend, database string, megabytes int) {
	t.Helper()
	b.exec(t, database,
		"create table big (id int primary key, t text, b bytea, n numeric, at timestamptz default '2026-01-01')",
		fmt.Sprintf(`insert into big select g, repeat(md5(g::text), 20), decode(repeat(md5(g::text), 15), 'hex'), g / 7.0 from generate_series(1, %d) g`, megabytes*500),
		"create table odd (\"Quoted Name\" text, j jsonb, a text[])",
		`insert into odd select E'tab\there\nand \\ there', '{"a": [1, null]}', array['x', null, '{,}'] from generate_series(1, 100)`,
		"create index on big (n); create view v as select id, n from big where n > 3",
	)
	for i := range 5 {
		b.exec(t, database, fmt.Sprintf("select lo_from_bytea(%d, decode(repeat(md5('%d'), %d), 'hex'))", 100000+i, i, max(megabytes, 5)*(1<<20)/5/5/16))
	}
}

// contents gives checksums of all tables and large objects, read directly.
func contents(t *testing.T, b *backend, database string) string {
	t.Helper()
	ctx := within(t)
	c := b.connect(t, b.Addr, database)
	var sums []string
	for _, query := range []string{"select * from big order by id", "select * from odd", "select * from v order by id",
		"select loid, pageno, md5(data) from pg_largeobject order by 1, 2"} {
		sum := md5.New()
		tag, err := c.PgConn().CopyTo(ctx, sum, "copy ("+query+") to stdout")
		if err != nil {
			t.Fatal(err)
		}
		sums = append(sums, fmt.Sprintf("%d rows %x", tag.RowsAffected(), sum.Sum(nil)))
	}
	return strings.Join(sums, ", ")
}

// dumpSum gives the checksum of a dump taken directly. What pg_dump makes up anew each time is left out.
func dumpSum(t *testing.T, b *backend, database string) string {
	t.Helper()
	out := must(t, b.client(t, b.Addr, database, "pg_dump", "--no-sync"))
	out = regexp.MustCompile(`(?m)^\\(un)?restrict .*$`).ReplaceAllString(out, "")
	return fmt.Sprintf("%x", md5.Sum([]byte(out)))
}

// TestCopy copies in and out with pgx: text and binary, big, with a mistake in the middle, and given up by the client.
func TestCopy(t *testing.T) {
	each(t, func(t *testing.T, b *backend) {
		ctx := within(t)
		p := front(t, b.Addr)
		db := b.database(t)
		c := b.connect(t, p.addr, db)
		const rows = 50_000
		if _, err := c.Exec(ctx, "create table c (id int primary key, v text)"); err != nil {
			t.Fatal(err)
		}
		check := func(what string, want int64) {
			t.Helper()
			var got int64
			if err := c.QueryRow(ctx, "select count(*) from c").Scan(&got); err != nil || got != want {
				t.Errorf("%s: got %d rows (%v), want %d", what, got, err, want)
			}
		}

		n, err := c.CopyFrom(ctx, pgx.Identifier{"c"}, []string{"id", "v"}, pgx.CopyFromSlice(rows, func(i int) ([]any, error) {
			return []any{i, strings.Repeat("v", i%100)}, nil
		}))
		if err != nil || n != rows {
			t.Fatalf("binary in: %d rows, %v", n, err)
		}
		check("binary in", rows)

		var text, binary bytes.Buffer
		for format, to := range map[string]*bytes.Buffer{"text": &text, "binary": &binary} {
			tag, err := c.PgConn().CopyTo(ctx, to, "copy c to stdout (format "+format+")")
			if err != nil || tag.RowsAffected() != rows {
				t.Fatalf("%s out: %v, %v", format, tag, err)
			}
		}
		for format, from := range map[string]*bytes.Buffer{"text": &text, "binary": &binary} {
			if _, err := c.Exec(ctx, "truncate c"); err != nil {
				t.Fatal(err)
			}
			tag, err := c.PgConn().CopyFrom(ctx, from, "copy c from stdin (format "+format+")")
			if err != nil || tag.RowsAffected() != rows {
				t.Fatalf("%s in: %v, %v", format, tag, err)
			}
			check(format+" in again", rows)
		}

		// The server finds a mistake while the client goes on sending.
		wrong := io.MultiReader(strings.NewReader("1000001\tfine\nno number\tat all\n"), strings.NewReader(strings.Repeat("1\tmuch more\n", 1<<20)))
		if _, err := c.PgConn().CopyFrom(ctx, wrong, "copy c from stdin"); sqlstate(err) != "22P02" {
			t.Errorf("a mistake in the middle: %v", err)
		}
		check("after a mistake", rows)
		l := p.log.find(t, "the copy with a mistake", func(l line) bool { return l.Status == "22P02" })
		if l.Outcome != "error" || l.Affected != 0 {
			t.Errorf("the copy with a mistake is logged as %s", l.raw)
		}

		// The client gives up.
		if _, err := c.PgConn().CopyFrom(ctx, io.MultiReader(strings.NewReader("1000001\tfine\n"), broken{}), "copy c from stdin"); sqlstate(err) != "57014" {
			t.Errorf("given up by the client: %v", err)
		}
		check("after the client gave up", rows)

		// The client cancels while it reads.
		d := b.connect(t, p.addr, db)
		short, cancel := context.WithCancel(ctx)
		_, err = d.PgConn().CopyTo(short, cancels{cancel}, "copy (select repeat('x', 1000) from generate_series(1, 1000000)) to stdout")
		if err == nil {
			t.Error("a cancelled copy ended well")
		}
	})
}

// broken is a source that can't be read.
type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrNoProgress }

// cancels is a destination that cancels when something comes.
type cancels struct{ cancel context.CancelFunc }

func (c cancels) Write(p []byte) (int, error) {
	c.cancel()
	return len(p), nil
}
