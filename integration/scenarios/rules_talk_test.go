package scenarios_test

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"
)

// A talker sends the messages that a test gives it, whatever they are, and reads what comes.
type talker struct {
	conn net.Conn
	in   *bufio.Reader
	t    *testing.T
}

// A reply is one message of the server.
type reply struct {
	typ  byte
	body []byte
}

// talk logs in with pgx, and goes on by itself.
func talk(t *testing.T, url string) *talker {
	t.Helper()
	cfg, err := pgconn.ParseConfig(url)
	if err != nil {
		t.Fatal(err)
	}
	var in io.Reader // pgx may have read ahead, so what comes must come from its reader
	cfg.BuildFrontend = func(r io.Reader, w io.Writer) *pgproto3.Frontend {
		in = r
		return pgproto3.NewFrontend(r, w)
	}
	c, err := pgconn.ConnectConfig(within(t), cfg)
	if err != nil {
		t.Fatal(err)
	}
	h, err := c.Hijack()
	if err != nil {
		t.Fatal(err)
	}
	k := &talker{h.Conn, bufio.NewReaderSize(in, 1<<16), t}
	t.Cleanup(k.hangUp)
	if err := h.Conn.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	return k
}

// hangUp says goodbye and waits for the other side to do so, a little while: else the proxy has a session to end when it is ended itself. An error says that the test has hung up.
func (k *talker) hangUp() {
	_, _ = k.conn.Write(goodbye)
	_ = k.conn.SetReadDeadline(time.Now().Add(hurry))
	_, _ = io.Copy(io.Discard, k.in)
	k.conn.Close()
}

// say sends messages in one piece.
func (k *talker) say(messages ...[]byte) {
	k.t.Helper()
	var all []byte
	for _, m := range messages {
		all = append(all, m...)
	}
	if _, err := k.conn.Write(all); err != nil {
		k.t.Fatal(err)
	}
}

// hear reads up to the nth ReadyForQuery.
func (k *talker) hear(n int) (all []reply) {
	k.t.Helper()
	for n > 0 {
		r, err := readReply(k.in)
		if err != nil {
			k.t.Fatalf("after %s: %v", outline(all), err)
		}
		all = append(all, r)
		if r.typ == 'Z' {
			n--
		}
	}
	return all
}

// ask sends one Query and reads the answer.
func (k *talker) ask(text string) []reply {
	k.t.Helper()
	k.say(query(text))
	return k.hear(1)
}

func readReply(r io.Reader) (reply, error) {
	var head [5]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return reply{}, err
	}
	n := binary.BigEndian.Uint32(head[1:])
	if n < 4 || n > 64<<20 {
		return reply{}, errors.New("a length that no message has")
	}
	body := make([]byte, n-4)
	_, err := io.ReadFull(r, body)
	return reply{head[0], body}, err
}

// String gives the message's type, with a command's tag, an error's code, or the transaction's status.
func (r reply) String() string {
	switch r.typ {
	case 'C':
		return "C(" + strings.TrimSuffix(string(r.body), "\x00") + ")"
	case 'Z':
		return "Z(" + string(r.body) + ")"
	case 'E':
		return "E(" + r.failure().Code + ")"
	}
	return string(r.typ)
}

// failure gives an error's fields.
func (r reply) failure() (e pgproto3.ErrorResponse) {
	if err := e.Decode(r.body); err != nil {
		panic(err)
	}
	return e
}

// outline names messages, without those of the types in without.
func outline(all []reply, without ...byte) string {
	var parts []string
	for _, r := range all {
		if strings.IndexByte(string(without), r.typ) < 0 {
			parts = append(parts, r.String())
		}
	}
	return strings.Join(parts, " ")
}

// errorsOf gives the errors among messages.
func errorsOf(all []reply) (errs []pgproto3.ErrorResponse) {
	for _, r := range all {
		if r.typ == 'E' {
			errs = append(errs, r.failure())
		}
	}
	return errs
}

// The messages of a client. PostgreSQL 18, 54.7 "Message Formats".

func query(text string) []byte { return message('Q', text+"\x00") }

func parse(name, text string) []byte { return message('P', name+"\x00"+text+"\x00\x00\x00") }

// bindOf binds a portal; parameters are sent as text and results asked for as text, or both in binary.
func bindOf(portal, statement string, parameters ...string) []byte {
	return bindIn(0, portal, statement, parameters...)
}

func bindIn(format uint16, portal, statement string, parameters ...string) []byte {
	p := []byte(portal + "\x00" + statement + "\x00")
	p = binary.BigEndian.AppendUint16(p, 1)
	p = binary.BigEndian.AppendUint16(p, format)
	p = binary.BigEndian.AppendUint16(p, uint16(len(parameters)))
	for _, v := range parameters {
		p = binary.BigEndian.AppendUint32(p, uint32(len(v)))
		p = append(p, v...)
	}
	p = binary.BigEndian.AppendUint16(p, 1)
	return message('B', string(binary.BigEndian.AppendUint16(p, format)))
}

func describe(kind byte, name string) []byte { return message('D', string(kind)+name+"\x00") }

func executeOf(portal string, most uint32) []byte {
	return message('E', portal+"\x00"+string(binary.BigEndian.AppendUint32(nil, most)))
}

func closing(kind byte, name string) []byte { return message('C', string(kind)+name+"\x00") }

func copied(data string) []byte { return message('d', data) }

// call is a FunctionCall with arguments as text.
func call(oid uint32, arguments ...string) []byte {
	p := binary.BigEndian.AppendUint32(nil, oid)
	p = binary.BigEndian.AppendUint16(p, 0)
	p = binary.BigEndian.AppendUint16(p, uint16(len(arguments)))
	for _, v := range arguments {
		p = binary.BigEndian.AppendUint32(p, uint32(len(v)))
		p = append(p, v...)
	}
	return message('F', string(binary.BigEndian.AppendUint16(p, 0)))
}

var (
	syncing   = message('S', "")
	flushing  = message('H', "")
	copyDone  = message('c', "")
	copyFail  = message('f', "no more\x00")
	goodbye   = message('X', "")
	unnamed   = joined(bindOf("", ""), executeOf("", 0))
	described = joined(bindOf("", ""), describe('P', ""), executeOf("", 0))
)

// runs has the messages of one unnamed statement, as a driver sends them.
func runs(text string) []byte { return joined(parse("", text), described) }

func joined(messages ...[]byte) (all []byte) {
	for _, m := range messages {
		all = append(all, m...)
	}
	return all
}

// shown gives messages in full, for comparing.
func shown(all []reply) string {
	var b strings.Builder
	for _, r := range all {
		fmt.Fprintf(&b, "%c %q\n", r.typ, r.body)
	}
	return b.String()
}
