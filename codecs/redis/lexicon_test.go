package redis

import (
	"fmt"
	"strings"
	"testing"

	"github.com/sluice-proxy/sluice/codecs"
)

func request(words ...string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "*%d\r\n", len(words))
	for _, w := range words {
		fmt.Fprintf(&b, "$%d\r\n%s\r\n", len(w), w)
	}
	return b.String()
}

// jsonGet is how Redis 7 answers of a module's command with one key.
const jsonGet = "*1\r\n*10\r\n$8\r\njson.get\r\n:-2\r\n*1\r\n+readonly\r\n:1\r\n:1\r\n:1\r\n*2\r\n+@read\r\n+@slow\r\n*0\r\n" +
	"*1\r\n*6\r\n$5\r\nflags\r\n*2\r\n+RO\r\n+access\r\n$12\r\nbegin_search\r\n*4\r\n$4\r\ntype\r\n$5\r\nindex\r\n$4\r\nspec\r\n*2\r\n$5\r\nindex\r\n:1\r\n" +
	"$9\r\nfind_keys\r\n*4\r\n$4\r\ntype\r\n$5\r\nrange\r\n$4\r\nspec\r\n*6\r\n$7\r\nlastkey\r\n:0\r\n$7\r\nkeystep\r\n:1\r\n$5\r\nlimit\r\n:0\r\n*0\r\n"

// info is an answer in the way of Redis 5: a name, its arity, flags, and where keys are.
func info(name, flag string, first, last, step int) string {
	return fmt.Sprintf("*1\r\n*6\r\n$%d\r\n%s\r\n:-1\r\n*1\r\n+%s\r\n:%d\r\n:%d\r\n:%d\r\n", len(name), name, flag, first, last, step)
}

// A study is a session whose unknown commands are asked for.
type study struct {
	t   *testing.T
	d   *decoder
	l   codecs.Resolver
	own codecs.Decoder
}

func newStudy(t *testing.T, lexicon *codecs.Lexicon) *study {
	limits := codecs.Limits{Effects: true, Lexicon: lexicon}
	d := newDecoder(limits)
	return &study{t, d.(*decoder), newLearner(codecs.Search{}, d), newReady(limits)}
}

// send gives what the decoder makes of a request.
func (s *study) send(words ...string) *codecs.Message {
	s.t.Helper()
	in := []byte(request(words...))
	_, m, err := s.d.Decode(codecs.FromClient, in)
	if err != nil || m == nil {
		s.t.Fatalf("%v: %v, %v", words, m, err)
	}
	for i := range in {
		in[i] = 'x' // bytes that are here now needn't be later; what follows must not look at them, but for the effects, which are copies
	}
	return m
}

// reply gives a server's answer to the decoder.
func (s *study) reply(text string) {
	s.t.Helper()
	if _, _, err := s.d.Decode(codecs.FromServer, []byte(text)); err != nil {
		s.t.Fatal(err)
	}
}

// learn asks, and answers with text.
func (s *study) learn(words []string, text string) *codecs.Message {
	s.t.Helper()
	in := []byte(request(words...))
	_, m, err := s.d.Decode(codecs.FromClient, in)
	if err != nil || !s.l.Stale(false) {
		s.t.Fatalf("%v: nobody asks (%v)", words, err)
	}
	if got, want := string(s.l.Question(nil)), request("COMMAND", "INFO", words[0]); got != want {
		s.t.Fatalf("the question is %q, want %q", got, want)
	}
	clear(in)
	_, _, _ = s.own.Decode(codecs.FromClient, []byte(request("COMMAND", "INFO", words[0])))
	_, answer, err := s.own.Decode(codecs.FromServer, []byte(text))
	if err != nil || answer == nil {
		s.t.Fatal(answer, err)
	}
	s.l.Answer(answer)
	s.l.Answered(nil)
	return m
}

func does(m *codecs.Message) string { return fmt.Sprint(m.Name, " ", m.Effects[0].Accesses) }

func TestWhatTheServerSaysOfAnUnknownCommand(t *testing.T) {
	for _, tt := range []struct {
		words  string
		answer string
		want   string
	}{
		{"json.get a .", jsonGet, "JSON.GET [read key a]"},
		{"JSON.GET a .", jsonGet, "JSON.GET [read key a]"},
		{"bf.add a x", info("bf.add", "write", 1, 1, 1), "BF.ADD [read key a write key a]"},
		{"bf.mexists a b", info("bf.mexists", "readonly", 1, -1, 1), "BF.MEXISTS [read key a read key b]"},
		{"x.odd a b", info("x.odd", "movablekeys", 1, 1, 1), "X.ODD [execute opaque X.ODD]"},
		{"ft.search i q", info("ft.search", "readonly", 0, 0, 0), "FT.SEARCH [execute opaque FT.SEARCH]"},
		{"fetch a", info("get", "readonly", 1, 1, 1), "GET [read key a]"},
		{"setup get x", info("config", "admin", 0, 0, 0), "CONFIG GET [execute command CONFIG|GET]"},
		{"nothing a", "*1\r\n*-1\r\n", "UNKNOWN [execute unknown command]"},
		{"nothing a", "*1\r\n_\r\n", "UNKNOWN [execute unknown command]"},
		{"odd a", info("o\rdd", "readonly", 1, 1, 1), "UNKNOWN [execute unknown command]"},
	} {
		s := newStudy(t, newLexicon())
		if got := does(s.learn(strings.Fields(tt.words), tt.answer)); got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.words, got, tt.want)
		}
		if s.l.Stale(false) {
			t.Errorf("%s: it is asked for twice", tt.words)
		}
		if s.d.opened != 1 || s.d.queue.len != 1 {
			t.Errorf("%s: %d exchanges are open, %d in the queue", tt.words, s.d.opened, s.d.queue.len)
		}
	}
}

// TestARefusedQuestionIsAskedAgain: before the client has logged in, the server tells nothing of its commands.
func TestARefusedQuestionIsAskedAgain(t *testing.T) {
	s := newStudy(t, newLexicon())
	if got, want := does(s.learn([]string{"json.get", "a"}, "-NOAUTH Authentication required.\r\n")), "UNKNOWN [execute unknown command]"; got != want {
		t.Errorf("before the login: got %s, want %s", got, want)
	}
	s.reply("-NOAUTH Authentication required.\r\n")
	s.send("AUTH", "secret")
	s.reply("+OK\r\n")
	if got, want := does(s.learn([]string{"json.get", "a"}, jsonGet)), "JSON.GET [read key a]"; got != want {
		t.Errorf("behind the login: got %s, want %s", got, want)
	}
}

func TestWhatOneSessionLearnedAllKnow(t *testing.T) {
	x := newLexicon()
	newStudy(t, x).learn([]string{"json.get", "a"}, jsonGet)
	s := newStudy(t, x)
	if got, want := does(s.send("Json.Get", "b")), "JSON.GET [read key b]"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if s.l.Stale(false) {
		t.Error("a command that is known is asked for")
	}
}

// TestRenamedCommandsKeepTheirRole: a login is one, whatever it is called.
func TestRenamedCommandsKeepTheirRole(t *testing.T) {
	s := newStudy(t, newLexicon())
	m := s.learn([]string{"enter", "ann", "secret"}, info("auth", "noscript", 0, 0, 0))
	if m.Kind != codecs.Startup || !m.Unsettles || len(s.d.changes) != 1 || s.d.changes[0].user != "ann" {
		t.Errorf("got %v, unsettles: %v, changes: %v", m.Kind, m.Unsettles, s.d.changes)
	}
	s = newStudy(t, newLexicon())
	s.learn([]string{"choose", "7"}, info("select", "fast", 0, 0, 0))
	s.reply("+OK\r\n")
	if s.d.database != "7" {
		t.Errorf("the database is %s, want 7", s.d.database)
	}
}

// TestNobodyAsksWhereAnswersCanBeMistaken: in these sessions the server queues a question, refuses it, does not answer, or says other things unasked.
func TestNobodyAsksWhereAnswersCanBeMistaken(t *testing.T) {
	for _, tt := range []struct{ before, answer string }{
		{"MULTI", "+OK\r\n"}, {"MULTI", ""}, {"MONITOR", "+OK\r\n"}, {"SUBSCRIBE x", "*3\r\n$9\r\nsubscribe\r\n$1\r\nx\r\n:1\r\n"}, {"SUBSCRIBE x", ""},
		{"CLIENT REPLY OFF", ""}, {"CLIENT REPLY SKIP", ""}, {"SELECT 1", ""}, {"AUTH x", ""},
	} {
		s := newStudy(t, newLexicon())
		s.send(strings.Fields(tt.before)...)
		if tt.answer != "" {
			s.reply(tt.answer)
		}
		s.send("json.get", "a")
		if s.l.Stale(true) {
			t.Errorf("behind %s (answered: %v) the server is asked", tt.before, tt.answer != "")
		}
	}
	s := newStudy(t, newLexicon())
	s.send("ROLE")
	s.send("GET", "a")
	if s.send("json.get", "a"); !s.l.Stale(true) {
		t.Error("behind ROLE, which changes nothing, nobody asks")
	}
	s = newStudy(t, nil)
	if s.send("json.get", "a"); s.l.Stale(true) {
		t.Error("without a lexicon the server is asked")
	}
}

func FuzzCommandInfo(f *testing.F) {
	f.Add([]byte(jsonGet))
	f.Add([]byte(info("bf.add", "write", 1, -1, 2)))
	f.Fuzz(func(t *testing.T, reply []byte) {
		c := commandInfo(reply)
		if c == nil {
			return
		}
		if c.name == "" || c.operation == "" || c.last < 0 {
			t.Errorf("%+v", c)
		}
		var a account
		args := arguments{}
		s := scan{}
		if _, err := s.look([]byte(request("x", "a", "b", "c")), &codecs.Limits{Inspect: 100}); err != nil {
			t.Fatal(err)
		}
		args = s.args
		args.b = []byte(request("x", "a", "b", "c"))
		if got := a.of(c, &args, "0", false, false); len(got[0].Accesses) == 0 {
			t.Errorf("%+v does nothing", c)
		}
	})
}

// TestInlineRequestsAreAskedForToo: a person at a terminal types no arrays.
func TestInlineRequestsAreAskedForToo(t *testing.T) {
	s := newStudy(t, newLexicon())
	_, m, err := s.d.Decode(codecs.FromClient, []byte("  json.get   'a'  \r\n"))
	if err != nil || !s.l.Stale(false) {
		t.Fatalf("nobody asks (%v)", err)
	}
	if got, want := string(s.l.Question(nil)), request("COMMAND", "INFO", "json.get"); got != want {
		t.Fatalf("the question is %q, want %q", got, want)
	}
	_, _, _ = s.own.Decode(codecs.FromClient, []byte(request("COMMAND", "INFO", "json.get")))
	_, answer, _ := s.own.Decode(codecs.FromServer, []byte(jsonGet))
	s.l.Answer(answer)
	s.l.Answered(nil)
	if got, want := does(m), "JSON.GET [read key a]"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// TestHalfARequestIsNotAskedFor: who asks looks at the request that is here, also while the next one is not.
func TestHalfARequestIsNotAskedFor(t *testing.T) {
	in := request("json.get", "a") + request("json.set", "b", "c")
	for cut := range len(in) {
		s := newStudy(t, newLexicon())
		for p := []byte(in[:cut]); len(p) > 0; {
			n, m, err := s.d.Decode(codecs.FromClient, p)
			if err != nil {
				t.Fatal(err)
			}
			if stale := s.l.Stale(true); stale != (m != nil) {
				t.Fatalf("cut at %d: a request is here: %v, and it is asked for: %v", cut, m != nil, stale)
			}
			if p = p[n:]; m != nil {
				s.l.Sent(m, nil)
			}
		}
	}
}
