package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/sluice-proxy/sluice/integration/internal/child"
)

// runIdle measures what connections cost that do nothing.
func runIdle(ctx context.Context, b *bench, p *peer) (s sample, err error) {
	if err := awaitPorts(ctx, b); err != nil {
		return s, err
	}
	to, stop, err := startFake(ctx)
	if err != nil {
		return s, err
	}
	defer stop()
	x, err := p.begin(ctx, b, to)
	if err != nil {
		return s, err
	}
	defer x.stop()
	defer func() { err = x.explain(err) }()
	// What the first connection of all makes a proxy allocate is no cost of the others.
	first, err := connectIdle(ctx, x.addr, b.postgres.User, b.postgres.database, 1)
	if err != nil {
		return s, err
	}
	defer first.close()
	time.Sleep(time.Second)
	before, err := x.tree.memory()
	if err != nil {
		return s, err
	}
	conns, err := connectIdle(ctx, x.addr, b.postgres.User, b.postgres.database, b.idleCount())
	if err != nil {
		return s, err
	}
	defer conns.close()
	select {
	case <-ctx.Done():
		return s, context.Cause(ctx)
	case <-time.After(b.idleWait):
	}
	after, err := x.tree.memory()
	if err != nil {
		return s, err
	}
	if err := conns.alive(); err != nil {
		return s, err
	}
	return sample{rate: float64(len(conns)), memory: float64(after-before) / 1024 / float64(len(conns))}, nil
}

// maxSessions is how many sessions a proxy can hold: two descriptors each.
func maxSessions() int {
	var l syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &l); err != nil {
		return 1000
	}
	return int(min(l.Max, 1<<20)-200) / 2
}

// idleCount is the number of idle connections: what was asked for if the limit of
// open files allows it. Some sessions are left for others than these.
func (b *bench) idleCount() int { return min(b.idle, maxSessions()-100) }

// raiseFiles lets us, and the programs that we start, open as many files as we are
// allowed to.
func raiseFiles() error {
	var l syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &l); err != nil {
		return err
	}
	l.Cur = l.Max
	// Go raised ours already; that we say it makes it keep it for our children.
	return syscall.Setrlimit(syscall.RLIMIT_NOFILE, &l)
}

// startFake starts the fake server as a process of its own.
func startFake(ctx context.Context) (addr string, stop func(), err error) {
	self, err := os.Executable()
	if err != nil {
		return "", nil, err
	}
	addr, err = child.FreeAddr()
	if err != nil {
		return "", nil, err
	}
	cmd := exec.Command(self, "-fake-postgres", addr)
	cmd.Stderr = os.Stderr
	alive, err := cmd.StdinPipe() // it ends when this closes, also if we are killed
	if err != nil {
		return "", nil, err
	}
	if err := cmd.Start(); err != nil {
		return "", nil, err
	}
	x := process{cmd: cmd, done: make(chan struct{})}
	go func() {
		x.err = cmd.Wait()
		close(x.done)
	}()
	stop = func() {
		alive.Close()
		<-x.done
	}
	if err := x.await(ctx, addr); err != nil {
		stop()
		return "", nil, fmt.Errorf("the fake server: %w", err)
	}
	return addr, stop, nil
}

type idleConns []net.Conn

// connectIdle opens n connections, logs in, asks one query on each and leaves them
// alone.
func connectIdle(ctx context.Context, addr, user, database string, n int) (idleConns, error) {
	conns := make(idleConns, n)
	errs := make([]error, n)
	var next atomic.Int64
	var wait sync.WaitGroup
	for range 32 {
		wait.Go(func() {
			for ctx.Err() == nil {
				i := int(next.Add(1)) - 1
				if i >= n {
					return
				}
				if conns[i], errs[i] = login(ctx, addr, user, database, i); errs[i] != nil {
					return
				}
			}
		})
	}
	wait.Wait()
	// One reason is enough: the others are mostly the same.
	i := slices.IndexFunc(errs, func(err error) bool { return err != nil })
	switch {
	case ctx.Err() != nil:
		conns.close()
		return nil, context.Cause(ctx)
	case i >= 0:
		conns.close()
		return nil, fmt.Errorf("connection %d of %d: %w", i+1, n, errs[i])
	}
	return conns, nil
}

// login opens one connection. Each 10,000 come from a loopback address of their
// own, for an address has no more than 28,000 ports.
func login(ctx context.Context, addr, user, database string, i int) (net.Conn, error) {
	d := net.Dialer{
		LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, byte(2+i/10_000))},
		Timeout:   30 * time.Second,
	}
	c, err := d.DialContext(ctx, "tcp4", addr)
	if err != nil {
		return nil, err
	}
	if err := c.SetDeadline(time.Now().Add(30 * time.Second)); err != nil {
		return nil, err
	}
	body := append(be32(3<<16), fmt.Sprintf("user\x00%s\x00database\x00%s\x00\x00", user, database)...)
	startup := append(binary.BigEndian.AppendUint32(nil, uint32(len(body)+4)), body...)
	for _, p := range [][]byte{startup, message(nil, 'Q', []byte("select 1\x00"))} {
		if _, err := c.Write(p); err != nil {
			c.Close()
			return nil, err
		}
		if err := untilReady(c); err != nil {
			c.Close()
			return nil, err
		}
	}
	return c, c.SetDeadline(time.Time{})
}

// untilReady reads until the server has said all. Nothing follows a ReadyForQuery
// here, so it is at the end of what was read.
func untilReady(c net.Conn) error {
	buf := make([]byte, 1024)
	ready := message(nil, 'Z', []byte("I"))
	for n := 0; ; {
		m, err := c.Read(buf[n:])
		n += m
		if bytes.HasSuffix(buf[:n], ready) {
			return nil
		}
		if err != nil {
			return err
		}
		if n == len(buf) {
			return errors.New("an answer of more than 1 KiB")
		}
	}
}

// alive checks that the connections are still there.
func (cs idleConns) alive() error {
	for i, c := range cs {
		raw, err := c.(*net.TCPConn).SyscallConn()
		if err != nil {
			return err
		}
		var got error
		if err := raw.Control(func(fd uintptr) {
			_, _, got = syscall.Recvfrom(int(fd), make([]byte, 1), syscall.MSG_PEEK|syscall.MSG_DONTWAIT)
		}); err != nil {
			return err
		}
		if !errors.Is(got, syscall.EAGAIN) {
			return fmt.Errorf("idle connection %d did not stay", i+1)
		}
	}
	return nil
}

func (cs idleConns) close() {
	for _, c := range cs {
		if c != nil {
			c.Close()
		}
	}
}
