package postgres

import (
	"encoding/binary"
	"reflect"
	"slices"
	"testing"

	"github.com/sluice-proxy/sluice/codecs"
	"github.com/sluice-proxy/sluice/metadata"
)

func TestSettingSchemas(t *testing.T) {
	for setting, want := range map[string][]string{
		`"$user", public`:      {"ann", "public"},
		`Shop,"Shop" , "a""b"`: {"shop", "Shop", `a"b`},
		`""`:                   nil,
		``:                     nil,
		`a, "unterminated`:     {"a", "unterminated"},
		`"x,y"`:                {"x,y"},
	} {
		if got := settingSchemas(setting, "ann"); !slices.Equal(got, want) {
			t.Errorf("%s: got %q, want %q", setting, got, want)
		}
	}
}

// asked is a resolver that was told where the server looks.
func asked(t *testing.T) *resolver {
	t.Helper()
	r := newResolver(codecs.Search{}).(*resolver)
	if r.Stale(true) {
		t.Error("asks before login")
	}
	r.Seen(reply("ReadyForQuery", "I"))
	tell(t, r)
	return r
}

// tell answers the question.
func tell(t *testing.T, r *resolver) {
	t.Helper()
	if !r.Stale(true) || r.Path().Known {
		t.Fatal("does not ask, or knows already")
	}
	d := newReady(codecs.Limits{})
	for p := r.Question(nil); len(p) > 0; {
		n, m, err := d.Decode(codecs.FromClient, p)
		if err != nil || m == nil {
			t.Fatalf("the question is no request: %v", err)
		}
		p = p[n:]
	}
	r.Answer(reply("DataRow", "\x00\x03"+sized(`["public"]`)+sized(`"$user", public`)+sized("ann")))
	r.Answered(nil)
	if want := (&metadata.SearchPath{Known: true, Search: []string{"public"}, Later: []string{"ann", "pg_temp"}, System: "pg_catalog"}); !reflect.DeepEqual(r.Path(), want) || r.Stale(true) {
		t.Fatalf("got %+v, want %+v", r.Path(), want)
	}
}

func reply(name, body string) *codecs.Message {
	return &codecs.Message{Name: name, Body: []byte(body)}
}

func sized(s string) string { return string(binary.BigEndian.AppendUint32(nil, uint32(len(s)))) + s }

var (
	query   = &codecs.Message{Name: "Query", Exchange: 7}
	setting = &codecs.Parsed{Unsettles: true, Effects: []metadata.Effect{{Operation: "SET"}}}
	reading = &codecs.Parsed{Effects: []metadata.Effect{{Operation: "SELECT"}}}
)

func operation(op string) *codecs.Parsed {
	return &codecs.Parsed{Effects: []metadata.Effect{{Operation: op}}}
}

func TestThePathIsAskedAgainWhenItMayHaveChanged(t *testing.T) {
	r := asked(t)
	r.Sent(query, reading)
	r.Seen(reply("ReadyForQuery", "I"))
	r.Sent(query, operation("ROLLBACK"))
	if r.Stale(true) {
		t.Error("asks although nothing was set")
	}
	r.Sent(query, operation("BEGIN"))
	r.Seen(reply("ReadyForQuery", "T"))
	r.Sent(query, setting)
	if r.Path().Known {
		t.Error("knows the path behind a SET")
	}
	tell(t, r)
	r.Sent(query, operation("ROLLBACK_TO")) // undoes it, perhaps
	tell(t, r)
	r.Seen(reply("ReadyForQuery", "E"))
	r.Seen(reply("ErrorResponse", ""))
	if r.Stale(true) || r.Path().Known {
		t.Error("in a failed transaction nobody answers")
	}
	r.Seen(reply("ReadyForQuery", "I"))
	tell(t, r)
	r.Seen(reply("ParameterStatus", "search_path\x00a\x00"))
	tell(t, r)
	r.Seen(reply("ParameterStatus", "search_path\x00a\x00"))
	if r.Stale(true) {
		t.Error("asks although the server says the same as before")
	}
	r.Sent(query, nil)
	tell(t, r)
	r.Sent(query, setting)
	for range maxFailed {
		if !r.Stale(true) {
			t.Fatal("gives up too early")
		}
		r.Question(nil)
		r.Answered(nil)
	}
	if r.Stale(true) {
		t.Error("asks for ever, and nobody answers")
	}
}

func TestAUsersFunctionMayChangeThePath(t *testing.T) {
	calling := &codecs.Parsed{Effects: []metadata.Effect{{Operation: "SELECT", Accesses: []metadata.Access{{Verb: metadata.Execute, Kind: metadata.KindFunction, Name: "f"}}}}}
	r := asked(t)
	if got := r.Sent(query, calling); got != codecs.Texts {
		t.Errorf("got %d, want Texts", got)
	}
	tell(t, r) // a server that doesn't report search_path
	r.Seen(reply("ReadyForQuery", "I"))
	r.Seen(reply("ParameterStatus", "search_path\x00a\x00"))
	tell(t, r)
	r.Sent(query, calling)
	if r.Stale(true) || r.Path().Known {
		t.Error("a server that reports it is asked, or the path is known before it could")
	}
	r.Seen(&codecs.Message{Name: "ReadyForQuery", Exchange: query.Exchange - 1, Body: []byte("I")})
	if r.Path().Known {
		t.Error("the answer to another request settles it")
	}
	r.Seen(&codecs.Message{Name: "ReadyForQuery", Exchange: query.Exchange, Body: []byte("I")})
	if !r.Path().Known {
		t.Error("the server reported nothing, and the path is not known")
	}
}

func TestThePathIsNotAskedWhereItIsSaid(t *testing.T) {
	for _, tt := range []struct {
		search codecs.Search
		known  bool
	}{{codecs.Search{Strict: true}, false}, {codecs.Search{Assume: []string{"shop"}}, true}} {
		r := newResolver(tt.search)
		r.Seen(reply("ReadyForQuery", "I"))
		r.Sent(query, setting)
		if r.Stale(true) || r.Path().Known != tt.known {
			t.Errorf("%+v: asks %v, knows %v", tt.search, r.Stale(true), r.Path().Known)
		}
	}
}

// prepare is PREPARE name AS SELECT … FROM table.
func prepare(name, table string) metadata.Effect {
	return metadata.Effect{Operation: "PREPARE", Inner: []string{"SELECT"}, Accesses: []metadata.Access{
		{Verb: metadata.Create, Kind: metadata.KindPrepared, Name: name, Free: true}, {Verb: metadata.Read, Kind: metadata.KindTable, Name: table}}}
}

func execute(name string) metadata.Effect {
	return metadata.Effect{Operation: "EXECUTE", Accesses: []metadata.Access{{Verb: metadata.Execute, Kind: metadata.KindPrepared, Name: name}}}
}

func deallocate(name string) metadata.Effect {
	return metadata.Effect{Operation: "DEALLOCATE", Accesses: []metadata.Access{{Verb: metadata.Drop, Kind: metadata.KindPrepared, Name: name, Free: true}}}
}

// means gives the tables that an execution of name is judged by; "?" if it is not known.
func means(r *resolver, name string, before ...metadata.Effect) (tables []string) {
	effects := r.Expand(nil, &codecs.Parsed{Effects: append(before, execute(name))})
	for _, a := range effects[len(effects)-1].Accesses {
		if a.Kind == metadata.KindPrepared {
			return []string{"?"}
		}
		tables = append(tables, a.Name)
	}
	return tables
}

func TestWhatAPreparedNameMeans(t *testing.T) {
	r := newResolver(codecs.Search{}).(*resolver)
	send := func(x uint64, effects ...metadata.Effect) {
		r.Sent(&codecs.Message{Name: "Query", Exchange: x}, &codecs.Parsed{Effects: effects})
	}
	is := func(what, name string, want ...string) {
		t.Helper()
		if got := means(r, name); !slices.Equal(got, want) {
			t.Errorf("%s: got %q, want %q", what, got, want)
		}
	}
	is("nothing was prepared", "p", "?")
	if got := means(r, "p", prepare("p", "t")); !slices.Equal(got, []string{"t"}) {
		t.Errorf("prepared in the same text: got %q", got)
	}
	send(1, prepare("p", "t"))
	is("prepared", "p", "t")
	send(2, prepare("p", "secret")) // fails on the server, or the first did
	is("prepared twice", "p", "t", "secret")
	send(3, deallocate("p"))
	is("deallocated, not confirmed", "p", "t", "secret")
	send(4, prepare("p", "u"))
	r.Seen(&codecs.Message{Name: "CommandComplete", Exchange: 3, Body: []byte("DEALLOCATE\x00")})
	is("deallocated, and prepared again", "p", "t", "secret", "u") // which came first can't be told: the name was used again
	send(5, deallocate(""))
	r.Seen(&codecs.Message{Name: "CommandComplete", Exchange: 5, Body: []byte("DEALLOCATE ALL\x00")})
	is("all deallocated", "p", "?")
	send(6, prepare("p", "t"))
	r.Sent(&codecs.Message{Name: "Parse", Body: []byte("p\x00SELECT 1\x00\x00\x00")}, reading)
	is("a Parse message gave the name too", "p", "?")
	send(7, prepare("q", "t"))
	is("another name", "q", "t")
	for i := range maxMeanings {
		send(8, prepare("q", string(rune('a'+i))))
	}
	is("too many meanings", "q", "?")
}

func TestACursorUnsettlesAsWhatItWasDeclaredFor(t *testing.T) {
	r := newResolver(codecs.Search{}).(*resolver)
	cursor := func(op string, v metadata.Verb, unsettles bool) *codecs.Parsed {
		return &codecs.Parsed{Unsettles: unsettles, Effects: []metadata.Effect{{Operation: op, Accesses: []metadata.Access{{Verb: v, Kind: metadata.KindCursor, Name: "c", Free: true}}}}}
	}
	fetch := cursor("FETCH", metadata.Execute, true)
	if got := r.Sent(query, fetch); got != codecs.Reading {
		t.Errorf("a cursor that nobody declared: got %d, want Reading", got)
	}
	r.Sent(query, cursor("DECLARE_CURSOR", metadata.Create, false))
	if got := r.Sent(query, fetch); got != codecs.Settled {
		t.Errorf("a harmless cursor: got %d, want Settled", got)
	}
	r.Sent(query, cursor("DECLARE_CURSOR", metadata.Create, true))
	if got := r.Sent(query, fetch); got != codecs.Reading {
		t.Errorf("one that may be declared for something else: got %d, want Reading", got)
	}
	if got := r.Sent(query, cursor("CLOSE", metadata.Execute, false)); got != codecs.Settled {
		t.Errorf("closed: got %d, want Settled", got)
	}
}
