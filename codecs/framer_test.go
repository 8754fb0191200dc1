package codecs_test

import (
	"bytes"
	"testing"

	"github.com/sluice-proxy/sluice/codecs"
)

// frame frames messages of two bytes of length, which count what follows them, and wants want bytes of each.
func frame(f *codecs.Framer, p []byte, want int, got func(start, end int64, b []byte)) (used int) {
	for {
		n := f.Begin(p)
		used += n
		if p = p[n:]; len(p) == 0 {
			return used
		}
		head := f.Need(p, 2)
		if head == nil {
			return used + len(p)
		}
		size := 2 + int(head[0])<<8 + int(head[1])
		b := f.Need(p, min(size, 2+want))
		if b == nil {
			return used + len(p)
		}
		start, end, n := f.Finish(p, int64(size))
		got(start, end, b)
		used += n
		p = p[n:]
	}
}

func TestFramerIsIndifferentToCuts(t *testing.T) {
	var stream []byte
	var bodies [][]byte
	for i := range 40 {
		body := bytes.Repeat([]byte{byte('a' + i%26)}, i*i%300)
		bodies = append(bodies, body)
		stream = append(append(stream, byte(len(body)>>8), byte(len(body))), body...)
	}
	for _, want := range []int{0, 10, 1000} {
		for step := 1; step < 400; step += 1 + step/3 {
			var f codecs.Framer
			i, next := 0, int64(0)
			for p := stream; len(p) > 0; {
				chunk := bytes.Clone(p[:min(step, len(p))])
				used := frame(&f, chunk, want, func(start, end int64, b []byte) {
					body := bodies[i]
					if start != next || end != start+2+int64(len(body)) {
						t.Fatalf("step %d, message %d: got [%d,%d), want start %d", step, i, start, end, next)
					}
					if !bytes.Equal(b[2:], body[:min(want, len(body))]) {
						t.Fatalf("step %d, message %d: another body", step, i)
					}
					next = end
					i++
				})
				if used != len(chunk) {
					t.Fatalf("step %d: used %d of %d bytes", step, used, len(chunk))
				}
				p = p[used:]
			}
			if i != len(bodies) || !f.AtBoundary() || f.Offset() != int64(len(stream)) {
				t.Errorf("step %d, want %d: %d messages, boundary %v, offset %d", step, want, i, f.AtBoundary(), f.Offset())
			}
		}
	}
}

func TestFramerOffsets(t *testing.T) {
	var f codecs.Framer
	none := func(int64, int64, []byte) { t.Error("no message is whole") }
	frame(&f, []byte{0}, 9, none)
	if f.AtBoundary() || f.Offset() != 0 {
		t.Errorf("inside a head: boundary %v, offset %d", f.AtBoundary(), f.Offset())
	}
	frame(&f, []byte{5, 'a'}, 9, none)
	if f.AtBoundary() || f.Offset() != 0 {
		t.Errorf("inside a body: boundary %v, offset %d", f.AtBoundary(), f.Offset())
	}
	frame(&f, []byte("bcde\x00"), 9, func(start, end int64, b []byte) {
		if start != 0 || end != 7 || string(b[2:]) != "abcde" {
			t.Errorf("got [%d,%d) %q", start, end, b)
		}
	})
	if f.AtBoundary() || f.Offset() != 7 {
		t.Errorf("inside the next head: boundary %v, offset %d", f.AtBoundary(), f.Offset())
	}
}

func TestFramerJoinsShortCutsWithoutAllocating(t *testing.T) {
	var f codecs.Framer
	message := append([]byte{0, 200}, make([]byte, 200)...)
	if n := testing.AllocsPerRun(100, func() {
		for _, cut := range []int{1, 2, 30, 40} {
			frame(&f, message[:cut], 40, func(int64, int64, []byte) {})
			frame(&f, message[cut:], 40, func(int64, int64, []byte) {})
		}
	}); n != 0 {
		t.Errorf("%v allocations for short messages that were cut, want 0", n)
	}
}

// TestFramerGrowsInSteps has a decoder that needs one byte more each time: what is kept must not be copied for each of them.
func TestFramerGrowsInSteps(t *testing.T) {
	p := make([]byte, 1<<20)
	allocs := testing.AllocsPerRun(1, func() {
		var f codecs.Framer
		f.Begin(p[:1])
		f.Need(p[:1], 2)
		f.Begin(p[1:])
		for k := 2; k < len(p); k++ {
			if got := f.Need(p[1:], k); len(got) != k {
				t.Fatalf("needed %d bytes, got %d", k, len(got))
			}
		}
	})
	if allocs > 64 {
		t.Errorf("%v allocations for 1 MiB", allocs)
	}
}
