package postgres

import (
	"bytes"
	"strings"
	"testing"
	"unsafe"

	"github.com/sluice-proxy/sluice/codecs"
	"github.com/sluice-proxy/sluice/metadata"
)

// Each body parser has its own fuzz target: one that cuts a body short must give a part of what the whole body gives.

func FuzzParse(f *testing.F) {
	f.Add([]byte("name\x00SELECT 1\x00\x00\x00"))
	f.Fuzz(func(t *testing.T, b []byte) {
		p, ok := parseParse(b)
		if ok && (bytes.IndexByte(p.name, 0) >= 0 || bytes.IndexByte(p.text, 0) >= 0 || len(p.name)+1+len(p.text) > len(b)) {
			t.Errorf("got %q %q", p.name, p.text)
		}
	})
}

func FuzzBind(f *testing.F) {
	f.Add([]byte("portal\x00name\x00\x00\x00\x00\x00"))
	f.Fuzz(func(t *testing.T, b []byte) {
		p, ok := parseBind(b)
		if ok && !bytes.HasPrefix(b, []byte(string(p.portal)+"\x00"+string(p.statement)+"\x00")) {
			t.Errorf("got %q %q", p.portal, p.statement)
		}
		if !ok && bytes.Count(b, []byte{0}) > 1 {
			t.Error("two names are there")
		}
	})
}

func FuzzObject(f *testing.F) {
	f.Add([]byte("Sname\x00"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if o := parseObject(b); len(o.name) > len(b) || bytes.IndexByte(o.name, 0) >= 0 {
			t.Errorf("got %q", o.name)
		}
	})
}

func FuzzError(f *testing.F) {
	f.Add([]byte("SFEHLER\x00VERROR\x00C42P01\x00Mx\x00\x00"))
	f.Fuzz(func(t *testing.T, b []byte) {
		e := parseError(b)
		for _, v := range [][]byte{e.severity, e.code} {
			if !bytes.Contains(b, v) || bytes.IndexByte(v, 0) >= 0 {
				t.Errorf("got %q", v)
			}
		}
		if s := sqlstate(e.code); s != "" && s != string(e.code) {
			t.Errorf("got state %q of %q", s, e.code)
		}
	})
}

func FuzzStartup(f *testing.F) {
	f.Add([]byte("user\x00ann\x00database\x00shop\x00_pq_.x\x00y\x00replication\x00on\x00\x00"))
	f.Fuzz(func(t *testing.T, b []byte) {
		var meta metadata.Set
		d := &decoder{}
		d.parameters(&meta, 0, b)
		if len(meta.Str(metadata.ClaimedUser)) > maxName || len(meta.Str(metadata.Namespace)) > maxName {
			t.Error("names must be cut as the server cuts them")
		}
	})
}

func FuzzCommandTag(f *testing.F) {
	f.Add([]byte("INSERT 0 5"))
	f.Fuzz(func(t *testing.T, b []byte) {
		command, rows := commandTag(b)
		if command != other && !strings.HasPrefix(string(b), command) || rows < -1 {
			t.Errorf("got %s %d", command, rows)
		}
	})
}

func TestCommandTag(t *testing.T) {
	for _, tt := range []struct {
		tag     string
		command string
		rows    int64
	}{
		{"SELECT 5", "SELECT", 5},
		{"INSERT 0 12", "INSERT", 12},
		{"UPDATE 999999999999", "UPDATE", 999999999999},
		{"CREATE TABLE", "CREATE TABLE", -1},
		{"COPY 3", "COPY", 3},
		{"MERGE 0", "MERGE", 0},
		{"", other, -1},
		{"5", other, -1},
		{"SELECT  5", other, 5},
		{"FROBNICATE 5", other, 5},
		{"VACUUM", "VACUUM", -1},
	} {
		if command, rows := commandTag([]byte(tt.tag)); command != tt.command || rows != tt.rows {
			t.Errorf("%q: got %s %d, want %s %d", tt.tag, command, rows, tt.command, tt.rows)
		}
	}
	for i := 1; i < len(tags); i++ {
		if tags[i-1] >= tags[i] {
			t.Errorf("%q and %q are out of order", tags[i-1], tags[i])
		}
	}
}

func TestSQLState(t *testing.T) {
	for i := 0; i+10 <= len(sqlstates); i += 5 {
		if sqlstates[i:i+5] >= sqlstates[i+5:i+10] {
			t.Errorf("%s is out of order", sqlstates[i:i+5])
		}
	}
	for _, s := range []string{"00000", "42P01", "57P05", "XX002", "ABCDE"} {
		if got := sqlstate([]byte(s)); got != s {
			t.Errorf("got %q, want %q", got, s)
		}
	}
	for _, s := range []string{"", "42P0", "42P012", "42p01", "42 01"} {
		if got := sqlstate([]byte(s)); got != "" {
			t.Errorf("%q is no state, got %q", s, got)
		}
	}
}

func TestReplicationParameter(t *testing.T) {
	for value, want := range map[string]string{
		"database": "database", "true": "physical", "T": "physical", "yes": "physical", "on": "physical", "1": "physical",
		"": "", "false": "", "off": "", "0": "", "o": "", "trueish": "",
	} {
		if got := replication([]byte(value)); got != want {
			t.Errorf("%q: got %q, want %q", value, got, want)
		}
	}
}

// TestIdleSize keeps what a session costs that has logged in and asked for something.
func TestIdleSize(t *testing.T) {
	if got := unsafe.Sizeof(entry{}); got != entrySize {
		t.Errorf("an entry has %d bytes, want %d", got, entrySize)
	}
	if got := unsafe.Sizeof(change{}); got > changeSize {
		t.Errorf("a change has %d bytes, want at most %d", got, changeSize)
	}
	fields := 4*unsafe.Sizeof(metadata.Field{}) + 4*unsafe.Sizeof(metadata.Field{}) // of both messages' Meta
	got := unsafe.Sizeof(decoder{}) + smallQueue*entrySize + fields
	if got > 1536 {
		t.Errorf("an idle session has %d bytes, want at most 1536", got)
	}
	t.Logf("an idle session has %d bytes, the decoder %d of them", got, unsafe.Sizeof(decoder{}))
}

func TestAnalyse(t *testing.T) {
	a := newAnalyser()
	got := a.Summarize([]byte("SELECT * FROM t WHERE a = 'secret' AND b = 7 /*route='x'*/"), 0)
	if got.Operation != "SELECT" || got.Statements != 1 || strings.Contains(string(got.Normalized), "secret") || len(got.Tags) != 1 {
		t.Errorf("got %+v", got)
	}
	one := got.Fingerprint
	if got := a.Summarize([]byte("select * from t where a = 'x' and b = 8"), 0); got.Fingerprint != one {
		t.Error("equal but for literals, and another fingerprint")
	}
	if got := a.Summarize([]byte(`SELECT 'a\'; DROP TABLE t --'`), ModeBackslash); got.Statements != 1 {
		t.Errorf("with backslash escapes: got %d statements, want 1", got.Statements)
	}
	if got := a.Summarize([]byte("SELECT 'secret'"), ModeEncoding); string(got.Normalized) != "?" || got.Operation != "UNKNOWN" {
		t.Errorf("an encoding that hides ASCII: got %+v", got)
	}
}

func TestDeny(t *testing.T) {
	for name, want := range map[string]string{
		"Query": invalidDescribe + syncMessage, "FunctionCall": invalidDescribe + syncMessage,
		"Parse": invalidDescribe, "Bind": invalidDescribe, "Describe": invalidDescribe, "Execute": invalidDescribe, "Close": invalidDescribe,
		"Sync": "", "StartupMessage": "", "CopyData": "", "unknown": "",
	} {
		if got := Protocol.Refuse(nil, &codecs.Message{Name: name}); string(got) != want || (want == "") != (got == nil) {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
	denial := Protocol.Denial([]byte("x"), nil, codecs.Refusal{Rule: "no-drop", Message: "not\x00here"})
	e := parseError(denial[6:])
	if denial[1] != 'E' || string(e.severity) != "ERROR" || string(e.code) != "42501" || !bytes.Contains(denial, []byte("Mpermission denied by policy: nothere\x00DDenied by rule no-drop.\x00\x00")) {
		t.Errorf("got %q", denial)
	}
	for r := codecs.Denied; r <= codecs.NotAdmitted; r++ {
		p := Protocol.Farewell(nil, codecs.Refusal{Reason: r})
		e := parseError(p[5:])
		if string(e.severity) != "FATAL" || sqlstate(e.code) == "" || !strings.Contains(sqlstates, string(e.code)) {
			t.Errorf("%s: got %q", r, p)
		}
		d := newDecoder(codecs.Limits{})
		if n, m, err := d.Decode(codecs.FromServer, p); n != len(p) || m == nil || m.Kind != codecs.Error || err != nil {
			t.Errorf("%s: the decoder does not understand it: %v", r, err)
		}
	}
}
