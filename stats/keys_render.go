package stats

import (
	"fmt"
	"io"
	"strings"
	"time"
)

var keyColumns = []column[KeyPrefix]{
	{"COMMANDS", false, func(p *KeyPrefix) string { return number(p.Commands) }},
	{"READS", false, func(p *KeyPrefix) string { return number(p.Reads) }},
	{"WRITES", false, func(p *KeyPrefix) string { return number(p.Writes) }},
	{"HIT", false, func(p *KeyPrefix) string { return ratio(p.Hits, p.Misses) }},
	{"SENT", false, func(p *KeyPrefix) string { return bytes(p.RequestBytes) }},
	{"BIGGEST", false, func(p *KeyPrefix) string { return bytes(p.MaxRequest) }},
	{"RECEIVED", false, func(p *KeyPrefix) string { return bytes(p.ReplyBytes) }},
	{"BIGGEST", false, func(p *KeyPrefix) string { return bytes(p.MaxReply) }},
	{"DB", false, func(p *KeyPrefix) string { return p.Database }},
}

var valueColumns = []column[BigValue]{
	{"BYTES", false, func(v *BigValue) string { return bytes(v.Bytes) }},
	{"COMMAND", true, func(v *BigValue) string { return v.Command }},
	{"KEYS", false, func(v *BigValue) string { return fmt.Sprint(v.Keys) }},
	{"TIME", true, func(v *BigValue) string { return v.Time.Local().Format(time.TimeOnly) }},
	{"DB", false, func(v *BigValue) string { return v.Database }},
}

// RenderKeys writes a report as tables for a terminal of that many characters; 0 stands for 120. values bounds the lists of big values. Names can't move the
// terminal's cursor.
func RenderKeys(w io.Writer, r *KeyReport, width, values int) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %d commands with keys; %d of %d prefixes", r.Listener, r.Totals.Commands, len(r.Prefixes), r.Known)
	if n := r.Rest.Commands; n > 0 {
		fmt.Fprintf(&b, "; %d commands of prefixes for which there is no room are not in the list", n)
	}
	b.WriteString("\n\n")
	table(&b, r.Prefixes, keyColumns, "PREFIX", func(p *KeyPrefix) string { return printable(p.Prefix) }, width)
	for _, list := range []struct {
		title  string
		values []BigValue
	}{{"Biggest requests", r.BiggestRequests}, {"Biggest replies", r.BiggestReplies}} {
		if some := list.values[:min(values, len(list.values))]; len(some) > 0 {
			b.WriteString("\n" + list.title + "\n")
			table(&b, some, valueColumns, "KEY", func(v *BigValue) string { return printable(v.Key) }, width)
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}
