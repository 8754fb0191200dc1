package scenarios_test

import (
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"time"
)

// TestLargeValue has single values pass that are bigger than all memory that the program may use for them, both ways.
func TestLargeValue(t *testing.T) {
	each(t, func(t *testing.T, b *backend) {
		size := 100 << 20
		if long() {
			size = 1000 << 20
		}
		const allowed = 64 << 20
		p := front(t, b.Addr)
		w := loginWire(t, p.addr)
		w.write(message('Q', "create temp table big (v text)\x00"))
		w.until('Z')
		for _, tt := range []struct {
			name string
			do   func()
		}{
			{"a row from the server", func() {
				w.write(message('Q', "select repeat('x', "+itoa(size)+") as large\x00"))
				w.skim('Z', size)
			}},
			{"a row of a copy from the client", func() {
				w.write(message('Q', "copy big from stdin\x00"))
				w.until('G')
				w.stream('d', size, "\n")
				w.write(message('c', ""))
				w.until('Z')
			}},
			{"a parameter from the client", func() {
				w.write(message('P', "\x00select length($1)\x00\x00\x00"))
				n := string([]byte{byte(size >> 24), byte(size >> 16), byte(size >> 8), byte(size)})
				w.streamBehind('B', "\x00\x00\x00\x00\x00\x01"+n, size, "\x00\x00")
				w.write(append(message('E', "\x00\x00\x00\x00\x00"), message('S', "")...))
				w.until('Z')
			}},
		} {
			t.Run(tt.name, func(t *testing.T) {
				if err := os.WriteFile("/proc/"+itoa(p.cmd.Process.Pid)+"/clear_refs", []byte("5"), 0); err != nil {
					lacking(t, "procfs", err) // the peak can't be set back
				}
				before := p.memory(t, "VmRSS")
				tt.do()
				if peak := p.memory(t, "VmHWM"); peak-before > allowed {
					t.Errorf("a value of %d MiB raised the program's memory by %d MiB", size>>20, (peak-before)>>20)
				} else {
					t.Logf("a value of %d MiB raised the program's memory by %d KiB", size>>20, (peak-before)>>10)
				}
			})
		}
		l := p.log.find(t, "the row from the server", func(l line) bool { return strings.Contains(l.Text, "large") })
		if l.Rows != 1 || l.Received < int64(size) {
			t.Errorf("the row from the server is logged as %s", l.raw)
		}
		l = p.log.find(t, "the row from the client", statement("copy big from stdin"))
		if l.Affected != 1 || l.Sent < int64(size) {
			t.Errorf("the row from the client is logged as %s", l.raw)
		}
		l = p.log.find(t, "the parameter", statement("select length(?)"))
		if l.Rows != 1 || l.Sent < int64(size) {
			t.Errorf("the parameter is logged as %s", l.raw)
		}
	})
}

func itoa(n int) string { return fmt.Sprint(n) }

// stream writes a message of n bytes and an end, without ever having it whole.
func (w wire) stream(typ byte, n int, end string) {
	w.t.Helper()
	w.streamBehind(typ, "", n, end)
}

func (w wire) streamBehind(typ byte, front string, n int, end string) {
	w.t.Helper()
	head := binary.BigEndian.AppendUint32([]byte{typ}, uint32(4+len(front)+n+len(end)))
	w.write(append(head, front...))
	chunk := []byte(strings.Repeat("y", 1<<20))
	for n > 0 {
		part := chunk[:min(n, len(chunk))]
		if err := w.SetDeadline(time.Now().Add(patience)); err != nil {
			w.t.Fatal(err)
		}
		w.write(part)
		n -= len(part)
	}
	w.write([]byte(end))
}

// skim reads up to a message of a type, without ever having another one whole, and wants at least n bytes.
func (w wire) skim(until byte, n int) {
	w.t.Helper()
	got := 0
	for {
		var head [5]byte
		if _, err := io.ReadFull(w, head[:]); err != nil {
			w.t.Fatal(err)
		}
		size := int64(binary.BigEndian.Uint32(head[1:]) - 4)
		for rest := size; rest > 0; {
			if err := w.SetDeadline(time.Now().Add(patience)); err != nil {
				w.t.Fatal(err)
			}
			part, err := io.CopyN(io.Discard, w, min(rest, 1<<20))
			if err != nil {
				w.t.Fatal(err)
			}
			rest -= part
		}
		if got += int(size); head[0] == until {
			break
		}
	}
	if got < n {
		w.t.Errorf("got %d bytes, want at least %d", got, n)
	}
}
