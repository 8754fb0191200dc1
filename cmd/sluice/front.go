package main

import (
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"regexp"
	"strings"
	"time"

	"github.com/sluice-proxy/sluice/configs"
)

func frontCommand() *command {
	return &command{
		name: "front", args: "PROTOCOL --listen ADDR --to ADDR", does: "stand in front of a server, without a file",
		help: `sluice front PROTOCOL --listen ADDR --to ADDR[,ADDR…] [flags]

Stands in front of a server, without a configuration file. PROTOCOL is postgres, redis (Valkey too), or tcp to relay without looking
inside.

  --listen ADDR          where clients connect: host:port, :port for every address of the machine, or the path of a Unix socket
  --to ADDR[,ADDR…]      the server; sessions take several in turn
  --admin ADDR           serve metrics, statements and health over HTTP there; keep it private
  --log FILE             write exchanges and connections to FILE as JSON lines; - is standard output
  --log-mode MODE        which: all (the default), errors, or slow=100ms
  --raw                  with the literals of statements; without it they are replaced by ?
  --policy FILE          judge logins and statements by a policy file; SIGHUP reads it anew
  --drain-limit TIME     how long SIGTERM or Ctrl-C waits for sessions to come to rest; default 30s
  --verbose              log what the process itself does

  sluice front postgres --listen :6432 --to 127.0.0.1:5432 --log -
  sluice front postgres --listen :6432 --to db1:5432,db2:5432 --admin 127.0.0.1:9900 --log slow.json --log-mode slow=100ms

Exit codes: 0 ended well, 1 failed, 2 command line, 4 drain limit reached.
`,
		run: front,
	}
}

// frontFlags are what the command line said.
type frontFlags struct {
	listen, to, admin, log, mode string
	policy                       string
	raw, verbose                 bool
	drain                        time.Duration
}

func front(p *program, args []string) int {
	f := frontFlags{}
	fs := flag.NewFlagSet("front", flag.ContinueOnError)
	fs.StringVar(&f.listen, "listen", "", "")
	fs.StringVar(&f.to, "to", "", "")
	fs.StringVar(&f.admin, "admin", "", "")
	fs.StringVar(&f.log, "log", "", "")
	fs.StringVar(&f.policy, "policy", "", "")
	fs.StringVar(&f.mode, "log-mode", "", "")
	fs.BoolVar(&f.raw, "raw", false, "")
	fs.BoolVar(&f.verbose, "verbose", false, "")
	fs.DurationVar(&f.drain, "drain-limit", 30*time.Second, "")
	rest, code, done := p.parse("front", fs, args, 1)
	if done {
		return code
	}
	protocol := configs.Protocol("")
	switch {
	case len(rest) == 0:
		return p.usage("front", "which protocol? sluice front postgres --listen :6432 --to 127.0.0.1:5432 (there are %s)", strings.Join(protocol.Words(), ", "))
	case f.listen == "":
		return p.usage("front", "where do clients connect? say --listen :6432")
	case f.to == "":
		return p.usage("front", "where is the server? say --to 127.0.0.1:5432")
	case f.drain <= 0:
		return p.usage("front", "--drain-limit must be more than nothing; a second signal ends everything at once")
	}
	c, err := f.config(configs.Protocol(rest[0]))
	if err == nil {
		err = c.Validate()
	}
	if err != nil {
		return p.usage("front", "%s", flagsFor(err))
	}
	level := configs.LogLevel("warn")
	if f.verbose {
		level = "info"
	}
	log := slog.New(p.handler(configs.Log{Level: level}))
	return p.serve(c, log, func(n *configs.Instance) {
		announce(log, n)
		p.say(p.err, greeting(n, c)+"\n")
	})
}

// config makes the configuration that the flags stand for.
func (f *frontFlags) config(protocol configs.Protocol) (*configs.Config, error) {
	c := &configs.Config{
		Listeners: []configs.Listener{{Address: f.listen, Protocol: protocol, To: f.to}},
		Admin:     configs.Admin{Address: f.admin},
		Drain:     configs.Drain{Limit: configs.Duration(f.drain)},
	}
	c.Listeners[0].Policy.File = f.policy
	if endpoints := strings.Split(f.to, ","); len(endpoints) > 1 {
		for i := range endpoints {
			endpoints[i] = strings.TrimSpace(endpoints[i])
		}
		c.Clusters = []configs.Cluster{{Name: "servers", Endpoints: endpoints}}
		c.Listeners[0].To = "servers"
	} else if !strings.ContainsAny(f.to, ":/") {
		return nil, fmt.Errorf("--to needs a host and a port: %s:5432", f.to)
	}
	if f.log == "" && f.mode == "" {
		if f.raw {
			return nil, errors.New("--raw is about the log; say --log FILE, or --log - for standard output")
		}
		return c, nil
	}
	a := &c.AccessLog
	a.Log, a.File, a.RawStatements = configs.LogMode{All: true, Errors: true}, f.log, f.raw
	if f.log == "" || f.log == "-" {
		a.File = "stdout"
	}
	if f.mode != "" {
		var err error
		if a.Log, err = configs.ParseLogMode(f.mode); err != nil {
			return nil, fmt.Errorf("--log-mode: %w", errors.New(strings.ReplaceAll(err.Error(), "slow: ", "slow=")))
		}
	}
	return c, nil
}

// flagOf tells which flag a configuration's path comes from.
var flagOf = []struct {
	path *regexp.Regexp
	flag string
}{
	{regexp.MustCompile(`^listeners\[0\]\.(address|name)$`), "--listen"},
	{regexp.MustCompile(`^listeners\[0\]\.protocol$`), "the protocol"},
	{regexp.MustCompile(`^listeners\[0\]\.to$|^clusters`), "--to"},
	{regexp.MustCompile(`^listeners\[0\]\.policy`), "--policy"},
	{regexp.MustCompile(`^admin`), "--admin"},
	{regexp.MustCompile(`^access_log`), "--log"},
	{regexp.MustCompile(`^drain`), "--drain-limit"},
}

// flagsFor says a configuration's problems in terms of flags.
func flagsFor(err error) string {
	var problems configs.Problems
	if !errors.As(err, &problems) {
		return err.Error()
	}
	var lines []string
	for _, x := range problems {
		name := x.Path
		for _, f := range flagOf {
			if f.path.MatchString(x.Path) {
				name = f.flag
			}
		}
		lines = append(lines, name+": "+strings.ReplaceAll(x.Text, "listeners[0]", "--listen"))
	}
	return strings.Join(lines, "\nsluice front: ")
}

// greeting says in a line what runs.
func greeting(n *configs.Instance, c *configs.Config) string {
	b := n.Listeners()[0]
	parts := []string{fmt.Sprintf("sluice: %s on %s → %s", b.Protocol, b.Addr, strings.Join(b.To, ", "))}
	if a := n.AdminAddr(); a != nil {
		parts = append(parts, "admin http://"+a.String())
	}
	if l := c.AccessLog; l.Log.On() {
		parts = append(parts, fmt.Sprintf("log: %s to %s", l.Log, l.File))
	} else {
		parts = append(parts, "log: off")
	}
	for _, file := range n.Policies() {
		parts = append(parts, "policy: "+file)
	}
	d := n.Driver()
	how := "driver conn"
	if d.Loops > 0 {
		how = fmt.Sprintf("%s, %s", count(d.Loops, "event loop"), d.Sender)
	}
	return strings.Join(append(parts, how), "; ")
}
