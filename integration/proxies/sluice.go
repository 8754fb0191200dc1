package proxies

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/sluice-proxy/sluice/integration/internal/child"
	"github.com/sluice-proxy/sluice/integration/internal/reaper"
)

// The environment variables that say which proxy to test.
const (
	envProxy  = "SLUICE_TEST_PROXY"  // host:port of one that runs, or "relay"
	envBinary = "SLUICE_TEST_BINARY" // sluice's program; default bin/sluice of this tree
)

// Postgres is a proxy to the PostgreSQL on to: the one that SLUICE_TEST_PROXY
// names, a bare relay if that says "relay", else Sluice, started for the test.
func Postgres(t testing.TB, to string) (addr string) {
	t.Helper()
	switch addr := os.Getenv(envProxy); addr {
	case "":
		return Sluice(t, "front", "postgres", "--to", to)
	case "relay":
		return Relay(t, to)
	default:
		t.Logf("the proxy is the one of %s=%s; it must go to %s, so name that too", envProxy, addr, to)
		return addr
	}
}

// Sluice starts Sluice's program with args and a free address to --listen on,
// waits until it does, and ends it with the test. The test fails if it cannot be
// started, ends before the test or ends badly.
func Sluice(t testing.TB, args ...string) (addr string) {
	t.Helper()
	program, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	addr, err = child.FreeAddr()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program, append(args, "--listen", addr)...)
	var out child.Output
	cmd.Stdout, cmd.Stderr = &out, &out
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	r, err := reaper.New("")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Reap)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if err := r.AnswerFor(cmd.Process.Pid); err != nil {
		t.Fatal(err)
	}
	exited := make(chan error, 1)
	go func() {
		err := cmd.Wait()
		r.Ended()
		exited <- err
	}()
	t.Cleanup(func() {
		if err := end(cmd.Process, exited); err != nil {
			t.Errorf("%s: %v\n%s", strings.Join(cmd.Args, " "), err, &out)
		}
	})
	if err := await(addr, exited); err != nil {
		t.Fatalf("%s: %v\n%s", strings.Join(cmd.Args, " "), err, &out)
	}
	return addr
}

// await returns when somebody listens on addr.
func await(addr string, exited chan error) error {
	deadline := time.After(10 * time.Second)
	for {
		if c, err := net.DialTimeout("tcp", addr, time.Second); err == nil {
			return c.Close()
		}
		select {
		case err := <-exited:
			exited <- err
			return errors.New("does not listen")
		case <-deadline:
			return errors.New("does not listen after 10 s")
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// end asks the program to end. It is an error if it has ended already, says that
// something went wrong, or does not end.
func end(p *os.Process, exited chan error) error {
	select {
	case err := <-exited:
		return fmt.Errorf("ended before the test did: %w", cmp.Or(err, errors.New("exit code 0")))
	default:
	}
	if err := p.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	select {
	case err := <-exited:
		return err
	case <-time.After(15 * time.Second):
		return errors.New("does not end on SIGTERM within 15 s")
	}
}

// binary finds Sluice's program.
func binary() (string, error) {
	path := os.Getenv(envBinary)
	if path == "" {
		dir, err := os.Getwd()
		if err != nil {
			return "", err
		}
		for !isModule(dir) {
			if dir == filepath.Dir(dir) {
				return "", fmt.Errorf("no folder above holds the module integration; name sluice's program with %s", envBinary)
			}
			dir = filepath.Dir(dir)
		}
		path = filepath.Join(filepath.Dir(dir), "bin", "sluice")
	}
	if _, err := exec.LookPath(path); err != nil {
		return "", fmt.Errorf("sluice's program is not there (%w): run make build, name another with %s, or set %s=relay to try the test without it", err, envBinary, envProxy)
	}
	return path, nil
}

func isModule(dir string) bool {
	mod, err := os.ReadFile(filepath.Join(dir, "go.mod"))
	return err == nil && bytes.HasPrefix(mod, []byte("module github.com/sluice-proxy/sluice/integration\n"))
}
