package scenarios_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/sluice-proxy/sluice/codecs"
	"github.com/sluice-proxy/sluice/codecs/postgres"
	"github.com/sluice-proxy/sluice/filters"
	"github.com/sluice-proxy/sluice/filters/inspect"
	"github.com/sluice-proxy/sluice/filters/tcpproxy"
	core "github.com/sluice-proxy/sluice/proxy"
	"github.com/sluice-proxy/sluice/proxy/loop"
	"github.com/sluice-proxy/sluice/proxy/upstream"
)

// A guarded is a proxy in the test's process with a filter that judges, in front of a database with an empty table t.
type guarded struct {
	b        *backend
	database string
	addr     string
	judge    *judge
}

// eachGuarded runs a scenario against every version, over both drivers.
func eachGuarded(t *testing.T, scenario func(*testing.T, *guarded)) {
	t.Helper()
	each(t, func(t *testing.T, b *backend) {
		for _, loops := range []int{-1, 1} {
			name := "conn"
			if loops > 0 {
				name = "loop"
			}
			t.Run(name, func(t *testing.T) {
				if loops > 0 && !loop.Supported() {
					lacking(t, "loop", errors.New("this system has no event loop"))
				}
				g := &guarded{b: b, database: b.database(t), judge: &judge{tickets: make(chan filters.Ticket, 16), answers: make(chan answer, 16), ends: map[int][]end{}}}
				b.exec(t, g.database, "create table t (id int)")
				g.serve(t, loops)
				scenario(t, g)
			})
		}
	})
}

func (g *guarded) serve(t *testing.T, loops int) {
	t.Helper()
	epoch := filters.NewEpoch()
	cluster, err := upstream.NewCluster("db", []string{g.b.Addr})
	if err != nil {
		t.Fatal(err)
	}
	config := &inspect.Config{Protocol: postgres.Protocol, Filters: []filters.MessageFilter{g.judge}, Enforce: true, Tokens: &filters.Tokens{}}
	plan := &filters.Plan{Listener: "guarded", Protocol: "postgres", Clock: epoch, Terminal: tcpproxy.Filter{Upstream: cluster},
		Chain: func(s *filters.Session) []filters.Filter { return []filters.Filter{inspect.New(config, s, 0)} }}
	s, err := core.NewServer(core.Config{Listeners: []core.Listener{{Address: "127.0.0.1:0", Plan: plan}}, Loops: loops, Clock: epoch, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- s.Serve() }() // ends with the shutdown below, which waits for it
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := s.Shutdown(ctx); err != nil {
			t.Error(err)
		}
		if err := <-done; !errors.Is(err, core.ErrServerClosed) {
			t.Error(err)
		}
		if n := s.Panics(); n != 0 {
			t.Errorf("%d sessions panicked", n)
		}
	})
	g.addr = s.Addrs()[0].String()
}

// client opens a connection, and empties the table.
func (g *guarded) client(t *testing.T) *client {
	t.Helper()
	g.b.exec(t, g.database, "truncate t")
	c, err := login(within(t), g.b.url(g.addr, g.database))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.conn.Close() })
	return c
}

// logged compares how the proxy says that the client's exchanges ended, behind the login.
func (g *guarded) logged(t *testing.T, c *client, want ...string) {
	t.Helper()
	g.judge.mu.Lock()
	defer g.judge.mu.Unlock()
	var got []string
	for _, e := range g.judge.ends[c.port][1:] {
		got = append(got, e.outcome)
		if (e.rule != "") != (e.outcome == "denied") {
			t.Errorf("an exchange that is %s has rule %q", e.outcome, e.rule)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("the proxy's exchanges: got %v, want %v", got, want)
	}
}

// A judge is a filter that does what comments in the statement say.
type judge struct {
	tickets chan filters.Ticket
	answers chan answer

	mu   sync.Mutex
	ends map[int][]end // exchanges by the client's port
}

type end struct{ outcome, rule string }

// An answer is what the proxy got to a question of its own.
type answer struct {
	messages string
	rows     int64
	err      error
}

func (j *judge) OnRequest(x *filters.Exchange) filters.Verdict {
	text := string(x.Request.Text)
	switch {
	case strings.Contains(text, "forbidden"), strings.Contains(text, "not to be executed") && x.Request.Name == "Execute":
		return filters.Verdict{Action: filters.Deny, Why: codecs.Refusal{Rule: "test"}}
	case strings.Contains(text, "/* held */"):
		j.tickets <- x.Hold()
		return filters.Verdict{Action: filters.Hold}
	case strings.Contains(text, "/* ask first */"):
		return j.ask(x)
	}
	return filters.Verdict{}
}

// ask puts a question to the server and has the request wait for the answer.
func (j *judge) ask(x *filters.Exchange) filters.Verdict {
	var a answer
	ticket := x.Hold()
	err := x.Session.Asker.Ask(message('Q', "select current_user\x00"), func(m *codecs.Message) {
		a.messages += m.Name + " "
		a.rows += m.Rows
	}, func(err error) {
		a.err = err
		j.answers <- a
		ticket.Resume(filters.Verdict{})
	})
	if err != nil {
		j.answers <- answer{err: err}
		return filters.Verdict{}
	}
	return filters.Verdict{Action: filters.Hold}
}

func (j *judge) WantReply(x *filters.Exchange, m *codecs.Message) bool {
	edit := x.Statement != nil && strings.Contains(x.Statement.Normalized, "secret_column")
	return m.Name == "ParameterStatus" || edit && (m.Name == "RowDescription" || m.Name == "CommandComplete")
}

func (j *judge) OnReply(_ *filters.Exchange, m *codecs.Message) filters.Verdict {
	body := string(m.Body[5:])
	switch {
	case m.Name == "ParameterStatus" && strings.HasPrefix(body, "server_version\x00"):
		return filters.Verdict{Action: filters.Replace, Bytes: message('S', "server_version\x0099.9 (edited)\x00")}
	case m.Name == "RowDescription":
		return filters.Verdict{Action: filters.Replace, Bytes: message('T', strings.Replace(body, "secret_column", "edited_to_a_longer_name", 1))}
	case m.Name == "CommandComplete":
		return filters.Verdict{Action: filters.Replace, Bytes: message('C', "EDITED\x00")}
	}
	return filters.Verdict{}
}

func (j *judge) OnDone(x *filters.Exchange) {
	j.mu.Lock()
	defer j.mu.Unlock()
	port := int(x.Session.Client.Port())
	j.ends[port] = append(j.ends[port], end{fmt.Sprint(x.Outcome), x.Rule})
}
