package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the golden files anew")

// binary is the program under test, built once: exit codes and signals are those of a process.
var binary string

func TestMain(m *testing.M) {
	flag.Parse()
	code, err := build(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

func build(m *testing.M) (int, error) {
	dir, err := os.MkdirTemp("", "sluice")
	if err != nil {
		return 1, err
	}
	defer os.RemoveAll(dir)
	binary = filepath.Join(dir, "sluice")
	out, err := exec.Command("go", "build", "-ldflags", "-X main.version=v0-test", "-o", binary, ".").CombinedOutput()
	if err != nil {
		return 1, fmt.Errorf("%w\n%s", err, out)
	}
	return m.Run(), nil
}

// call runs the program to its end.
func call(t *testing.T, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	c := exec.Command(binary, args...)
	var out, errs bytes.Buffer
	c.Stdout, c.Stderr = &out, &errs
	err := c.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return out.String(), errs.String(), c.ProcessState.ExitCode()
}

func write(t *testing.T, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "sluice.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestCommandLine(t *testing.T) {
	good := write(t, "listeners:\n  - {address: '127.0.0.1:0', protocol: tcp, to: 127.0.0.1:1}\n")
	bad := write(t, "listeners:\n  - {address: '127.0.0.1:0', protocoll: tcp, to: orders}\n")
	taken := write(t, "listeners:\n  - {address: 192.0.2.1:1, protocol: tcp, to: 127.0.0.1:1}\n")
	for _, tt := range []struct {
		args           []string
		code           int
		stdout, stderr string // parts
	}{
		{nil, usage, "", "Commands:"},
		{[]string{"help"}, ok, "Exit codes:", ""},
		{[]string{"--help"}, ok, "Exit codes:", ""},
		{[]string{"help", "front"}, ok, "--log-mode MODE", ""},
		{[]string{"help", "frnt"}, usage, "", `sluice: there is no command "frnt"; did you mean front?`},
		{[]string{"front", "--help"}, ok, "--log-mode MODE", ""},
		{[]string{"vaildate"}, usage, "", "did you mean validate?"},
		{[]string{"dance"}, usage, "", `"sluice help" lists the commands`},
		{[]string{"version"}, ok, "sluice v0-test (go", ""},
		{[]string{"--version"}, ok, "sluice v0-test (go", ""},
		{[]string{"version", "please"}, usage, "", `"please" is one argument too many`},
		{[]string{"version", "--please"}, usage, "", "there is no flag --please; it takes none"},
		{[]string{"schema"}, ok, `"$schema"`, ""},
		{[]string{"validate", "-c", good}, ok, ": fine, 1 listener\n", ""},
		{[]string{"validate", "--config=" + good}, ok, ": fine, 1 listener\n", ""},
		{[]string{"validate", "-c", bad}, badConfig, "", bad + ":2: listeners[0].protocoll: unknown key; did you mean protocol?\n" +
			bad + `:2: listeners[0].to: there is no cluster "orders"; add it to clusters, or write an address, host:port` + "\nsluice: 2 problems in " + bad},
		{[]string{"run", "-c", bad}, badConfig, "", "2 problems"},
		{[]string{"run", "-c", bad + ".none"}, badConfig, "", "is not there; name a file with -c"},
		{[]string{"run", "-c", filepath.Dir(bad)}, badConfig, "", "is a directory"},
		{[]string{"run", bad}, usage, "", "the configuration is named by a flag: sluice run -c " + bad},
		{[]string{"run"}, usage, "", "which configuration? sluice run -c sluice.yaml"},
		{[]string{"run", "-c"}, usage, "", "-c needs a value"},
		{[]string{"run", "--confg", good}, usage, "", "there is no flag --confg; did you mean --config?"},
		{[]string{"run", "-c", taken}, failure, "", "this machine has no such address"},
		{[]string{"front"}, usage, "", "which protocol?"},
		{[]string{"front", "postgres"}, usage, "", "where do clients connect? say --listen :6432"},
		{[]string{"front", "postgres", "--listen", ":1"}, usage, "", "where is the server?"},
		{[]string{"front", "postgres", "--listen", "6432", "--to", "db:1,x"}, usage, "",
			"sluice front: --to: needs a host and a port: x:5432\nsluice front: --listen: is only a port; write 127.0.0.1:6432"},
		{[]string{"front", "postgre", "--listen", ":1", "--to", "db:1"}, usage, "", `the protocol: "postgre" is not known; did you mean postgres?`},
		{[]string{"front", "postgres", "--listen", ":1", "--to", "db"}, usage, "", "--to needs a host and a port: db:5432"},
		{[]string{"front", "postgres", "--listen", ":1", "--to", "db:1", "--raw"}, usage, "", "--raw is about the log"},
		{[]string{"front", "postgres", "--listen", ":1", "--to", "db:1", "--log-mode", "slow"}, usage, "", "--log-mode: how slow? say slow=100ms"},
		{[]string{"front", "postgres", "--listen", ":1", "--to", "db:1", "--drain-limit", "soon"}, usage, "", "--drain-limit soon: not a value that it can take"},
		{[]string{"statements", "--sort", "beauty"}, usage, "", "--sort beauty: no such order; there are time,"},
		{[]string{"statements", "--admin", "127.0.0.1:1"}, failure, "", "no proxy answers at 127.0.0.1:1"},
	} {
		stdout, stderr, code := call(t, tt.args...)
		if code != tt.code || !strings.Contains(stdout, tt.stdout) || !strings.Contains(stderr, tt.stderr) || tt.stdout == "" && stdout != "" || tt.stderr == "" && stderr != "" {
			t.Errorf("sluice %s: exit code %d, want %d\nstdout: %s\nwant part: %s\nstderr: %s\nwant part: %s",
				strings.Join(tt.args, " "), code, tt.code, stdout, tt.stdout, stderr, tt.stderr)
		}
	}
}

// TestKeys pins the list of keys: it is what logs and policies refer to. go test ./cmd/sluice -run TestKeys -update
func TestKeys(t *testing.T) {
	const golden = "testdata/keys.golden"
	got := keys()
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("the keys are not those of %s; if that is meant: go test ./cmd/sluice -run TestKeys -update\n%s", golden, got)
	}
}

// TestHelpIsComplete finds flags that the help forgets, in the sources: a flag set can't be asked before its command runs.
func TestHelpIsComplete(t *testing.T) {
	defined := regexp.MustCompile(`(?:fs|f|flags)\.(?:String|Bool|Int|Duration)(?:Var)?\((?:&[a-z.]+, )?"([a-z-]+)"`)
	for _, in := range []struct{ file, name string }{
		{"front.go", "front"}, {"statements.go", "statements"}, {"look.go", "statements"}, {"keyspace.go", "keyspace"}, {"look.go", "keyspace"}, {"run.go", "run"},
	} {
		file, name := in.file, in.name
		src, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		all := defined.FindAllStringSubmatch(string(src), -1)
		if len(all) == 0 {
			t.Errorf("%s defines no flags: the test looks for the wrong thing", file)
		}
		for _, m := range all {
			if !strings.Contains(find(name).help, dashes(m[1])+" ") && !strings.Contains(find(name).help, dashes(m[1])+",") {
				t.Errorf("the help of %s lacks %s", name, dashes(m[1]))
			}
		}
	}
	for _, c := range commands() {
		if c.help == "" && c.name != "help" {
			t.Errorf("%s has no help", c.name)
		}
	}
}
