package scenarios_test

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// TestEncryptionDeclined has clients that would like encryption, of a server that offers it: Sluice has none to offer, says so, and sees everything.
func TestEncryptionDeclined(t *testing.T) {
	each(t, func(t *testing.T, b *backend) {
		p := front(t, b.Addr)
		cmd := b.client(t, p.addr, "postgres", "psql", "-X", "-c", "select 1 as in_clear_text")
		cmd.Env = append(cmd.Env, "PGSSLMODE=prefer", "PGGSSENCMODE=prefer")
		must(t, cmd)
		p.log.find(t, "what psql asked", statement("select ? as in_clear_text"))

		cmd = b.client(t, p.addr, "postgres", "psql", "-X", "-c", "select 1")
		cmd.Env = append(cmd.Env, "PGSSLMODE=require", "PGGSSENCMODE=disable")
		if out, err := cmd.CombinedOutput(); err == nil || !strings.Contains(string(out), "does not support SSL") {
			t.Errorf("sslmode=require: psql says %q, %v", out, err)
		}
		cfg, err := pgconn.ParseConfig(b.url(p.addr, "postgres", "sslmode=require"))
		if err != nil {
			t.Fatal(err)
		}
		if c, err := pgconn.ConnectConfig(within(t), cfg); err == nil {
			closeNow(c)
			t.Error("sslmode=require: pgx connected")
		} else if !strings.Contains(err.Error(), "refused TLS") {
			t.Errorf("sslmode=require: pgx says %v", err)
		}
		if n := p.metric(t, "sluice_inspection_bypasses_total"); n != 0 {
			t.Errorf("%d times something passed without being understood", n)
		}
	})
}

// A wire is a connection on which a test writes bytes of its own.
type wire struct {
	net.Conn
	in *bufio.Reader
	t  *testing.T
}

func (w wire) Read(p []byte) (int, error) { return w.in.Read(p) }

func dialWire(t *testing.T, addr string) wire {
	t.Helper()
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	if err := c.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	return wire{c, bufio.NewReaderSize(c, 1<<16), t}
}

func (w wire) write(p []byte) {
	w.t.Helper()
	if _, err := w.Write(p); err != nil {
		w.t.Fatal(err)
	}
}

// packet is a startup packet: its length, a code, and the rest.
func packet(code uint32, rest string) []byte {
	p := binary.BigEndian.AppendUint32(nil, uint32(8+len(rest)))
	return append(binary.BigEndian.AppendUint32(p, code), rest...)
}

// next reads a message of the server.
func (w wire) next() (typ byte, body []byte) {
	w.t.Helper()
	var head [5]byte
	if _, err := io.ReadFull(w, head[:]); err != nil {
		w.t.Fatal(err)
	}
	body = make([]byte, binary.BigEndian.Uint32(head[1:])-4)
	if _, err := io.ReadFull(w, body); err != nil {
		w.t.Fatal(err)
	}
	return head[0], body
}

// until reads messages up to one of a type, and gives that and the types of all.
func (w wire) until(typ byte) (body []byte, types string) {
	w.t.Helper()
	for {
		got, body := w.next()
		types += string(got)
		if got == typ {
			return body, types
		}
		if got == 'E' {
			w.t.Fatalf("an error: %q", body)
		}
	}
}

// TestRequestsForEncryption asks with the bytes themselves: GSSAPI, then TLS, then in clear text, each in a segment of its own.
func TestRequestsForEncryption(t *testing.T) {
	each(t, func(t *testing.T, b *backend) {
		p := front(t, b.Addr)
		w := dialWire(t, p.addr)
		for _, code := range []uint32{80877104, 80877103} {
			w.write(packet(code, ""))
			var answer [1]byte
			if _, err := io.ReadFull(w, answer[:]); err != nil || answer[0] != 'N' {
				t.Fatalf("request %d: got %q, %v; want N", code, answer, err)
			}
		}
		w.write(packet(3<<16, "user\x00postgres\x00database\x00trustdb\x00\x00"))
		w.until('Z')
		w.write(message('Q', "select 2 as after_all\x00"))
		if _, types := w.until('Z'); types != "TDCZ" {
			t.Errorf("got %s", types)
		}
		p.log.find(t, "what was asked", statement("select ? as after_all"))
	})
}

// TestProtocolVersions talks 3.2, and versions and options that no server has, whose negotiation is between client and server.
func TestProtocolVersions(t *testing.T) {
	each(t, func(t *testing.T, b *backend) {
		p := front(t, b.Addr)
		for _, tt := range []struct {
			name    string
			version uint32
			options string
			logged  string
		}{
			{"3.0", 3 << 16, "", "3.0"},
			{"3.2", 3<<16 | 2, "", "3.2"},
			{"3.9999", 3<<16 | 9999, "_pq_.test_protocol_negotiation\x00on\x00", "3.9999"},
			{"3.0 with an option", 3 << 16, "_pq_.something\x001\x00", "3.0"},
		} {
			t.Run(tt.name, func(t *testing.T) {
				greeting := func(addr string) (types string, key int, negotiated []byte, local int) {
					w := dialWire(t, addr)
					w.write(packet(tt.version, "user\x00postgres\x00database\x00trustdb\x00"+tt.options+"\x00"))
					for {
						typ, body := w.next()
						types += string(typ)
						switch typ {
						case 'K':
							key = len(body) - 4
						case 'v':
							negotiated = body
						case 'E':
							t.Fatalf("%q", body)
						case 'Z':
							return types, key, negotiated, port(w.Conn)
						}
					}
				}
				types, key, negotiated, _ := greeting(b.Addr)
				gotTypes, gotKey, gotNegotiated, local := greeting(p.addr)
				if gotTypes != types || gotKey != key || !bytes.Equal(gotNegotiated, negotiated) {
					t.Errorf("got %s, a key of %d bytes, negotiated %q; directly %s, %d, %q", gotTypes, gotKey, gotNegotiated, types, key, negotiated)
				}
				t.Logf("%s, a key of %d bytes, negotiated %q", types, key, negotiated)
				l := p.log.find(t, "the login", func(l line) bool { return l.Purpose == "connect" && l.Port == local })
				if l.Outcome != "ok" || l.ClientVersion != tt.logged || l.User != "postgres" || l.Database != "trustdb" {
					t.Errorf("the login is logged as %s", l.raw)
				}
			})
		}
	})
}

// TestWrongPassword has the server's own refusal come through, and the password stay out of the log.
func TestWrongPassword(t *testing.T) {
	each(t, func(t *testing.T, b *backend) {
		p := front(t, b.Addr)
		cfg, err := pgconn.ParseConfig(b.url(p.addr, "postgres"))
		if err != nil {
			t.Fatal(err)
		}
		cfg.Password = "wrong"
		c, err := pgconn.ConnectConfig(within(t), cfg)
		if err == nil {
			closeNow(c)
		}
		if sqlstate(err) != "28P01" {
			t.Errorf("got %v", err)
		}
		l := p.log.find(t, "the refused login", func(l line) bool { return l.Purpose == "connect" })
		if l.Outcome != "error" || l.Status != "28P01" || l.User != "" {
			t.Errorf("the refused login is logged as %s", l.raw)
		}
		if strings.Contains(l.raw, "wrong") {
			t.Error("the password is in the log")
		}
	})
}
