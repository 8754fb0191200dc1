// Package child has what all need that start a program for a test: an address for it, and what it says.
package child

import (
	"net"
	"strings"
	"sync"
)

// given are the addresses that FreeAddr has given: the system may give a port twice before the program that it is for listens there.
var given sync.Map

// FreeAddr is an address on the loopback interface that nobody listens on now, another each time.
func FreeAddr() (string, error) {
	for {
		l, err := net.Listen("tcp4", "127.0.0.1:0")
		if err != nil {
			return "", err
		}
		addr := l.Addr().String()
		if err := l.Close(); err != nil {
			return "", err
		}
		if _, twice := given.LoadOrStore(addr, true); !twice {
			return addr, nil
		}
	}
}

// Output keeps the end of what a program says.
type Output struct {
	mu  sync.Mutex
	buf []byte
}

const maxOutput = 16 << 10

// Write takes in what is said.
func (o *Output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.buf = append(o.buf, p...)
	if over := len(o.buf) - maxOutput; over > 0 {
		o.buf = append(o.buf[:0], o.buf[over:]...)
	}
	return len(p), nil
}

// String gives all that was kept.
func (o *Output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return string(o.buf)
}

// Tail gives the last lines as one, for an error.
func (o *Output) Tail() string {
	lines := strings.Split(strings.TrimSpace(o.String()), "\n")
	return strings.Join(lines[max(0, len(lines)-4):], "; ")
}
