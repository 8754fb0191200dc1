package scenarios_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/sluice-proxy/sluice/integration/servers"
)

// A lab is a server that writes down all that reaches it, and the role mallory, who may use the table t there and nothing else. So the server's log tells when a
// request got to something else, whatever any parser thinks of its text.
type lab struct {
	*backend
	control *pgx.Conn // the server's own user, who isn't in the log
	read    int       // how much of the log was read
	marks   int
}

// labDatabase asks no password, so that attempts may consist of nothing but bytes.
const labDatabase = servers.TrustDatabase

// longName is as long as names can be; what is behind is cut off by the server.
var longName = "secret_" + strings.Repeat("x", 56)

var labSetup = []string{
	"create table t (a int, b int)", "insert into t values (1, 2)",
	"create table secret (a int, b int)", "insert into secret values (42, 43)", "create index secret_ix on secret (a)", "create sequence secret_seq", "create sequence s1",
	"create table " + longName + " (a int)", "create materialized view secret_mv as select 1 as a",
	"create schema vault", "create table vault.hidden (a int)", "create table public.hidden (a int)", "create table vault.t (a int)",
	"create role mallory login noinherit", "create role streamer login replication", "create role boss", "grant boss to mallory",
	// What the server has is what its name says: these change how what follows is read.
	"create function into_the_vault() returns text language sql as $$ select set_config('search_path', 'vault', false) $$",
	"create function loosen() returns text language sql as $$ select set_config('standard_conforming_strings', 'off', false) $$",
	"create function re_encode(name text) returns text language sql as $$ select set_config('client_encoding', name, false) $$",
}

var labGrants = []string{
	"grant all on schema public to mallory", "grant create on database " + labDatabase + " to mallory", "grant usage on schema vault to mallory",
	"grant all on t, public.hidden to mallory, streamer", "grant select on secret to boss",
}

// clear takes away what mallory made.
func (l *lab) clear(t *testing.T) {
	t.Helper()
	l.exec(t, labDatabase, append([]string{"drop owned by mallory"}, labGrants...)...)
}

// newLab starts a lab.
func newLab(t *testing.T, major int) *lab {
	t.Helper()
	server, err := servers.Postgres(t.Context(), servers.Options{Version: major, Log: os.Stderr, Settings: map[string]string{
		"logging_collector": "on", "log_directory": "log", "log_filename": "server.log", "log_rotation_size": "0", "log_rotation_age": "0",
		"log_statement": "all", "log_min_duration_statement": "0", "log_replication_commands": "on", "log_line_prefix": "%u|%a|", "log_parameter_max_length": "0",
	}, HBA: []string{"host replication streamer all trust"}})
	if err != nil {
		lacking(t, fmt.Sprintf("postgres%d", major), err)
	}
	t.Cleanup(server.Stop)
	t.Logf("PostgreSQL %s, %s", server.Version, server.How)
	l := &lab{backend: &backend{Server: server, major: major}}
	l.exec(t, labDatabase, labSetup...)
	l.exec(t, labDatabase, labGrants...)
	if l.control, err = pgx.Connect(t.Context(), l.url(l.Addr, labDatabase, "log_statement=none", "log_min_duration_statement=-1")); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { closeNow(l.control.PgConn()) })
	var collects string
	if err := l.control.QueryRow(t.Context(), "show logging_collector").Scan(&collects); err != nil || collects != "on" {
		lacking(t, "serverlog", fmt.Errorf("the server's log can't be read (%s, %w)", collects, err))
	}
	return l
}

// written gives what the server wrote since it was asked last, by the name of the attempt, which attempts give as application_name.
func (l *lab) written(t *testing.T) map[string]string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	const theirs = " from pg_stat_activity where usename in ('mallory', 'streamer')"
	for gone, late := false, time.Now().Add(hurry); !gone; { // who has come must have gone
		if err := l.control.QueryRow(ctx, "select count(*) = 0"+theirs).Scan(&gone); err != nil {
			t.Fatal(err)
		}
		if time.Now().After(late) {
			if _, err := l.control.Exec(ctx, "select pg_terminate_backend(pid)"+theirs); err != nil {
				t.Fatal(err)
			}
		}
	}
	l.marks++
	mark := fmt.Sprintf("end of part %d", l.marks)
	if _, err := l.control.Exec(ctx, "do $$ begin raise log '"+mark+"'; end $$"); err != nil {
		t.Fatal(err)
	}
	for {
		var text []byte
		if err := l.control.QueryRow(ctx, "select pg_read_binary_file('log/server.log', $1, 1 << 29)", l.read).Scan(&text); err != nil {
			t.Fatal(err)
		}
		if part, _, ok := strings.Cut(string(text), mark); ok {
			l.read += len(text)
			return byAttempt(part)
		}
	}
}

// byAttempt sorts the lines of the log.
func byAttempt(log string) map[string]string {
	all := map[string]string{}
	name := ""
	for line := range strings.Lines(log) {
		if parts := strings.SplitN(line, "|", 3); len(parts) == 3 && !strings.HasPrefix(line, "\t") {
			name = parts[1]
			line = parts[2]
		}
		all[name] += line
	}
	return all
}

// refused is how the server says no to who asks for what isn't theirs.
var refused = regexp.MustCompile(`(?:ERROR|FATAL|WARNING):  (?:permission denied|must be owner|must be superuser|must have|must be a member|skipping .*only)`)

// An attempt is a way to get to what is forbidden.
type attempt struct {
	name  string
	steps []move

	login string // more parameters of the StartupMessage: name\0value\0…
	raw   bool   // the first step has the startup packet, too
	asks  int    // and before it so many requests for encryption, to each of which the answer is N
	again bool   // the last step is made by a second login, like the first
	alone bool   // it changes what the others find, so they must be done

	trace  string // what must not be in the server's log; default secret
	spoken bool   // trace may be there: in a literal, an alias, or the name of a schema
	strict bool   // it gets to no table, so only the policy that denies all else forbids it
	inert  bool   // the server itself does nothing with it
}

// A move is bytes to send in one piece, and how many times the server is ready then.
type move struct {
	bytes []byte
	ready int
}

// shows says what in the log shows that the attempt has got somewhere; "" if nothing does.
func (a *attempt) shows(log string) string {
	trace := a.trace
	if trace == "" {
		trace = "secret"
	}
	for line := range strings.Lines(log) {
		if refused.MatchString(line) || !a.spoken && strings.Contains(strings.ToLower(line), trace) {
			return line
		}
	}
	return ""
}

// try makes the attempt.
func (a *attempt) try(t *testing.T, addr string) {
	t.Helper()
	steps := a.steps
	if a.again {
		last := len(steps) - 1
		a.play(t, addr, steps[:last])
		steps = steps[last:]
	}
	a.play(t, addr, steps)
}

// tryAll makes attempts, some at a time.
func tryAll(t *testing.T, addr string, attempts []attempt) {
	t.Helper()
	const workers = 4
	var wait sync.WaitGroup
	for w := range workers {
		wait.Go(func() {
			for i := w; i < len(attempts); i += workers {
				if !attempts[i].alone {
					attempts[i].try(t, addr)
				}
			}
		})
	}
	wait.Wait()
	for i := range attempts {
		if attempts[i].alone {
			attempts[i].try(t, addr)
		}
	}
}

// hurry bounds how long an attempt waits for answers, which may never come.
const hurry = 3 * time.Second

// play logs in, makes the steps, and hangs up. Whatever comes of it is the server's log to tell.
func (a *attempt) play(t *testing.T, addr string, steps []move) {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Error(err)
		return
	}
	defer conn.Close()
	in := bufio.NewReader(conn)
	startup := packet(3<<16, "user\x00mallory\x00database\x00"+labDatabase+"\x00application_name\x00"+a.name+"\x00"+a.login+"\x00")
	all := steps
	if !a.raw {
		all = append([]move{{startup, 1}}, steps...)
	}
	for _, s := range all {
		if _, err := conn.Write(s.bytes); err != nil {
			return // it was hung up on
		}
		if s.ready == 0 {
			<-time.After(time.Millisecond) // so that it is read by itself, mostly
		}
		_ = conn.SetReadDeadline(time.Now().Add(hurry))
		_, _ = in.Discard(a.asks)
		if err := awaitReady(conn, in, s.ready); err != nil {
			if !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
				t.Logf("%s: after %.60q: %v", a.name, s.bytes, err)
			}
			break
		}
	}
	_, _ = conn.Write(goodbye)
	_ = conn.(*net.TCPConn).CloseWrite()
	_ = conn.SetReadDeadline(time.Now().Add(hurry))
	_, _ = io.Copy(io.Discard, in)
}

// awaitReady reads until the server was ready n times.
func awaitReady(conn net.Conn, in *bufio.Reader, n int) error {
	if err := conn.SetReadDeadline(time.Now().Add(hurry)); err != nil {
		return err
	}
	for n > 0 {
		r, err := readReply(in)
		if err != nil {
			return err
		}
		if r.typ == 'Z' {
			n--
		}
	}
	return nil
}
