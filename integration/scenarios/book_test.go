package scenarios_test

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"
)

// An entry is one exchange in a client's own book, kept by the rules of codecs/postgres/doc.go and nothing else: what the client wrote, and what it
// read until the answer had come to its end.
type entry struct {
	Purpose, Request, Outcome, Status string
	Rows, Affected, Sent, Received    int64
	Canceled                          bool

	texts []string // parts that the logged text must have; none: there must be no text
	any   bool     // unless the text is of no interest
}

// A page is what a client's book says of one connection.
type page struct {
	port      int
	number    int64 // pages are numbered as connections are opened
	entries   []*entry
	sent, got int64 // all bytes
	loose     int64 // of those sent, the ones that belong to no exchange
	looseRead int64 // likewise
}

// opened counts pages.
var opened atomic.Int64

// A waiter is a request whose answer has not come to its end.
type waiter struct {
	x   *entry
	req byte // its type
}

// A client speaks the protocol message by message and keeps the book.
type client struct {
	page
	conn    net.Conn
	in      *bufio.Reader
	out     []byte
	waiting []waiter
	pid     uint32
	key     []byte
	params  map[string]string
	tap     func(typ byte, body []byte) // sees what is read; nil: nobody does
}

// A counted connection counts its bytes.
type counted struct {
	net.Conn
	p *page
}

func (c counted) Write(b []byte) (int, error) {
	n, err := c.Conn.Write(b)
	c.p.sent += int64(n)
	return n, err
}

func (c counted) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	c.p.got += int64(n)
	return n, err
}

// login opens a connection. pgx does the talking; all of it is the first exchange.
func login(ctx context.Context, url string) (*client, error) {
	cfg, err := pgconn.ParseConfig(url)
	if err != nil {
		return nil, err
	}
	c := &client{}
	cfg.DialFunc = func(ctx context.Context, network, addr string) (net.Conn, error) {
		conn, err := (&net.Dialer{}).DialContext(ctx, network, addr)
		if err != nil {
			return nil, err
		}
		c.port, c.number = port(conn), opened.Add(1)
		return counted{conn, &c.page}, nil
	}
	// pgx may be reading ahead in the background when it is done: what it has read comes from its reader only.
	var in io.Reader
	cfg.BuildFrontend = func(r io.Reader, w io.Writer) *pgproto3.Frontend {
		in = r
		return pgproto3.NewFrontend(r, w)
	}
	pc, err := pgconn.ConnectConfig(ctx, cfg)
	if err != nil {
		return nil, err
	}
	h, err := pc.Hijack()
	if err != nil {
		return nil, err
	}
	c.conn, c.pid, c.key, c.params = h.Conn, h.PID, h.SecretKey, h.ParameterStatuses
	c.in = bufio.NewReaderSize(in, 1<<16)
	c.entries = append(c.entries, &entry{Purpose: "connect", Request: "StartupMessage", Outcome: "ok", Sent: c.sent, Received: c.got})
	return c, nil
}

// open begins an exchange, by the request that gives it its name.
func (c *client) open(purpose, request string, texts ...string) *entry {
	x := &entry{Purpose: purpose, Request: request, Outcome: "ok", texts: texts}
	c.entries = append(c.entries, x)
	return x
}

// add puts messages of an exchange, nil for none, behind what is to be written.
func (c *client) add(x *entry, messages ...pgproto3.FrontendMessage) {
	for _, m := range messages {
		n := len(c.out)
		out, err := m.Encode(c.out)
		if err != nil {
			panic(err)
		}
		c.out = out
		typ := out[n]
		if x == nil {
			c.loose += int64(len(out) - n)
			continue
		}
		x.Sent += int64(len(out) - n)
		if strings.IndexByte("QPBDECFS", typ) >= 0 {
			c.waiting = append(c.waiting, waiter{x, typ})
		}
	}
}

// ignored puts a message there that the server does not answer.
func (c *client) ignored(x *entry, m pgproto3.FrontendMessage) {
	n := len(c.waiting)
	c.add(x, m)
	c.waiting = c.waiting[:n]
}

// send writes what was added, in one piece.
func (c *client) send() error {
	if err := c.conn.SetDeadline(time.Now().Add(patience)); err != nil {
		return err
	}
	_, err := c.conn.Write(c.out)
	c.out = c.out[:0]
	return err
}

// round writes what was added and reads all answers.
func (c *client) round() error {
	if err := c.send(); err != nil {
		return err
	}
	return c.rest()
}

// rest reads until nothing is waited for.
func (c *client) rest() error {
	for len(c.waiting) > 0 {
		if _, err := c.read(); err != nil {
			return err
		}
	}
	return nil
}

// read reads one message, enters it in the book and gives its type.
func (c *client) read() (byte, error) {
	var head [5]byte
	if _, err := io.ReadFull(c.in, head[:]); err != nil {
		return 0, err
	}
	body := make([]byte, binary.BigEndian.Uint32(head[1:])-4)
	if _, err := io.ReadFull(c.in, body); err != nil {
		return 0, err
	}
	typ, n := head[0], int64(len(body)+5)
	if c.tap != nil {
		c.tap(typ, body)
	}
	if strings.IndexByte("ANS", typ) >= 0 { // sent unasked
		c.looseRead += n
		return typ, nil
	}
	if len(c.waiting) == 0 {
		return typ, fmt.Errorf("message %c answers nothing", typ)
	}
	w := c.waiting[0]
	w.x.Received += n
	switch typ {
	case 'E':
		return typ, c.failed(w, body)
	case 'D':
		w.x.Rows++
	case 'C':
		w.x.Affected += affected(string(body[:len(body)-1]))
	}
	if strings.IndexByte(answers[w.req], typ) >= 0 {
		c.waiting = c.waiting[1:]
	}
	return typ, nil
}

// answers are the messages that end the answer to a request.
var answers = map[byte]string{'Q': "Z", 'F': "Z", 'S': "Z", 'P': "1", 'B': "2", 'D': "Tn", 'C': "3", 'E': "CIs"}

// failed enters an error: within the extended protocol all that comes before the next Sync is skipped.
func (c *client) failed(w waiter, body []byte) error {
	var e pgproto3.ErrorResponse
	if err := e.Decode(body); err != nil {
		return err
	}
	w.x.Outcome, w.x.Status = "error", e.Code
	if e.Severity == "FATAL" {
		c.waiting = nil
		return nil
	}
	if answers[w.req] == "Z" {
		return nil
	}
	for len(c.waiting) > 0 && c.waiting[0].req != 'S' {
		c.waiting = c.waiting[1:]
		if len(c.waiting) > 0 && c.waiting[0].x != w.x {
			c.waiting[0].x.Outcome = "skipped"
		}
	}
	if len(c.waiting) == 0 {
		return errors.New("an error, and no Sync")
	}
	return nil
}

// affected gives the rows that a command tag says were changed or copied.
func affected(tag string) int64 {
	words := strings.Fields(tag)
	switch words[0] {
	case "INSERT", "UPDATE", "DELETE", "MERGE", "COPY":
		n, err := strconv.ParseInt(words[len(words)-1], 10, 64)
		if err != nil {
			panic(err)
		}
		return n
	}
	return 0
}

// terminate says goodbye.
func (c *client) terminate() error {
	c.add(nil, &pgproto3.Terminate{})
	err := c.send()
	if _, rerr := c.in.ReadByte(); !errors.Is(rerr, io.EOF) && err == nil {
		err = fmt.Errorf("after Terminate, in place of the end: %w", rerr)
	}
	return errors.Join(err, c.conn.Close())
}

// cancel asks on a connection of its own to cancel what c is doing, and gives that connection's page.
func (c *client) cancel(ctx context.Context) (*page, error) {
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", c.conn.RemoteAddr().String())
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	p := &page{port: port(conn), number: opened.Add(1)}
	buf := binary.BigEndian.AppendUint32(nil, uint32(12+len(c.key)))
	buf = binary.BigEndian.AppendUint32(buf, 80877102)
	buf = binary.BigEndian.AppendUint32(buf, c.pid)
	buf = append(buf, c.key...)
	if _, err := (counted{conn, p}).Write(buf); err != nil {
		return nil, err
	}
	if _, err := io.Copy(io.Discard, counted{conn, p}); err != nil {
		return nil, err
	}
	p.entries = []*entry{{Purpose: "cancel", Request: "CancelRequest", Outcome: "ok", Sent: int64(len(buf))}}
	return p, nil
}
