package lineproto_test

import (
	"testing"

	"github.com/sluice-proxy/sluice/codecs"
	"github.com/sluice-proxy/sluice/codecs/codectest"
	"github.com/sluice-proxy/sluice/codecs/codectest/lineproto"
)

// dialogue lets the toy server answer what the client sends.
func dialogue(sent ...string) codectest.Script {
	var s codectest.Script
	var server lineproto.Server
	for _, text := range sent {
		s = append(s, codectest.Client(text))
		if out, _ := server.Answer(nil, []byte(text)); len(out) > 0 {
			s = append(s, codectest.Server(string(out)))
		}
	}
	return s
}

var scripts = map[string]codectest.Script{
	"all":       dialogue("hello ann\n", "begin\n", "one\ntwo\nfail x\n", "big 10\n0123456789after\n", "end\n", "?what\n", "quit\n"),
	"pipelined": dialogue("a\nb\nc\nDENY\n", "big 0\nbig 3\nabcbig 2\n", "xy", "d\n"),
	"async":     dialogue("a\n").Then(codectest.Server("*news\n*more\n"), codectest.Client("b\n"), codectest.Server("*x\nb\n")),
}

func TestPromises(t *testing.T) {
	codectest.Run(t, lineproto.Protocol, codectest.Options{
		Scripts: scripts,
		Hostile: map[string]codectest.Script{
			"line":    {codectest.Client("x")},
			"payload": {codectest.Client("big 999999999\n")},
			"reply":   {codectest.Client("big 1\nx"), codectest.Server("$999999999\n")},
		},
		Steady: map[string]codectest.Steady{
			"echo": {Prelude: dialogue("a\n"), Loop: dialogue("b\n", "big 4\nabcd")},
		},
		Malformed: map[string]codectest.Malformed{
			"big":   {Script: codectest.Script{codectest.Client("a\nbig x\n")}, Err: codecs.ErrMalformed, Offset: 2},
			"reply": {Script: codectest.Script{codectest.Server("$-1\n")}, Err: codecs.ErrMalformed, Dir: codecs.FromServer},
		},
		Unknown: map[string]codectest.Script{
			"request": {codectest.Client("?\n")},
			"reply":   {codectest.Server("what\n")},
		},
	})
}

func FuzzDecoder(f *testing.F) {
	codectest.Fuzz(f, lineproto.Protocol, nil, scripts["all"], scripts["pipelined"], scripts["async"])
}
