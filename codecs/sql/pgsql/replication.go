//go:build cgo

package pgsql

import (
	"bytes"

	"github.com/sluice-proxy/sluice/metadata"
)

// replicationCommands are those of the streaming replication protocol, which has a grammar of its own. PostgreSQL 18, 54.4.
var replicationCommands = []string{
	"IDENTIFY_SYSTEM", "START_REPLICATION", "BASE_BACKUP", "CREATE_REPLICATION_SLOT", "DROP_REPLICATION_SLOT", "ALTER_REPLICATION_SLOT",
	"READ_REPLICATION_SLOT", "TIMELINE_HISTORY", "UPLOAD_MANIFEST",
}

// replicationCommand gives the replication command that a text is; "" if it is none. None of them begins a statement of SQL.
func replicationCommand(text []byte) string {
	text = bytes.TrimLeft(text, " \t\n\r\f\v")
	end := bytes.IndexFunc(text, func(r rune) bool { return r != '_' && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z') })
	if end < 0 {
		end = len(text)
	}
	for _, word := range replicationCommands {
		if bytes.EqualFold(text[:end], []byte(word)) {
			return word
		}
	}
	return ""
}

// replication is what a replication command does. Whatever follows it in the text belongs to it.
func replication(word string) *Result {
	return &Result{
		Effects:    []metadata.Effect{{Operation: word, Accesses: []metadata.Access{{Verb: metadata.Execute, Kind: metadata.KindReplication, Name: word}}}},
		Unsettles:  true,
		statements: []statement{{code: true}},
	}
}
