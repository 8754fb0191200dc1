//go:build cgo

package pgsql_test

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/sluice-proxy/sluice/codecs/sql/pgsql"
	"github.com/sluice-proxy/sluice/metadata"
)

// corpusTexts reads the inputs, which package sql has too, by their ids.
func corpusTexts(tb testing.TB) map[string]string {
	tb.Helper()
	data, err := os.ReadFile("../testdata/postgres.sql")
	if err != nil {
		tb.Fatal(err)
	}
	texts := map[string]string{}
	for i, part := range strings.Split(string(data), "\n-- @case ") {
		if i > 0 { // what stands before is the head of the file
			id, text, _ := strings.Cut(part, "\n")
			texts[id] = strings.TrimRight(text, "\n")
		}
	}
	return texts
}

func readJSON(tb testing.TB, file string, to any) {
	tb.Helper()
	data, err := os.ReadFile(file)
	if err == nil {
		err = json.Unmarshal(data, to)
	}
	if err != nil {
		tb.Fatal(err)
	}
}

// TestCorpus compares what is found with what people wrote down. The statements were run on PostgreSQL 18.4.
func TestCorpus(t *testing.T) {
	var corpus struct {
		Cases []struct {
			ID         string
			Valid      bool
			MinVersion int `json:"min_version"`
			Statements []struct {
				Op                       string
				Reads, Writes, Functions []string
				Inner                    []string `json:"inner_ops"`
				Opaque, Program          bool
				ServerFile               bool `json:"server_file"`
			}
		}
	}
	readJSON(t, "testdata/corpus.json", &corpus)
	texts := corpusTexts(t)
	var p pgsql.Parser
	for _, c := range corpus.Cases {
		r := p.Parse([]byte(texts[c.ID]), pgsql.Mode{})
		switch {
		case !c.Valid:
			if r.Why == "" {
				t.Errorf("%s: the server refuses it, but it was parsed", c.ID)
			}
			continue
		case c.MinVersion == 18 && r.Why != "": // the grammar is that of PostgreSQL 17
			continue
		case r.Why != "":
			t.Errorf("%s: not parsed: %s", c.ID, r.Why)
			continue
		case len(r.Effects) != len(c.Statements):
			t.Errorf("%s: got %d statements, want %d", c.ID, len(r.Effects), len(c.Statements))
			continue
		}
		for i, want := range c.Statements {
			if got := r.Effects[i].Operation; got != want.Op {
				t.Errorf("%s, statement %d: operation %s, want %s", c.ID, i, got, want.Op)
			}
			for _, op := range want.Inner { // which has the statement's own too, and the SELECT of INSERT
				if got := r.Effects[i].Inner; op != want.Op && op != "SELECT" && !slices.Contains(got, op) {
					t.Errorf("%s, statement %d: inside of it %q lack %s", c.ID, i, got, op)
				}
			}
			if got := r.Reads(i); !slices.Equal(got, want.Reads) {
				t.Errorf("%s, statement %d: reads %q, want %q", c.ID, i, got, want.Reads)
			}
			if got := r.Writes(i); !slices.Equal(got, want.Writes) {
				t.Errorf("%s, statement %d: writes %q, want %q", c.ID, i, got, want.Writes)
			}
			for _, f := range want.Functions {
				if got := r.Functions(i); !slices.Contains(got, f) {
					t.Errorf("%s, statement %d: functions %q lack %s", c.ID, i, got, f)
				}
			}
			if got := r.Opaque(i); got != want.Opaque {
				t.Errorf("%s, statement %d: opaque %v, want %v", c.ID, i, got, want.Opaque)
			}
			if got := has(r.Effects[i], metadata.KindProgram); got != want.Program {
				t.Errorf("%s, statement %d: program %v, want %v", c.ID, i, got, want.Program)
			}
			if got := has(r.Effects[i], metadata.KindServerFile); got != want.ServerFile {
				t.Errorf("%s, statement %d: server file %v, want %v", c.ID, i, got, want.ServerFile)
			}
		}
	}
}

func has(e metadata.Effect, k metadata.Kind) bool {
	return slices.ContainsFunc(e.Accesses, func(a metadata.Access) bool { return a.Kind == k })
}

// TestSmuggling holds that no text reaches table secret unseen: PostgreSQL 18.4 told which of them do.
func TestSmuggling(t *testing.T) {
	var attacks []struct{ SQL, Server string }
	readJSON(t, "testdata/smuggle_pg18.json", &attacks)
	var p pgsql.Parser
	touching := 0
	for _, a := range attacks {
		if a.Server != "touches_secret" {
			continue
		}
		touching++
		r := p.Parse([]byte(a.SQL), pgsql.Mode{})
		if r.Why == "" && !slices.ContainsFunc(r.Effects, reaches("secret")) {
			t.Errorf("%q reaches secret, but nothing says so: %v", a.SQL, r.Effects)
		}
	}
	if touching < 40 {
		t.Errorf("only %d texts reach secret; the list is not what it was", touching)
	}
}

func reaches(name string) func(metadata.Effect) bool {
	return func(e metadata.Effect) bool {
		return slices.ContainsFunc(e.Accesses, func(a metadata.Access) bool {
			return a.Kind == metadata.KindTable && (a.Name == name || a.Name == "") || a.Kind.Guarded()
		})
	}
}
