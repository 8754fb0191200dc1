package main

import (
	"bytes"
	"io"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sluice-proxy/sluice/integration/internal/child"
)

// TestLists: what ratios, targets and flags refer to must be there once.
func TestLists(t *testing.T) {
	keys := map[string]bool{}
	for _, w := range workloads() {
		if keys[w.key] {
			t.Errorf("two workloads %s", w.key)
		}
		keys[w.key] = true
		rows := map[string]bool{}
		for _, p := range w.peers {
			if rows[p.key] {
				t.Errorf("%s has two peers %s", w.key, p.key)
			}
			rows[p.key] = true
		}
		if w.columns.rate == "" || w.run == nil || w.protocol == "" {
			t.Errorf("%s isn't whole", w.key)
		}
		for _, p := range w.peers {
			if p.protocols != nil && !slices.Contains(p.protocols, w.protocol) {
				t.Errorf("%s has the peer %s, which doesn't speak %s", w.key, p.key, w.protocol)
			}
		}
		// -only redis is all of Redis and nothing else.
		if strings.HasPrefix(w.key, "redis-") != (w.protocol == redis) {
			t.Errorf("%s is about %s", w.key, w.protocol)
		}
	}
	if n := len(variants()); n != 1+3*7 {
		t.Errorf("%d variants", n)
	}
	var out bytes.Buffer
	if err := list(&out); err != nil {
		t.Fatal(err)
	}
	golden(t, "list.txt", out.String())
}

func TestSluiceYAML(t *testing.T) {
	var out bytes.Buffer
	for _, c := range []sluiceConfig{
		{}, {protocol: postgres, mode: inspecting}, {protocol: postgres, mode: logging, loops: "2", sender: "send"},
		{protocol: postgres, mode: inspecting, loops: "0"}, {protocol: postgres, mode: judging}, {protocol: redis, mode: judging},
	} {
		out.WriteString("---\n" + sluiceYAML("127.0.0.1:6432", "127.0.0.1:9090", "127.0.0.1:5432", c, false))
	}
	golden(t, "sluice.yaml", out.String())
}

func TestOptions(t *testing.T) {
	o, err := parseOptions([]string{"-quick", "-rounds", "1", "-only", "^idle$"}, io.Discard)
	if err != nil || o.rounds != 1 || o.seconds != 1 || !o.only.MatchString("idle") || o.only.MatchString("prepared-1") {
		t.Errorf("got %+v, %v", o, err)
	}
	for _, bad := range [][]string{{"-rounds", "0"}, {"-only", "("}, {"word"}, {"-nothing"}} {
		if _, err := parseOptions(bad, io.Discard); err == nil {
			t.Errorf("%q: no error", bad)
		}
	}
}

// TestFake logs in to the fake server as the idle connections do.
func TestFake(t *testing.T) {
	addr, err := child.FreeAddr()
	if err != nil {
		t.Fatal(err)
	}
	alive, end := io.Pipe()
	done := make(chan error, 1)
	go func() { done <- serveFake(addr, alive) }()
	for i := 0; ; i++ {
		c, err := net.Dial("tcp", addr)
		if err == nil {
			c.Close()
			break
		}
		if i == 500 {
			t.Fatal(err)
		}
		<-time.After(10 * time.Millisecond)
	}
	conns, err := connectIdle(t.Context(), addr, "postgres", "trustdb", 50)
	if err != nil {
		t.Fatal(err)
	}
	if err := conns.alive(); err != nil {
		t.Error(err)
	}
	conns[7].Close()
	if err := conns.alive(); err == nil {
		t.Error("a closed connection is called alive")
	}
	conns.close()
	end.Close()
	if err := <-done; err != nil {
		t.Error(err)
	}
}
