package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/sluice-proxy/sluice/stats"
)

func keyspaceCommand() *command {
	return &command{
		name: "keyspace", args: "[--admin ADDR]", does: "which keys are used how much, of a proxy that runs",
		help: `sluice keyspace [flags]

Asks a running proxy how much the keys of each prefix are used, and which values are big, and prints that as tables. The proxy needs an admin address, and a redis
listener that counts keys (keys: {separator: ":"}).

  --admin ADDR     the proxy's admin address; default 127.0.0.1:9900
  --sort ORDER     what comes first: commands (the default), reads, writes, bytes, misses or biggest
  --limit N        how many prefixes; default 20, 0 is all
  --values N       how many big values; default 5
  --watch          again and again, until Ctrl-C
  --interval TIME  between two looks of --watch; default 2s

SENT and RECEIVED are the bytes of requests and of replies, each with the biggest one. A command with several keys counts with its bytes for the prefix of the first.
`,
		run: keyspace,
	}
}

func keyspace(p *program, args []string) int {
	l := newLook("keyspace", "/keys", string(stats.KeysByCommands))
	values := l.flags.Int("values", 5, "")
	return l.run(p, args, func(by string) error {
		_, err := stats.ParseKeySort(by)
		return err
	}, func(ctx context.Context, target, before string) error {
		var r stats.KeysReport
		if err := fetch(ctx, target, "keys, which a redis listener has to be told to count (keys: {separator: \":\"})", &r); err != nil {
			return err
		}
		var b strings.Builder
		b.WriteString(before)
		fmt.Fprintf(&b, "%s: prefixes by %s\n", r.Time.Local().Format(time.TimeOnly), r.Sort)
		for i := range r.Listeners {
			b.WriteString("\n")
			if err := stats.RenderKeys(&b, &r.Listeners[i], width(p.out), max(*values, 0)); err != nil {
				return err
			}
		}
		p.say(p.out, b.String())
		return nil
	})
}
