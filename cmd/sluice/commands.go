package main

import (
	"strings"

	"github.com/sluice-proxy/sluice/configs"
)

// A command is one of sluice's subcommands.
type command struct {
	name string
	args string // for the list of commands
	does string
	help string // all of it
	run  func(p *program, args []string) int
}

// commands lists them in the order in which people meet them.
func commands() []*command {
	return []*command{frontCommand(), runCommand(), validateCommand(), statementsCommand(), keyspaceCommand(), policyCommand(), sqlCommand(), keysCommand(), schemaCommand(), versionCommand(), helpCommand()}
}

func find(name string) *command {
	for _, c := range commands() {
		if c.name == name {
			return c
		}
	}
	return nil
}

func nearestCommand(name string) string {
	var names []string
	for _, c := range commands() {
		names = append(names, c.name)
	}
	return configs.Nearest(name, names)
}

func helpCommand() *command {
	return &command{name: "help", args: "[COMMAND]", does: "this text, or all about a command", run: func(p *program, args []string) int {
		if len(args) == 0 || args[0] == "help" {
			p.say(p.out, helpText())
			return ok
		}
		c := find(args[0])
		if c == nil {
			return p.run(args[:1])
		}
		p.say(p.out, c.help)
		return ok
	}}
}

func helpText() string {
	var b strings.Builder
	b.WriteString(`Sluice stands between clients and a database and sees every statement: who sent it, how long it took, what it cost.

  sluice front postgres --listen :6432 --to 127.0.0.1:5432 --log -

Commands:
`)
	for _, c := range commands() {
		left := c.name + " " + c.args
		if len(left) < 32 {
			left += strings.Repeat(" ", 32-len(left))
		} else {
			left += "\n" + strings.Repeat(" ", 34)
		}
		b.WriteString("  " + left + c.does + "\n")
	}
	b.WriteString(`
"sluice COMMAND --help" tells all about a command.

Exit codes:
  0  all went well
  1  something failed at run time
  2  the command line is wrong
  3  the configuration is wrong
  4  the drain's limit was reached, so sessions were cut

Signals:
  SIGTERM, SIGINT  accept no more clients, end each session at its first moment of rest, then exit; a second one ends everything at once
  SIGHUP           open the access log's file anew, after it was rotated, and read the policy files anew
`)
	return b.String()
}
