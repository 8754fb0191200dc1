package postgres_test

import (
	"crypto/tls"
	"io"
	"net"
	"strings"
	"time"

	"github.com/sluice-proxy/sluice/codecs/codectest"
)

// scenarios are what TestRecord records.
var scenarios = map[string]func(*session){
	"login": func(s *session) {
		s.login(0, "database", "postgres", "application_name", "till", "options", "-c search_path=public")
		s.ask(query("SELECT 1"))
		s.bye()
	},
	"gss": func(s *session) {
		s.send(gssRequest)
		if s.answer() == 'N' {
			s.login(0)
			s.bye()
		}
	},
	"tls": func(s *session) {
		s.send(sslRequest)
		if s.answer() != 'S' {
			s.t.Fatal("the server has no TLS")
		}
		c := tls.Client(recorded{s.conn, &s.rec}, &tls.Config{InsecureSkipVerify: true})
		if _, err := io.WriteString(c, startup(0, "user", "postgres")); err != nil {
			s.t.Fatal(err)
		}
		if _, err := c.Read(make([]byte, 1)); err != nil {
			s.t.Fatal(err)
		}
	},
	"login32": func(s *session) {
		s.login(2, "database", "postgres", "_pq_.sluice_unknown", "1")
		s.ask(query("SELECT 1"))
		s.bye()
	},
	"login_refused": func(s *session) {
		s.send(startup(0, "user", "postgres", "database", "nowhere"))
		s.password = "wrong"
		s.until('R', 1)
		s.scramRefused()
	},
	"simple": func(s *session) {
		s.login(0)
		s.ask(query("CREATE TEMP TABLE t (a int, b text)"))
		s.ask(query("INSERT INTO t SELECT g, 'row ' || g FROM generate_series(1, 100) g"))
		s.ask(query("SELECT * FROM t"))
		s.ask(query("UPDATE t SET b = 'x' WHERE a < 4; DELETE FROM t WHERE a = 5; SELECT count(*) FROM t"))
		s.ask(query(""))
		s.ask(query("BEGIN"))
		s.ask(query("SELECT 1/0"))
		s.ask(query("SELECT 1"))
		s.ask(query("ROLLBACK"))
		s.ask(query("SELECT 1; SELECT nothing; SELECT 2"))
		s.ask(query("SELECT repeat('x', 20000)"))
		s.send(query("SELECT 1"), query("SELECT 2/0"), query("SELECT 3"))
		s.until('Z', 3)
		s.bye()
	},
	"extended": func(s *session) {
		s.login(0)
		s.ask(query("CREATE TEMP TABLE t (a int)"))
		s.ask(parse("", "SELECT $1::text"), bind("", "", "one"), describe('P', ""), execute("", 0), syncs)
		s.ask(parse("s1", "SELECT generate_series(1, $1::int)"), describe('S', "s1"), syncs)
		s.ask(bind("", "s1", "50"), execute("", 0), syncs)
		s.ask(bind("", "s1", "3"), execute("", 0), bind("", "s1", "2"), execute("", 0), syncs)
		s.send(parse("s2", "INSERT INTO t VALUES ($1::int)"), describe('S', "s2"), flush)
		s.until('n', 1)
		s.ask(bind("", "s2", "1"), execute("", 0), bind("", "s2", "2"), execute("", 0), closing('S', "s2"), syncs)
		s.ask(syncs)
		// Suspended portals.
		s.ask(query("BEGIN"))
		s.send(bind("p1", "s1", "5"), execute("p1", 2), flush)
		s.until('s', 1)
		s.ask(execute("p1", 2), syncs)
		s.ask(execute("p1", 2), closing('P', "p1"), syncs)
		s.ask(query("COMMIT"))
		// Many batches in one segment.
		one := bind("", "s1", "1") + execute("", 0) + syncs
		s.send(strings.Repeat(one, 5), parse("", ""), bind("", ""), execute("", 0), syncs)
		s.until('Z', 6)
		s.ask(query("DEALLOCATE ALL"))
		s.ask(bind("", "s1", "1"), execute("", 0), syncs)
		s.bye()
	},
	"errors": func(s *session) {
		s.login(0)
		s.ask(query("CREATE TEMP TABLE t (a int UNIQUE DEFERRABLE INITIALLY DEFERRED)"))
		s.ask(parse("ins", "INSERT INTO t VALUES ($1::int)"), parse("div", "SELECT 1/$1::int"), syncs)
		// In the middle of a batch: what is behind it is skipped, what is before it is rolled back.
		s.send(bind("", "ins", "1"), execute("", 0), bind("", "div", "0"), execute("", 0),
			bind("", "ins", "2"), execute("", 0), parse("never", "SELECT 1"), syncs, bind("", "never"), execute("", 0), syncs)
		s.until('Z', 2)
		s.ask(parse("", "SELEC 1"), bind("", ""), describe('P', ""), execute("", 0), syncs)
		s.ask(parse("ins", "SELECT 'twice'"), bind("", "ins"), execute("", 0), syncs)
		// At the commit.
		s.ask(bind("", "ins", "7"), execute("", 0), bind("", "ins", "7"), execute("", 0), syncs)
		// A Query and a Flush that are skipped.
		s.ask(bind("", "div", "0"), execute("", 0), flush, query("SELECT 1"), syncs)
		// The Sync comes late.
		s.send(parse("", "nonsense"), flush)
		s.until('E', 1)
		s.send(bind("", ""), execute("", 0))
		s.ask(syncs)
		s.ask(execute("nowhere", 0), syncs)
		s.ask(parse("", "SELECT a, count(*) FROM t"), syncs)
		s.bye()
	},
	"copy": func(s *session) {
		s.login(0)
		s.ask(query("CREATE TEMP TABLE t (a int)"))
		s.send(query("COPY t FROM STDIN"))
		s.until('G', 1)
		s.ask(msg('d', "1\n2\n"), msg('d', "3\n"), copyDone)
		s.ask(query("COPY t TO STDOUT"))
		s.send(query("COPY t FROM STDIN"))
		s.until('G', 1)
		s.ask(msg('d', "4\n"), msg('f', "no more\x00"))
		s.send(query("COPY t FROM STDIN"))
		s.until('G', 1)
		s.ask(msg('d', "x\n"), msg('d', "5\n"), copyDone)
		// As libpq does it: Sync with the Execute, and again behind the CopyDone.
		s.send(parse("", "COPY t FROM STDIN"), bind("", ""), describe('P', ""), execute("", 0), syncs)
		s.until('G', 1)
		s.ask(msg('d', "6\n"), copyDone, syncs)
		s.ask(parse("", "COPY t TO STDOUT"), bind("", ""), describe('P', ""), execute("", 0), syncs)
		s.send(parse("", "COPY t FROM STDIN"), bind("", ""), execute("", 0), flush)
		s.until('G', 1)
		s.ask(msg('d', "7\n"), msg('f', "no\x00"), syncs)
		s.send(parse("", "COPY t FROM STDIN"), bind("", ""), execute("", 0), syncs)
		s.until('G', 1)
		s.ask(msg('d', "x\n"), msg('d', "8\n"), copyDone, syncs)
		// Without waiting for the server.
		s.ask(query("COPY t FROM STDIN; SELECT count(*) FROM t"), msg('d', "9\n"), copyDone)
		s.send(query("COPY nowhere FROM STDIN"), msg('d', "9\n"), copyDone, query("SELECT 1"))
		s.until('Z', 2)
		s.bye()
	},
	"function": func(s *session) {
		s.login(0)
		// 1598 is random(), 316 is dexp(float8).
		s.ask(function(1598, u16(0)+u16(0)+u16(0)))
		s.ask(function(316, u16(0)+u16(1)+u32(1)+"2"+u16(0)))
		s.ask(function(316, u16(0)+u16(0)+u16(0)))
		s.bye()
	},
	"async": func(s *session) {
		s.login(0)
		s.ask(query("LISTEN news; NOTIFY news, 'first'"))
		s.ask(query("DO $$ BEGIN RAISE NOTICE 'careful'; END $$"))
		s.ask(query("SET application_name = 'other'; SET standard_conforming_strings = off; SET client_encoding = 'SJIS'"))
		s.ask(query("RESET ALL"))
		s.ask(query("CREATE ROLE sluice_codec_test; SET SESSION AUTHORIZATION sluice_codec_test"))
		s.ask(query("RESET SESSION AUTHORIZATION; DROP ROLE sluice_codec_test"))
		s.ask(query("BEGIN; DECLARE c CURSOR FOR SELECT 1"))
		s.ask(execute("c", 0), syncs)
		s.ask(query("COMMIT; PREPARE p AS SELECT 1"))
		s.ask(bind("", "p"), execute("", 0), syncs)
		s.ask(query("DISCARD ALL"))
		s.bye()
	},
	"killed": func(s *session) {
		s.login(0)
		s.ask(query("SELECT 1"))
		s.send(query("SELECT pg_terminate_backend(pg_backend_pid())"))
		s.until('E', 1)
	},
	"cancelled": func(s *session) {
		s.login(0)
		s.send(query("SELECT pg_sleep(10)"))
		time.Sleep(100 * time.Millisecond)
		c := dial(s.t)
		c.send(packet(u32(80877102), s.key))
		s.until('Z', 1)
		s.bye()
	},
	"cancel": func(s *session) { s.send(packet(u32(80877102), u32(1), "none")) },
	"replication": func(s *session) {
		s.login(0, "replication", "database", "database", "postgres")
		s.ask(query("IDENTIFY_SYSTEM"))
		s.ask(query(`CREATE_REPLICATION_SLOT "sluice_codec_test" TEMPORARY LOGICAL "test_decoding"`))
		s.send(query(`START_REPLICATION SLOT "sluice_codec_test" LOGICAL 0/0`))
		s.until('W', 1)
		// A standby status update that asks for an answer.
		s.send(msg('d', "r", strings.Repeat("\x00", 32), "\x01"))
		s.until('d', 1)
		s.send(msg('d', "r", strings.Repeat("\x00", 32), "\x01"))
		s.until('d', 1)
		s.ask(copyDone)
		s.ask(query("SELECT 1"))
		s.bye()
	},
	// What the server does with the request that stands in for a denied one (deny.go).
	"refused": func(s *session) {
		invalid := msg('D', "!\x00")
		s.login(0)
		s.ask(query("CREATE TEMP TABLE t (a int)"))
		s.ask(parse("ins", "INSERT INTO t VALUES ($1::int)"), syncs)
		s.ask(invalid, syncs)
		s.ask(bind("", "ins", "1"), execute("", 0), invalid, bind("", "ins", "2"), execute("", 0), syncs)
		s.ask(query("SELECT count(*) FROM t"))
		s.ask(query("BEGIN"))
		s.ask(invalid, syncs)
		s.ask(query("SELECT 1"))
		s.ask(invalid, syncs)
		s.ask(query("ROLLBACK"))
		s.send(query("SELECT 1"), invalid, syncs, query("SELECT 2"))
		s.until('Z', 3)
		s.bye()
	},
}

// answer reads the single byte that answers a request for encryption.
func (s *session) answer() byte {
	var b [1]byte
	if _, err := s.rec.Read(b[:]); err != nil {
		s.t.Fatal(err)
	}
	return b[0]
}

// recorded is a conn whose bytes are recorded.
type recorded struct {
	net.Conn
	rec *codectest.Recorder
}

func (r recorded) Read(p []byte) (int, error)  { return r.rec.Read(p) }
func (r recorded) Write(p []byte) (int, error) { return r.rec.Write(p) }

func (s *session) scramRefused() {
	first := "n=,r=rOprNGfwEbeRWgbNEkqO"
	s.send(msg('p', "SCRAM-SHA-256\x00", u32(len(first)+3), "n,,", first))
	_, body := s.next()
	nonce, _, _ := strings.Cut(string(body[4:]), ",")
	s.send(msg('p', "c=biws,", nonce, ",p=", strings.Repeat("A", 43), "="))
	s.until('E', 1)
}
