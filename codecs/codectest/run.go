package codectest

import (
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"path"
	"runtime"
	"strings"
	"testing"

	"github.com/sluice-proxy/sluice/codecs"
)

// Options are what Run can't find out by itself.
type Options struct {
	Transcripts fs.FS // its *.txt files
	Scripts     map[string]Script

	// Hostile scripts end inside a message that pretends to be long; what follows them is endless.
	Hostile map[string]Script
	// Steady dialogues leave the session as they found it.
	Steady map[string]Steady
	// Malformed scripts end in an error.
	Malformed map[string]Malformed
	// Unknown scripts end in a message that must be opaque.
	Unknown map[string]Script
}

// A Steady dialogue is a loop after a prelude.
type Steady struct {
	Prelude, Loop Script
	Allocs        float64 // in one turn of the loop
}

// Malformed is a script that ends in an error.
type Malformed struct {
	Script Script
	Err    error // the sentinel
	Dir    codecs.Direction
	Offset int64
}

// Run keeps all promises for p.
func Run(t *testing.T, p codecs.Protocol, o Options) {
	t.Helper()
	scripts := map[string]Script{}
	if o.Transcripts != nil {
		for name, s := range Transcripts(t, o.Transcripts) {
			scripts[name] = s
		}
		if len(scripts) == 0 {
			t.Error("no transcripts")
		}
	}
	for name, s := range o.Scripts {
		scripts[name] = s
	}
	for name, s := range scripts {
		t.Run(name, func(t *testing.T) { runScript(t, p, s) })
	}
	for name, s := range o.Hostile {
		t.Run("hostile/"+name, func(t *testing.T) { runHostile(t, p, s) })
	}
	for name, s := range o.Steady {
		t.Run("steady/"+name, func(t *testing.T) { runSteady(t, p, s) })
	}
	for name, m := range o.Malformed {
		t.Run("malformed/"+name, func(t *testing.T) { runMalformed(t, p, m) })
	}
	for name, s := range o.Unknown {
		t.Run("unknown/"+name, func(t *testing.T) { runUnknown(t, p, s) })
	}
}

// Transcripts reads the *.txt files of dir.
func Transcripts(tb testing.TB, dir fs.FS) map[string]Script {
	tb.Helper()
	files, err := fs.Glob(dir, "*.txt")
	if err != nil {
		tb.Fatal(err)
	}
	scripts := map[string]Script{}
	for _, f := range files {
		text, err := fs.ReadFile(dir, f)
		if err != nil {
			tb.Fatal(err)
		}
		s, err := ParseTranscript(text)
		if err != nil {
			tb.Fatalf("%s: %v", f, err)
		}
		scripts[strings.TrimSuffix(path.Base(f), ".txt")] = s
	}
	return scripts
}

func newPlayer(p codecs.Protocol, l codecs.Limits) *player { return &player{d: p.New(l)} }

// random cuts at random places, in pieces of many sizes.
func random(seed uint64) cutter {
	r := rand.New(rand.NewPCG(seed, 1))
	return func(n int) int { return 1 + r.IntN(min(n, 1<<r.IntN(12))) }
}

func runScript(t *testing.T, p codecs.Protocol, s Script) {
	for _, l := range []codecs.Limits{{}, {EachReply: true}, {Inspect: 40, InspectReply: 24, Statements: 300}} {
		want := newPlayer(p, l)
		if err := want.play(s, whole); err != nil {
			t.Fatalf("whole, limits %+v: %v", l, err)
		}
		if want.err != nil {
			t.Fatalf("whole, limits %+v: %v", l, want.err)
		}
		for dir, st := range want.d.Standing().Boundary {
			if st && want.off[dir] != want.fed[dir] {
				t.Errorf("the %s sent %d bytes, the messages have %d", codecs.Direction(dir), want.fed[dir], want.off[dir])
			}
		}
		try := func(name string, cut cutter) {
			got := newPlayer(p, l)
			err := got.play(s, cut)
			if err == nil {
				err = same(want, got)
			}
			if err != nil {
				t.Fatalf("%s, limits %+v: %v", name, l, err)
			}
			if messages := got.calls - got.pieces; messages > len(want.logs[0])+len(want.logs[1])+int(want.fed[0]+want.fed[1]) {
				t.Errorf("%s: %d calls for %d pieces", name, got.calls, got.pieces)
			}
		}
		try("byte by byte", single)
		cuttings := uint64(50)
		if l != (codecs.Limits{}) {
			cuttings = 5
		}
		for i := range cuttings {
			try(fmt.Sprintf("cutting %d", i), random(i))
		}
	}
	truncate(t, p, s)
}

// truncate ends the script at every place, or at many of them.
func truncate(t *testing.T, p codecs.Protocol, s Script) {
	total := 0
	for _, f := range s {
		total += len(f.Bytes)
	}
	const places = 500
	for i, step := 0, total/places+1; i < total; i += step {
		got := newPlayer(p, codecs.Limits{})
		var dir codecs.Direction
		left := i
		for _, f := range s {
			n := min(left, len(f.Bytes))
			if left == 0 {
				break
			}
			dir, left = f.Dir, left-n
			if err := got.play(Script{{f.Dir, f.Bytes[:n]}}, whole); err != nil {
				t.Fatalf("cut off at %d: %v", i, err)
			}
		}
		inside := !got.d.Standing().Boundary[dir]
		if err := got.d.End(dir); errors.Is(err, codecs.ErrTruncated) != inside {
			t.Fatalf("cut off at %d: inside a message %v, End says %v", i, inside, err)
		}
	}
}

// runHostile feeds a message that pretends to be long with endless bytes: what is allocated stays within a few times the limits.
func runHostile(t *testing.T, p codecs.Protocol, s Script) {
	l := codecs.Limits{Inspect: 64 << 10, InspectReply: 16 << 10}
	d := newPlayer(p, l)
	if err := d.play(s, whole); err != nil || d.err != nil {
		t.Fatal(err, d.err)
	}
	dir := s[len(s)-1].Dir
	chunk := make([]byte, 32<<10)
	for i := range chunk {
		chunk[i] = 'x'
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range 256 {
		for b := chunk; len(b) > 0; {
			n, _, err := d.d.Decode(dir, b)
			if err != nil {
				return // refused: that is bounded too
			}
			b = b[n:]
		}
	}
	runtime.ReadMemStats(&after)
	if got, most := after.TotalAlloc-before.TotalAlloc, uint64(8*l.Inspect); got > most {
		t.Errorf("8 MiB of a message allocated %d bytes, want at most %d", got, most)
	}
}

func runSteady(t *testing.T, p codecs.Protocol, s Steady) {
	d := p.New(codecs.Limits{})
	play := func(s Script) {
		for _, f := range s {
			for b := f.Bytes; len(b) > 0; {
				n, _, err := d.Decode(f.Dir, b)
				if err != nil {
					t.Fatal(err)
				}
				b = b[n:]
			}
		}
	}
	play(s.Prelude)
	if !d.Standing().AtRest() {
		t.Errorf("after the prelude the session is not at rest: %+v", d.Standing())
	}
	if got := testing.AllocsPerRun(200, func() { play(s.Loop) }); got > s.Allocs {
		t.Errorf("%v allocations, want at most %v", got, s.Allocs)
	}
	if !d.Standing().AtRest() {
		t.Errorf("after the loop the session is not at rest: %+v", d.Standing())
	}
}

func runMalformed(t *testing.T, p codecs.Protocol, m Malformed) {
	for name, cut := range map[string]cutter{"whole": whole, "byte by byte": single} {
		got := newPlayer(p, codecs.Limits{})
		if err := got.play(m.Script, cut); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		var e *codecs.DecodeError
		if !errors.As(got.err, &e) || !errors.Is(e, m.Err) || e.Dir != m.Dir || e.Offset != m.Offset || e.Protocol != p.Name {
			t.Fatalf("%s: got %v, want %v from the %s at offset %d", name, got.err, m.Err, m.Dir, m.Offset)
		}
		n, msg, err := got.d.Decode(m.Dir, []byte("Z\x00\x00\x00\x05I\n"))
		if n != 0 || msg != nil || err == nil || err.Error() != got.err.Error() {
			t.Errorf("%s: after the error: got %d, %v, %v", name, n, msg, err)
		}
	}
}

func runUnknown(t *testing.T, p codecs.Protocol, s Script) {
	got := newPlayer(p, codecs.Limits{})
	if err := got.play(s, whole); err != nil || got.err != nil {
		t.Fatal(err, got.err)
	}
	dir := s[len(s)-1].Dir
	m := got.last[dir]
	if m == nil || m.Kind != codecs.Opaque || m.End != got.fed[dir] {
		t.Errorf("got %v, want an opaque message to offset %d", got.said[dir], got.fed[dir])
	}
}
