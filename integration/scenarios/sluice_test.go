package scenarios_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/sluice-proxy/sluice/integration/internal/child"
	"github.com/sluice-proxy/sluice/integration/internal/reaper"
	"github.com/sluice-proxy/sluice/stats"
)

// A proxy is the program, running.
type proxy struct {
	addr, admin string
	log         *journal
	cmd         *exec.Cmd
	out         *output
	exited      chan struct{} // closed when it has ended, and the log is read
	code        int
	expected    bool // the test ends it
}

// front starts the program in front of servers, in its short form.
func front(t *testing.T, to ...string) *proxy {
	t.Helper()
	p := &proxy{addr: freeAddr(t), admin: freeAddr(t)}
	p.start(t, "front", "postgres", "--listen", p.addr, "--to", strings.Join(to, ","), "--admin", p.admin, "--log", logFile, "--log-mode", "all")
	return p
}

// fronting starts the program in front of servers of a protocol, with the text of a policy; "" for none.
func fronting(t *testing.T, protocol, policy string, to ...string) *proxy {
	t.Helper()
	p := &proxy{addr: freeAddr(t), admin: freeAddr(t)}
	args := []string{"front", protocol, "--listen", p.addr, "--to", strings.Join(to, ","), "--admin", p.admin, "--log", logFile, "--log-mode", "all"}
	if policy != "" {
		file := filepath.Join(t.TempDir(), "policy.yaml")
		if err := os.WriteFile(file, []byte(policy), 0o600); err != nil {
			t.Fatal(err)
		}
		args = append(args, "--policy", file)
	}
	p.start(t, args...)
	return p
}

// configured starts the program with a configuration file: more are top-level keys of it.
func configured(t *testing.T, more string, to ...string) *proxy {
	t.Helper()
	p := &proxy{addr: freeAddr(t), admin: freeAddr(t)}
	file := filepath.Join(t.TempDir(), "sluice.yaml")
	text := fmt.Sprintf("listeners: [{address: %q, protocol: postgres, to: db}]\nclusters: [{name: db, endpoints: [%q]}]\nadmin: {address: %q}\naccess_log: {log: all, file: %q}\n%s\n",
		p.addr, strings.Join(to, `","`), p.admin, logFile, more)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	p.start(t, "run", "-c", file)
	return p
}

// logFile is the pipe to the test, as the program sees it.
const logFile = "/dev/fd/3"

func (p *proxy) start(t *testing.T, args ...string) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	p.log = &journal{changed: make(chan struct{})}
	p.out, p.exited = &output{}, make(chan struct{})
	p.cmd = exec.Command(sluice, args...)
	p.cmd.ExtraFiles = []*os.File{w}
	p.cmd.Stdout, p.cmd.Stderr = p.out, p.out
	p.cmd.Env = append(os.Environ(), "GORACE=atexit_sleep_ms=50") // else each program with the race detector takes a second to end
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	reap, err := reaper.New("")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(reap.Reap)
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if err := reap.AnswerFor(p.cmd.Process.Pid); err != nil {
		t.Fatal(err)
	}
	w.Close()
	read := make(chan struct{})
	go func() { // ends with the program, whose end of the pipe it reads
		defer close(read)
		defer r.Close()
		p.log.read(r)
	}()
	go func() { // ends with the program
		defer close(p.exited)
		_ = p.cmd.Wait() // the code says all
		p.code = p.cmd.ProcessState.ExitCode()
		reap.Ended()
		<-read
	}()
	t.Cleanup(func() { p.finish(t) })
	p.awaitReady(t)
}

// awaitReady asks the program until it says that it is ready. It gives no sign of its own.
func (p *proxy) awaitReady(t *testing.T) {
	t.Helper()
	for limit := time.Now().Add(patience); ; {
		if _, err := p.get("/readyz"); err == nil {
			return
		} else if time.Now().After(limit) {
			t.Fatalf("the program is not ready: %v\n%s", err, p.out)
		}
		select {
		case <-p.exited:
			t.Fatalf("the program ended with code %d:\n%s", p.code, p.out)
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// finish ends the program with the test: it must still be there, end in order, and have found no race and no panic.
func (p *proxy) finish(t *testing.T) {
	t.Helper()
	if !p.expected {
		select {
		case <-p.exited:
			t.Errorf("the program ended before the test did, with code %d", p.code)
		default:
			p.stop(t)
			if p.code != 0 {
				t.Errorf("the program ended with code %d", p.code)
			}
		}
	}
	said := p.out.String()
	for _, bad := range []string{"DATA RACE", "panic", "goroutine "} {
		if strings.Contains(said, bad) {
			t.Errorf("the program said %q", bad)
			break
		}
	}
	if t.Failed() {
		t.Logf("the program said:\n%s", said)
	}
	for _, l := range p.log.bad {
		t.Errorf("a line of the access log is no JSON: %s", l)
	}
}

// stop asks the program to end and waits until it has.
func (p *proxy) stop(t *testing.T) {
	t.Helper()
	p.signal(t, syscall.SIGTERM)
	p.await(t)
}

func (p *proxy) signal(t *testing.T, s syscall.Signal) {
	t.Helper()
	if err := p.cmd.Process.Signal(s); err != nil {
		t.Errorf("%v: %v", s, err)
	}
}

// await waits for the program's end.
func (p *proxy) await(t *testing.T) {
	t.Helper()
	select {
	case <-p.exited:
	case <-time.After(patience):
		_ = p.cmd.Process.Signal(syscall.SIGQUIT) // shows where it stands
		select {
		case <-p.exited:
		case <-time.After(5 * time.Second):
		}
		t.Fatalf("the program does not end:\n%s", p.out)
	}
}

func (p *proxy) get(path string) (string, error) {
	c := http.Client{Timeout: patience}
	defer c.CloseIdleConnections()
	resp, err := c.Get("http://" + p.admin + path)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", path, resp.Status)
	}
	return string(body), err
}

// metric gives the sum of a metric's series whose labels have all of with.
func (p *proxy) metric(t *testing.T, name string, with ...string) int64 {
	t.Helper()
	page, err := p.get("/metrics")
	if err != nil {
		t.Fatal(err)
	}
	sum := 0.0
	for text := range strings.Lines(page) {
		series, value, _ := strings.Cut(strings.TrimSpace(text), "} ")
		labels, ok := strings.CutPrefix(series, name+"{")
		if !ok {
			if plain, ok := strings.CutPrefix(series, name+" "); ok && len(with) == 0 {
				value = plain
			} else {
				continue
			}
		}
		all := true
		for _, w := range with {
			label, text, _ := strings.Cut(w, "=")
			all = all && strings.Contains(","+labels, ","+label+`="`+text+`"`)
		}
		if !all {
			continue
		}
		v, err := strconv.ParseFloat(value, 64)
		if err != nil {
			t.Fatalf("metrics: %q", text)
		}
		sum += v
	}
	return int64(sum)
}

// statements gives the whole statement table.
func (p *proxy) statements(t *testing.T) *stats.Report {
	t.Helper()
	body, err := p.get("/statements?limit=0")
	if err != nil {
		t.Fatal(err)
	}
	var r stats.Report
	if err := json.Unmarshal([]byte(body), &r); err != nil {
		t.Fatal(err)
	}
	return &r
}

// memory gives one of the numbers of the program's /proc/PID/status, in bytes.
func (p *proxy) memory(t *testing.T, field string) int64 {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		lacking(t, "procfs", err)
	}
	for text := range strings.Lines(string(status)) {
		if rest, ok := strings.CutPrefix(text, field+":"); ok {
			kib, err := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			return kib << 10
		}
	}
	t.Fatalf("no %s in the program's status", field)
	return 0
}

func freeAddr(t *testing.T) string {
	t.Helper()
	addr, err := child.FreeAddr()
	if err != nil {
		t.Fatal(err)
	}
	return addr
}

// output keeps what a program says.
type output struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.buf.Len() < 1<<20 {
		o.buf.Write(p)
	}
	return len(p), nil
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.String()
}
