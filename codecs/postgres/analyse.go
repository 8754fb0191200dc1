package postgres

import (
	"github.com/sluice-proxy/sluice/codecs"
	"github.com/sluice-proxy/sluice/codecs/sql"
	"github.com/sluice-proxy/sluice/codecs/sql/pgsql"
)

// An analyser gives what the lexer and the parser find out.
type analyser struct {
	lexer  sql.Lexer
	out    codecs.Analysis
	parser pgsql.Parser
}

func newAnalyser() codecs.Analyser { return new(analyser) }

// hidden stands for a text of which nothing may be shown.
var hidden = []byte("?")

func (a *analyser) Summarize(text []byte, mode codecs.Mode) *codecs.Analysis {
	tags := a.out.Tags[:0]
	if mode&ModeEncoding != 0 {
		a.out = codecs.Analysis{Operation: "UNKNOWN", Normalized: hidden, Statements: 1, Tags: tags}
		return &a.out
	}
	s := a.lexer.Summarize(text, sql.PostgreSQL, sql.Mode{NonConformingStrings: mode&ModeBackslash != 0})
	for _, t := range s.Tags {
		tags = append(tags, codecs.Tag(t))
	}
	a.out = codecs.Analysis{
		Operation:   s.Operation,
		Normalized:  s.Normalized,
		Fingerprint: s.Fingerprint,
		Statements:  s.Statements,
		Tags:        tags,
	}
	if a.out.Operation == "" {
		a.out.Operation = "UNKNOWN"
	}
	return &a.out
}

func (a *analyser) AppendShape(dst, text []byte, mode codecs.Mode) []byte {
	if mode&ModeEncoding != 0 || len(text) > pgsql.MaxText {
		return dst // nothing is known of it
	}
	return sql.AppendShape(dst, text, sql.ShapeMode{NonConformingStrings: mode&ModeBackslash != 0, ASCII: mode&ModeForeign != 0})
}

// Parse gives a result of which nothing depends on the analyser, so that it may be kept.
func (a *analyser) Parse(text []byte, mode codecs.Mode) *codecs.Parsed {
	if mode&ModeEncoding != 0 {
		return notParsed(pgsql.WhyEncoding)
	}
	r := a.parser.Parse(text, pgsql.Mode{Backslash: mode&ModeBackslash != 0, Foreign: mode&ModeForeign != 0})
	if r.Why != "" {
		return notParsed(r.Why)
	}
	return &codecs.Parsed{Effects: r.Effects, Literal: r.Literal, Unsettles: r.Unsettles, Personal: r.Personal}
}

// notParsed says so of this text only: another one of its shape may differ in the very literal that the grammar refuses.
func notParsed(why string) *codecs.Parsed {
	p := codecs.NotParsed(why)
	p.Literal = true
	return p
}

// unparsed says why there is no parser in this program; "" if there is one.
func unparsed() string {
	if pgsql.Available() {
		return ""
	}
	return "this program was built without cgo, so it has no parser for PostgreSQL's statements (build it with a C compiler)"
}
