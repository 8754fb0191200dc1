package main

import (
	"os"
	"testing"
	"time"
)

func TestParseStat(t *testing.T) {
	// A program may have any name.
	const text = "4711 (sl) u (ice) S 42 4711 4711 0 -1 4194304 100 0 0 0 123 77 9 9 20 0 8 0 999 1000 200\n"
	got, err := parseStat([]byte(text))
	if want := (procStat{4711, 42, 2 * time.Second}); err != nil || got != want {
		t.Errorf("got %+v, %v; want %+v", got, err, want)
	}
	for _, bad := range []string{"", "1 (x", "1 (x) S 2", "x (x) S 1 2 3 4 5 6 7 8 9 10 11 12 13 14"} {
		if got, err := parseStat([]byte(bad)); err == nil {
			t.Errorf("%q: got %+v and no error", bad, got)
		}
	}
}

func TestParseRSS(t *testing.T) {
	got, err := parseRSS([]byte("Name:\tx\nVmHWM:\t   99 kB\nVmRSS:\t    1024 kB\nRssAnon:\t 5 kB\n"))
	if err != nil || got != 1<<20 {
		t.Errorf("got %d, %v", got, err)
	}
	if got, err := parseRSS([]byte("Name:\tx\n")); err == nil {
		t.Errorf("got %d and no error", got)
	}
}

func TestParseBusy(t *testing.T) {
	used, all := parseBusy([]byte("cpu  10 1 5 80 4 2 3 5 7 7\ncpu0 1 1 1 1\n"))
	if used != 26 || all != 110 {
		t.Errorf("got %d of %d, want 26 of 110", used, all)
	}
}

// TestTree watches this process, which has used some CPU time and memory.
func TestTree(t *testing.T) {
	tr, err := treeOf(os.Getpid())
	if err != nil || tr[0] != os.Getpid() {
		t.Fatalf("got %v, %v", tr, err)
	}
	tr = tr[:1]
	n, err := tr.memory()
	if err != nil || n < 1<<20 {
		t.Errorf("memory: got %d, %v", n, err)
	}
	if _, err := tr.cpu(); err != nil {
		t.Error(err)
	}
}
