//go:build linux && (amd64 || arm64)

package loop

import (
	"os"
	"syscall"
	"unsafe"
)

// What is asked of epoll: all at once, so that it is asked once per socket. EPOLLPRI matters because urgent data cut receives short.
const (
	interest = syscall.EPOLLIN | syscall.EPOLLOUT | syscall.EPOLLRDHUP | syscall.EPOLLPRI | edge
	edge     = 1 << 31 // EPOLLET, which package syscall has as a negative number
)

func (k *system) register(fd int32, id uint64) error {
	if err := syscall.SetNonblock(int(fd), true); err != nil { // io_submit would block the loop otherwise
		return os.NewSyscallError("fcntl", err)
	}
	ev := syscall.EpollEvent{Events: interest, Fd: int32(uint32(id)), Pad: int32(uint32(id >> 32))}
	return os.NewSyscallError("epoll_ctl", syscall.EpollCtl(k.ep, syscall.EPOLL_CTL_ADD, int(fd), &ev))
}

func (k *system) wait(evs []event) int {
	n, _, e := syscall.RawSyscall6(syscall.SYS_EPOLL_PWAIT, uintptr(k.ep), uintptr(unsafe.Pointer(&k.evs[0])),
		uintptr(min(len(evs), len(k.evs))), 0, 0, 0)
	if e != 0 {
		return 0 // nothing can be wrong but a signal, and then nobody waited
	}
	for i := range k.evs[:n] {
		e := &k.evs[i]
		var r ready
		if e.Events&syscall.EPOLLIN != 0 {
			r |= canRead
		}
		if e.Events&syscall.EPOLLOUT != 0 {
			r |= canWrite
		}
		if e.Events&(syscall.EPOLLRDHUP|syscall.EPOLLPRI) != 0 {
			r |= canRead | drainAll
		}
		if e.Events&(syscall.EPOLLHUP|syscall.EPOLLERR) != 0 {
			r |= canRead | canWrite | drainAll
		}
		evs[i] = event{id: uint64(uint32(e.Fd)) | uint64(uint32(e.Pad))<<32, ready: r}
	}
	return int(n)
}

// Raw system calls: none of these blocks, so the scheduler needn't know.

func (k *system) recv(fd int32, p []byte) int {
	n, _, e := syscall.RawSyscall6(syscall.SYS_RECVFROM, uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(p))), uintptr(len(p)),
		syscall.MSG_DONTWAIT, 0, 0)
	return result(n, e)
}

func (k *system) shutdown(fd int32) {
	_ = syscall.Shutdown(int(fd), syscall.SHUT_WR) // if the connection has gone, a receive will say so
}

func (k *system) close(fd int32, reset bool) {
	if reset {
		// On a Unix socket this does nothing: a peer there sees a reset if what it sent was not read, and an end otherwise.
		_ = syscall.SetsockoptLinger(int(fd), syscall.SOL_SOCKET, syscall.SO_LINGER, &syscall.Linger{Onoff: 1})
	}
	_ = syscall.Close(int(fd))
}

func sendOne(s *send) {
	n, _, e := syscall.RawSyscall6(syscall.SYS_SENDTO, uintptr(s.fd), uintptr(unsafe.Pointer(unsafe.SliceData(s.p))), uintptr(len(s.p)),
		syscall.MSG_DONTWAIT|syscall.MSG_NOSIGNAL, 0, 0)
	s.n = int32(result(n, e))
}

func result(n uintptr, e syscall.Errno) int {
	if e != 0 {
		return -int(e)
	}
	return int(n)
}
