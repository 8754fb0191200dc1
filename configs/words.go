package configs

import (
	"log/slog"

	"github.com/sluice-proxy/sluice/codecs"
	"github.com/sluice-proxy/sluice/codecs/all"
)

// Settings whose values are words of a short list.

// A word is such a setting. The first of its words is the default unless the field is needed.
type word interface{ Words() []string }

// A Protocol names what clients speak.
type Protocol string

// plainTCP relays without looking inside.
const plainTCP Protocol = "tcp"

// Words lists the protocols.
func (Protocol) Words() []string {
	var names []string
	for _, p := range all.Protocols() {
		names = append(names, p.Name)
	}
	return append(names, string(plainTCP))
}

// codec gives the protocol's codec; false for tcp.
func (p Protocol) codec() (codecs.Protocol, bool) {
	for _, c := range all.Protocols() {
		if c.Name == string(p) {
			return c, true
		}
	}
	return codecs.Protocol{}, false
}

// SearchPath says how the proxy knows where the server looks for names without a schema.
type SearchPath string

// Words lists the ways.
func (SearchPath) Words() []string { return []string{"ask", "assume", "strict"} }

// OnFull says what a full queue does.
type OnFull string

// Words lists the ways.
func (OnFull) Words() []string { return []string{"drop", "block"} }

// A Sender names the way in which a loop sends.
type Sender string

// Words lists the ways.
func (Sender) Words() []string { return []string{"auto", "io_uring", "io_submit", "send"} }

// A LogLevel says which lines of the process's log are written.
type LogLevel string

// Words lists the levels.
func (LogLevel) Words() []string { return []string{"info", "debug", "warn", "error"} }

// Slog gives the level as package slog knows it.
func (l LogLevel) Slog() slog.Level {
	var level slog.Level
	if l != "" {
		_ = level.UnmarshalText([]byte(l)) // it was checked; what a program got wrong means info
	}
	return level
}

// A LogFormat says how lines of the process's log look.
type LogFormat string

// Words lists the formats.
func (LogFormat) Words() []string { return []string{"text", "json"} }
