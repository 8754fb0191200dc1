//go:build linux && (amd64 || arm64)

package loop

import (
	"bytes"
	"errors"
	"fmt"
	"syscall"
)

// A sender sends batches.
type sender interface {
	send(batch []send)
	close()
}

// Probe tries the ways to send a batch. It gives the best that works, and why the better ones don't.
func Probe() (SenderKind, map[string]string) {
	s, kind, reasons, err := newSender(Auto)
	if err == nil {
		s.close()
	}
	return kind, reasons
}

// newSender gives the sender that is asked for, or for Auto the best that works and why better ones don't. Each is tried on
// real sockets first: whether a kernel has it, whether seccomp lets us, and whether it does what we need are three questions.
func newSender(want SenderKind) (sender, SenderKind, map[string]string, error) {
	reasons := map[string]string{}
	for _, kind := range []SenderKind{IOUring, IOSubmit, Send} {
		if want != Auto && want != kind {
			continue
		}
		var s sender
		var err error
		switch kind {
		case IOUring:
			s, err = openRing()
		case IOSubmit:
			s, err = openAIO()
		default:
			return plain{}, Send, reasons, nil
		}
		if err == nil {
			if err = try(s); err == nil {
				return s, kind, reasons, nil
			}
			s.close()
		}
		if want == kind {
			return nil, kind, nil, fmt.Errorf("loop: sender %s: %w", kind, err)
		}
		reasons[kind.String()] = err.Error()
	}
	return nil, want, nil, errors.New("loop: unknown sender")
}

// try has s send to two sockets, to one that takes only a part, to one that is full, and to one that has gone.
func try(s sender) error {
	var fds [6]int
	for i := range fds {
		fds[i] = -1
	}
	defer func() {
		for _, fd := range fds {
			if fd >= 0 {
				_ = syscall.Close(fd)
			}
		}
	}()
	for i := 0; i < len(fds); i += 2 {
		p, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC|syscall.SOCK_NONBLOCK, 0)
		if err != nil {
			return err
		}
		copy(fds[i:], p[:])
	}
	_ = syscall.Close(fds[5])
	fds[5] = -1
	if err := syscall.SetsockoptInt(fds[2], syscall.SOL_SOCKET, syscall.SO_SNDBUF, 64<<10); err != nil {
		return err
	}

	large := make([]byte, 1<<20)
	batch := []send{{fd: int32(fds[0]), p: []byte("one")}, {fd: int32(fds[4]), p: []byte("gone")}, {fd: -1, p: []byte("none")}, {fd: int32(fds[2]), p: large}}
	s.send(batch)
	var got [8]byte
	n, err := syscall.Read(fds[1], got[:])
	switch {
	case batch[0].n != 3 || err != nil || !bytes.Equal(got[:n], batch[0].p):
		return fmt.Errorf("a send gave %d", batch[0].n)
	case batch[1].n != -int32(syscall.EPIPE):
		return fmt.Errorf("a send to a closed connection gave %d", batch[1].n)
	case batch[2].n != -int32(syscall.EBADF):
		return fmt.Errorf("a send to no descriptor gave %d", batch[2].n)
	case batch[3].n <= 0 || int(batch[3].n) >= len(large):
		return fmt.Errorf("a send to a socket with little room gave %d", batch[3].n)
	}
	batch = []send{{fd: int32(fds[2]), p: large}, {fd: int32(fds[0]), p: []byte("two")}}
	s.send(batch)
	if int(batch[0].n) != errAgain || batch[1].n != 3 {
		return fmt.Errorf("sends to a full socket and to another gave %d and %d", batch[0].n, batch[1].n)
	}
	return nil
}

// plain sends one by one.
type plain struct{}

func (plain) send(batch []send) {
	for i := range batch {
		sendOne(&batch[i])
	}
}

func (plain) close() {}
