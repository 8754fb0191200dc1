//go:build !cgo

package pgsql

// Available says that this program can parse.
func Available() bool { return false }

// A Parser finds out what texts do; this one can't.
type Parser struct{}

// Parse says that there is no parser.
func (p *Parser) Parse([]byte, Mode) *Result { return &Result{Why: WhyNoParser} }
