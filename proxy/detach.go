//go:build unix

package proxy

import (
	"fmt"
	"net"
	"syscall"
)

// detach duplicates c's descriptor, so that Go's poller forgets it when c is closed. (TCPConn.File would register the duplicate again.)
func detach(c net.Conn) (fd int, err error) {
	sc, ok := c.(syscall.Conn)
	if !ok {
		return -1, fmt.Errorf("%T has no descriptor", c)
	}
	rc, err := sc.SyscallConn()
	if err != nil {
		return -1, err
	}
	fd = -1
	cerr := rc.Control(func(old uintptr) {
		n, _, e := syscall.Syscall(syscall.SYS_FCNTL, old, syscall.F_DUPFD_CLOEXEC, 0)
		if e != 0 {
			err = e
			return
		}
		fd = int(n)
	})
	if cerr != nil {
		return -1, cerr
	}
	return fd, err
}
