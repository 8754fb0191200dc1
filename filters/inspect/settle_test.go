package inspect_test

import (
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sluice-proxy/sluice/codecs"
	"github.com/sluice-proxy/sluice/codecs/postgres"
	"github.com/sluice-proxy/sluice/filters"
	"github.com/sluice-proxy/sluice/filters/inspect"
	"github.com/sluice-proxy/sluice/metadata"
)

// A reader parses texts of one word and a table: "read t". "set" unsettles. "ponder" takes until the reader is told to go on.
type reader struct{ goOn <-chan struct{} }

func (reader) Summarize(text []byte, _ codecs.Mode) *codecs.Analysis {
	return &codecs.Analysis{Operation: "SELECT", Normalized: text, Statements: 1}
}
func (reader) AppendShape(dst, text []byte, _ codecs.Mode) []byte { return append(dst, text...) }
func (r reader) Parse(text []byte, mode codecs.Mode) *codecs.Parsed {
	verb, name, _ := strings.Cut(strings.TrimSpace(string(text)), " ")
	if verb == "ponder" {
		<-r.goOn
	}
	p := &codecs.Parsed{Unsettles: verb == "set", Effects: []metadata.Effect{{Operation: strings.ToUpper(verb)}}}
	if mode&postgres.ModeBackslash != 0 {
		name += "\\"
	}
	p.Effects[0].Accesses = []metadata.Access{{Verb: metadata.Read, Kind: metadata.KindTable, Name: name}}
	if verb == "call" {
		p.Effects[0].Accesses = []metadata.Access{{Verb: metadata.Execute, Kind: metadata.KindFunction, Name: name}}
	}
	if verb == "set" {
		p.Effects[0].Accesses = []metadata.Access{{Verb: metadata.Write, Kind: metadata.KindSetting, Name: name}}
	}
	return p
}

// A clerk notes what it is asked to judge, and denies what is forbidden.
type clerk struct{ judged []string }

func (c *clerk) OnRequest(x *filters.Exchange) filters.Verdict {
	if len(x.Effects) == 0 {
		return filters.Verdict{}
	}
	what := x.Effects[0].Accesses[0].String()
	if x.Path != nil && x.Path.Known {
		what += " in " + strings.Join(x.Path.Search, ",")
	}
	c.judged = append(c.judged, what)
	if strings.Contains(what, "forbidden") {
		return filters.Verdict{Action: filters.Deny}
	}
	return filters.Verdict{}
}

func (*clerk) WantReply(*filters.Exchange, *codecs.Message) bool { return false }
func (*clerk) OnReply(*filters.Exchange, *codecs.Message) filters.Verdict {
	return filters.Verdict{}
}
func (*clerk) OnDone(*filters.Exchange) {}

// A court is a session whose statements are judged, past login, with nobody's I/O.
type court struct {
	t     *testing.T
	s     *filters.Session
	posts chan func(*filters.Session)
	clerk *clerk
	cfg   *inspect.Config
	goOn  chan struct{} // the reader's
}

func newCourt(t *testing.T, search codecs.Search) *court {
	t.Helper()
	c := &court{t: t, clerk: &clerk{}, goOn: make(chan struct{})}
	protocol := postgres.Protocol
	protocol.NewAnalyser = func() codecs.Analyser { return reader{c.goOn} }
	c.cfg = &inspect.Config{Protocol: protocol, Enforce: true, Parse: true, Search: search, Filters: []filters.MessageFilter{c.clerk}}
	c.open()
	return c
}

// another is a second session of the court.
func (c *court) another() *court {
	d := &court{t: c.t, clerk: c.clerk, cfg: c.cfg, goOn: c.goOn}
	d.open()
	return d
}

// open begins the session and logs in.
func (c *court) open() {
	c.begin(startup("user\x00ann\x00database\x00shop\x00\x00"))
	c.server(pg('R', "\x00\x00\x00\x00") + pg('S', "standard_conforming_strings\x00on\x00") + ready)
}

// begin begins the session with what the client sends first.
func (c *court) begin(first string) {
	cfg := c.cfg
	c.posts = make(chan func(*filters.Session), 16)
	plan := &filters.Plan{Clock: filters.NewEpoch(), Terminal: nowhere{}, Chain: func(s *filters.Session) []filters.Filter {
		return []filters.Filter{inspect.New(cfg, s, 0)}
	}}
	c.s = filters.NewSession(plan, 1, netip.MustParseAddrPort("192.0.2.1:5000"))
	c.s.Handle().Attach(func(fn func(*filters.Session)) { c.posts <- fn })
	c.s.Begin()
	c.s.Receive(codecs.FromClient, []byte(first))
	c.s.ServerConnected()
	c.got(codecs.FromClient)
}

const (
	ready = "Z\x00\x00\x00\x05I"
	sync  = "S\x00\x00\x00\x04"
)

func query(text string) string { return pg('Q', text+"\x00") }

func batch(text string) string {
	return pg('P', "\x00"+text+"\x00\x00\x00") + pg('B', "\x00\x00\x00\x00\x00\x00\x00\x00") + pg('E', "\x00\x00\x00\x00\x00")
}

// got takes what goes in a direction.
func (c *court) got(dir codecs.Direction) (all string) {
	for p := c.s.Pending(dir); len(p) > 0; p = c.s.Pending(dir) {
		all += string(p)
		c.s.Sent(dir, len(p))
	}
	return all
}

// client sends, and gives what reaches the server.
func (c *court) client(p string) string {
	c.s.Receive(codecs.FromClient, []byte(p))
	return c.got(codecs.FromClient)
}

// server answers, and gives what reaches the client.
func (c *court) server(p string) string {
	c.s.Receive(codecs.FromServer, []byte(p))
	c.run()
	return c.got(codecs.FromServer)
}

// run carries out what was posted to the session.
func (c *court) run() {
	for {
		select {
		case fn := <-c.posts:
			fn(c.s)
		default:
			return
		}
	}
}

func (c *court) judged(want ...string) {
	c.t.Helper()
	if !slices.Equal(c.clerk.judged, want) {
		c.t.Errorf("judged: got %q, want %q", c.clerk.judged, want)
	}
}

// path answers the question for the search path.
func path(schemas string) string {
	row := "\x00\x03" + column(schemas) + column("public") + column("ann")
	return pg('1', "") + pg('2', "") + pg('D', row) + pg('C', "SELECT 1\x00") + pg('3', "") + pg('3', "") + ready
}

func column(v string) string { return string([]byte{0, 0, 0, byte(len(v))}) + v }

func TestTheServerIsAskedBeforeTheFirstStatement(t *testing.T) {
	c := newCourt(t, codecs.Search{})
	q := c.client(query("read t"))
	if !strings.Contains(q, "current_schemas") || strings.Contains(q, "read t") {
		t.Fatalf("the server got %q, want the question and nothing else", q)
	}
	if got := c.server(path(`["shop","public"]`)); got != "" {
		t.Errorf("the client got %q of the proxy's own exchange", got)
	}
	if got := c.got(codecs.FromClient); got != query("read t") {
		t.Errorf("then the server got %q", got)
	}
	c.server(pg('C', "SELECT 1\x00") + ready)
	if got := c.client(query("read u")); got != query("read u") {
		t.Errorf("once the path is known the server got %q", got)
	}
	c.judged("read table t in shop,public", "read table u in shop,public")
}

func TestRequestsWaitForWhatChangesTheirReading(t *testing.T) {
	c := newCourt(t, codecs.Search{Strict: true})
	if got := c.client(query("set x") + query("read t")); got != query("set x") {
		t.Fatalf("the server got %q, want the first only", got)
	}
	c.server(pg('C', "SET\x00") + pg('S', "standard_conforming_strings\x00off\x00") + ready)
	if got := c.got(codecs.FromClient); got != query("read t") {
		t.Errorf("then the server got %q", got)
	}
	c.judged("write setting x", "read table t\\")
}

func TestABatchBehindAChangeIsInDoubt(t *testing.T) {
	c := newCourt(t, codecs.Search{Strict: true})
	all := batch("set x") + batch("read t") + sync
	if got := c.client(all); got != all {
		t.Errorf("the server got %q", got)
	}
	c.judged("write setting x", "write setting x", "write setting x", "execute unparsed unsettled", "execute unparsed unsettled", "execute unparsed unsettled")
}

func TestABatchBehindAnotherPathIsRead(t *testing.T) {
	c := newCourt(t, codecs.Search{Strict: true})
	all := batch("set search_path") + batch("read t") + sync
	if got := c.client(all); got != all {
		t.Errorf("the server got %q", got)
	}
	c.judged("write setting search_path", "write setting search_path", "write setting search_path", "read table t", "read table t", "read table t")
}

func TestTheEndComesBehindWhatWaits(t *testing.T) {
	c := newCourt(t, codecs.Search{Strict: true})
	c.client(query("set x") + query("read forbidden"))
	c.s.ReceiveEnd(codecs.FromClient)
	if got := c.got(codecs.FromClient); got != "" || c.s.EndDue(codecs.FromClient) {
		t.Errorf("the end overtook a request: the server got %q", got)
	}
	c.server(pg('C', "SET\x00") + ready)
	if got := c.got(codecs.FromClient); strings.Contains(got, "forbidden") || !strings.HasPrefix(got, "D") {
		t.Errorf("the server got %q, want a refusal", got)
	}
}

func TestLongTextsAreParsedBeside(t *testing.T) {
	c := newCourt(t, codecs.Search{Strict: true})
	q := query("read t" + strings.Repeat(" ", 1000))
	if got := c.client(q); got != "" {
		t.Fatalf("the server got %d bytes before they were judged", len(got))
	}
	c.awaitJudgements(1)
	if got := c.got(codecs.FromClient); got != q {
		t.Errorf("the server got %d bytes, want %d", len(got), len(q))
	}
	c.judged("read table t")
}

// awaitJudgements runs the session until so many statements were judged.
func (c *court) awaitJudgements(n int) {
	c.t.Helper()
	for len(c.clerk.judged) < n {
		select {
		case fn := <-c.posts:
			fn(c.s)
		case <-time.After(10 * time.Second):
			c.t.Fatal("a text is not parsed")
		}
	}
}

func TestLongTextsDoNotWaitBehindHeavyOnes(t *testing.T) {
	c := newCourt(t, codecs.Search{Strict: true})
	c.client(query("ponder t" + strings.Repeat(" ", 100_000)))
	other := c.another()
	other.client(query("read u" + strings.Repeat(" ", 1000)))
	other.awaitJudgements(1)
	c.judged("read table u")
	close(c.goOn)
	c.awaitJudgements(2)
}

func TestALongRequestThatWaitedIsReleasedWhole(t *testing.T) {
	c := newCourt(t, codecs.Search{})
	q := query("read t" + strings.Repeat(" ", 3<<20))
	half := len(q) * 2 / 3
	if got := c.client(q[:half]); strings.Contains(got, "read t") {
		t.Fatal("the server got a request that isn't judged")
	}
	c.s.Receive(codecs.FromClient, []byte(q[half:half+1000]))
	c.server(path(`["public"]`))
	got := c.got(codecs.FromClient) + c.client(q[half+1000:])
	if got != q {
		t.Errorf("the server got %d bytes, want %d", len(got), len(q))
	}
	c.judged("execute unparsed cut in public")
}

func TestAServerThatGoesWhileItIsAskedHoldsNobodyUp(t *testing.T) {
	c := newCourt(t, codecs.Search{})
	c.client(query("read t"))
	c.s.ReceiveEnd(codecs.FromServer)
	c.run()
	c.got(codecs.FromClient)
	c.s.ReceiveEnd(codecs.FromClient)
	c.run()
	c.got(codecs.FromServer)
	c.got(codecs.FromClient)
	c.s.EndDue(codecs.FromClient) // as drivers do once they have sent all
	c.s.EndDue(codecs.FromServer)
	if !c.s.Done() {
		t.Error("the session goes on, with neither client nor server")
	}
}

func TestAServerThatHasGoneIsNotAsked(t *testing.T) {
	c := newCourt(t, codecs.Search{})
	c.s.ReceiveEnd(codecs.FromServer)
	if got := c.client(query("read t")); got != query("read t") {
		t.Errorf("the request goes the way it goes without a policy: got %q", got)
	}
	c.judged("read table t")
}

func TestABatchBehindAFunctionIsInDoubtWhereItIsNew(t *testing.T) {
	c := newCourt(t, codecs.Search{Strict: true})
	prepared := pg('P', "s\x00read t\x00\x00\x00") + sync
	c.client(prepared)
	c.server(pg('1', "") + ready)
	c.clerk.judged = nil
	bound := pg('B', "\x00s\x00\x00\x00\x00\x00\x00\x00") + pg('E', "\x00\x00\x00\x00\x00")
	all := batch("call f") + bound + batch("read u") + sync
	if got := c.client(all); got != all {
		t.Errorf("the server got %q", got)
	}
	c.judged("execute function f", "execute function f", "execute function f", "read table t", "read table t",
		"execute unparsed unsettled", "execute unparsed unsettled", "execute unparsed unsettled")
}

// TestWhatWasAskedIsAnsweredBeforeTheEnd: a client that sends something that can't be framed gets the answers to what it sent before, then the farewell.
func TestWhatWasAskedIsAnsweredBeforeTheEnd(t *testing.T) {
	c := newCourt(t, codecs.Search{Strict: true})
	asked := query("read t") + query("read u")
	if got := c.client(asked + "Q\x00\x00\x00\x01 and more"); got != asked {
		t.Fatalf("the server got %q, want %q", got, asked)
	}
	if got := c.client(query("read v")); got != "" {
		t.Errorf("behind what can't be framed the server got %q", got)
	}
	answer := pg('C', "SELECT 1\x00") + ready
	if got := c.server(answer); got != answer {
		t.Errorf("the client got %q, want the first answer and nothing else", got)
	}
	if got := c.server(answer); !strings.HasPrefix(got, answer+"E") || !strings.Contains(got, "08P01") {
		t.Errorf("the client got %q, want the second answer and the farewell", got)
	}
	if c.s.Cause != filters.DecodeFailed || c.s.Err == nil {
		t.Errorf("the session's end: got %v, %v", c.s.Cause, c.s.Err)
	}
	c.judged("read table t", "read table u")
}

// TestABrokenBatchIsNotWaitedFor: the server answers nothing that waits for a Sync that never comes.
func TestABrokenBatchIsNotWaitedFor(t *testing.T) {
	c := newCourt(t, codecs.Search{Strict: true})
	c.client(batch("read t") + "Q\x00\x00\x00\x01 and more")
	if c.s.Cause != filters.DecodeFailed {
		t.Errorf("the session goes on: %v", c.s.Cause)
	}
	if got := c.got(codecs.FromServer); !strings.HasPrefix(got, "E") {
		t.Errorf("the client got %q, want a farewell", got)
	}
}
