package configs_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sluice-proxy/sluice/configs"
	"github.com/sluice-proxy/sluice/proxy"
)

// relocate gives a configuration addresses that are free here, and files in a folder of the test's.
func relocate(t *testing.T, c *configs.Config) {
	dir := t.TempDir()
	for i := range c.Listeners {
		l := &c.Listeners[i]
		if strings.HasPrefix(l.Address, "/") {
			l.Address = filepath.Join(dir, filepath.Base(l.Address))
		} else {
			l.Address = "127.0.0.1:0"
		}
		if l.Name == "" {
			l.Name = "unnamed"
		}
	}
	if c.Admin.Address != "" {
		c.Admin.Address = "127.0.0.1:0"
	}
	if strings.HasPrefix(c.AccessLog.File, "/") {
		c.AccessLog.File = filepath.Join(dir, "access.json")
	}
}

// start runs a configuration until the test ends.
func start(t *testing.T, c *configs.Config) *configs.Instance {
	t.Helper()
	n, err := configs.Start(c, configs.Options{Log: slog.New(slog.DiscardHandler), Version: "v0-test"})
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- n.Serve() }()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		if err := n.Shutdown(ctx); err != nil {
			t.Errorf("shutdown: %v", err)
		}
		if err := <-served; !errors.Is(err, proxy.ErrServerClosed) {
			t.Errorf("serve: %v", err)
		}
	})
	return n
}

func TestExamplesStart(t *testing.T) {
	files, err := filepath.Glob("examples/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no examples: %v", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			c, err := configs.Load(file)
			if err != nil {
				t.Fatal(err)
			}
			relocate(t, c)
			n := start(t, c)
			for _, b := range n.Listeners() {
				conn, err := net.Dial(b.Addr.Network(), b.Addr.String())
				if err != nil {
					t.Errorf("%s: %v", b.Name, err)
					continue
				}
				conn.Close()
			}
			if a := n.AdminAddr(); a != nil {
				if got := get(t, a, "/metrics"); !strings.Contains(got, `sluice_build_info{`) {
					t.Errorf("metrics: got %s", got)
				}
			}
		})
	}
}

func get(t *testing.T, a net.Addr, path string) string {
	t.Helper()
	r, err := http.Get("http://" + a.String() + path)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	b, err := io.ReadAll(r.Body)
	if err != nil || r.StatusCode != 200 {
		t.Fatalf("%s: status %d, %v", path, r.StatusCode, err)
	}
	return string(b)
}

// echo answers each byte with itself. It greets first if hello is not empty.
func echo(t *testing.T, hello string) string {
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
				_, _ = io.WriteString(c, hello)
				_, _ = io.Copy(c, c)
			}()
		}
	}()
	return l.Addr().String()
}

func exchange(t *testing.T, a net.Addr, say, want string) {
	t.Helper()
	c, err := net.Dial(a.Network(), a.String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(10 * time.Second))
	if _, err := io.WriteString(c, say); err != nil {
		t.Fatal(err)
	}
	got := make([]byte, len(want))
	if _, err := io.ReadFull(c, got); err != nil || string(got) != want {
		t.Fatalf("got %q, %v, want %q", got, err, want)
	}
}

func TestRelayIsCountedAndLogged(t *testing.T) {
	up := echo(t, "hello ")
	dead := deadAddress(t)
	file := filepath.Join(t.TempDir(), "access.json")
	n := start(t, &configs.Config{
		Listeners: []configs.Listener{{Address: "127.0.0.1:0", Protocol: "tcp", To: "echoes"}},
		Clusters:  []configs.Cluster{{Name: "echoes", Endpoints: []string{dead, up}}},
		Admin:     configs.Admin{Address: "127.0.0.1:0"},
		AccessLog: configs.AccessLog{Log: configs.LogMode{All: true}, File: file},
	})
	for range 2 {
		exchange(t, n.Listeners()[0].Addr, "world", "hello world")
	}
	await(t, "two lines", func() bool { return strings.Count(read(file), "\n") == 2 })
	m := get(t, n.AdminAddr(), "/metrics")
	for _, want := range []string{
		`sluice_build_info{go_version="go`, `version="v0-test"} 1`, `sluice_draining 0`, `sluice_session_panics_total 0`, `sluice_driver_info{driver=`,
		`sluice_connections_opened_total{listener="tcp-0",protocol="tcp"} 2`,
		`sluice_endpoint_dials_total{cluster="echoes",endpoint="` + up + `"} 2`,
		`sluice_endpoint_dial_failures_total{cluster="echoes",endpoint="` + dead + `"} `,
		`sluice_access_log_written_lines_total{log="access"} 2`,
	} {
		if !strings.Contains(m, want) {
			t.Errorf("metrics lack %s:\n%s", want, m)
		}
	}

	// Rotation: lines go on in a new file of the old name.
	if err := os.Rename(file, file+".1"); err != nil {
		t.Fatal(err)
	}
	if err := n.Reopen(); err != nil {
		t.Fatal(err)
	}
	exchange(t, n.Listeners()[0].Addr, "again", "hello again")
	await(t, "a line in the new file", func() bool { return strings.Count(read(file), "\n") == 1 })
}

func TestDrainLimit(t *testing.T) {
	n, err := configs.Start(&configs.Config{
		Listeners: []configs.Listener{{Address: "127.0.0.1:0", Protocol: "tcp", To: echo(t, "hello")}},
	}, configs.Options{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = n.Serve() }()
	c, err := net.Dial("tcp", n.Listeners()[0].Addr.String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := io.ReadFull(c, make([]byte, 5)); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	if err := n.Shutdown(ctx); !errors.Is(err, configs.ErrCut) {
		t.Errorf("a tcp session is never at rest: got %v, want ErrCut", err)
	}
	if n.Open() != 0 {
		t.Errorf("%d sessions are left", n.Open())
	}
}

func TestStartFails(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	dir := t.TempDir()
	plain := filepath.Join(dir, "file")
	if err := os.WriteFile(plain, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	listen := func(address string) []configs.Listener {
		return []configs.Listener{{Name: "x", Address: address, Protocol: "tcp", To: "127.0.0.1:1"}}
	}
	for name, tt := range map[string]struct {
		c    configs.Config
		want string
	}{
		"address in use":       {configs.Config{Listeners: listen(taken.Addr().String())}, "another program listens there"},
		"admin address in use": {configs.Config{Listeners: listen("127.0.0.1:0"), Admin: configs.Admin{Address: taken.Addr().String()}}, "another program listens there"},
		"no such address":      {configs.Config{Listeners: listen("192.0.2.1:0")}, "this machine has no such address"},
		"not a socket":         {configs.Config{Listeners: listen(plain)}, "is no socket; take another path"},
		"log in no folder": {configs.Config{Listeners: listen("127.0.0.1:0"),
			AccessLog: configs.AccessLog{Log: configs.LogMode{All: true}, File: filepath.Join(dir, "none", "x")}}, "access_log.file: "},
		"invalid": {configs.Config{}, "listeners: is missing"},
	} {
		n, err := configs.Start(&tt.c, configs.Options{Log: slog.New(slog.DiscardHandler)})
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got %v, want %s", name, err, tt.want)
		}
		if n != nil {
			n.Close()
		}
	}
}

func TestStaleSocketIsReplaced(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	l.SetUnlinkOnClose(false) // as a process that was killed leaves it
	l.Close()
	n := start(t, &configs.Config{Listeners: []configs.Listener{{Address: path, Protocol: "tcp", To: echo(t, "")}}})
	exchange(t, n.Listeners()[0].Addr, "over a socket", "over a socket")
}

func deadAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func read(file string) string {
	b, _ := os.ReadFile(file)
	return string(b)
}

func await(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); !ok(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("no %s after 10 s", what)
		}
	}
}

// TestPoliciesThatAreCalledAlike has files of one name in two folders: each has metrics of its own.
func TestPoliciesThatAreCalledAlike(t *testing.T) {
	c := &configs.Config{Admin: configs.Admin{Address: "127.0.0.1:0"}}
	for _, name := range []string{"one", "two", "three"} {
		file := filepath.Join(t.TempDir(), "policy.yaml")
		if name == "three" {
			file = filepath.Join(filepath.Dir(file), "other.yaml")
		}
		if err := os.WriteFile(file, []byte("connections: {default: allow}\nstatements: {default: allow}\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		c.Listeners = append(c.Listeners, configs.Listener{Name: name, Address: "127.0.0.1:0", Protocol: "redis", To: "127.0.0.1:1", Policy: configs.Policy{File: file}})
	}
	n := start(t, c)
	metrics := get(t, n.AdminAddr(), "/metrics")
	for _, want := range []string{c.Listeners[0].Policy.File, c.Listeners[1].Policy.File, "other.yaml"} {
		for _, metric := range []string{"sluice_policy_reload_failed{policy=%q} 0", `sluice_policy_rule_hits_total{policy=%q,rule="",verdict="deny"} 0`} {
			if line := fmt.Sprintf(metric, want); !strings.Contains(metrics, line) {
				t.Errorf("there is no %s", line)
			}
		}
	}
}
