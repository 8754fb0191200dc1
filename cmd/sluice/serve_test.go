package main

import (
	"bytes"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// output collects what a process says.
type output struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.String()
}

// A running is the program while it runs.
type running struct {
	t           *testing.T
	cmd         *exec.Cmd
	out, err    output
	addr, admin string
}

// start starts the program and waits until it says where it listens.
func start(t *testing.T, args ...string) *running {
	t.Helper()
	r := &running{t: t, cmd: exec.Command(binary, args...)}
	r.cmd.Stdout, r.cmd.Stderr = &r.out, &r.err
	if err := r.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if r.cmd.ProcessState == nil {
			_ = r.cmd.Process.Kill()
			_ = r.cmd.Wait()
		}
	})
	listens := regexp.MustCompile(`(?:on |address=)(127\.0\.0\.1:\d+|/\S+)`)
	r.await("where it listens", func() bool {
		if m := listens.FindStringSubmatch(r.err.String()); m != nil {
			r.addr = m[1]
		}
		return r.addr != ""
	})
	if m := regexp.MustCompile(`admin(?: |=)http://(\S+?)[;\s]`).FindStringSubmatch(r.err.String()); m != nil {
		r.admin = m[1]
	}
	return r
}

func (r *running) await(what string, ok func() bool) {
	r.t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			r.t.Fatalf("no sign of %s after 20 s\nstdout: %s\nstderr: %s", what, &r.out, &r.err)
		}
	}
}

func (r *running) signal(s os.Signal) {
	r.t.Helper()
	if err := r.cmd.Process.Signal(s); err != nil {
		r.t.Fatal(err)
	}
}

func (r *running) exits(code int) {
	r.t.Helper()
	done := make(chan struct{})
	go func() {
		_ = r.cmd.Wait() // the code tells
		close(done)
	}()
	select {
	case <-done:
	case <-time.After(20 * time.Second):
		r.t.Fatalf("does not end\n%s", &r.err)
	}
	if got := r.cmd.ProcessState.ExitCode(); got != code {
		r.t.Errorf("exit code %d, want %d\n%s", got, code, &r.err)
	}
}

// client connects to the program and has it relay a word.
func (r *running) client(word string) net.Conn {
	r.t.Helper()
	c, err := net.Dial("tcp", r.addr)
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { c.Close() })
	_ = c.SetDeadline(time.Now().Add(20 * time.Second))
	got := make([]byte, len(word))
	if _, err := io.WriteString(c, word); err != nil {
		r.t.Fatal(err)
	}
	if _, err := io.ReadFull(c, got); err != nil || string(got) != word {
		r.t.Fatalf("got %q, %v", got, err)
	}
	return c
}

// echo is a server that answers each byte with itself.
func echo(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				_, _ = io.Copy(c, c)
			}()
		}
	}()
	return l.Addr().String()
}

func TestFront(t *testing.T) {
	up := echo(t)
	r := start(t, "front", "tcp", "--listen", "127.0.0.1:0", "--to", up+","+echo(t), "--admin", "127.0.0.1:0", "--log", "-")
	if said := r.err.String(); !strings.Contains(said, "sluice: tcp on 127.0.0.1:") || !strings.Contains(said, " → "+up+", 127.0.0.1:") ||
		!strings.Contains(said, "; log: all to stdout; ") || strings.Count(said, "\n") != 1 {
		t.Errorf("it greets with\n%s", said)
	}
	r.client("hello").Close()
	r.await("a line of the log", func() bool { return strings.Contains(r.out.String(), `"sluice.protocol":"tcp"`) })

	stdout, stderr, code := call(t, "statements", "--admin", r.admin, "--users")
	if code != ok || !strings.Contains(stdout, "0 exchanges, 0 not well; 0 of 0 statements, by time") || !strings.Contains(stdout, "USER@DATABASE") {
		t.Errorf("statements: exit code %d\n%s%s", code, stdout, stderr)
	}
	r.signal(syscall.SIGTERM)
	r.exits(ok)
}

func TestReopen(t *testing.T) {
	file := filepath.Join(t.TempDir(), "access.json")
	r := start(t, "front", "tcp", "--listen", "127.0.0.1:0", "--to", echo(t), "--log", file, "--verbose")
	lines := func() int {
		b, _ := os.ReadFile(file)
		return bytes.Count(b, []byte{'\n'})
	}
	r.client("one").Close()
	r.await("a line", func() bool { return lines() == 1 })
	if err := os.Rename(file, file+".1"); err != nil {
		t.Fatal(err)
	}
	r.signal(syscall.SIGHUP)
	r.await("the new file", func() bool { return strings.Contains(r.err.String(), "opened anew") })
	r.client("two").Close()
	r.await("a line in the new file", func() bool { return lines() == 1 })
	r.signal(syscall.SIGINT)
	r.exits(ok)
}

func TestDrainLimit(t *testing.T) {
	r := start(t, "front", "tcp", "--listen", "127.0.0.1:0", "--to", echo(t), "--drain-limit", "50ms")
	r.client("a tcp session is never at rest")
	r.signal(syscall.SIGTERM)
	r.exits(drainLimit)
}

func TestSecondSignal(t *testing.T) {
	r := start(t, "front", "tcp", "--listen", "127.0.0.1:0", "--to", echo(t))
	r.client("a tcp session is never at rest")
	r.signal(syscall.SIGTERM)
	r.await("the drain", func() bool { return strings.Contains(r.err.String(), "draining") })
	r.signal(syscall.SIGTERM)
	r.exits(drainLimit)
}

func TestRun(t *testing.T) {
	r := start(t, "run", "-c", write(t, `
listeners:
  - {name: echoes, address: "127.0.0.1:0", protocol: tcp, to: `+echo(t)+`}
admin: {address: "127.0.0.1:0"}
log: {format: text}
`))
	r.await("the line about all", func() bool { return strings.Contains(r.err.String(), "sluice runs") })
	for _, want := range []string{"listener=echoes", "version=v0-test", "driver=", "sender=", "admin=http://127.0.0.1:"} {
		if !strings.Contains(r.err.String(), want) {
			t.Errorf("it doesn't say %s:\n%s", want, &r.err)
		}
	}
	r.client("hello").Close()
	r.await("the session's end", func() bool {
		stdout, _, _ := call(t, "statements", "--admin", regexp.MustCompile(`http://(\S+)`).FindStringSubmatch(r.err.String())[1])
		return strings.Contains(stdout, "0 exchanges")
	})
	r.signal(syscall.SIGTERM)
	r.exits(ok)
}
