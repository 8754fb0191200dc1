package main

import (
	"bufio"
	"encoding/json"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/sluice-proxy/sluice/codecs/sql/pgsql"
)

func TestSQL(t *testing.T) {
	if !pgsql.Available() {
		t.Skip("built without cgo, so no statement is parsed")
	}
	for _, tt := range []struct {
		args []string
		code int
		out  string
		err  string
	}{
		{[]string{"SELECT count(*) FROM a.orders"}, ok, "  SELECT\n    execute function count (free, system)\n    read table a.orders\n", ""},
		{[]string{"EXPLAIN ANALYZE DELETE FROM t WHERE a", "SELEC"}, ok, "  EXPLAIN_ANALYZE with DELETE\n    write table t\n    read table t (implied)\n", ""},
		{[]string{"SELEC 1"}, ok, "  not parsed: syntax\n", ""},
		{[]string{"VACUUM; DO $$ x $$"}, ok, "  VACUUM\n    alter table * (anywhere)\n    execute opaque VACUUM\n  DO (opaque)\n    execute opaque DO\n", ""},
		{[]string{"--dialect", "postgres", "-o", "json", "SELECT 1"}, ok, `{"parsed":true,"statements":[{"operation":"SELECT","reads":[],"writes":[],`, ""},
		{[]string{"-o", "xml", "SELECT 1"}, usage, "", "-o xml: it can be text or json"},
		{[]string{"--dialect", "oracle", "SELECT 1"}, usage, "", "--dialect oracle: there is only postgres"},
		{[]string{"--help"}, ok, "Exit codes", ""},
	} {
		out, errs, code := call(t, append([]string{"sql"}, tt.args...)...)
		if code != tt.code || !strings.Contains(out, tt.out) || !strings.Contains(errs, tt.err) {
			t.Errorf("%q: code %d\n%s%s", tt.args, code, out, errs)
		}
	}
}

// TestSQLAnswersAtOnce asks one text after another of one process, waiting for each answer.
func TestSQLAnswersAtOnce(t *testing.T) {
	if !pgsql.Available() {
		t.Skip("built without cgo, so no statement is parsed")
	}
	c := exec.Command(binary, "sql", "-o", "json")
	in, err := c.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	answers := bufio.NewScanner(out)
	for _, tt := range []struct {
		text          string
		parsed        bool
		operations    []string
		reads, writes []string
	}{
		{"INSERT INTO a SELECT * FROM \"B\"\n; DROP TABLE IF EXISTS c.d", true, []string{"INSERT", "DROP_TABLE"}, []string{"B"}, []string{"a", "c.d"}},
		{"ALTER TABLE a.b RENAME TO c; SELECT nextval('s')", true, []string{"ALTER_TABLE", "SELECT"}, nil, []string{"a.b", "c"}},
		{"SELECT (", false, nil, nil, nil},
		{"", true, nil, nil, nil},
	} {
		line, err := json.Marshal(tt.text)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := in.Write(append(line, '\n')); err != nil {
			t.Fatal(err)
		}
		if !answers.Scan() {
			t.Fatalf("%s: no answer", tt.text)
		}
		var r sqlReport
		if err := json.Unmarshal(answers.Bytes(), &r); err != nil {
			t.Fatalf("%s: %v", answers.Bytes(), err)
		}
		var operations, reads, writes []string
		for _, s := range r.Statements {
			operations, reads, writes = append(operations, s.Operation), append(reads, s.Reads...), append(writes, s.Writes...)
		}
		if r.Parsed != tt.parsed || !slices.Equal(operations, tt.operations) || !slices.Equal(reads, tt.reads) || !slices.Equal(writes, tt.writes) {
			t.Errorf("%s: got %s", tt.text, answers.Bytes())
		}
		if (r.Reason == "") != tt.parsed {
			t.Errorf("%s: reason %q", tt.text, r.Reason)
		}
	}
	if _, err := io.WriteString(in, "nothing\n"); err != nil {
		t.Fatal(err)
	}
	if answers.Scan() {
		t.Errorf("what is no JSON string was answered: %s", answers.Bytes())
	}
	if err := c.Wait(); err == nil || c.ProcessState.ExitCode() != failure {
		t.Errorf("exit code %d, want %d", c.ProcessState.ExitCode(), failure)
	}
}
