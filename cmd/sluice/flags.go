package main

import (
	"errors"
	"flag"
	"io"
	"regexp"
	"strings"

	"github.com/sluice-proxy/sluice/configs"
)

// parse reads flags and what stands between them; want is how many such arguments there may be. If done, code is the exit code.
func (p *program) parse(command string, fs *flag.FlagSet, args []string, want int) (rest []string, code int, done bool) {
	fs.SetOutput(io.Discard)
	for {
		if err := fs.Parse(args); errors.Is(err, flag.ErrHelp) {
			p.say(p.out, find(command).help)
			return nil, ok, true
		} else if err != nil {
			return nil, p.usage(command, "%s", flagProblem(fs, err)), true
		}
		if fs.NArg() == 0 {
			return rest, ok, false
		}
		rest = append(rest, fs.Arg(0))
		if len(rest) > want {
			return nil, p.usage(command, "%q is one argument too many; \"sluice %s --help\" tells the flags", fs.Arg(0), command), true
		}
		args = fs.Args()[1:]
	}
}

var (
	unknownFlag = regexp.MustCompile(`^flag provided but not defined: -+(.*)$`)
	emptyFlag   = regexp.MustCompile(`^flag needs an argument: -+(.*)$`)
	badFlag     = regexp.MustCompile(`(?s)^invalid (?:boolean )?value "(.*)" for (?:flag )?-+([^: ]+): (.*)$`)
)

// flagProblem says what package flag says, in our words.
func flagProblem(fs *flag.FlagSet, err error) string {
	text := err.Error()
	if m := unknownFlag.FindStringSubmatch(text); m != nil {
		var known []string
		fs.VisitAll(func(f *flag.Flag) { known = append(known, f.Name) })
		if near := configs.Nearest(m[1], known); near != "" {
			return "there is no flag --" + m[1] + "; did you mean " + dashes(near) + "?"
		}
		for i := range known {
			known[i] = dashes(known[i])
		}
		if len(known) == 0 {
			return "there is no flag --" + m[1] + "; it takes none"
		}
		return "there is no flag --" + m[1] + "; known are " + strings.Join(known, ", ")
	}
	if m := emptyFlag.FindStringSubmatch(text); m != nil {
		return dashes(m[1]) + " needs a value"
	}
	if m := badFlag.FindStringSubmatch(text); m != nil {
		why := m[3]
		if why == "parse error" {
			why = "not a value that it can take"
		}
		return dashes(m[2]) + " " + m[1] + ": " + why
	}
	return text
}

func dashes(name string) string {
	if len(name) == 1 {
		return "-" + name
	}
	return "--" + name
}
