package postgres_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/sluice-proxy/sluice/codecs"
	"github.com/sluice-proxy/sluice/codecs/codectest"
	"github.com/sluice-proxy/sluice/codecs/postgres"
)

func TestExchanges(t *testing.T) {
	failed := failure("ERROR", "42601")
	for _, tt := range []struct {
		name string
		s    codectest.Script
		want []string
	}{
		{"a late CopyDone is answered by nothing", codectest.Script{
			codectest.Client(query("COPY")), codectest.Server(copyIn), codectest.Client(msg('d', "x")),
			codectest.Server(failed, ready('I')), codectest.Client(msg('d', "y"), copyDone, query("A")), codectest.Server(tag("SELECT 0"), ready('I')),
		}, []string{
			`client request Query 2 command "COPY"`, `server reply CopyInResponse 2`, `client data CopyData 2 command`,
			`server error ErrorResponse 2 ERROR 42601`, `server reply ReadyForQuery 2 last idle`,
			`client data CopyData`, `client data CopyDone`,
			`client request Query 3 command "A"`, `server reply CommandComplete 3 SELECT`, `server reply ReadyForQuery 3 last idle`,
		}},
		{"the first Sync counts if the copy fails before it is read", codectest.Script{
			codectest.Client(bind("", "a"), execute("", 0), syncs), codectest.Server(bindComplete, copyIn, failed, ready('I')),
			codectest.Client(query("A")), codectest.Server(tag("SELECT 0"), ready('I')),
		}, []string{
			`client request Bind 2 prepare unknown`, `client request Execute 2 command unknown`, `client request Sync 2 command`,
			`server reply BindComplete 2`, `server reply CopyInResponse 2`, `server error ErrorResponse 2 last ERROR 42601`, `server reply ReadyForQuery idle`,
			`client request Query 3 command "A"`, `server reply CommandComplete 3 SELECT`, `server reply ReadyForQuery 3 last idle`,
		}},
		{"a bare ReadyForQuery does not end a Query", codectest.Script{
			codectest.Client(query("A")), codectest.Server(ready('I'), tag("SELECT 0"), ready('I')),
		}, []string{
			`client request Query 2 command "A"`, `server reply ReadyForQuery idle`, `server reply CommandComplete 2 SELECT`, `server reply ReadyForQuery 2 last idle`,
		}},
		{"a Query ends a group", codectest.Script{
			codectest.Client(parse("a", "A"), query("B")), codectest.Server(parseComplete, tag("SELECT 0"), ready('I')),
		}, []string{
			`client request Parse 2 prepare "A"`, `client request Query 3 command "B"`,
			`server reply ParseComplete 2 last`, `server reply CommandComplete 3 SELECT`, `server reply ReadyForQuery 3 last idle`,
		}},
		{"a Query ends a group that was answered", codectest.Script{
			codectest.Client(parse("a", "A")), codectest.Server(parseComplete), codectest.Client(query("B")), codectest.Server(tag("SELECT 0"), ready('I')),
		}, []string{
			`client request Parse 2 prepare "A"`, `server reply ParseComplete 2`, `client request Query 3 command "B"`,
			`server skipped skipped 2 last`, `server reply CommandComplete 3 SELECT`, `server reply ReadyForQuery 3 last idle`,
		}},
		{"an Execute without its Sync", codectest.Script{
			codectest.Client(bind("", "a"), execute("", 0), flush), codectest.Server(bindComplete, tag("SELECT 0")), codectest.Client(syncs), codectest.Server(ready('T')),
		}, []string{
			`client request Bind 2 prepare unknown`, `client request Execute 2 command unknown`, `client request Flush 2 command`,
			`server reply BindComplete 2`, `server reply CommandComplete 2 last SELECT`, `client request Sync 3 prepare`, `server reply ReadyForQuery 3 last transaction`,
		}},
		{"the server ends the session", codectest.Script{
			codectest.Client(query("A")), codectest.Server(failure("FATAL", "57P01")),
		}, []string{`client request Query 2 command "A"`, `server error ErrorResponse 2 last FATAL 57P01`}},
		{"the server ends the session at rest", codectest.Script{codectest.Server(failure("FATAL", "57P01"))}, []string{`server error ErrorResponse FATAL 57P01`}},
		{"a query with more behind its text", codectest.Script{
			codectest.Client(msg('Q', "A\x00B\x00")), codectest.Server(failed, ready('I')),
		}, []string{`client request Query 2 command "A" postgresql.message.excess=1`, `server error ErrorResponse 2 ERROR 42601`, `server reply ReadyForQuery 2 last idle`}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := talk(t, tt.s)
			for _, key := range []string{"postgresql.error.severity=", "db.response.status_code=", "postgresql.transaction.status=", "postgresql.command="} {
				got = strings.ReplaceAll(got, key, "")
			}
			got = strings.ReplaceAll(got, "postgresql.statement.unknown=1", "unknown")
			got, _, _ = strings.Cut(got, "open ")
			if want := strings.Join(tt.want, "\n") + "\n"; got != want {
				t.Errorf("got\n%swant\n%s", got, want)
			}
		})
	}
}

// TestReady is an exchange of the proxy's own: rows come one by one, with their values.
func TestReady(t *testing.T) {
	d := postgres.Protocol.NewReady(codecs.Limits{})
	if n := feed(t, d, codecs.FromClient, []byte(query("SHOW search_path"))); n != 1 {
		t.Fatalf("got %d requests, want 1", n)
	}
	var values []string
	last := false
	for p := []byte(rowsOf + row("public") + row("other") + setting("TimeZone", "UTC") + tag("SHOW") + ready('I')); len(p) > 0; {
		n, m, err := d.Decode(codecs.FromServer, p)
		if err != nil {
			t.Fatal(err)
		}
		p = p[n:]
		switch {
		case m.Name == "DataRow":
			values = append(values, string(bytes.TrimLeft(m.Body, "\x00\x01\x05\x06")))
		case m.Name == "ParameterStatus" && m.Kind != codecs.Async:
			t.Errorf("a parameter's change is of kind %s", m.Kind)
		}
		last = m.Last
	}
	if got := strings.Join(values, " "); got != "public other" || !last {
		t.Errorf("got %q, last %v", got, last)
	}
}

func TestDeclineUpgrade(t *testing.T) {
	d := postgres.Protocol.New(codecs.Limits{})
	p := []byte(gssRequest + sslRequest + hello(0)[0])
	for _, want := range []string{"GSSENCRequest", "SSLRequest", "StartupMessage"} {
		n, m, err := d.Decode(codecs.FromClient, p)
		if err != nil || m.Name != want || int64(n) != m.Len() {
			t.Fatalf("got %v, %d bytes, %v, want %s", m, n, err, want)
		}
		if got := string(postgres.Protocol.DeclineUpgrade(nil, m)); m.Kind == codecs.Upgrade && got != "N" {
			t.Errorf("got %q, want N", got)
		}
		p = p[n:]
	}
	if feed(t, d, codecs.FromServer, []byte(hello(0)[1])); !d.Standing().AtRest() {
		t.Errorf("not at rest: %+v", d.Standing())
	}
}
