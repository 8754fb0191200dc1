package filtertest

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/sluice-proxy/sluice/codecs/codectest/lineproto"
	"github.com/sluice-proxy/sluice/filters"
	"github.com/sluice-proxy/sluice/filters/inspect"
)

// A Conn is a client's connection to the proxy.
type Conn interface {
	io.ReadWriteCloser
	CloseWrite() error
}

// A Proxy runs sessions of a plan in front of the toy server.
type Proxy interface {
	Dial(t *testing.T) Conn
	// Each runs fn as a step of every session.
	Each(fn func(*filters.Session))
	// Settle waits until everything that was posted has been done; real drivers need not do anything.
	Settle()
}

// Run runs the suite. start sets the plan's Terminal and Clock and serves it.
func Run(t *testing.T, start func(t *testing.T, p *filters.Plan) Proxy) {
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			j := NewJudge()
			cfg := &inspect.Config{Protocol: lineproto.Protocol, Filters: []filters.MessageFilter{j}, Enforce: tt.enforce}
			p := &filters.Plan{
				Listener: "test", Protocol: "line", LingerClose: 200 * time.Millisecond,
				Chain: func(s *filters.Session) []filters.Filter { return []filters.Filter{inspect.New(cfg, s, 0)} },
			}
			if tt.plan != nil {
				tt.plan(p)
			}
			tt.run(t, start(t, p), j)
		})
	}
}

var tests = []struct {
	name    string
	enforce bool
	plan    func(*filters.Plan)
	run     func(t *testing.T, p Proxy, j *Judge)
}{
	{name: "requests and replies pass in order", run: func(t *testing.T, p Proxy, j *Judge) {
		c := p.Dial(t)
		talk(t, c, "one\ntwo\nthree\n", "one\ntwo\nthree\n")
		talk(t, c, "fail x\n", "-ERR x\n")
		hangUp(t, c)
		outcomes(t, j, "ok ok ok error")
	}},
	{name: "a denial comes in order and the connection lives on", run: func(t *testing.T, p Proxy, j *Judge) {
		c := p.Dial(t)
		talk(t, c, "a\nforbidden fruit\nb\n", "a\n-DENIED no\nb\n")
		talk(t, c, "forbidden\nforbidden\nc\n", "-DENIED no\n-DENIED no\nc\n")
		hangUp(t, c)
		outcomes(t, j, "ok denied ok denied denied ok")
	}},
	{name: "a held request waits with what is behind it", run: func(t *testing.T, p Proxy, j *Judge) {
		c := p.Dial(t)
		talk(t, c, "a\nwait b\nc\n", "a\n")
		ticket := <-j.Tickets
		ticket.Resume(filters.Verdict{})
		ticket.Resume(filters.Verdict{Action: filters.Deny}) // the second doesn't count
		p.Settle()
		talk(t, c, "", "wait b\nc\n")
		talk(t, c, "wait d\ne\n", "")
		(<-j.Tickets).Resume(filters.Verdict{Action: filters.Deny})
		p.Settle()
		talk(t, c, "", "-DENIED \ne\n")
		hangUp(t, c)
		outcomes(t, j, "ok ok ok denied ok")
	}},
	{name: "a client that leaves a held request behind gets its answer", run: func(t *testing.T, p Proxy, j *Judge) {
		c := p.Dial(t)
		send(t, c, "wait a\nb\n")
		c.CloseWrite()
		(<-j.Tickets).Resume(filters.Verdict{})
		p.Settle()
		expect(t, c, "wait a\nb\n")
		expectEnd(t, c)
	}},
	{name: "a request is replaced", run: func(t *testing.T, p Proxy, j *Judge) {
		c := p.Dial(t)
		talk(t, c, "a\nswap b\nc\n", "a\nswapped\nc\n")
	}},
	{name: "a reply is edited or dropped", run: func(t *testing.T, p Proxy, j *Judge) {
		c := p.Dial(t)
		talk(t, c, "a\nedit b\nmute c\nd\n", "a\nedited\nd\n")
		hangUp(t, c)
		outcomes(t, j, "ok ok ok ok")
	}},
	{name: "the proxy asks the server something of its own", run: func(t *testing.T, p Proxy, j *Judge) {
		c := p.Dial(t)
		talk(t, c, "a\nb\nask c\nd\n", "a\nb\nask c\nd\n")
		talk(t, c, "ask e\nask f\n", "ask e\nask f\n")
		hangUp(t, c)
		if j.Asked() != 3 {
			t.Errorf("asked %d times, want 3", j.Asked())
		}
		outcomes(t, j, "ok ok ok ok ok ok")
	}},
	{name: "the end of the client's stream is carried over", run: func(t *testing.T, p Proxy, j *Judge) {
		c := p.Dial(t)
		send(t, c, "a\nb\n")
		c.CloseWrite()
		expect(t, c, "a\nb\n")
		expectEnd(t, c)
	}},
	{name: "a long payload streams both ways", run: func(t *testing.T, p Proxy, j *Judge) {
		c := p.Dial(t)
		payload := bytes.Repeat([]byte("0123456789abcdef"), 1<<19) // 8 MiB, far beyond every limit
		go func() {
			fmt.Fprintf(c, "big %d\n", len(payload))
			c.Write(payload)
			c.Write([]byte("after\n"))
		}()
		expect(t, c, fmt.Sprintf("$%d\n", len(payload)))
		expect(t, c, string(payload))
		expect(t, c, "after\n")
		hangUp(t, c)
		outcomes(t, j, "ok ok")
		if d := j.Done()[0]; d.Request != int64(len(payload)+12) || d.Reply != int64(len(payload)+9) {
			t.Errorf("bytes: got %d and %d", d.Request, d.Reply)
		}
	}},
	{name: "the payload of a denied request is dropped", run: func(t *testing.T, p Proxy, j *Judge) {
		c := p.Dial(t)
		talk(t, c, "a\nforbidden\nbig 3\nxyzb\n", "a\n-DENIED no\n$3\nxyzb\n")
	}},
	{name: "what can't be framed passes when only observing", run: func(t *testing.T, p Proxy, j *Judge) {
		c := p.Dial(t)
		talk(t, c, "a\n", "a\n")
		talk(t, c, "big nonsense\nforbidden but opaque\n", "big nonsense\nforbidden but opaque\n")
	}},
	{name: "what can't be framed ends the session under a policy", enforce: true, run: func(t *testing.T, p Proxy, j *Judge) {
		c := p.Dial(t)
		talk(t, c, "a\n", "a\n")
		talk(t, c, "big nonsense\nforbidden\n", "-BYE bad_input\n")
		expectEnd(t, c)
	}},
	{name: "unknown messages pass when only observing", run: func(t *testing.T, p Proxy, j *Judge) {
		c := p.Dial(t)
		talk(t, c, "?what\na\n", "a\n")
	}},
	{name: "unknown messages end the session under a policy", enforce: true, run: func(t *testing.T, p Proxy, j *Judge) {
		c := p.Dial(t)
		talk(t, c, "?what\na\n", "-BYE denied\n")
		expectEnd(t, c)
	}},
	{name: "a drain waits for rest", run: func(t *testing.T, p Proxy, j *Judge) {
		idle, busy := p.Dial(t), p.Dial(t)
		talk(t, idle, "a\n", "a\n")
		talk(t, busy, "begin\n", "begin\n")
		p.Each((*filters.Session).Drain)
		expect(t, idle, "-BYE shutting_down\n")
		expectEnd(t, idle)
		talk(t, busy, "b\n", "b\n")
		talk(t, busy, "end\n", "end\n-BYE shutting_down\n")
		expectEnd(t, busy)
	}},
	{name: "a panic ends its session only", run: func(t *testing.T, p Proxy, j *Judge) {
		a, b := p.Dial(t), p.Dial(t)
		talk(t, b, "x\n", "x\n")
		talk(t, a, "a\n", "a\n")
		send(t, a, "panic\n")
		expectGone(t, a)
		talk(t, b, "y\n", "y\n")
	}},
	{name: "an idle session is ended", plan: func(p *filters.Plan) { p.IdleTimeout = 50 * time.Millisecond }, run: func(t *testing.T, p Proxy, j *Judge) {
		c := p.Dial(t)
		talk(t, c, "a\n", "a\n")
		expect(t, c, "-BYE idle_timeout\n")
		expectEnd(t, c)
	}},
	{name: "thousands of random requests are each counted once", run: func(t *testing.T, p Proxy, j *Judge) {
		const sessions, each = 4, 3000
		ends := make(chan error, sessions)
		for n := range sessions {
			c := p.Dial(t)
			go func() { ends <- chatter(c, uint64(n), each) }()
		}
		for range sessions {
			if err := <-ends; err != nil {
				t.Fatal(err)
			}
		}
		waitFor(t, func() bool { return len(j.Done()) == sessions*each })
		seen := map[[2]uint64]bool{}
		for _, d := range j.Done() {
			if k := [2]uint64{d.Session, d.ID}; seen[k] {
				t.Fatalf("exchange %d of session %d ended twice", d.ID, d.Session)
			} else {
				seen[k] = true
			}
			if d.Outcome == filters.Lost {
				t.Fatalf("exchange %d of session %d is lost", d.ID, d.Session)
			}
		}
	}},
}

// chatter sends n random requests, pipelined, in random pieces, and checks what comes back.
func chatter(c Conn, seed uint64, n int) error {
	r := rand.New(rand.NewPCG(seed, 1))
	var in, want strings.Builder
	for range n {
		switch k := r.IntN(10); k {
		case 0:
			in.WriteString("forbidden thing\n")
			want.WriteString("-DENIED no\n")
		case 1:
			in.WriteString("fail it\n")
			want.WriteString("-ERR it\n")
		case 2:
			in.WriteString("edit this\n")
			want.WriteString("edited\n")
		case 3:
			s := strings.Repeat("z", r.IntN(5000))
			fmt.Fprintf(&in, "big %d\n%s", len(s), s)
			fmt.Fprintf(&want, "$%d\n%s", len(s), s)
		default:
			s := strings.Repeat("word ", 1+r.IntN(20))
			in.WriteString(s + "\n")
			want.WriteString(s + "\n")
		}
	}
	go func() {
		for p := []byte(in.String()); len(p) > 0; {
			k := min(1+r.IntN(10_000), len(p))
			if _, err := c.Write(p[:k]); err != nil {
				return
			}
			p = p[k:]
		}
		c.CloseWrite()
	}()
	got, err := io.ReadAll(c)
	if err != nil {
		return fmt.Errorf("after %d bytes: %w", len(got), err)
	}
	if string(got) != want.String() {
		return fmt.Errorf("got %d bytes that differ from the %d wanted", len(got), want.Len())
	}
	return c.Close()
}
