package wire_test

import (
	"testing"

	"github.com/sluice-proxy/sluice/codecs/wire"
)

func TestReader(t *testing.T) {
	r := wire.Read([]byte{1, 0, 2, 0, 0, 0, 3, 'a', 'b', 0, 0, 0, 0, 1, 'x', 0xff, 0xff, 0xff, 0xff, 4, 0, 5, 0, 0, 0})
	if got := r.Uint8(); got != 1 {
		t.Errorf("uint8: got %d, want 1", got)
	}
	if got := r.Uint16(); got != 2 {
		t.Errorf("uint16: got %d, want 2", got)
	}
	if got := r.Uint32(); got != 3 {
		t.Errorf("uint32: got %d, want 3", got)
	}
	if got := string(r.CString()); got != "ab" {
		t.Errorf("cstring: got %q, want ab", got)
	}
	if got, null := r.Sized(); string(got) != "x" || null {
		t.Errorf("sized: got %q %v, want x", got, null)
	}
	if _, null := r.Sized(); !null {
		t.Error("sized: a length of -1 must be null")
	}
	if got := r.Uint16LE(); got != 4 {
		t.Errorf("uint16le: got %d, want 4", got)
	}
	if got := r.Uint32LE(); got != 5 {
		t.Errorf("uint32le: got %d, want 5", got)
	}
	if !r.OK() || r.Len() != 0 {
		t.Errorf("got ok %v, %d left, want true, 0", r.OK(), r.Len())
	}
}

func TestReaderFailsForGood(t *testing.T) {
	for _, tt := range []struct {
		name string
		read func(*wire.Reader)
	}{
		{"uint16", func(r *wire.Reader) { r.Uint16() }},
		{"uint32", func(r *wire.Reader) { r.Uint32() }},
		{"uint64", func(r *wire.Reader) { r.Uint64() }},
		{"uint16le", func(r *wire.Reader) { r.Uint16LE() }},
		{"uint32le", func(r *wire.Reader) { r.Uint32LE() }},
		{"uint64le", func(r *wire.Reader) { r.Uint64LE() }},
		{"cstring", func(r *wire.Reader) { r.CString() }},
		{"bytes", func(r *wire.Reader) { r.Bytes(2) }},
		{"negative", func(r *wire.Reader) { r.Bytes(-1) }},
		{"sized", func(r *wire.Reader) { r.Sized() }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := wire.Read([]byte{7})
			tt.read(&r)
			if r.OK() || r.Uint8() != 0 || r.OK() {
				t.Error("a reader must fail beyond the end, for good")
			}
		})
	}
	r := wire.Read([]byte{0x7f, 0xff, 0xff, 0xff})
	if b, _ := r.Sized(); b != nil || r.OK() {
		t.Error("a length beyond the end must fail")
	}
}

func TestFrames(t *testing.T) {
	row := []byte{'D', 0, 0, 0, 6, 1, 2}
	three := append(append(append([]byte{}, row...), row...), row...)
	for _, tt := range []struct {
		name  string
		p     []byte
		limit int
		want  wire.Run
	}{
		{"none", []byte("Z...."), 9, wire.Run{}},
		{"three", three, 9, wire.Run{Count: 3, Used: 21}},
		{"limit", three, 1, wire.Run{Count: 1, Used: 7}},
		{"cut body", three[:19], 9, wire.Run{Count: 3, Used: 19, Over: 2}},
		{"cut header", three[:18], 9, wire.Run{Count: 2, Used: 14}},
		{"bad length", []byte{'D', 0, 0, 0, 3}, 9, wire.Run{}},
		{"negative length", []byte{'D', 0xff, 0xff, 0xff, 0xff}, 9, wire.Run{}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := wire.Frames(tt.p, 'D', tt.limit); got != tt.want {
				t.Errorf("got %+v, want %+v", got, tt.want)
			}
		})
	}
}
