package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// What the kernel says of processes' CPU time and memory, in /proc.

// tick is the unit of times in /proc/PID/stat: USER_HZ is 100 for every program,
// whatever the kernel's own clock.
const tick = 10 * time.Millisecond

// A tree is a process and its descendants.
type tree []int

// treeOf lists pid and what descends from it now.
func treeOf(pid int) (tree, error) {
	parents := map[int]int{}
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		return nil, err
	}
	for _, path := range stats {
		text, err := os.ReadFile(path)
		if err != nil {
			continue // it has ended
		}
		if s, err := parseStat(text); err == nil {
			parents[s.pid] = s.parent
		}
	}
	t := tree{pid}
	for i := 0; i < len(t); i++ {
		for child, parent := range parents {
			if parent == t[i] {
				t = append(t, child)
			}
		}
	}
	return t, nil
}

// cpu is the time that the processes' threads have used, those that ended included.
func (t tree) cpu() (time.Duration, error) {
	var sum time.Duration
	for _, pid := range t {
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		if err != nil {
			return 0, err
		}
		s, err := parseStat(text)
		if err != nil {
			return 0, err
		}
		sum += s.cpu
	}
	return sum, nil
}

// memory is the processes' resident memory in bytes.
func (t tree) memory() (int64, error) {
	var sum int64
	for _, pid := range t {
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
		if err != nil {
			return 0, err
		}
		n, err := parseRSS(text)
		if err != nil {
			return 0, err
		}
		sum += n
	}
	return sum, nil
}

type procStat struct {
	pid, parent int
	cpu         time.Duration
}

// parseStat reads /proc/PID/stat. The second field is the program's name in
// parentheses, which may hold anything, parentheses and spaces included.
func parseStat(text []byte) (s procStat, err error) {
	open, end := bytes.IndexByte(text, '('), bytes.LastIndexByte(text, ')')
	if open < 0 || end < open {
		return s, fmt.Errorf("not a /proc/PID/stat: %q", text)
	}
	rest := strings.Fields(string(text[end+1:])) // from the third field, the state, on
	if len(rest) < 13 {
		return s, fmt.Errorf("a /proc/PID/stat of %d fields", len(rest)+2)
	}
	var n [4]int64
	for i, field := range []string{strings.TrimSpace(string(text[:open])), rest[1], rest[11], rest[12]} {
		if n[i], err = strconv.ParseInt(field, 10, 64); err != nil {
			return s, err
		}
	}
	return procStat{int(n[0]), int(n[1]), time.Duration(n[2]+n[3]) * tick}, nil
}

// parseRSS finds VmRSS in /proc/PID/status.
func parseRSS(text []byte) (int64, error) {
	for line := range strings.Lines(string(text)) {
		if value, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			n, err := strconv.ParseInt(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(value), "kB")), 10, 64)
			return n << 10, err
		}
	}
	return 0, fmt.Errorf("no VmRSS in /proc/PID/status")
}

// busy is the share of the machine's CPU time, 0 to 1, that was used while d went
// by.
func busy(d time.Duration) (float64, error) {
	before, err := os.ReadFile("/proc/stat")
	if err != nil {
		return 0, err
	}
	time.Sleep(d)
	after, err := os.ReadFile("/proc/stat")
	if err != nil {
		return 0, err
	}
	u0, a0 := parseBusy(before)
	u1, a1 := parseBusy(after)
	if a1 == a0 {
		return 0, nil
	}
	return float64(u1-u0) / float64(a1-a0), nil
}

// parseBusy reads the first line of /proc/stat: user nice system idle iowait irq
// softirq steal, then guests, who are in user already.
func parseBusy(text []byte) (used, all int64) {
	line, _, _ := strings.Cut(string(text), "\n")
	for i, field := range strings.Fields(line) {
		if i == 0 || i > 8 {
			continue
		}
		n, err := strconv.ParseInt(field, 10, 64)
		if err != nil {
			return 0, 0
		}
		all += n
		if i != 4 && i != 5 {
			used += n
		}
	}
	return used, all
}
