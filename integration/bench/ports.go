package main

import (
	"context"
	"os"
	"strconv"
	"strings"
	"time"
)

// awaitPorts waits until most ports of the machine are free again: each connection that was closed keeps one for a minute (TIME_WAIT), and workloads that open
// thousands of them, peer after peer, would run out. Where the system doesn't tell, there is no waiting.
func awaitPorts(ctx context.Context, b *bench) error {
	limit := time.After(90 * time.Second)
	for told := false; ; told = true {
		waiting, ok := timeWait()
		if !ok || waiting < 4000 {
			return nil
		}
		if !told {
			b.logf("waiting for the ports of %d closed connections", waiting)
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-limit:
			return nil // whoever needs one finds out
		case <-time.After(time.Second):
		}
	}
}

// timeWait gives how many connections are in TIME_WAIT. proc(5), /proc/net/sockstat.
func timeWait() (n int, ok bool) {
	text, err := os.ReadFile("/proc/net/sockstat")
	if err != nil {
		return 0, false
	}
	fields := strings.Fields(string(text))
	for i := 0; i+1 < len(fields); i++ {
		if fields[i] == "tw" {
			n, err = strconv.Atoi(fields[i+1])
			return n, err == nil
		}
	}
	return 0, false
}
