//go:build linux && (amd64 || arm64)

package loop

import (
	"errors"
	"os"
	"sync/atomic"
	"syscall"
	"unsafe"
)

// A ring is an io_uring that is used as "send to many sockets": one io_uring_enter runs all sends of a batch, which never wait
// (MSG_DONTWAIT), so that their results are there when it returns. Nothing is ever in flight, and any thread may call.
type ring struct {
	fd             int
	sqHead, sqTail *uint32
	cqHead, cqTail *uint32
	sqMask, cqMask uint32
	sqes           []sqe
	cqes           []cqe
	queues, array  []byte // the mappings: both queues, and the entries
}

// Layouts and numbers of linux/io_uring.h. They are the same on all architectures.

type sqe struct {
	op, flags    uint8
	ioprio       uint16
	fd           int32
	off, addr    uint64
	len, msg     uint32
	user         uint64
	_            uint32
	_            int32
	addr3, addr4 uint64
}

type cqe struct {
	user  uint64
	res   int32
	flags uint32
}

type sqOffsets struct {
	head, tail, mask, entries, flags, dropped, array, _ uint32
	_                                                   uint64
}

type cqOffsets struct {
	head, tail, mask, entries, overflow, cqes, flags, _ uint32
	_                                                   uint64
}

type ringParams struct {
	sqEntries, cqEntries, flags, cpu, idle, features, wq uint32
	_                                                    [3]uint32
	sq                                                   sqOffsets
	cq                                                   cqOffsets
}

const (
	sysRingSetup, sysRingEnter = 425, 426

	setupSubmitAll = 1 << 7  // a failing send doesn't keep back those behind it; Linux 5.18
	setupNoSQArray = 1 << 16 // one indirection less; Linux 6.6
	featSingleMap  = 1 << 0
	enterGetEvents = 1 << 0
	opSend         = 26
	offsetQueues   = 0
	offsetEntries  = 0x10000000
)

func openRing() (sender, error) {
	var p ringParams
	var fd uintptr
	var e syscall.Errno
	for _, flags := range []uint32{setupSubmitAll | setupNoSQArray, setupSubmitAll} {
		p = ringParams{flags: flags}
		fd, _, e = syscall.Syscall(sysRingSetup, batchMax, uintptr(unsafe.Pointer(&p)), 0)
		if e != syscall.EINVAL {
			break
		}
	}
	if e != 0 {
		return nil, os.NewSyscallError("io_uring_setup", e)
	}
	r := &ring{fd: int(fd)}
	if err := r.mapQueues(&p); err != nil {
		r.close()
		return nil, err
	}
	return r, nil
}

func (r *ring) mapQueues(p *ringParams) (err error) {
	if p.features&featSingleMap == 0 {
		return errors.New("io_uring: too old")
	}
	size := max(p.cq.cqes+p.cqEntries*uint32(unsafe.Sizeof(cqe{})), p.sq.array+p.sqEntries*4)
	const prot, shared = syscall.PROT_READ | syscall.PROT_WRITE, syscall.MAP_SHARED | syscall.MAP_POPULATE
	if r.queues, err = syscall.Mmap(r.fd, offsetQueues, int(size), prot, shared); err != nil {
		return os.NewSyscallError("mmap", err)
	}
	if r.array, err = syscall.Mmap(r.fd, offsetEntries, int(p.sqEntries)*int(unsafe.Sizeof(sqe{})), prot, shared); err != nil {
		return os.NewSyscallError("mmap", err)
	}
	at := func(off uint32) *uint32 { return (*uint32)(unsafe.Pointer(&r.queues[off])) }
	r.sqHead, r.sqTail, r.sqMask = at(p.sq.head), at(p.sq.tail), *at(p.sq.mask)
	r.cqHead, r.cqTail, r.cqMask = at(p.cq.head), at(p.cq.tail), *at(p.cq.mask)
	r.sqes = unsafe.Slice((*sqe)(unsafe.Pointer(&r.array[0])), p.sqEntries)
	r.cqes = unsafe.Slice((*cqe)(unsafe.Pointer(&r.queues[p.cq.cqes])), p.cqEntries)
	if p.flags&setupNoSQArray == 0 {
		for i, order := 0, unsafe.Slice(at(p.sq.array), p.sqEntries); i < len(order); i++ {
			order[i] = uint32(i)
		}
	}
	return nil
}

func (r *ring) send(batch []send) {
	if len(batch) == 1 {
		sendOne(&batch[0])
		return
	}
	first := *r.sqTail // ours: the kernel only reads it
	for i := range batch {
		b := &batch[i]
		r.sqes[(first+uint32(i))&r.sqMask] = sqe{
			op: opSend, fd: b.fd, user: uint64(i),
			addr: uint64(uintptr(unsafe.Pointer(unsafe.SliceData(b.p)))), len: uint32(len(b.p)),
			msg: syscall.MSG_DONTWAIT | syscall.MSG_NOSIGNAL,
		}
	}
	atomic.StoreUint32(r.sqTail, first+uint32(len(batch)))
	for {
		_, _, e := syscall.RawSyscall6(sysRingEnter, uintptr(r.fd), uintptr(len(batch)), 0, 0, 0, 0)
		if e != syscall.EINTR {
			break
		}
	}
	// Whatever it returned, the head tells how many were taken. The rest, should the kernel have been short of something, goes out in the
	// common way, and is taken back from the ring: nobody looks at the tail before the next call.
	taken := int(atomic.LoadUint32(r.sqHead) - first)
	atomic.StoreUint32(r.sqTail, first+uint32(taken))
	r.reap(batch, taken)
	for i := taken; i < len(batch); i++ {
		sendOne(&batch[i])
	}
}

// reap sets the results of the n sends that were taken.
func (r *ring) reap(batch []send, n int) {
	for {
		head := *r.cqHead // ours
		for tail := atomic.LoadUint32(r.cqTail); head != tail; head++ {
			c := &r.cqes[head&r.cqMask]
			batch[c.user].n = c.res
			n--
		}
		atomic.StoreUint32(r.cqHead, head)
		if n <= 0 {
			return
		}
		// try saw to it that this doesn't happen: a send was put off. Nothing may touch its bytes before it is done.
		_, _, _ = syscall.Syscall6(sysRingEnter, uintptr(r.fd), 0, uintptr(n), enterGetEvents, 0, 0)
	}
}

func (r *ring) close() {
	for _, m := range [][]byte{r.queues, r.array} {
		if m != nil {
			_ = syscall.Munmap(m)
		}
	}
	_ = syscall.Close(r.fd)
}
