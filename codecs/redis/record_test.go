package redis_test

import (
	"bufio"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/sluice-proxy/sluice/codecs/codectest"
)

var update = flag.Bool("update", false, "record testdata/*.txt from the server at SLUICE_TEST_REDIS (host:port; started with --enable-debug-command yes, and empty: it is flushed)")

// A session is a client that says what it is told to.
type session struct {
	t    *testing.T
	rec  codectest.Recorder
	in   *bufio.Reader
	last string // the last reply's first line
}

func dial(t *testing.T) *session {
	t.Helper()
	s := &session{t: t}
	s.connect()
	return s
}

// connect begins a connection.
func (s *session) connect() {
	s.t.Helper()
	conn, err := net.Dial("tcp", os.Getenv("SLUICE_TEST_REDIS"))
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { _ = conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		s.t.Fatal(err)
	}
	s.rec.Conn = conn
	s.in = bufio.NewReader(&s.rec)
}

// send sends parts in one piece.
func (s *session) send(parts ...string) {
	s.t.Helper()
	if _, err := io.WriteString(&s.rec, strings.Join(parts, "")); err != nil {
		s.t.Fatal(err)
	}
}

// until reads n replies or pushes.
func (s *session) until(n int) {
	s.t.Helper()
	for range n {
		s.value()
	}
}

// value reads one value of RESP, with what is in it.
func (s *session) value() {
	s.t.Helper()
	line, err := s.in.ReadString('\n')
	if err != nil {
		s.t.Fatal(err)
	}
	first := strings.TrimSuffix(line, "\r\n")
	n, _ := strconv.Atoi(first[1:])
	switch first[0] {
	case '$', '=', '!':
		if n >= 0 {
			if _, err := io.CopyN(io.Discard, s.in, int64(n)+2); err != nil {
				s.t.Fatal(err)
			}
		}
	case '|':
		s.until(2 * n)
		s.value()
	case '%':
		s.until(2 * n)
	case '*', '~', '>':
		s.until(max(n, 0))
	}
	s.last = first
}

// ask sends one command and reads its reply.
func (s *session) ask(words ...string) {
	s.t.Helper()
	s.send(cmd(words...))
	s.until(1)
}

// silent sends commands to which there is no answer.
func (s *session) silent(commands ...string) {
	s.t.Helper()
	s.send(commands...)
	time.Sleep(20 * time.Millisecond)
}

// end reads what the server sends until it closes the connection.
func (s *session) end() {
	s.t.Helper()
	if _, err := io.Copy(io.Discard, s.in); err != nil && !strings.Contains(err.Error(), "reset") {
		s.t.Fatal(err)
	}
}

// cmd gives a command as an array of bulk strings.
func cmd(words ...string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "*%d\r\n", len(words))
	for _, w := range words {
		fmt.Fprintf(&b, "$%d\r\n%s\r\n", len(w), w)
	}
	return b.String()
}

// TestRecord makes the transcripts anew. Without -update they are what a person has read and found right.
func TestRecord(t *testing.T) {
	if !*update {
		t.Skip("records only with -update")
	}
	setup, version := dial(t), serverVersion(t)
	setup.ask("ACL", "SETUSER", "app", "reset", "on", ">secret", "~app:*", "&app:*", "+@all", "-@dangerous", "-client|reply")
	for name, play := range scenarios {
		setup.ask("FLUSHALL")
		t.Run(name, func(t *testing.T) {
			s := dial(t)
			play(s)
			text := append([]byte("# Recorded by TestRecord -update.\n"), s.rec.Script().Append(nil)...)
			if err := os.WriteFile(filepath.Join("testdata", dirOf(name), name+"."+version+".txt"), text, 0o644); err != nil {
				t.Fatal(err)
			}
		})
	}
}

// serverVersion asks the server what it is, and says it as file names do: redis7, valkey8.
func serverVersion(t *testing.T) string {
	t.Helper()
	s := dial(t)
	s.ask("INFO", "server")
	var said strings.Builder
	for _, part := range s.rec.Script() {
		said.Write(part.Bytes)
	}
	for _, product := range []string{"valkey", "redis"} { // Valkey gives both
		if _, version, ok := strings.Cut(said.String(), "\n"+product+"_version:"); ok {
			major, _, _ := strings.Cut(version, ".")
			return product + major
		}
	}
	t.Fatalf("the server does not say what it is: %q", said.String())
	return ""
}

// dirOf gives the folder of a transcript: that of broken ones holds what can't be decoded to its end.
func dirOf(name string) string {
	if strings.HasPrefix(name, "protocol_error") {
		return "broken"
	}
	return ""
}
