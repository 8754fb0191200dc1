package postgres_test

import (
	"os"
	"testing"

	"github.com/sluice-proxy/sluice/codecs"
	"github.com/sluice-proxy/sluice/codecs/codectest"
	"github.com/sluice-proxy/sluice/codecs/postgres"
)

var login = codectest.Script{codectest.Client(hello(0)[0]), codectest.Server(hello(0)[1])}

func TestPromises(t *testing.T) {
	at := func(s codectest.Script, dir codecs.Direction) (n int64) {
		for _, f := range s {
			if f.Dir == dir {
				n += int64(len(f.Bytes))
			}
		}
		return n
	}
	client, server := at(login, codecs.FromClient), at(login, codecs.FromServer)
	prepared := login.Then(codectest.Client(parse("s1", "SELECT $1"), syncs), codectest.Server(parseComplete, ready('I')))
	codectest.Run(t, postgres.Protocol, codectest.Options{
		Transcripts: os.DirFS("testdata"),
		Scripts: map[string]codectest.Script{
			"password after a refused login": {login[0], codectest.Server(failure("FATAL", "28P01")), codectest.Client(msg('p', "x"))},
			"copy data after the copy's end": login.Then(dialogue(18, 34, 34, 13, 22, 9, 40, 34, 47, 19, 28)...),
			"fatal error while a copy fails": login.Then(dialogue(5, 13, 9, 40, 44, 18, 13, 39, 39, 23, 34)...),
		},
		Hostile: map[string]codectest.Script{
			"query":     login.Then(codectest.Client("Q\x7f\xff\xff\xff")),
			"parse":     login.Then(codectest.Client("P\x7f\xff\xff\xff")),
			"bind":      login.Then(codectest.Client("B\x7f\xff\xff\xff")),
			"copy":      login.Then(codectest.Client("d\x7f\xff\xff\xff")),
			"unknown":   login.Then(codectest.Client("y\x7f\xff\xff\xff")),
			"password":  {login[0], codectest.Client("p\x7f\xff\xff\xff")},
			"error":     login.Then(codectest.Server("E\x7f\xff\xff\xff")),
			"row":       login.Then(codectest.Client(query("SELECT 1")), codectest.Server("D\x7f\xff\xff\xff")),
			"parameter": login.Then(codectest.Server("S\x7f\xff\xff\xff")),
		},
		Steady: map[string]codectest.Steady{
			"simple": {Prelude: login, Loop: codectest.Script{
				codectest.Client(query("SELECT 1")),
				codectest.Server(rowsOf, row("1"), row("2"), tag("SELECT 2"), ready('I')),
			}},
			"prepared": {Prelude: prepared, Loop: codectest.Script{
				codectest.Client(bind("", "s1", "x"), execute("", 0), syncs),
				codectest.Server(bindComplete, row("1"), tag("SELECT 1"), ready('I')),
			}},
			"unnamed": {Prelude: login.Then(
				codectest.Client(parse("", "SELECT $1"), bind("", "", "x"), describe('P', ""), execute("", 0), syncs),
				codectest.Server(parseComplete, bindComplete, rowsOf, row("1"), tag("SELECT 1"), ready('I')),
			), Loop: codectest.Script{
				codectest.Client(parse("", "SELECT $1"), bind("", "", "x"), describe('P', ""), execute("", 0), syncs),
				codectest.Server(parseComplete, bindComplete, rowsOf, row("1"), tag("SELECT 1"), ready('I')),
			}},
			"error": {Prelude: login, Loop: codectest.Script{
				codectest.Client(query("SELECT 1")), codectest.Server(failure("ERROR", "23505"), ready('I')),
			}},
			"cut": {Prelude: login, Loop: codectest.Script{
				codectest.Client(query("SELECT 1")), codectest.Server(tag("SELECT 1")[:9]), codectest.Server(tag("SELECT 1")[9:], ready('I')),
			}},
			"other text each time": {Prelude: login, Allocs: 4, Loop: codectest.Script{
				codectest.Client(parse("", "SELECT 1"), bind("", ""), execute("", 0), syncs),
				codectest.Server(parseComplete, bindComplete, row("1"), tag("SELECT 1"), ready('I')),
				codectest.Client(parse("", "SELECT 2"), bind("", ""), execute("", 0), syncs),
				codectest.Server(parseComplete, bindComplete, row("1"), tag("SELECT 1"), ready('I')),
			}},
		},
		Malformed: map[string]codectest.Malformed{
			"client length":    {Script: login.Then(codectest.Client(syncs, "Q\x00\x00\x00\x03")), Err: codecs.ErrMalformed, Offset: client + 5},
			"negative length":  {Script: login.Then(codectest.Client("Q\xff\xff\xff\xff")), Err: codecs.ErrMalformed, Offset: client},
			"server length":    {Script: login.Then(codectest.Server("D\x00\x00\x00\x00")), Err: codecs.ErrMalformed, Dir: codecs.FromServer, Offset: server},
			"short startup":    {Script: codectest.Script{codectest.Client("\x00\x00\x00\x07")}, Err: codecs.ErrMalformed},
			"long startup":     {Script: codectest.Script{codectest.Client("\x00\x00\x27\x11")}, Err: codecs.ErrMalformed},
			"version 2":        {Script: codectest.Script{codectest.Client(packet(u32(2<<16), "x"))}, Err: codecs.ErrUnsupported},
			"direct TLS":       {Script: codectest.Script{codectest.Client("\x16")}, Err: codecs.ErrUnsupported},
			"TLS after answer": {Script: codectest.Script{codectest.Client(sslRequest), codectest.Client("\x16")}, Err: codecs.ErrUnsupported, Offset: 8},
			"long SSLRequest":  {Script: codectest.Script{codectest.Client(packet(u32(80877103), "x"))}, Err: codecs.ErrMalformed},
			"long key":         {Script: codectest.Script{codectest.Client(packet(u32(80877102), u32(1), string(make([]byte, 257))))}, Err: codecs.ErrMalformed},
			"after cancel":     {Script: codectest.Script{codectest.Client(packet(u32(80877102), u32(1), "keyk"), "x")}, Err: codecs.ErrMalformed, Offset: 16},
		},
		Unknown: map[string]codectest.Script{
			"client": login.Then(codectest.Client(msg('y', "what"))),
			"server": login.Then(codectest.Server(msg('y', "what"))),
		},
	})
}

func FuzzDecoder(f *testing.F) {
	codectest.Fuzz(f, postgres.Protocol, os.DirFS("testdata"), login,
		login.Then(codectest.Client(parse("", "SELECT 1"), bind("", ""), execute("", 0), syncs),
			codectest.Server(parseComplete, failure("ERROR", "42P01"), ready('I'))),
		login.Then(codectest.Client(parse("", "COPY"), bind("", ""), execute("", 0), syncs), codectest.Server(parseComplete, bindComplete, copyIn),
			codectest.Client(msg('d', "x"), copyDone, syncs), codectest.Server(tag("COPY 1"), ready('I'))))
}

// words are the messages that FuzzDialogue puts together.
var words = []codectest.Flow{
	codectest.Client(query("A")), codectest.Client(query("B")), codectest.Client(parse("", "A")), codectest.Client(parse("s", "A")),
	codectest.Client(parse("s", "B")), codectest.Client(bind("", "")), codectest.Client(bind("p", "s")), codectest.Client(describe('S', "s")),
	codectest.Client(describe('P', "p")), codectest.Client(execute("", 0)), codectest.Client(execute("p", 1)), codectest.Client(closing('S', "s")),
	codectest.Client(closing('P', "p")), codectest.Client(syncs), codectest.Client(syncs), codectest.Client(flush), codectest.Client(function(1, "")),
	codectest.Client(msg('d', "x")), codectest.Client(copyDone), codectest.Client(msg('f', "x\x00")), codectest.Client(terminate), codectest.Client(msg('p', "x")),
	codectest.Server(parseComplete), codectest.Server(bindComplete), codectest.Server(closeComplete), codectest.Server(noData), codectest.Server(rowsOf),
	codectest.Server(row("1")), codectest.Server(tag("SELECT 1")), codectest.Server(tag("DISCARD ALL")), codectest.Server(tag("PREPARE")),
	codectest.Server(tag("DEALLOCATE")), codectest.Server(suspended), codectest.Server(msg('I')), codectest.Server(ready('I')), codectest.Server(ready('I')),
	codectest.Server(ready('T')), codectest.Server(ready('E')), codectest.Server(failure("ERROR", "42601")), codectest.Server(failure("FATAL", "57P01")),
	codectest.Server(copyIn), codectest.Server(msg('H', "\x00\x00\x00")), codectest.Server(msg('W', "\x00\x00\x00")), codectest.Server(msg('d', "x")),
	codectest.Server(msg('c')), codectest.Server(msg('N', "\x00")), codectest.Server(setting("client_encoding", "SJIS")), codectest.Server(msg('V', u32(-1))),
	codectest.Server(msg('R', u32(0))), codectest.Server(msg('y')),
}

func dialogue(indexes ...byte) (s codectest.Script) {
	for _, i := range indexes {
		s = append(s, words[int(i)%len(words)])
	}
	return s
}

// FuzzDialogue plays messages in any order, likely ones and impossible ones.
func FuzzDialogue(f *testing.F) {
	f.Add(true, []byte{2, 5, 9, 13, 22, 23, 28, 34})
	f.Add(true, []byte{2, 5, 9, 13, 22, 23, 40, 17, 18, 13, 28, 34})
	f.Add(true, []byte{3, 6, 10, 3, 6, 10, 13, 22, 38, 34})
	f.Add(false, []byte{0, 13, 39})
	f.Fuzz(func(t *testing.T, in bool, data []byte) {
		s := login
		if !in {
			s = s[:1]
		}
		s = s.Then(dialogue(data[:min(len(data), 300)]...)...)
		codectest.Compare(t, postgres.Protocol, codecs.Limits{Statements: 600}, s, uint64(len(data)))
	})
}
