package main

import (
	"log/slog"
	"syscall"

	"github.com/sluice-proxy/sluice/configs"
)

// descriptors gives how many files and sockets the process may have open. Go's package os has raised the soft limit to the hard one before main
// began, so what is left to do about a low one is to tell.
func descriptors() uint64 {
	var r syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &r); err != nil {
		return 0
	}
	return r.Cur
}

// fewDescriptors is what makes no good proxy: a session takes two.
const fewDescriptors = 4096

func warnOfFewDescriptors(log *slog.Logger, c *configs.Config) {
	need := uint64(0)
	for i := range c.Listeners {
		need += 2 * uint64(c.Listeners[i].MaxConnections)
	}
	if have := descriptors(); have > 0 && (have < fewDescriptors || have < need+64) {
		log.Warn("few file descriptors; a session takes two. Raise the hard limit: ulimit -Hn, or LimitNOFILE= of the systemd unit",
			"descriptors", have, "sessions_at_most", have/2, "sessions_configured", need/2)
	}
}
