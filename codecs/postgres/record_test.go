package postgres_test

import (
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
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

var update = flag.Bool("update", false, "record testdata/*.txt from the server at SLUICE_TEST_POSTGRES (host:port; user postgres, SLUICE_TEST_POSTGRES_PASSWORD)")

// A session is a client that says what it is told to.
type session struct {
	t        *testing.T
	rec      codectest.Recorder
	conn     net.Conn
	in       []byte
	key      string // of BackendKeyData
	version  string
	password string
	code     string // SQLSTATE of the last error
}

func dial(t *testing.T) *session {
	t.Helper()
	conn, err := net.Dial("tcp", os.Getenv("SLUICE_TEST_POSTGRES"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	s := &session{t: t, conn: conn, password: os.Getenv("SLUICE_TEST_POSTGRES_PASSWORD")}
	s.rec.Conn = conn
	return s
}

func (s *session) send(parts ...string) {
	s.t.Helper()
	if _, err := io.WriteString(&s.rec, strings.Join(parts, "")); err != nil {
		s.t.Fatal(err)
	}
}

// next reads one message.
func (s *session) next() (typ byte, body []byte) {
	s.t.Helper()
	for {
		if len(s.in) >= 5 {
			if n := 1 + int(binary.BigEndian.Uint32(s.in[1:])); len(s.in) >= n {
				typ, body = s.in[0], s.in[5:n]
				s.in = s.in[n:]
				switch typ {
				case 'K':
					s.key = string(body)
				case 'S':
					if name, v, _ := strings.Cut(string(body), "\x00"); name == "server_version" {
						v, _, _ = strings.Cut(v, " ")
						s.version, _, _ = strings.Cut(strings.TrimRight(v, "\x00"), ".")
					}
				case 'E':
					_, c, _ := strings.Cut(string(body), "\x00C")
					s.code, _, _ = strings.Cut(c, "\x00")
				}
				return typ, body
			}
		}
		b := make([]byte, 8192)
		n, err := s.rec.Read(b)
		if err != nil {
			s.t.Fatal(err)
		}
		s.in = append(s.in, b[:n]...)
	}
}

// until reads up to the n-th message of type typ.
func (s *session) until(typ byte, n int) {
	s.t.Helper()
	for n > 0 {
		if t, _ := s.next(); t == typ {
			n--
		}
	}
}

func (s *session) ask(parts ...string) {
	s.t.Helper()
	s.send(parts...)
	s.until('Z', 1)
}

func (s *session) login(minor int, params ...string) {
	s.t.Helper()
	s.send(startup(minor, append([]string{"user", "postgres"}, params...)...))
	for {
		typ, body := s.next()
		switch {
		case typ == 'Z':
			return
		case typ == 'E':
			s.t.Fatalf("login refused: %s", s.code)
		case typ == 'R' && binary.BigEndian.Uint32(body) == 10:
			s.scram()
		}
	}
}

// scram is SCRAM-SHA-256 without channel binding. RFC 5802, 7677.
func (s *session) scram() {
	s.t.Helper()
	first := "n=,r=rOprNGfwEbeRWgbNEkqO"
	s.send(msg('p', "SCRAM-SHA-256\x00", u32(len(first)+3), "n,,", first))
	_, body := s.next()
	fields := map[string]string{}
	server := string(body[4:])
	for _, f := range strings.Split(server, ",") {
		fields[f[:1]] = f[2:]
	}
	salt, err := base64.StdEncoding.DecodeString(fields["s"])
	if err != nil {
		s.t.Fatal(err)
	}
	rounds, err := strconv.Atoi(fields["i"])
	if err != nil {
		s.t.Fatal(err)
	}
	salted, err := pbkdf2.Key(sha256.New, s.password, salt, rounds, 32)
	if err != nil {
		s.t.Fatal(err)
	}
	mac := func(key []byte, text string) []byte {
		h := hmac.New(sha256.New, key)
		h.Write([]byte(text))
		return h.Sum(nil)
	}
	proof := mac(salted, "Client Key")
	stored := sha256.Sum256(proof)
	final := "c=biws,r=" + fields["r"]
	for i, b := range mac(stored[:], first+","+server+","+final) {
		proof[i] ^= b
	}
	s.send(msg('p', final, ",p=", base64.StdEncoding.EncodeToString(proof)))
	s.until('R', 1)
}

func (s *session) bye() {
	s.send(terminate)
	_, err := s.rec.Read(make([]byte, 1))
	if !errors.Is(err, io.EOF) {
		s.t.Errorf("after Terminate: %v", err)
	}
}

func TestRecord(t *testing.T) {
	if !*update {
		t.Skip("only with -update")
	}
	for name, talk := range scenarios {
		t.Run(name, func(t *testing.T) {
			s := dial(t)
			talk(s)
			version := s.version
			if version == "" {
				probe := dial(t)
				probe.login(0)
				version = probe.version
			}
			text := fmt.Appendf(nil, "# PostgreSQL %s, %s. Recorded by: go test -run TestRecord -update\n", version, name)
			file := filepath.Join("testdata", fmt.Sprintf("%s.pg%s.txt", name, version))
			if err := os.WriteFile(file, s.rec.Script().Append(text), 0o644); err != nil {
				t.Fatal(err)
			}
		})
	}
}
