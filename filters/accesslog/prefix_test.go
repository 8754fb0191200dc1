package accesslog_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/sluice-proxy/sluice/filters"
	"github.com/sluice-proxy/sluice/filters/accesslog"
	"github.com/sluice-proxy/sluice/metadata"
)

// What is remembered of a session must never outlive a change of it.
func TestAChangeOfTheSessionShowsInTheNextLine(t *testing.T) {
	var b bytes.Buffer
	l := open(t, accesslog.Config{Writer: &b})
	s := session()
	x := exchange(s)
	var want []string
	line := func() {
		l.OnDone(x)
		port := "5432"
		if s.Endpoint.Network == "unix" {
			port = "none"
		}
		want = append(want, strings.Join([]string{s.Meta.Str(metadata.User), s.Meta.Str(metadata.Namespace), port}, " "))
	}
	line()
	line()
	s.Meta.PutString(metadata.User, "bob")
	line()
	s.Meta.PutString(metadata.User, strings.Repeat("u", 1000))
	line()
	s.Meta.Delete(metadata.Namespace)
	line()
	s.Endpoint = filters.Endpoint{Network: "unix", Address: "/run/x"}
	line()
	s.Meta.PutString(metadata.User, "bob")
	line()
	first := s
	s = session() // another session in the same place
	s.ID += 1024
	x.Session = s
	line()
	l.OnClose(s)
	s = first
	x.Session = s
	line()
	all := lines(t, l, &b)
	i := 0
	for _, m := range all {
		if m["event.name"] != "exchange" {
			continue
		}
		str := func(k string) string { v, _ := m[k].(string); return v }
		port := "none"
		if p, ok := m["server.port"].(float64); ok && p == 5432 {
			port = "5432"
		}
		if got := strings.Join([]string{str("db.user"), str("db.namespace"), port}, " "); got != want[i] {
			t.Errorf("line %d: got %s, want %s", i, got, want[i])
		}
		i++
	}
	if i != len(want) {
		t.Errorf("got %d lines, want %d", i, len(want))
	}
}
