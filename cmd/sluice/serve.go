package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/sluice-proxy/sluice/configs"
	"github.com/sluice-proxy/sluice/proxy"
)

// serve runs a configuration until a signal ends it, and gives the exit code. started is called when it listens.
func (p *program) serve(c *configs.Config, log *slog.Logger, started func(*configs.Instance)) int {
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP)
	defer signal.Stop(signals)

	n, err := configs.Start(c, configs.Options{Log: log, Version: versionName()})
	var problems configs.Problems
	if errors.As(err, &problems) { // of a policy file: the configuration itself was checked
		p.say(p.err, fmt.Sprintf("%v\nsluice: %s in the policy; nothing was started\n", problems, count(len(problems), "problem")))
		return badConfig
	}
	if err != nil {
		return p.fail("%v", err)
	}
	warnOfFewDescriptors(log, c)
	started(n)
	served := make(chan error, 1)
	go func() { served <- n.Serve() }()
	for {
		select {
		case err := <-served: // nobody asked it to end
			log.Error("no more clients can be served", "error", err)
			_ = n.Close()
			return failure
		case s := <-signals:
			if s == syscall.SIGHUP {
				reopen(log, n)
				continue
			}
			code := drain(log, n, s, signals)
			if err := <-served; !errors.Is(err, proxy.ErrServerClosed) {
				log.Error("accepting clients", "error", err)
			}
			return code
		}
	}
}

// drain ends the instance, as fast as further signals ask, and gives the exit code.
func drain(log *slog.Logger, n *configs.Instance, why os.Signal, signals <-chan os.Signal) int {
	level := slog.LevelInfo
	if n.Open() > 0 {
		level = slog.LevelWarn // somebody may have to wait, so say for what
	}
	log.Log(context.Background(), level, "draining; another signal ends everything at once", "signal", why.String(), "sessions", n.Open(), "limit", n.DrainLimit())
	ctx, cancel := context.WithTimeout(context.Background(), n.DrainLimit())
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- n.Shutdown(ctx) }()
	cut := false
	for {
		select {
		case s := <-signals:
			if s == syscall.SIGHUP {
				reopen(log, n)
				continue
			}
			cut = cut || n.Open() > 0
			log.Warn("ending at once", "signal", s.String(), "sessions", n.Open())
			go func() {
				_ = n.Close() // Shutdown tells the error
				cancel()
			}()
		case err := <-done:
			switch {
			case cut, errors.Is(err, configs.ErrCut):
				log.Warn("ended; sessions were cut", "error", err)
				return drainLimit
			case err != nil:
				log.Error("ended, but not well", "error", err)
				return failure
			}
			log.Info("ended")
			return ok
		}
	}
}

// reopen does what SIGHUP asks for.
func reopen(log *slog.Logger, n *configs.Instance) {
	if files := n.Policies(); len(files) > 0 {
		if err := n.ReloadPolicies(); err != nil {
			log.Error("a policy could not be read anew", "error", err)
		} else {
			log.Info("the policies were read anew", "files", files)
		}
	}
	if err := n.Reopen(); err != nil {
		log.Error("the access log goes on in its old file", "error", err)
		return
	}
	log.Info("the access log's file was opened anew")
}
