package postgres_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/sluice-proxy/sluice/codecs"
	"github.com/sluice-proxy/sluice/codecs/codectest"
	"github.com/sluice-proxy/sluice/codecs/postgres"
)

// talk decodes s and gives a line per message, without the login's.
func talk(t *testing.T, s codectest.Script) string {
	t.Helper()
	all := summary(t, login.Then(s...))
	head := summary(t, login)
	return strings.TrimPrefix(all, head)
}

// texts gives the texts of the Executes in s; ? for those unknown.
func texts(t *testing.T, l codecs.Limits, s codectest.Script) string {
	t.Helper()
	d := postgres.Protocol.New(l)
	var out []string
	for _, f := range login.Then(s...) {
		for b := f.Bytes; len(b) > 0; {
			n, m, err := d.Decode(f.Dir, b)
			if err != nil {
				t.Fatal(err)
			}
			b = b[n:]
			if m != nil && m.Name == "Execute" {
				text := "?"
				if m.Meta.Int(postgres.StatementUnknown) == 0 {
					text = string(m.Text)
				}
				out = append(out, text)
			}
		}
	}
	return strings.Join(out, " ")
}

func TestStatements(t *testing.T) {
	run := func(statement string) string { return bind("", statement) + execute("", 0) + syncs }
	done := bindComplete + tag("SELECT 1") + ready('I')
	failed := failure("ERROR", "42601") + ready('I')
	long := strings.Repeat("n", 63)
	for _, tt := range []struct {
		name string
		s    codectest.Script
		want string
	}{
		{"named", codectest.Script{codectest.Client(parse("a", "A"), syncs, run("a"), parse("b", "B"), run("b"), run("a"))}, "A B A"},
		{"replaced before it ran", codectest.Script{codectest.Client(parse("", "A"), bind("p", ""), parse("", "B"), execute("p", 0), run(""))}, "A B"},
		{"closed", codectest.Script{codectest.Client(parse("a", "A"), closing('S', "a"), run("a"))}, "?"},
		{"portal closed", codectest.Script{codectest.Client(parse("", "A"), bind("p", ""), closing('P', "p"), execute("p", 0))}, "?"},
		{"refused", codectest.Script{
			codectest.Client(parse("a", "A"), syncs), codectest.Server(parseComplete, ready('I')),
			codectest.Client(parse("a", "B"), syncs), codectest.Server(failed), codectest.Client(run("a")),
		}, "A"},
		{"skipped", codectest.Script{
			codectest.Client(parse("a", "A"), syncs), codectest.Server(parseComplete, ready('I')),
			codectest.Client(parse("x", "bad"), closing('S', "a"), parse("a", "B"), syncs), codectest.Server(failed), codectest.Client(run("a")),
		}, "A"},
		{"skipped, and a later batch was sent already", codectest.Script{
			codectest.Client(parse("a", "A"), syncs), codectest.Server(parseComplete, ready('I')),
			codectest.Client(parse("x", "bad"), closing('S', "a"), parse("a", "B"), syncs, closing('S', "a"), parse("a", "C"), syncs),
			codectest.Server(failed), codectest.Client(run("a")),
			codectest.Server(closeComplete, failed), codectest.Client(run("a")),
		}, "C ?"},
		{"undone under a later change that fails too", codectest.Script{
			codectest.Client(parse("a", "A"), syncs), codectest.Server(parseComplete, ready('I')),
			codectest.Client(parse("a", "B"), syncs, parse("a", "C"), syncs),
			codectest.Server(failed, failed), codectest.Client(run("a")),
		}, "A"},
		{"unnamed is gone when its successor is refused", codectest.Script{
			codectest.Client(parse("", "A"), syncs), codectest.Server(parseComplete, ready('I')),
			codectest.Client(parse("", "B"), syncs), codectest.Server(failed), codectest.Client(run("")),
		}, "?"},
		{"unnamed stays when its successor is skipped", codectest.Script{
			codectest.Client(parse("", "A"), syncs), codectest.Server(parseComplete, ready('I')),
			codectest.Client(parse("x", "bad"), parse("", "B"), syncs), codectest.Server(failed), codectest.Client(run("")),
		}, "A"},
		{"a query drops the unnamed", codectest.Script{codectest.Client(parse("", "A"), syncs, query("SELECT 1"), run(""))}, "?"},
		{"a skipped query does not", codectest.Script{
			codectest.Client(parse("", "A"), syncs), codectest.Server(parseComplete, ready('I')),
			codectest.Client(parse("x", "bad"), query("SELECT 1"), syncs), codectest.Server(failed), codectest.Client(run("")),
		}, "A"},
		{"discard all", codectest.Script{
			codectest.Client(parse("a", "A"), syncs), codectest.Server(parseComplete, ready('I')),
			codectest.Client(query("DISCARD ALL")), codectest.Server(tag("DISCARD ALL"), ready('I')), codectest.Client(run("a")),
		}, "?"},
		{"discard all, and a later Parse was sent already", codectest.Script{
			codectest.Client(parse("a", "A"), parse("b", "B"), syncs), codectest.Server(parseComplete, parseComplete, ready('I')),
			codectest.Client(query("DEALLOCATE ALL"), parse("a", "C"), syncs), codectest.Server(tag("DEALLOCATE ALL"), ready('I')),
			codectest.Client(run("a"), run("b")),
		}, "C ?"},
		{"deallocated and prepared by SQL", codectest.Script{
			codectest.Client(parse("a", "A"), syncs), codectest.Server(parseComplete, ready('I')),
			codectest.Client(query("DEALLOCATE a")), codectest.Server(tag("DEALLOCATE"), ready('I')), codectest.Client(run("a")), codectest.Server(done),
			codectest.Client(query("PREPARE a AS B")), codectest.Server(tag("PREPARE"), ready('I')), codectest.Client(run("a")),
		}, "A ?"},
		{"portals end with the transaction", codectest.Script{
			codectest.Client(parse("", "A"), bind("p", ""), syncs), codectest.Server(parseComplete, bindComplete, ready('T')),
			codectest.Client(execute("p", 1), syncs), codectest.Server(suspended, ready('T')),
			codectest.Client(query("COMMIT")), codectest.Server(tag("COMMIT"), ready('I')), codectest.Client(execute("p", 1)),
		}, "A ?"},
		{"the server looks at 63 bytes", codectest.Script{codectest.Client(parse(long+"x", "A"), closing('S', long+"y"), parse(long+"z", "B"), run(long+"x"))}, "B"},
		{"names beyond ASCII", codectest.Script{codectest.Client(parse("\xc3\xa9", "A"), run("\xc3\xa9"))}, "?"},
		{"names longer than the prefix", codectest.Script{codectest.Client(parse(long+strings.Repeat("n", 900), "A"), run(long), run(long+strings.Repeat("n", 900)))}, "A ?"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := texts(t, codecs.Limits{}, tt.s); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

func TestStatementsAreBounded(t *testing.T) {
	text := strings.Repeat("x", 100)
	var s codectest.Script
	for i := range 50 {
		name := fmt.Sprint("s", i)
		s = append(s, codectest.Client(parse(name, text), bind("", name), execute("", 0), syncs),
			codectest.Server(parseComplete, bindComplete, tag("SELECT 1"), ready('I')))
	}
	got := texts(t, codecs.Limits{Statements: 2000}, s)
	if n := strings.Count(got, text); n < 3 || n > 10 {
		t.Errorf("2000 bytes hold %d statements of 100 bytes", n)
	}
	s = s.Then(codectest.Client(query("DISCARD ALL")), codectest.Server(tag("DISCARD ALL"), ready('I')),
		codectest.Client(parse("s99", text), bind("", "s99"), execute("", 0), syncs))
	if got := texts(t, codecs.Limits{Statements: 2000}, s); !strings.HasSuffix(got, text) {
		t.Error("memory that DISCARD ALL freed can't be used")
	}
}

func TestMemoLivesWithItsStatement(t *testing.T) {
	d := loggedIn(t, codectest.Client(parse("a", "A"), syncs), codectest.Server(parseComplete, ready('I')))
	var memos []*codecs.Memo
	p := []byte(bind("", "a") + execute("", 0) + bind("", "a") + execute("", 0) + parse("", "Q") + bind("", "") + parse("", "Q") + execute("", 0))
	for len(p) > 0 {
		n, m, err := d.Decode(codecs.FromClient, p)
		if err != nil {
			t.Fatal(err)
		}
		p = p[n:]
		memos = append(memos, m.Memo)
	}
	for i, want := range []int{0, 0, 0, 0, 4, 4, 4, 4} {
		if memos[i] == nil || memos[i] != memos[want] {
			t.Errorf("message %d: got another memo than message %d", i, want)
		}
	}
}
