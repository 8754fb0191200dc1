//go:build linux && (amd64 || arm64)

package loop

import (
	"errors"
	"os"
	"sync/atomic"
	"syscall"
	"unsafe"
)

// An aio sends by io_submit, which runs writes to non-blocking sockets inline, so that their results are there when it returns. A
// write to a broken connection also raises SIGPIPE, which Go's runtime ignores for all descriptors but 1 and 2.
type aio struct {
	ctx   uintptr
	cbs   []iocb
	ptrs  []uintptr // to cbs
	ring  *aioRing
	evs   []aioEvent // behind ring
	owned []byte     // cbs and ptrs
}

// Layouts and numbers of linux/aio_abi.h and fs/aio.c, little-endian.

type iocb struct {
	user     uint64
	key      uint32
	rwFlags  uint32
	op       uint16
	prio     int16
	fd       int32
	buf, len uint64
	off      int64
	_        uint64
	flags    uint32
	resFd    uint32
}

type aioRing struct {
	id, nr, head, tail, magic, compat, incompat, header uint32
}

type aioEvent struct {
	user, obj uint64
	res, res2 int64
}

const (
	aioMagic  = 0xa10a10a1
	aioWrite  = 1
	aioEvents = batchMax
)

func openAIO() (sender, error) {
	const cbSize, ptrSize = int(unsafe.Sizeof(iocb{})), int(unsafe.Sizeof(uintptr(0)))
	m, err := mapMemory(batchMax * (cbSize + ptrSize))
	if err != nil {
		return nil, err
	}
	a := &aio{owned: m}
	a.cbs = unsafe.Slice((*iocb)(unsafe.Pointer(&m[0])), batchMax)
	a.ptrs = unsafe.Slice((*uintptr)(unsafe.Pointer(&m[batchMax*cbSize])), batchMax)
	for i := range a.ptrs {
		a.ptrs[i] = uintptr(unsafe.Pointer(&a.cbs[i]))
	}
	if _, _, e := syscall.Syscall(syscall.SYS_IO_SETUP, aioEvents, uintptr(unsafe.Pointer(&a.ctx)), 0); e != 0 {
		_ = syscall.Munmap(m)
		return nil, os.NewSyscallError("io_setup", e)
	}
	// The context's number is the address of its ring. That is not promised, but storage engines have counted on it since 2013, and
	// reading the ring saves the io_getevents call.
	a.ring = *(**aioRing)(unsafe.Pointer(&a.ctx))
	if a.ring.magic != aioMagic || a.ring.incompat != 0 {
		a.close()
		return nil, errors.New("io_setup: unknown ring")
	}
	a.evs = unsafe.Slice((*aioEvent)(unsafe.Add(unsafe.Pointer(a.ring), a.ring.header)), a.ring.nr)
	return a, nil
}

func (a *aio) send(batch []send) {
	if len(batch) == 1 {
		sendOne(&batch[0])
		return
	}
	for i := range batch {
		b := &batch[i]
		a.cbs[i] = iocb{user: uint64(i), op: aioWrite, fd: b.fd, buf: uint64(uintptr(unsafe.Pointer(unsafe.SliceData(b.p)))), len: uint64(len(b.p))}
	}
	for done := 0; done < len(batch); {
		n, _, e := syscall.RawSyscall(syscall.SYS_IO_SUBMIT, a.ctx, uintptr(len(batch)-done), uintptr(unsafe.Pointer(&a.ptrs[done])))
		if e != 0 || n == 0 {
			if e == syscall.EINTR {
				continue
			}
			sendOne(&batch[done]) // a bad descriptor stops it, and so may a shortage: the common way tells
			done++
			continue
		}
		a.reap(batch, int(n))
		done += int(n)
	}
}

// reap sets the results of the n sends that were submitted last.
func (a *aio) reap(batch []send, n int) {
	for {
		head := a.ring.head // ours
		for tail := atomic.LoadUint32(&a.ring.tail); head != tail; n-- {
			e := &a.evs[head]
			batch[e.user].n = int32(e.res)
			if head++; head == a.ring.nr {
				head = 0
			}
		}
		atomic.StoreUint32(&a.ring.head, head)
		if n <= 0 {
			return
		}
		// try saw to it that this doesn't happen: a send was put off. Nothing may touch its bytes before it is done.
		var e aioEvent
		got, _, errno := syscall.Syscall6(syscall.SYS_IO_GETEVENTS, a.ctx, 1, 1, uintptr(unsafe.Pointer(&e)), 0, 0)
		if errno == 0 && got == 1 {
			batch[e.user].n = int32(e.res)
			n--
		}
	}
}

func (a *aio) close() {
	_, _, _ = syscall.Syscall(syscall.SYS_IO_DESTROY, a.ctx, 0, 0)
	_ = syscall.Munmap(a.owned)
}
