package main

import (
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"log/slog"

	"github.com/sluice-proxy/sluice/configs"
)

func runCommand() *command {
	return &command{
		name: "run", args: "-c FILE", does: "run what a configuration file says",
		help: `sluice run -c FILE

Runs what the configuration says, until SIGTERM or SIGINT. SIGHUP opens the access log's file anew. The process's own log goes to standard error.

  -c, --config FILE  the configuration; "sluice schema" and the folder configs/examples tell what can be in it

Exit codes: 0 ended well, 1 failed, 2 command line, 3 configuration, 4 drain limit reached.
`,
		run: run,
	}
}

func run(p *program, args []string) int {
	c, _, code := p.load("run", args)
	if c == nil {
		return code
	}
	log := slog.New(p.handler(c.Log))
	return p.serve(c, log, func(n *configs.Instance) { announce(log, n) })
}

func validateCommand() *command {
	return &command{
		name: "validate", args: "-c FILE", does: "say what is wrong with a configuration file",
		help: `sluice validate -c FILE

Reads the configuration and its policy files as run does, and says everything that is wrong with it: file, line, path and the mend. Nothing is started, no address is
connected to.

  -c, --config FILE  the configuration

Exit codes: 0 the file is fine, 2 command line, 3 it is not.
`,
		run: func(p *program, args []string) int {
			c, file, code := p.load("validate", args)
			if c == nil {
				return code
			}
			if err := c.CheckPolicies(); err != nil {
				return p.configError(file, err)
			}
			p.say(p.out, file+": fine, "+count(len(c.Listeners), "listener")+"\n")
			return ok
		},
	}
}

// load reads the configuration that the command line names; nil if it can't be, then code is the exit code.
func (p *program) load(cmd string, args []string) (c *configs.Config, file string, code int) {
	f := flag.NewFlagSet(cmd, flag.ContinueOnError)
	f.StringVar(&file, "c", "", "")
	f.StringVar(&file, "config", "", "")
	rest, code, done := p.parse(cmd, f, args, 1)
	switch {
	case done:
		return nil, "", code
	case len(rest) > 0:
		return nil, "", p.usage(cmd, "the configuration is named by a flag: sluice %s -c %s", cmd, rest[0])
	case file == "":
		return nil, "", p.usage(cmd, "which configuration? sluice %s -c sluice.yaml", cmd)
	}
	c, err := configs.Load(file)
	if err != nil {
		return nil, "", p.configError(file, err)
	}
	return c, file, ok
}

// configError says what is wrong with a configuration.
func (p *program) configError(file string, err error) int {
	var problems configs.Problems
	switch {
	case errors.As(err, &problems):
		p.say(p.err, fmt.Sprintf("%v\nsluice: %s in %s; nothing was started\n", err, count(len(problems), "problem"), file))
	case errors.Is(err, fs.ErrNotExist):
		p.fail("%s is not there; name a file with -c, the folder configs/examples has one for each use", file)
	default:
		p.fail("the configuration can't be read: %v", err)
	}
	return badConfig
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

func (p *program) handler(l configs.Log) slog.Handler {
	o := &slog.HandlerOptions{Level: l.Level.Slog()}
	if l.Format == "json" {
		return slog.NewJSONHandler(p.err, o)
	}
	return slog.NewTextHandler(p.err, o)
}

// announce logs what was started.
func announce(log *slog.Logger, n *configs.Instance) {
	for _, b := range n.Listeners() {
		log.Info("listening", "listener", b.Name, "protocol", b.Protocol, "address", b.Addr.String(), "to", b.To)
	}
	d := n.Driver()
	attrs := []any{"version", versionName(), "driver", d.Name, "loops", d.Loops, "sender", d.Sender, "descriptors", descriptors()}
	if a := n.AdminAddr(); a != nil {
		attrs = append(attrs, "admin", "http://"+a.String())
	}
	log.Info("sluice runs", attrs...)
}
