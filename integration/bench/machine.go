package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"time"
)

// A machine is under which circumstances a result came about. It has no names of
// hosts or folders.
type machine struct {
	date     string
	cpu      string
	cores    int
	memory   string
	kernel   string
	golang   string
	server   string      // "" if there was none
	versions [][2]string // name, version
	method   string      // rounds and seconds
	quiet    spread      // how busy the machine was before the runs, in percent
}

func describe(b *bench, r *results) machine {
	m := machine{
		date:   b.began.UTC().Format(time.DateOnly),
		cpu:    procField("/proc/cpuinfo", "model name"),
		cores:  runtime.NumCPU(),
		memory: memoryTotal(procField("/proc/meminfo", "MemTotal")),
		kernel: kernel(),
		golang: runtime.Version(),
		method: fmt.Sprintf("%d rounds, windows of %d s after a warm-up of %d s", b.rounds, b.seconds, warmup),
	}
	if s := b.backend(r.protocol); s != nil {
		m.server = fmt.Sprintf("%s %s, %s", s.about().Product, s.about().Version, anonymous(s.about().How))
	}
	if r.protocol == postgres {
		m.method += fmt.Sprintf(", pgbench scale %d", b.scale)
	}
	percent := make([]float64, len(b.quiet))
	for i, share := range b.quiet {
		percent[i] = 100 * share
	}
	m.quiet = spreadOf(percent)
	m.versions = versions(b, r)
	return m
}

// versions asks the programs that take part.
func versions(b *bench, r *results) [][2]string {
	var all [][2]string
	var client string
	if s := b.backend(r.protocol); s != nil {
		client = s.client()
	}
	for _, p := range []struct {
		name string
		key  string // what the keys of its rows begin with
		path func() (string, error)
		arg  string
		skip string // what the line begins with, beside the version
	}{
		{"Sluice", "sluice", func() (string, error) { return filepath.Abs(b.sluice) }, "version", "sluice "},
		{filepath.Base(client), "", func() (string, error) { return exec.LookPath(client) }, "--version", filepath.Base(client) + " "},
		{"HAProxy", keyHAProxy, func() (string, error) { return find("haproxy") }, "-v", "HAProxy version "},
		{"PgBouncer", keyPgBouncer, func() (string, error) { return find("pgbouncer") }, "--version", "PgBouncer "},
		{"nutcracker", keyNutcracker, func() (string, error) { return find("nutcracker") }, "-V", "This is nutcracker-"},
		{"Envoy", keyEnvoy, func() (string, error) { return exec.LookPath("envoy") }, "--version", ""},
	} {
		path, err := p.path()
		if err != nil || !r.measured(p.key) {
			continue
		}
		out, err := exec.Command(path, p.arg).CombinedOutput() // nutcracker's is on standard error
		if err != nil {
			continue
		}
		all = append(all, [2]string{p.name, shortVersion(string(out), p.skip)})
	}
	return all
}

// envoyVersion is in "envoy  version: COMMIT/1.40.0/Clean/RELEASE/BoringSSL".
var envoyVersion = regexp.MustCompile(`version: [0-9a-f]+/([^/]+)/`)

// shortVersion takes the version out of what a program says of itself.
func shortVersion(out, skip string) string {
	if m := envoyVersion.FindStringSubmatch(out); m != nil {
		return m[1]
	}
	line, _, _ := strings.Cut(strings.TrimSpace(out), "\n")
	line = strings.TrimPrefix(line, skip)
	line = strings.TrimPrefix(line, "(PostgreSQL) ")
	line, _, _ = strings.Cut(line, " (go") // what Sluice was built with, which has a row of its own
	// "2.6.12-1+deb12u4 2026/10/17 - https://haproxy.org/"
	if version, rest, ok := strings.Cut(line, " "); ok && !strings.HasPrefix(rest, "(") {
		return version
	}
	return line
}

// anonymous leaves out a path at the end of a description.
func anonymous(how string) string {
	words := strings.Fields(how)
	return strings.Join(slices.DeleteFunc(words, func(w string) bool { return strings.HasPrefix(w, "/") }), " ")
}

// procField finds "name : value" in a file of /proc.
func procField(path, name string) string {
	text, err := os.ReadFile(path)
	if err != nil {
		return "unknown"
	}
	for line := range strings.Lines(string(text)) {
		if key, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(key) == name {
			return strings.TrimSpace(value)
		}
	}
	return "unknown"
}

// memoryTotal turns "24553816 kB" into "23 GiB".
func memoryTotal(kb string) string {
	var n int64
	if _, err := fmt.Sscanf(kb, "%d kB", &n); err != nil {
		return kb
	}
	return fmt.Sprintf("%.0f GiB", float64(n)/(1<<20))
}

// kernel gives the system and its release, without a vendor's suffix.
func kernel() string {
	text, err := os.ReadFile("/proc/sys/kernel/osrelease")
	if err != nil {
		return "unknown"
	}
	release, _, _ := strings.Cut(strings.TrimSpace(string(text)), "-")
	return "Linux " + release
}

func (m *machine) render(w *strings.Builder) {
	w.WriteString("| | |\n|---|---|\n")
	row := func(name, value string) { fmt.Fprintf(w, "| %s | %s |\n", name, value) }
	row("date", m.date)
	row("machine", fmt.Sprintf("%s, %d cores, %s; client, proxy and server share it over the loopback interface", m.cpu, m.cores, m.memory))
	row("kernel", m.kernel)
	if m.server != "" {
		row("server", m.server)
	}
	for _, v := range m.versions {
		row(v[0], v[1])
	}
	row("Go", m.golang)
	row("runs", m.method)
	row("machine busy before each run", fmt.Sprintf("%.0f %% (median; %.0f–%.0f)", m.quiet.median, m.quiet.least, m.quiet.most))
	w.WriteString("\n")
}
