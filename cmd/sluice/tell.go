package main

import (
	"flag"
	"fmt"
	"runtime"
	"strings"

	"github.com/sluice-proxy/sluice/codecs/all"
	"github.com/sluice-proxy/sluice/codecs/sql/pgsql"
	"github.com/sluice-proxy/sluice/configs"
	"github.com/sluice-proxy/sluice/metadata"
)

// The commands that only tell.

func versionCommand() *command {
	return &command{
		name: "version", does: "the version",
		help: "sluice version\n\nPrints the version, that of Go, the system it was built for, and whether it can parse statements, which policies upon tables need.\n",
		run: func(p *program, args []string) int {
			return p.tell("version", args, func() string {
				parser := "PostgreSQL statements are parsed"
				if !pgsql.Available() {
					parser = "PostgreSQL statements are not parsed: built without cgo"
				}
				return fmt.Sprintf("sluice %s (%s, %s/%s)\n%s\n", versionName(), runtime.Version(), runtime.GOOS, runtime.GOARCH, parser)
			})
		},
	}
}

func schemaCommand() *command {
	return &command{
		name: "schema", does: "the JSON Schema of configuration files, for editors",
		help: `sluice schema

Prints the JSON Schema of configuration files, which describes every setting. With the schema in a file, editors that know the YAML language server
complete and check; the file's first line says where it is:

  # yaml-language-server: $schema=sluice-schema.json
`,
		run: func(p *program, args []string) int { return p.tell("schema", args, configs.Schema) },
	}
}

func keysCommand() *command {
	return &command{
		name: "keys", does: "what is known of sessions and exchanges: name, type, scope, meaning",
		help: `sluice keys

Lists every key under which something may be known of a session or of an exchange: its type, its scope (session: until the session ends or the value
is replaced; exchange: for one exchange), and its meaning. The access log's fields have these names.
`,
		run: func(p *program, args []string) int { return p.tell("keys", args, keys) },
	}
}

func (p *program) tell(name string, args []string, text func() string) int {
	if _, code, done := p.parse(name, flag.NewFlagSet(name, flag.ContinueOnError), args, 0); done {
		return code
	}
	p.say(p.out, text())
	return ok
}

func keys() string {
	var b strings.Builder
	section(&b, "Every protocol", metadata.Common())
	for _, p := range all.Protocols() {
		b.WriteString("\n")
		section(&b, p.Name+" ("+p.Spec+")", p.Keys)
	}
	return b.String()
}

func section(b *strings.Builder, title string, all []metadata.Key) {
	width := 0
	for _, k := range all {
		width = max(width, len(k.Name))
	}
	b.WriteString(title + "\n\n")
	for _, k := range all {
		fmt.Fprintf(b, "  %-*s  %-6s  %-8s  %s\n", width, k.Name, k.Type, k.Scope, k.Doc)
	}
}
