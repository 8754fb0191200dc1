package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"github.com/sluice-proxy/sluice/integration/internal/child"
	"github.com/sluice-proxy/sluice/integration/internal/reaper"
)

// A program is what launch starts.
type program struct {
	path    string
	args    []string
	files   map[string]string // written to the process's folder, which is its working directory
	listen  string            // where it will accept connections
	unroot  bool              // it refuses to run as root
	timeout time.Duration     // to begin listening; default 10 s
}

// A process is a program that runs, with a folder of its own.
type process struct {
	cmd    *exec.Cmd
	dir    string
	reaper *reaper.Reaper
	done   chan struct{} // closed when it has ended
	err    error         // of its end
	out    child.Output
}

// launch starts a program and waits until it listens.
func launch(ctx context.Context, p program) (_ *process, err error) {
	acct, err := unprivileged()
	if err != nil {
		return nil, err
	}
	if !p.unroot {
		acct = nil
	}
	dir, err := tempDir(acct, p.files)
	if err != nil {
		return nil, err
	}
	r, err := reaper.New(dir)
	if err != nil {
		os.RemoveAll(dir)
		return nil, err
	}
	x := &process{dir: dir, reaper: r, done: make(chan struct{})}
	defer func() {
		if err != nil {
			x.stop()
			err = fmt.Errorf("%s: %w: %s", filepath.Base(p.path), err, x.out.Tail())
		}
	}()
	x.cmd = exec.Command(p.path, p.args...)
	x.cmd.Dir = dir
	x.cmd.Stdout, x.cmd.Stderr = &x.out, &x.out
	x.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Credential: acct}
	if err := x.cmd.Start(); err != nil {
		close(x.done)
		return nil, err
	}
	if err := r.AnswerFor(x.cmd.Process.Pid); err != nil {
		return nil, err
	}
	// It ends with the process, for which the reaper answers.
	go func() {
		x.err = x.cmd.Wait()
		r.Ended()
		close(x.done)
	}()
	if p.timeout == 0 {
		p.timeout = 10 * time.Second
	}
	ctx, cancel := context.WithTimeout(ctx, p.timeout)
	defer cancel()
	return x, x.await(ctx, p.listen)
}

// await returns when the process accepts connections.
func (x *process) await(ctx context.Context, addr string) error {
	var d net.Dialer
	for {
		if c, err := d.DialContext(ctx, "tcp", addr); err == nil {
			return c.Close()
		}
		select {
		case <-x.done:
			return fmt.Errorf("ended at once (%w)", cmp.Or(x.err, errors.New("exit code 0")))
		case <-ctx.Done():
			return fmt.Errorf("does not listen: %w", ctx.Err())
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// ended says how the process ended; nil while it runs.
func (x *process) ended() error {
	select {
	case <-x.done:
		return fmt.Errorf("the proxy has ended: %w: %s", cmp.Or(x.err, errors.New("exit code 0")), x.out.Tail())
	default:
		return nil
	}
}

// stop ends the process, by force if need be, and removes its folder.
func (x *process) stop() {
	if x.cmd != nil && x.cmd.Process != nil {
		// An error is that of a process that has ended.
		_ = x.cmd.Process.Signal(syscall.SIGTERM)
		select {
		case <-x.done:
		case <-time.After(5 * time.Second):
		}
	}
	x.reaper.Reap()
	<-x.done
}

// unprivileged is the account for programs that refuse root; nil if we aren't.
func unprivileged() (*syscall.Credential, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err1 := strconv.ParseUint(u.Uid, 10, 32)
		gid, err2 := strconv.ParseUint(u.Gid, 10, 32)
		if err := errors.Join(err1, err2); err != nil {
			return nil, err
		}
		return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
	}
	return nil, errors.New("there is neither an account postgres nor one nobody, to run what refuses root")
}

// tempDir makes a folder with files that the account owns.
func tempDir(acct *syscall.Credential, files map[string]string) (dir string, err error) {
	parent := os.TempDir()
	if acct != nil {
		parent = "/tmp" // ours may be closed to others
	}
	dir, err = os.MkdirTemp(parent, "sluice-bench-")
	if err != nil {
		return "", err
	}
	own := func(path string) error {
		if acct == nil {
			return nil
		}
		return os.Chown(path, int(acct.Uid), int(acct.Gid))
	}
	err = own(dir)
	for name, text := range files {
		path := filepath.Join(dir, name)
		err = errors.Join(err, os.WriteFile(path, []byte(text), 0o600), own(path))
	}
	if err != nil {
		os.RemoveAll(dir)
	}
	return dir, err
}
