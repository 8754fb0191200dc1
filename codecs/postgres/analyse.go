package postgres

import (
	"github.com/sluice-proxy/sluice/codecs"
	"github.com/sluice-proxy/sluice/codecs/sql"
)

// Why a text was not parsed.
const (
	whyNoParser = "no_parser" // there is none yet
	whyEncoding = "encoding"  // its bytes may not mean what they seem to
)

// An analyser gives what the lexer finds out.
type analyser struct {
	lexer sql.Lexer
	out   codecs.Analysis
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

func (a *analyser) AppendShape(dst, _ []byte, _ codecs.Mode) []byte { return dst }

func (a *analyser) Parse(_ []byte, mode codecs.Mode) *codecs.Parsed {
	if mode&ModeEncoding != 0 {
		return codecs.NotParsed(whyEncoding)
	}
	return codecs.NotParsed(whyNoParser)
}
