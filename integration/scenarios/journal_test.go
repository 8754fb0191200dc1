package scenarios_test

import (
	"bufio"
	"encoding/json"
	"io"
	"sync"
	"testing"
	"time"
)

// A line is one line of the access log.
type line struct {
	Event    string `json:"event.name"`
	Session  uint64 `json:"session.id"`
	Port     int    `json:"client.port"`
	User     string `json:"db.user"`
	Database string `json:"db.namespace"`
	Server   int    `json:"server.port"`

	Exchange  uint64 `json:"sluice.exchange.id"`
	Purpose   string `json:"sluice.purpose"`
	Request   string `json:"sluice.request"`
	Outcome   string `json:"sluice.outcome"`
	Canceled  bool   `json:"sluice.canceled"`
	Bypass    string `json:"sluice.bypass"`
	Operation string `json:"db.operation.name"`
	Text      string `json:"db.query.text"`
	Rows      int64  `json:"db.response.returned_rows"`
	Affected  int64  `json:"db.response.affected_rows"`
	Status    string `json:"db.response.status_code"`
	Sent      int64  `json:"db.request.size"`
	Received  int64  `json:"db.response.size"`

	Cause         string `json:"sluice.session.cause"`
	Exchanges     uint64 `json:"sluice.session.exchanges"`
	ClientBytes   int64  `json:"sluice.session.client.bytes"`
	ServerBytes   int64  `json:"sluice.session.server.bytes"`
	ClientVersion string `json:"postgresql.protocol.version"`

	raw string
}

// A journal is the access log as it is written.
type journal struct {
	mu      sync.Mutex
	lines   []line
	changed chan struct{} // closed by the next line
	bad     []string
}

// read takes the log in until its writer has gone.
func (j *journal) read(r io.Reader) {
	in := bufio.NewReaderSize(r, 1<<20)
	for {
		text, err := in.ReadString('\n')
		if err != nil {
			return
		}
		l := line{raw: text}
		bad := json.Unmarshal([]byte(text), &l) != nil
		j.mu.Lock()
		if bad {
			j.bad = append(j.bad, text)
		}
		j.lines = append(j.lines, l)
		close(j.changed)
		j.changed = make(chan struct{})
		j.mu.Unlock()
	}
}

// all gives the lines so far.
func (j *journal) all() []line {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.lines
}

// find waits for the first line that is.
func (j *journal) find(t *testing.T, what string, is func(line) bool) line {
	t.Helper()
	return j.several(t, what, 1, is)[0]
}

// several waits for n lines that are, and gives them.
func (j *journal) several(t *testing.T, what string, n int, is func(line) bool) []line {
	t.Helper()
	limit := time.NewTimer(patience)
	defer limit.Stop()
	var found []line
	for seen := 0; ; {
		j.mu.Lock()
		for _, l := range j.lines[seen:] {
			if is(l) {
				found = append(found, l)
			}
		}
		seen = len(j.lines)
		changed := j.changed
		j.mu.Unlock()
		if len(found) >= n {
			return found
		}
		select {
		case <-changed:
		case <-limit.C:
			last := j.all()
			for _, l := range last[max(0, len(last)-10):] {
				t.Log(l.raw)
			}
			t.Fatalf("the access log has %d of %d lines: %s. Its last ones are above", len(found), n, what)
		}
	}
}

// statement says whether l is the exchange of a statement.
func statement(text string) func(line) bool {
	return func(l line) bool { return l.Event == "exchange" && l.Text == text }
}

// ended says whether l is the end of the session with that client port.
func ended(port int) func(line) bool {
	return func(l line) bool { return l.Event == "session" && l.Port == port }
}
