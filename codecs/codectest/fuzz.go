package codectest

import (
	"encoding/binary"
	"hash/fnv"
	"io/fs"
	"testing"

	"github.com/sluice-proxy/sluice/codecs"
)

// Fuzz compares one cutting with another on arbitrary dialogues; seeds may be nil.
func Fuzz(f *testing.F, p codecs.Protocol, seeds fs.FS, more ...Script) {
	f.Helper()
	if seeds != nil {
		for _, s := range Transcripts(f, seeds) {
			f.Add(encode(s))
		}
	}
	for _, s := range more {
		f.Add(encode(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) == 0 || len(data) > 1<<16 {
			return
		}
		l := codecs.Limits{Inspect: 1 << (data[0] & 15), InspectReply: 1 << (data[0] >> 4), Statements: 1 << 9}
		s := decode(data[1:])
		h := fnv.New64a()
		_, _ = h.Write(data)
		Compare(t, p, l, s, h.Sum64())
	})
}

// Compare plays s whole, byte by byte and cut at random, and checks that all promises hold and that it makes no difference.
func Compare(tb testing.TB, p codecs.Protocol, l codecs.Limits, s Script, seed uint64) {
	tb.Helper()
	want := newPlayer(p, l)
	if err := want.play(s, whole); err != nil {
		tb.Fatalf("whole: %v", err)
	}
	for name, cut := range map[string]cutter{"byte by byte": single, "random": random(seed)} {
		got := newPlayer(p, l)
		err := got.play(s, cut)
		if err == nil {
			err = same(want, got)
		}
		if err != nil {
			tb.Fatalf("%s: %v", name, err)
		}
	}
}

// encode writes a script as a fuzzer's input: limits, then each flow after two bytes that hold its direction and length.
func encode(s Script) []byte {
	out := []byte{0xff}
	for _, f := range s {
		for b := f.Bytes; len(b) > 0; {
			n := min(len(b), 1<<15-1)
			out = binary.BigEndian.AppendUint16(out, uint16(n)|uint16(f.Dir)<<15)
			out = append(out, b[:n]...)
			b = b[n:]
		}
	}
	return out
}

func decode(b []byte) (s Script) {
	for len(b) >= 2 {
		head := binary.BigEndian.Uint16(b)
		n := min(int(head&(1<<15-1)), len(b)-2)
		s = append(s, Flow{codecs.Direction(head >> 15), b[2 : 2+n]})
		b = b[2+n:]
	}
	return s
}
