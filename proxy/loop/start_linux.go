//go:build linux && (amd64 || arm64)

package loop

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"syscall"
	"time"
)

// Supported reports whether loops work on this system.
func Supported() bool { return true }

// Start starts a loop. An error says that the system lacks what every loop needs; a Sender that doesn't work is an error only if it
// was asked for by name.
func Start(cfg Config) (*Loop, error) {
	if cfg.Clock == nil {
		return nil, errors.New("loop: a clock is required")
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	snd, kind, reasons, err := newSender(cfg.Sender)
	if err != nil {
		return nil, err
	}
	arena, err := mapMemory(arenaSize)
	if err != nil {
		snd.close()
		return nil, err
	}
	k, err := newSystem(snd, arena)
	if err != nil {
		snd.close()
		_ = syscall.Munmap(arena)
		return nil, err
	}
	cfg.Log.Info("loop started", "shard", cfg.Shard, "sender", kind.String(), "refused", reasons)
	l := newLoop(cfg, k, arena, kind.String())
	go l.live() // Stop waits for it
	return l, nil
}

// system is the real kernel.
//
// The timer is the read deadline of the epoll file rather than a timerfd: it is one of Go's own timers, so setting it is no system call,
// and it needs no descriptor.
type system struct {
	sender
	poll  *os.File // the epoll instance
	raw   syscall.RawConn
	ep    int
	event int // an eventfd, edge-triggered: each write is news, and nobody reads it
	arena []byte
	evs   [256]syscall.EpollEvent
}

func newSystem(snd sender, arena []byte) (*system, error) {
	ep, err := syscall.EpollCreate1(syscall.EPOLL_CLOEXEC)
	if err != nil {
		return nil, os.NewSyscallError("epoll_create1", err)
	}
	if err := syscall.SetNonblock(ep, true); err != nil { // what NewFile goes by
		_ = syscall.Close(ep)
		return nil, os.NewSyscallError("fcntl", err)
	}
	k := &system{sender: snd, poll: os.NewFile(uintptr(ep), "loop"), ep: ep, event: -1, arena: arena}
	if err := k.open(); err != nil {
		if k.event >= 0 {
			_ = syscall.Close(k.event)
		}
		_ = k.poll.Close()
		return nil, err
	}
	return k, nil
}

func (k *system) open() (err error) {
	if err := k.poll.SetReadDeadline(time.Time{}); err != nil {
		return fmt.Errorf("loop: epoll in the netpoller: %w", err)
	}
	if k.raw, err = k.poll.SyscallConn(); err != nil {
		return err
	}
	fd, _, e := syscall.RawSyscall(syscall.SYS_EVENTFD2, 0, syscall.O_CLOEXEC|syscall.O_NONBLOCK, 0)
	if e != 0 {
		return os.NewSyscallError("eventfd2", e)
	}
	k.event = int(fd)
	return k.register(int32(fd), wakeID)
}

func (k *system) park(cycle func() bool) (timeout bool) {
	err := k.raw.Read(func(uintptr) bool { return cycle() })
	if err == nil {
		return false
	}
	if !errors.Is(err, os.ErrDeadlineExceeded) {
		panic(fmt.Sprintf("loop: park: %v", err)) // the file is ours, open and pollable: newSystem tried it
	}
	// The deadline stands until it is taken back. Events that came meanwhile aren't lost: Read calls cycle first, which asks epoll.
	_ = k.poll.SetReadDeadline(time.Time{})
	return true
}

func (k *system) arm(in int64) {
	_ = k.poll.SetReadDeadline(time.Now().Add(time.Duration(in)))
}

func (k *system) wake() {
	one := [8]byte{1}
	_, _ = syscall.Write(k.event, one[:])
}

func (k *system) release() {
	_ = k.poll.Close()
	_ = syscall.Close(k.event)
	k.sender.close()
	_ = syscall.Munmap(k.arena)
}

func mapMemory(n int) ([]byte, error) {
	p, err := syscall.Mmap(-1, 0, n, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	return p, os.NewSyscallError("mmap", err)
}
