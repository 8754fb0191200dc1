package main

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/sluice-proxy/sluice/integration/internal/child"
)

// A mode is how much Sluice does.
type mode int

const (
	relaying   mode = iota // protocol: tcp
	inspecting             // statistics, and a log of errors and slow exchanges
	logging                // statistics, and a log of every exchange
	judging                // as inspecting, and a policy with rules about tables or keys
)

type sluiceConfig struct {
	protocol protocol
	mode     mode
	loops    string // default auto
	sender   string // default auto
}

var modes = []struct {
	mode       mode
	key, title string
}{
	{relaying, keyTCP, "Sluice, tcp, no inspection"},
	{inspecting, keyInspect, "Sluice, inspecting, statistics"},
	{logging, keyLog, "Sluice, inspecting, statistics, every exchange logged"},
	{judging, keyPolicy, "Sluice, inspecting, statistics, a policy"},
}

// modeRank orders keys by the mode of their prefix.
func modeRank(key string) int {
	for i, m := range modes {
		if strings.HasPrefix(key, m.key) {
			return i
		}
	}
	return len(modes)
}

// sluicePeers are a peer for each mode up to one, with what else c says.
func sluicePeers(c sluiceConfig, last mode) []peer {
	var all []peer
	for _, m := range modes[:last+1] {
		c.mode = m.mode
		title := m.title
		switch {
		case c.loops == "0":
			title += "; conn driver"
		case c.loops != "":
			title += fmt.Sprintf("; %s, loops: %s", c.sender, c.loops)
		}
		all = append(all, sluicePeer(c, title))
	}
	return all
}

func sluicePeer(c sluiceConfig, title string) peer {
	key := modes[c.mode].key
	for _, part := range []string{c.sender, c.loops} {
		if part != "" {
			key += "/" + part
		}
	}
	return peer{key: key, title: title, missing: missingSluice, start: func(ctx context.Context, b *bench, to string) (*running, error) {
		return startSluice(ctx, b, to, c)
	}}
}

func missingSluice(b *bench) error {
	if _, err := exec.LookPath(b.sluice); err != nil {
		return fmt.Errorf("no program %s: run make build, or name another with -sluice", b.sluice)
	}
	return nil
}

func startSluice(ctx context.Context, b *bench, to string, c sluiceConfig) (*running, error) {
	addr, err := child.FreeAddr()
	if err != nil {
		return nil, err
	}
	admin, err := child.FreeAddr()
	if err != nil {
		return nil, err
	}
	path, err := filepath.Abs(b.sluice)
	if err != nil {
		return nil, err
	}
	x, err := launch(ctx, program{
		path:   path,
		args:   []string{"run", "-c", "sluice.yaml"},
		files:  map[string]string{"sluice.yaml": sluiceYAML(addr, admin, to, c, b.profile != ""), "policy.yaml": policies[c.protocol]},
		listen: addr,
	})
	if err != nil {
		return nil, err
	}
	return begun(x, addr, admin)
}

// sluiceYAML is the configuration that readers may want to see.
func sluiceYAML(addr, admin, to string, c sluiceConfig, pprof bool) string {
	protocol := c.protocol
	if c.mode == relaying {
		protocol = "tcp"
	}
	var y strings.Builder
	fmt.Fprintf(&y, "listeners:\n  - address: %s\n    protocol: %s\n    to: %s\n", addr, protocol, to)
	if c.mode == judging {
		y.WriteString("    policy: {file: policy.yaml}\n")
	}
	switch c.mode {
	case inspecting, judging:
		y.WriteString("access_log:\n  log: {slow: 1s}\n  file: access.json\n")
	case logging:
		y.WriteString("access_log:\n  log: all\n  file: access.json\n")
	}
	fmt.Fprintf(&y, "admin:\n  address: %s\n  pprof: %t\ndrain:\n  limit: 1s\nlog:\n  level: warn\n", admin, pprof)
	if c.loops != "" {
		fmt.Fprintf(&y, "runtime:\n  loops: %s\n", c.loops)
		if c.sender != "" {
			fmt.Fprintf(&y, "  sender: %s\n", c.sender)
		}
	}
	return y.String()
}
