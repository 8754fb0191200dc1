// Sluice is a protocol-aware proxy for databases: it stands between clients and servers and sees every statement.
//
// The command is thin: flags, signals and exit codes. What runs is put together by package configs. See "sluice help".
package main

import (
	"fmt"
	"io"
	"os"
	"runtime/debug"
)

// version is set by the linker; see the Makefile.
var version string

// The exit codes, as the help and the README tell them.
const (
	ok         = 0
	failure    = 1 // at run time
	usage      = 2 // of the command line
	badConfig  = 3
	drainLimit = 4 // sessions had to be cut
)

func main() {
	p := &program{out: os.Stdout, err: os.Stderr}
	os.Exit(p.run(os.Args[1:]))
}

// A program is one run of the command.
type program struct{ out, err io.Writer }

func (p *program) run(args []string) int {
	if len(args) == 0 {
		p.say(p.err, helpText())
		return usage
	}
	switch args[0] {
	case "-h", "-help", "--help":
		args[0] = "help"
	case "-v", "-version", "--version":
		args[0] = "version"
	}
	c := find(args[0])
	if c == nil {
		hint := `"sluice help" lists the commands`
		if near := nearestCommand(args[0]); near != "" {
			hint = "did you mean " + near + "?"
		}
		return p.usage("", "there is no command %q; %s", args[0], hint)
	}
	return c.run(p, args[1:])
}

// usage says what is wrong with the command line, and gives the exit code for that.
func (p *program) usage(command, format string, args ...any) int {
	if command != "" {
		command = " " + command
	}
	p.say(p.err, "sluice"+command+": "+fmt.Sprintf(format, args...)+"\n")
	return usage
}

// fail says what went wrong, and gives the exit code for that.
func (p *program) fail(format string, args ...any) int {
	p.say(p.err, "sluice: "+fmt.Sprintf(format, args...)+"\n")
	return failure
}

func (p *program) say(w io.Writer, text string) {
	_, _ = io.WriteString(w, text) // if nobody reads, there is nobody to tell
}

// versionName gives the version that was built, as well as it is known.
func versionName() string {
	if version != "" {
		return version
	}
	if b, ok := debug.ReadBuildInfo(); ok && b.Main.Version != "" {
		return b.Main.Version
	}
	return "(devel)"
}
