//go:build cgo

package pgsql_test

import (
	"math/rand/v2"
	"strings"
	"testing"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/sluice-proxy/sluice/codecs/sql"
)

// TestTokens compares the tokens of a shape with those that the server's own scanner finds, wherever that accepts the text.
func TestTokens(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 5))
	all := texts(t)
	compared := 0
	for range 20_000 {
		text := mutate(r, all)
		shape := sql.AppendShape(nil, []byte(text), sql.ShapeMode{})
		if len(shape) == 0 {
			continue
		}
		scan, err := pg.Scan(text)
		if err != nil {
			continue // letters beyond UTF-8, bad escapes: not a matter of where tokens end
		}
		compared++
		if got, want := shapeTokens(shape), scanTokens(text, scan); got != want {
			if _, err := pg.Parse(text); err != nil && strings.Contains(text, "--") && strings.Contains(text, "'") {
				continue // libpg_query doesn't continue a string behind a comment, as the server does; and then refuses the text
			}
			t.Errorf("%q\nshape  %s\nserver %s", text, got, want)
		}
	}
	if compared < 5000 {
		t.Errorf("only %d texts were compared", compared)
	}
}

// shapeTokens writes the tokens of a shape, a letter each.
func shapeTokens(shape []byte) string {
	var b strings.Builder
	for i := 1; i < len(shape); {
		c := shape[i]
		i++
		switch c {
		case 0x01: // a word
			b.WriteByte('w')
			for i < len(shape) && (shape[i] >= '0' && shape[i] <= '9' || shape[i] >= 'a' && shape[i] <= 'z' || shape[i] == '_' || shape[i] == '$' || shape[i] >= 0x80) {
				i++
			}
		case 0x02: // a quoted name
			b.WriteByte('q')
			for shape[i] != '"' {
				i++
			}
			for i++; shape[i] != '"' || i+1 < len(shape) && shape[i+1] == '"'; i++ {
				if shape[i] == '"' {
					i++
				}
			}
			i++
		case 0x03:
			b.WriteByte('o')
			if shape[i] == '.' || shape[i] == ':' {
				i += 2
				continue
			}
			for i < len(shape) && strings.IndexByte("~!@#^&|`?+-*/%<>=", shape[i]) >= 0 {
				i++
			}
		case 0x04:
			b.WriteByte('n')
		case 0x05:
			b.WriteByte('s')
		case 0x06:
			b.WriteByte('b')
		case 0x07:
			b.WriteString("ws")
		case 0x08:
			b.WriteByte('p')
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

func scanTokens(text string, scan *pg.ScanResult) string {
	var b strings.Builder
	for _, token := range scan.Tokens {
		s := text[token.Start:token.End]
		switch token.Token {
		case pg.Token_SQL_COMMENT, pg.Token_C_COMMENT:
		case pg.Token_ICONST, pg.Token_FCONST:
			b.WriteByte('n')
		case pg.Token_SCONST, pg.Token_USCONST:
			b.WriteByte('s')
		case pg.Token_BCONST, pg.Token_XCONST:
			b.WriteByte('b')
		case pg.Token_PARAM:
			b.WriteByte('p')
		default:
			switch c := s[0]; {
			case strings.IndexByte("()[],;", c) >= 0, len(s) == 1 && (c == '.' || c == ':'):
				b.WriteByte(c)
			case c == '"', strings.HasPrefix(s, `U&"`), strings.HasPrefix(s, `u&"`):
				b.WriteByte('q')
			case strings.IndexByte("~!@#^&|`?+-*/%<>=:.", c) >= 0:
				b.WriteByte('o')
			default:
				b.WriteByte('w')
			}
		}
	}
	return b.String()
}
