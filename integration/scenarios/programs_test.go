package scenarios_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
)

// client prepares one of PostgreSQL's client programs that goes to addr.
func (b *backend) client(t *testing.T, addr, database, name string, args ...string) *exec.Cmd {
	t.Helper()
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(within(t), program(t, name), args...)
	cmd.Env = append(os.Environ(), "PGHOST="+host, "PGPORT="+port, "PGUSER="+b.User, "PGPASSWORD="+b.Password, "PGDATABASE="+database,
		"PGSSLMODE=disable", "PGGSSENCMODE=disable", "PSQLRC=/dev/null", "LC_ALL=C", "TZ=UTC")
	return cmd
}

// must runs a program and gives what it writes to its standard output.
func must(t *testing.T, cmd *exec.Cmd) string {
	t.Helper()
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s: %v\n%s", strings.Join(cmd.Args, " "), err, errs.String())
	}
	return out.String()
}

// TestPsql runs a session with everything that psql shows, errors and notices included, directly and through Sluice: it must show the same.
func TestPsql(t *testing.T) {
	const script = `\set VERBOSITY verbose
create table tree (id int primary key, parent int references tree, name text);
insert into tree select g, nullif(g / 2, 0), 'node ' || g from generate_series(1, 500) g;
\d tree
\d+ pg_class
select * from tree order by id limit 20;
select count(*), sum(id) from tree; select nothing; select 'after' as the_error;
insert into tree values (1, 1, 'twice');
begin; savepoint a; select 1/0; rollback to a; select 2 as two; commit;
begin; select 1/0; select 'not carried out'; commit;
do $$ begin raise notice 'hello %', 42; raise warning 'careful'; end $$;
\set FETCH_COUNT 7
select id, repeat(name, 3) from tree order by id;
\unset FETCH_COUNT
select g \gx
select 3 as x, 4 as y \gx
select 'select ' || g from generate_series(1, 3) g \gexec
set client_encoding = 'LATIN1'; select 'gr\u00fcn' as colour; select U&'gr\00fcn'; reset client_encoding;
set standard_conforming_strings = off; select 'it\'s'; set standard_conforming_strings = on;
prepare p(int) as select name from tree where id = $1; execute p(7); deallocate p; execute p(8);
declare c cursor for select 1;
begin; declare c cursor for select id from tree order by id; fetch 3 from c; move 10 in c; fetch 2 from c; close c; commit;
\copy (select * from tree where id < 5 order by id) to stdout
copy tree from stdin;
1001	1	copied
1002	1	copied too
\.
copy tree from stdin;
1003	1	fine
fine	1	not a number
\.
select count(*) from tree;
listen ch; notify ch, 'payload'; select 1 as then_the_notification;
explain (costs off) select * from tree where id = 3;
select; ; select null, '', E'a\tb', '\x00ff'::bytea, '{1,2}'::int[], row(1, 'x');
\crosstabview
\echo done
`
	each(t, func(t *testing.T, b *backend) {
		p := front(t, b.Addr)
		seen := map[string]string{}
		for _, addr := range []string{b.Addr, p.addr} {
			cmd := b.client(t, addr, b.database(t), "psql", "-X", "-a")
			cmd.Stdin = strings.NewReader(script)
			out, err := cmd.CombinedOutput()
			if err != nil {
				t.Fatalf("psql: %v\n%s", err, out)
			}
			// The number of the server process that notified differs.
			var lines []string
			for text := range strings.Lines(string(out)) {
				if i := strings.Index(text, "from server process with PID"); i >= 0 {
					text = text[:i] + "\n"
				}
				lines = append(lines, text)
			}
			seen[addr] = strings.Join(lines, "")
		}
		if direct, through := seen[b.Addr], seen[p.addr]; direct != through {
			t.Errorf("psql shows something else.\ndirectly:\n%s\nthrough Sluice:\n%s", direct, through)
		}
		p.log.find(t, "psql's error", func(l line) bool { return l.Outcome == "error" && l.Status == "23505" })
	})
}

// TestPgbench runs each of pgbench's protocols for a number of transactions, and counts them.
func TestPgbench(t *testing.T) {
	each(t, func(t *testing.T, b *backend) {
		db := b.database(t)
		p := front(t, b.Addr)
		must(t, b.client(t, p.addr, db, "pgbench", "-i", "-s", "1", "-q"))
		clients, each := 4, 100
		if long() {
			each = 10_000
		}
		for _, mode := range []string{"simple", "extended", "prepared"} {
			t.Run(mode, func(t *testing.T) {
				request := map[string]string{"simple": "Query", "extended": "Execute", "prepared": "Execute"}[mode]
				updates := func(l line) bool {
					return l.Request == request && l.Outcome == "ok" && l.Affected == 1 && strings.HasPrefix(l.Text, "update pgbench_accounts")
				}
				before := 0
				for _, l := range p.log.all() {
					if updates(l) {
						before++
					}
				}
				out := must(t, b.client(t, p.addr, db, "pgbench", "-n", "-c", fmt.Sprint(clients), "-t", fmt.Sprint(each), "-M", mode))
				if want := fmt.Sprintf("number of transactions actually processed: %d/%d", clients*each, clients*each); !strings.Contains(out, want) {
					t.Errorf("pgbench says:\n%s", out)
				}
				if got := len(p.log.several(t, "updates of accounts", before+clients*each, updates)) - before; got != clients*each {
					t.Errorf("%d updates are logged, pgbench made %d", got, clients*each)
				}
			})
		}
		if n := p.metric(t, "sluice_inspection_bypasses_total"); n != 0 {
			t.Errorf("%d times something passed without being understood", n)
		}
	})
}

// TestCtrlC interrupts psql, which then sends a cancel request on a connection of its own.
func TestCtrlC(t *testing.T) {
	each(t, func(t *testing.T, b *backend) {
		db := b.database(t)
		b.exec(t, db, sleeper)
		p := front(t, b.Addr)
		cmd := b.client(t, p.addr, db, "psql", "-X", "-v", "ON_ERROR_STOP=0", "-c", "select sleeper() as ctrl_c", "-c", "select 'goes on' as after")
		stderr, err := cmd.StderrPipe()
		if err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		cmd.Stdout = &out
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		in := bufio.NewReader(stderr)
		if text, err := in.ReadString('\n'); err != nil || !strings.Contains(text, "asleep") {
			t.Fatalf("psql says %q, %v", text, err)
		}
		if err := cmd.Process.Signal(syscall.SIGINT); err != nil {
			t.Fatal(err)
		}
		rest, _ := io.ReadAll(in)
		_ = cmd.Wait() // an error: a statement failed
		if !strings.Contains(string(rest), "canceling statement due to user request") {
			t.Errorf("psql says %q", rest)
		}
		l := p.log.find(t, "the cancelled statement", statement("select sleeper() as ctrl_c"))
		if l.Outcome != "error" || l.Status != "57014" || !l.Canceled {
			t.Errorf("the cancelled statement is logged as %s", l.raw)
		}
		p.log.find(t, "the cancel", func(l line) bool { return l.Purpose == "cancel" && l.Outcome == "ok" })
	})
}
