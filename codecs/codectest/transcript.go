package codectest

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"io"
	"strings"
	"sync"

	"github.com/sluice-proxy/sluice/codecs"
)

// A Flow is what one side sent before the other spoke.
type Flow struct {
	Dir   codecs.Direction
	Bytes []byte
}

// A Script is a dialogue.
type Script []Flow

// Client and Server make flows of parts put together.
func Client(parts ...string) Flow { return Flow{codecs.FromClient, []byte(strings.Join(parts, ""))} }

// Server makes a flow of the server.
func Server(parts ...string) Flow { return Flow{codecs.FromServer, []byte(strings.Join(parts, ""))} }

// Then gives s with t behind it.
func (s Script) Then(t ...Flow) Script { return append(s[:len(s):len(s)], t...) }

var marks = [2]string{">>> client", "<<< server"}

// ParseTranscript reads the text form: a mark before each flow, then its bytes as a hexdump. Lines that begin with # are comments.
func ParseTranscript(text []byte) (Script, error) {
	var s Script
	for i, line := range strings.Split(string(text), "\n") {
		switch {
		case line == "" || line[0] == '#':
		case line == marks[0]:
			s = append(s, Flow{Dir: codecs.FromClient})
		case line == marks[1]:
			s = append(s, Flow{Dir: codecs.FromServer})
		default:
			_, digits, ok := strings.Cut(line, "  ")
			digits, _, _ = strings.Cut(digits, "|")
			b, err := hex.DecodeString(strings.ReplaceAll(digits, " ", ""))
			if !ok || err != nil || len(s) == 0 {
				return nil, fmt.Errorf("line %d is neither a mark nor a hexdump", i+1)
			}
			f := &s[len(s)-1]
			f.Bytes = append(f.Bytes, b...)
		}
	}
	return s, nil
}

// Append appends the text form of s.
func (s Script) Append(dst []byte) []byte {
	for _, f := range s {
		dst = append(append(dst, marks[f.Dir]...), '\n')
		dst = append(dst, hex.Dump(f.Bytes)...)
	}
	return dst
}

// A Recorder passes on what a client writes to and reads from a server, and records it.
type Recorder struct {
	Conn io.ReadWriter

	mu     sync.Mutex
	script Script
}

func (r *Recorder) record(dir codecs.Direction, p []byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if n := len(r.script); n > 0 && r.script[n-1].Dir == dir {
		r.script[n-1].Bytes = append(r.script[n-1].Bytes, p...)
	} else if len(p) > 0 {
		r.script = append(r.script, Flow{dir, bytes.Clone(p)})
	}
}

// Read reads what the server sends.
func (r *Recorder) Read(p []byte) (int, error) {
	n, err := r.Conn.Read(p)
	r.record(codecs.FromServer, p[:n])
	return n, err
}

// Write writes to the server.
func (r *Recorder) Write(p []byte) (int, error) {
	r.record(codecs.FromClient, p)
	return r.Conn.Write(p)
}

// Script gives what was recorded so far.
func (r *Recorder) Script() Script {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append(Script(nil), r.script...)
}
