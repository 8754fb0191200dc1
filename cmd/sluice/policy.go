package main

import (
	"flag"
	"fmt"
	"strings"

	"github.com/sluice-proxy/sluice/codecs"
	"github.com/sluice-proxy/sluice/codecs/all"
	"github.com/sluice-proxy/sluice/configs"
	"github.com/sluice-proxy/sluice/rbac"
)

func policyCommand() *command {
	return &command{
		name: "policy", args: "check|test|explain …", does: "check, test and explain policy files",
		help: `sluice policy check FILE
sluice policy test CASES
sluice policy explain -p FILE [flags]
sluice policy operations
sluice policy schema

Works with policy files, without a server. docs/policy.md tells what their rules mean; configs/examples/policies has examples.

check says what is wrong with a policy file: file, line, path and the mend.

test asks a policy what a file of cases expects of it, and prints a line for each case. For CI. A file of cases:

  policy: policy.yaml                 # the policy, beside this file
  given: {database: shop}             # what all cases have in common
  cases:
    - {user: ann, statement: select * from orders, expect: allow, rule: analysts-read}
    - {user: ann, statement: delete from orders, expect: deny}
    - {user: bob, source: 192.0.2.1, expect: deny, rule: office-only}

  A case without a statement is a login. It may say name, user, database, application, listener, source (an address, or unix; default unix), search_path (a list of
  schemas, or unknown; default public), statement, dialect (default postgres), expect (allow or deny), rule (the one that decides, or none) and shadow (the shadow
  rule that reports, or none).

explain tells how one statement, or a login, is judged: each access, the rule that decided it, and why.

  -p, --policy FILE      the policy
  --statement TEXT       the statement; without it only the login is judged
  --user NAME, --database NAME, --application NAME, --listener NAME
                         who asks
  --source ADDRESS       where from: an address, or unix, the default
  --search-path SCHEMAS  in which schemas the server looks for names without one: public,sales; default public; unknown if that isn't known
  --dialect NAME         the language of the statement; default postgres, or redis: one command, written as in redis-cli
  -o FORMAT              text, the default, or json

operations lists the operations that rules can name. schema prints the JSON Schema of policy files, for editors.

Exit codes: 0 all went well (explain: whatever the verdict), 1 a case failed, 2 command line, 3 a file is wrong.
`,
		run: policy,
	}
}

func policy(p *program, args []string) int {
	names := []string{"check", "test", "explain", "operations", "schema"}
	if len(args) == 0 {
		return p.usage("policy", "what is to be done? say %s", strings.Join(names, ", "))
	}
	switch rest := args[1:]; args[0] {
	case "check":
		return checkPolicy(p, rest)
	case "test":
		return testPolicy(p, rest)
	case "explain":
		return explainPolicy(p, rest)
	case "operations":
		return p.tell("policy", rest, func() string { return strings.Join(configs.Operations(), "\n") + "\n" })
	case "schema":
		return p.tell("policy", rest, configs.PolicySchema)
	case "-h", "-help", "--help":
		p.say(p.out, policyCommand().help)
		return ok
	}
	hint := "there are " + strings.Join(names, ", ")
	if near := configs.Nearest(args[0], names); near != "" {
		hint = "did you mean " + near + "?"
	}
	return p.usage("policy", "there is no %q; %s", args[0], hint)
}

func checkPolicy(p *program, args []string) int {
	rest, code, done := p.parse("policy", flag.NewFlagSet("policy", flag.ContinueOnError), args, 1)
	switch {
	case done:
		return code
	case len(rest) == 0:
		return p.usage("policy", "which file? sluice policy check policy.yaml")
	}
	e, err := configs.LoadPolicy(rest[0])
	if err != nil {
		return p.fileError(rest[0], err)
	}
	logins := 0
	for _, r := range e.Rules() {
		if r.Connection {
			logins++
		}
	}
	connections, statements := e.Defaults()
	p.say(p.out, fmt.Sprintf("%s: fine, %s for connections (default %s), %s for statements (default %s)\n", rest[0],
		count(logins, "rule"), connections, count(e.Len()-logins, "rule"), statements))
	return ok
}

// parse finds what a statement does.
func parse(protocol, statement string) (*codecs.Parsed, error) {
	for _, c := range all.Protocols() {
		switch {
		case c.Name != protocol || c.NewAnalyser == nil && !c.Lines:
			continue
		case c.Lines:
			return parseLine(&c, statement)
		}
		if c.Unparsed != "" {
			return nil, fmt.Errorf("statements of %s can't be judged: %s", protocol, c.Unparsed)
		}
		return c.NewAnalyser().Parse([]byte(statement), 0), nil
	}
	return nil, fmt.Errorf("there is no protocol %q with statements", protocol)
}

// parseLine finds what a request does that is written as a line.
func parseLine(c *codecs.Protocol, line string) (*codecs.Parsed, error) {
	line = strings.TrimSpace(line)
	if strings.ContainsAny(line, "\r\n") {
		return nil, fmt.Errorf("a command of %s is one line", c.Name)
	}
	_, m, err := c.New(codecs.Limits{Effects: true}).Decode(codecs.FromClient, []byte(line+"\r\n"))
	if err != nil || m == nil {
		return nil, fmt.Errorf("%q is no command of %s; are its quotes closed?", line, c.Name)
	}
	return &codecs.Parsed{Effects: m.Effects}, nil
}

// judge decides on a statement; on the login, if there is none.
func judge(e *rbac.Engine, c *configs.PolicyCase) (rbac.Decision, error) {
	if c.Statement == "" {
		return e.Connection(c.Identity), nil
	}
	parsed, err := parse(c.Protocol, c.Statement)
	if err != nil {
		return rbac.Decision{}, err
	}
	return e.Subject(c.Identity).Decide(parsed.Effects, c.Path), nil
}
