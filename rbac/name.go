package rbac

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/sluice-proxy/sluice/metadata"
)

// A namePattern is a set of names. Names of two parts have a schema pattern, unless the pattern is an expression, which is about both parts.
type namePattern struct {
	schema pattern // anything if names have one part
	name   pattern
}

// everyName matches every name.
var everyName = namePattern{pattern{shape: anything}, pattern{shape: anything}}

func (n *namePattern) isExpression() bool { return n.name.shape == expression }

func (n *namePattern) covers(m *namePattern) bool {
	if n.isExpression() && !m.isExpression() && m.schema.shape == exact && m.name.shape == exact {
		return n.name.re.MatchString(m.schema.text + "." + m.name.text)
	}
	if n.isExpression() != m.isExpression() && *n != everyName {
		return false
	}
	return n.schema.covers(&m.schema) && n.name.covers(&m.name)
}

// parseName reads a pattern of names of a kind.
func parseName(text string, kind metadata.Kind) (namePattern, error) {
	if !utf8.ValidString(text) {
		return namePattern{}, fmt.Errorf("is not UTF-8; save the file as UTF-8")
	}
	if kind == metadata.KindServerFile || kind == metadata.KindProgram {
		return parseCommandOrPath(text)
	}
	source, is, err := between(text)
	switch {
	case err != nil:
		return namePattern{}, err
	case is:
		p, err := parseExpression(source)
		return namePattern{pattern{shape: anything}, p}, err
	case text == "":
		return namePattern{}, fmt.Errorf("is empty; to mean any name, remove names")
	case !kind.Qualified():
		return namePattern{pattern{shape: anything}, globPattern(wildcards.Replace(text))}, nil
	}
	return parseTwoParts(text, kind)
}

// parseCommandOrPath reads a pattern of paths or commands, in which slashes are usual: a regular expression must show that it is one.
func parseCommandOrPath(text string) (namePattern, error) {
	n := namePattern{schema: pattern{shape: anything}}
	if len(text) < 3 || text[0] != '/' || text[len(text)-1] != '/' {
		if text == "" {
			return n, fmt.Errorf("is empty; to mean any name, remove names")
		}
		n.name = globPattern(wildcards.Replace(text))
		return n, nil
	}
	if text[1] != '^' || text[len(text)-2] != '$' {
		return n, fmt.Errorf("could be a path or a regular expression; write %s* for what is in the folder, or /^…$/ for an expression", text)
	}
	var err error
	n.name, err = parseExpression(text[1 : len(text)-1])
	return n, err
}

func parseTwoParts(text string, kind metadata.Kind) (namePattern, error) {
	schema, rest, err := part(text)
	if err != nil {
		return namePattern{}, err
	}
	if rest == "" {
		return namePattern{}, fmt.Errorf("has no schema, and the name of a %s needs one: write public.%s, or *.%s for any schema", kind, text, text)
	}
	name, rest, err := part(rest[1:])
	if err != nil {
		return namePattern{}, err
	}
	if rest != "" {
		return namePattern{}, fmt.Errorf("has more than two parts, and names are schema.name (rules name databases by databases:); put a part that holds a dot in quotes: public.\"a.b\"")
	}
	return namePattern{globPattern(schema), globPattern(name)}, nil
}

// part takes the text up to the first dot that isn't quoted; rest begins with that dot. Quotes go, and wildcards outside of them become bytes.
func part(text string) (first, rest string, err error) {
	var b strings.Builder
	for rest = text; rest != "" && rest[0] != '.'; {
		if rest[0] != '"' {
			end := strings.IndexAny(rest, `."`)
			if end < 0 {
				end = len(rest)
			}
			b.WriteString(wildcards.Replace(rest[:end]))
			rest = rest[end:]
			continue
		}
		for { // to the closing quote; two of them stand for one
			end := strings.IndexByte(rest[1:], '"') + 1
			if end == 0 {
				return "", "", fmt.Errorf("has a quote without its end")
			}
			b.WriteString(rest[1:end])
			rest = rest[end+1:]
			if !strings.HasPrefix(rest, `"`) {
				break
			}
			b.WriteByte('"')
		}
	}
	if b.Len() == 0 {
		return "", "", fmt.Errorf("has an empty part; names are schema.name, and * stands for any")
	}
	return b.String(), rest, nil
}
