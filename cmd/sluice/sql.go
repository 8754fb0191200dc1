package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"os"
	"strings"

	"github.com/sluice-proxy/sluice/codecs/sql"
	"github.com/sluice-proxy/sluice/codecs/sql/pgsql"
	"github.com/sluice-proxy/sluice/metadata"
)

func sqlCommand() *command {
	return &command{
		name: "sql", args: "[-o json] [STATEMENT ...]", does: "what the text of a statement does, as policies see it",
		help: `sluice sql [flags] [STATEMENT ...]

Tells what each text does, as the proxy understands it and as policies judge it: its statements, and for each the tables that it reads and writes, the
functions that it calls, and every access. A text may hold several statements. No server is asked.

  --dialect NAME   whose SQL: postgres, the default and so far the only one
  -o FORMAT        text, for people (the default), or json, one object on a line for each text

Without a STATEMENT, texts are read from standard input: JSON strings, one on a line. Each is answered at once, so another program can ask as it goes.

  sluice sql 'WITH t AS (SELECT * FROM users) DELETE FROM orders USING t'
  echo '"SELECT 1; DROP TABLE users"' | sluice sql -o json

The fields of json:

  parsed      whether the text was understood; if not, reason says why, and policies fail closed
  statements  per statement: operation; inner, the operations of statements that it carries (EXPLAIN, PREPARE, WITH); reads and writes, the tables as
              they are written (sequences too, where they are made, changed or dropped); functions; opaque, whether it runs what is not in the text
  accesses    everything that a policy must allow, with what is known of it: free (no rule has to allow it), implied (by another access to the same
              object), system (an object that every server has; maybe system: it looks so), anywhere (in any schema, whatever the search_path)
  fingerprint, normalized
              as metrics and logs have them

Exit codes: 0 all was told, also of texts that can't be parsed, 1 the input is no JSON string, 2 command line.
`,
		run: sqlTexts,
	}
}

// sqlReport is what is told about a text.
type sqlReport struct {
	Parsed      bool           `json:"parsed"`
	Reason      string         `json:"reason,omitempty"`
	Statements  []sqlStatement `json:"statements"`
	Accesses    []string       `json:"accesses"`
	Fingerprint string         `json:"fingerprint"`
	Normalized  string         `json:"normalized"`
}

type sqlStatement struct {
	Operation string   `json:"operation"`
	Inner     []string `json:"inner,omitempty"`
	Reads     []string `json:"reads"`
	Writes    []string `json:"writes"`
	Functions []string `json:"functions"`
	Opaque    bool     `json:"opaque"`

	accesses []string
}

func sqlTexts(p *program, args []string) int {
	fs := flag.NewFlagSet("sql", flag.ContinueOnError)
	dialect := fs.String("dialect", "postgres", "")
	format := fs.String("o", "text", "")
	texts, code, done := p.parse("sql", fs, args, math.MaxInt)
	if done {
		return code
	}
	if *dialect != "postgres" {
		return p.usage("sql", "--dialect %s: there is only postgres", *dialect)
	}
	var r reporter
	var render func(*sqlReport) string
	switch *format {
	case "json":
		render = (*sqlReport).json
	case "text":
		render = (*sqlReport).text
	default:
		return p.usage("sql", "-o %s: it can be text or json", *format)
	}
	for _, text := range texts {
		p.say(p.out, render(r.report(text)))
	}
	if len(texts) > 0 {
		return ok
	}
	for d, n := json.NewDecoder(os.Stdin), 1; ; n++ {
		var text string
		if err := d.Decode(&text); errors.Is(err, io.EOF) {
			return ok
		} else if err != nil {
			return p.fail("text %d of standard input is no JSON string: %v", n, err)
		}
		p.say(p.out, render(r.report(text)))
	}
}

// A reporter finds out about texts.
type reporter struct {
	lexer  sql.Lexer
	parser pgsql.Parser
}

func (r *reporter) report(text string) *sqlReport {
	s := r.lexer.Summarize([]byte(text), sql.PostgreSQL, sql.Mode{})
	parsed := r.parser.Parse([]byte(text), pgsql.Mode{})
	out := &sqlReport{
		Parsed: parsed.Why == "", Reason: parsed.Why, Statements: []sqlStatement{}, Accesses: []string{},
		Fingerprint: fmt.Sprintf("%016x", s.Fingerprint), Normalized: string(s.Normalized),
	}
	if !out.Parsed {
		out.Accesses = append(out.Accesses, metadata.Access{Verb: metadata.Execute, Kind: metadata.KindUnparsed, Name: parsed.Why}.String())
	}
	seen := map[string]bool{}
	for i, e := range parsed.Effects {
		st := sqlStatement{
			Operation: e.Operation, Inner: e.Inner, Reads: parsed.Reads(i), Writes: parsed.Writes(i), Functions: parsed.Functions(i), Opaque: parsed.Opaque(i),
		}
		for _, a := range e.Accesses {
			line := describe(a)
			st.accesses = append(st.accesses, line)
			if !seen[line] {
				seen[line] = true
				out.Accesses = append(out.Accesses, line)
			}
		}
		out.Statements = append(out.Statements, st)
	}
	return out
}

// describe gives an access with what is known of it.
func describe(a metadata.Access) string {
	var flags []string
	for _, f := range []struct {
		name string
		set  bool
	}{
		{"free", a.Free}, {"implied", a.Implied}, {"system", a.System == metadata.IsSystem}, {"maybe system", a.System == metadata.MaybeSystem},
		{"anywhere", a.Anywhere},
	} {
		if f.set {
			flags = append(flags, f.name)
		}
	}
	s := a.String()
	if a.Name == "" {
		s += "*" // of that kind, or in that schema: any
		if a.Schema == "" {
			s = string(a.Verb) + " " + string(a.Kind) + " *"
		}
	}
	if len(flags) > 0 {
		s += " (" + strings.Join(flags, ", ") + ")"
	}
	return s
}

func (r *sqlReport) json() string {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(r); err != nil {
		panic(err) // strings and booleans can be encoded
	}
	return b.String()
}

func (r *sqlReport) text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s  %s\n", r.Fingerprint, r.Normalized)
	if !r.Parsed {
		fmt.Fprintf(&b, "  not parsed: %s\n", r.Reason)
	}
	for _, s := range r.Statements {
		b.WriteString("  " + s.Operation)
		if len(s.Inner) > 0 {
			b.WriteString(" with " + strings.Join(s.Inner, ", "))
		}
		if s.Opaque {
			b.WriteString(" (opaque)")
		}
		b.WriteByte('\n')
		for _, a := range s.accesses {
			b.WriteString("    " + a + "\n")
		}
	}
	return b.String()
}
