package driversuite_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"testing"

	"github.com/sluice-proxy/sluice/integration/driversuite"
	"github.com/sluice-proxy/sluice/integration/proxies"
)

// script is a side that gives one recorded run after the other.
func script(runs ...string) (driversuite.Side, *[]string) {
	var patterns []string
	return func(_ context.Context, only []driversuite.Name) (*driversuite.Results, error) {
		if len(patterns) == len(runs) {
			return nil, fmt.Errorf("run %d, of %v", len(runs)+1, only)
		}
		_, pattern := driversuite.Pattern(only)
		patterns = append(patterns, pattern)
		return driversuite.Parse(strings.NewReader(events(runs[len(patterns)-1])))
	}, &patterns
}

// events writes "p.TestA pass" out as go test -json does.
func events(run string) string {
	var b strings.Builder
	for _, line := range strings.Split(run, ",") {
		name, outcome, _ := strings.Cut(strings.TrimSpace(line), " ")
		pkg, test, _ := strings.Cut(name, ".")
		b.WriteString(`{"Action":"run","Package":"` + pkg + `","Test":"` + test + `"}` + "\n")
		if outcome != "" {
			b.WriteString(`{"Action":"` + outcome + `","Package":"` + pkg + `","Test":"` + test + `"}` + "\n")
		}
	}
	return b.String()
}

func TestCompare(t *testing.T) {
	for _, tt := range []struct {
		name            string
		direct, proxied []string
		real, flaky     []string
		repeated        string
	}{
		{
			name:   "same",
			direct: []string{"p.TestA pass, p.TestB skip, q.TestA fail"}, proxied: []string{"q.TestA fail, p.TestA pass, p.TestB skip"},
		},
		{
			name:   "as many of each, but not the same ones",
			direct: []string{"p.TestA pass, p.TestB fail", "p.TestA pass, p.TestB fail", "p.TestA pass, p.TestB fail"}, proxied: []string{"p.TestA fail, p.TestB pass", "p.TestA fail, p.TestB pass", "p.TestA fail, p.TestB pass"},
			real: []string{"p TestA: direct [pass pass pass], through the proxy [fail fail fail]", "p TestB: direct [fail fail fail], through the proxy [pass pass pass]"}, repeated: "^(TestA|TestB)$",
		},
		{
			name:   "flaky",
			direct: []string{"p.TestA pass, p.TestB pass", "p.TestA pass"}, proxied: []string{"p.TestA fail, p.TestB pass", "p.TestA pass"},
			flaky: []string{"p TestA: direct [pass pass], through the proxy [fail pass]"}, repeated: "^(TestA)$",
		},
		{
			name:   "a subtest that skips, a test that is gone, one that does not end",
			direct: []string{"p.TestA/x pass, q.TestB pass, q.TestC pass", "p.TestA/x pass, q.TestB pass, q.TestC pass", "p.TestA/x pass, q.TestB pass, q.TestC pass"}, proxied: []string{"p.TestA/x skip, q.TestC", "p.TestA/x skip, q.TestC", "p.TestA/x skip, q.TestC"},
			real: []string{
				"p TestA/x: direct [pass pass pass], through the proxy [skip skip skip]",
				"q TestB: direct [pass pass pass], through the proxy [absent absent absent]",
				"q TestC: direct [pass pass pass], through the proxy [fail fail fail]",
			}, repeated: "^(TestA|TestB|TestC)$",
		},
		{
			name:   "the folder in a name",
			direct: []string{"p.TestA/file=/tmp/TestA123456789/001/f pass"}, proxied: []string{"p.TestA/file=/tmp/TestA987654321/001/f pass"},
		},
		{
			name:   "a name twice",
			direct: []string{"p.TestA pass, p.TestA pass", "p.TestA pass, p.TestA pass", "p.TestA pass, p.TestA pass"}, proxied: []string{"p.TestA pass, p.TestA fail", "p.TestA pass, p.TestA fail", "p.TestA pass, p.TestA fail"},
			real: []string{"p TestA (2): direct [pass pass pass], through the proxy [fail fail fail]"}, repeated: "^(TestA)$",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			direct, patterns := script(tt.direct...)
			proxied, _ := script(tt.proxied...)
			report, err := driversuite.Compare(t.Context(), t.Output(), direct, proxied)
			if err != nil {
				t.Fatal(err)
			}
			var real, flaky []string
			for _, d := range report.Differences {
				if d.Flaky() {
					flaky = append(flaky, d.String())
				} else {
					real = append(real, d.String())
				}
			}
			if !slices.Equal(real, tt.real) {
				t.Errorf("real differences: got %q, want %q", real, tt.real)
			}
			if !slices.Equal(flaky, tt.flaky) {
				t.Errorf("flaky ones: got %q, want %q", flaky, tt.flaky)
			}
			if len(*patterns) != len(tt.direct) {
				t.Errorf("runs: got %d, want %d", len(*patterns), len(tt.direct))
			}
			if got := (*patterns)[1:]; len(got) > 0 && got[0] != tt.repeated {
				t.Errorf("repeated: got %q, want %q", got[0], tt.repeated)
			}
		})
	}
}

// TestPanic: a package that ends without a failing test is itself a failure.
func TestPanic(t *testing.T) {
	res, err := driversuite.Parse(strings.NewReader(`{"Action":"start","Package":"p"}
{"Action":"output","Package":"p","Output":"panic: in TestMain\n"}
{"Action":"fail","Package":"p"}
`))
	if err != nil {
		t.Fatal(err)
	}
	if got := res.Of(driversuite.Name{Package: "p"}); got != driversuite.Fail {
		t.Errorf("the package: got %s, want %s", got, driversuite.Fail)
	}
}

// somePgx is a part of pgx's suite that takes seconds and needs what proxies are
// known to forget: requests to cancel.
const somePgx = "^(TestConnect|TestConnContextCanceledCancelsRunningQueryOnServer|TestConnCopyFrom.*|TestListenNotify)$"

var somePackages = []string{".", "./pgconn"}

// TestPgxSome is a short TestPgxSuite.
func TestPgxSome(t *testing.T) {
	pgxSuite(t, proxies.Postgres, 0, somePackages, somePgx)
}

// TestNoticed: a relay that drops requests to cancel is noticed.
func TestNoticed(t *testing.T) {
	if testing.Short() {
		t.Skip("it waits a minute for what does not come")
	}
	report := pgxReport(t, dropCancel, 0, []string{"./pgconn"}, "^TestConnContextCanceledCancelsRunningQueryOnServer$")
	for _, d := range report.Real() {
		if strings.Contains(d.Name.Test, "CancelsRunningQueryOnServer") {
			return
		}
	}
	t.Errorf("got the differences %v", report.Differences)
}

// dropCancel is a relay that passes nothing on from a client that begins with a
// CancelRequest.
func dropCancel(t testing.TB, to string) string {
	relay := proxies.Relay(t, to)
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			go dropCancelSession(client, relay)
		}
	}()
	return l.Addr().String()
}

func dropCancelSession(client net.Conn, to string) {
	defer client.Close()
	head := make([]byte, 8)
	if _, err := io.ReadFull(client, head); err != nil {
		return
	}
	// PostgreSQL 18, 54.7 "Message Formats", CancelRequest
	if string(head) == "\x00\x00\x00\x10\x04\xd2\x16\x2e" {
		return
	}
	server, err := net.Dial("tcp", to)
	if err != nil {
		return
	}
	defer server.Close()
	if _, err := server.Write(head); err != nil {
		return
	}
	go func() {
		io.Copy(server, client)
		server.Close()
	}()
	io.Copy(client, server)
}
