package servers_test

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/sluice-proxy/sluice/integration/servers"
)

// start gets a server that ends with the test.
func start(t *testing.T, o servers.Options) *servers.Server {
	t.Helper()
	o.Log = t.Output()
	s, err := servers.Postgres(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Stop)
	return s
}

// ask runs a query that gives one text.
func ask(t *testing.T, url, query string) string {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	var got string
	if err := conn.QueryRow(t.Context(), query).Scan(&got); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return got
}

func TestPostgres(t *testing.T) {
	for _, version := range []int{0, 15, 18} {
		t.Run(strconv.Itoa(version), func(t *testing.T) {
			s := start(t, servers.Options{Version: version, Settings: map[string]string{"max_connections": "1100"}})
			if got := ask(t, s.URL(""), "show server_version"); got != s.Version {
				t.Errorf("version: the server says %s, we say %s", got, s.Version)
			}
			if version != 0 && !strings.HasPrefix(s.Version, strconv.Itoa(version)+".") {
				t.Errorf("version: got %s, want %d", s.Version, version)
			}
			for name, want := range map[string]string{
				"wal_level":                 "logical",
				"max_prepared_transactions": "10",
				"max_connections":           "1100",
				"ssl":                       "off",
			} {
				if got := ask(t, s.URL(""), "show "+name); got != want && os.Getenv("SLUICE_TEST_POSTGRES") == "" {
					t.Errorf("%s: got %s, want %s", name, got, want)
				}
			}
			s.Stop()
			s.Stop()
			if c, err := net.Dial("tcp", s.Addr); err == nil && os.Getenv("SLUICE_TEST_POSTGRES") == "" {
				c.Close()
				t.Error("it still listens after Stop")
			}
		})
	}
}

// ours skips a test of what only a server that we configure has.
func ours(t *testing.T) {
	t.Helper()
	if addr := os.Getenv("SLUICE_TEST_POSTGRES"); addr != "" {
		t.Skipf("the server is %s, which we do not configure", addr)
	}
}

func TestPasswords(t *testing.T) {
	ours(t)
	s := start(t, servers.Options{HBA: []string{"host all nobody all reject"}})
	wrong := fmt.Sprintf("postgres://%s:wrong@%s/", s.User, s.Addr)
	if got := ask(t, wrong+servers.TrustDatabase, "select 'in'::text"); got != "in" {
		t.Errorf("got %s", got)
	}
	_, err := pgx.Connect(t.Context(), wrong+s.Database)
	if err == nil || !strings.Contains(err.Error(), "password authentication failed") {
		t.Errorf("a wrong password: got %v", err)
	}
	if got := ask(t, s.URL(""), "select left(rolpassword, 13) from pg_authid where rolname = current_user"); got != "SCRAM-SHA-256" {
		t.Errorf("the password is kept as %s", got)
	}
	_, err = pgx.Connect(t.Context(), fmt.Sprintf("postgres://nobody@%s/%s", s.Addr, servers.TrustDatabase))
	if err == nil || !strings.Contains(err.Error(), "rejects connection") {
		t.Errorf("the line of Options.HBA: got %v", err)
	}
}

func TestTLS(t *testing.T) {
	ours(t)
	s := start(t, servers.Options{TLS: true})
	config, err := pgx.ParseConfig(s.URL(""))
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(s.CA) {
		t.Fatal("no certificate in Server.CA")
	}
	config.TLSConfig = &tls.Config{RootCAs: roots, ServerName: "localhost"}
	conn, err := pgx.ConnectConfig(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	const query = "select ssl::text from pg_stat_ssl where pid = pg_backend_pid()"
	var is string
	if err := conn.QueryRow(t.Context(), query).Scan(&is); err != nil || is != "true" {
		t.Errorf("with TLS: got %s, %v", is, err)
	}
	if got := ask(t, s.URL(""), query); got != "false" {
		t.Errorf("without TLS: got %s", got)
	}
}

// TestOrphan: a server ends when the process that started it is killed.
func TestOrphan(t *testing.T) {
	ours(t)
	child := exec.Command(os.Args[0], "-test.run=^TestHold$", "-test.v")
	child.Env = append(os.Environ(), "SLUICE_TEST_HOLD=1")
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	var addr string
	for lines := bufio.NewScanner(out); addr == "" && lines.Scan(); {
		if _, after, ok := strings.Cut(lines.Text(), "holding "); ok {
			addr = after
		}
	}
	if err := child.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = child.Wait()
	if addr == "" {
		t.Fatal("the child process got no server")
	}
	for end := time.Now().Add(15 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		c, err := net.Dial("tcp", addr)
		if err != nil {
			return
		}
		c.Close()
		if time.Now().After(end) {
			t.Fatal("it still listens")
		}
	}
}

// TestHold is TestOrphan's child process.
func TestHold(t *testing.T) {
	if os.Getenv("SLUICE_TEST_HOLD") == "" {
		t.Skip("only for TestOrphan")
	}
	s := start(t, servers.Options{})
	fmt.Println("holding", s.Addr)
	select {}
}

// TestGiven: the server that the user names is taken, a wrong version of it is
// passed over, and one that does not answer is an error.
func TestGiven(t *testing.T) {
	ours(t)
	own := start(t, servers.Options{})
	var major int
	if _, err := fmt.Sscanf(own.Version, "%d.", &major); err != nil {
		t.Fatal(err)
	}
	t.Setenv("SLUICE_TEST_POSTGRES", own.Addr)
	var log strings.Builder
	s, err := servers.Postgres(t.Context(), servers.Options{Version: major, Log: &log, Settings: map[string]string{"max_connections": "33"}})
	if err != nil {
		t.Fatal(err)
	}
	if s.Addr != own.Addr {
		t.Errorf("got the server on %s, want %s", s.Addr, own.Addr)
	}
	if want := "has max_connections=200 where a server of our own would have 33"; !strings.Contains(log.String(), want) {
		t.Errorf("the log lacks %q:\n%s", want, &log)
	}
	s.Stop()
	ask(t, own.URL(""), "select 'stays'::text")

	other := 18
	if major == 18 {
		other = 17
	}
	log.Reset()
	s, err = servers.Postgres(t.Context(), servers.Options{Version: other, Log: &log})
	if err == nil {
		s.Stop()
	}
	if want := fmt.Sprintf("is PostgreSQL %s, and %d is wanted", own.Version, other); !strings.Contains(log.String(), want) {
		t.Errorf("the log lacks %q:\n%s", want, &log)
	}

	t.Setenv("SLUICE_TEST_POSTGRES_PASSWORD", "wrong")
	s, err = servers.Postgres(t.Context(), servers.Options{})
	if err == nil {
		s.Stop()
		t.Fatal("took another server")
	}
	if want := "SLUICE_TEST_POSTGRES=" + own.Addr + " does not work as user postgres"; !strings.Contains(err.Error(), want) {
		t.Errorf("got %q, want %q in it", err, want)
	}
}

func TestNone(t *testing.T) {
	ours(t)
	t.Setenv("PATH", t.TempDir()) // without apt-get
	_, err := servers.Postgres(t.Context(), servers.Options{Version: 7})
	if err == nil {
		t.Fatal("PostgreSQL 7 was had")
	}
	for _, want := range []string{"no PostgreSQL 7 could be had:\n  1. ", "SLUICE_TEST_POSTGRES is not set", "\n  5. ", "apt-get install postgresql"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("the error lacks %q:\n%v", want, err)
		}
	}
	t.Log(err)
}

func TestProgram(t *testing.T) {
	_, err := servers.Program("pg_nothing")
	if err == nil || !strings.Contains(err.Error(), "get it with") {
		t.Errorf("got %v", err)
	}
	path, err := servers.Program("psql")
	if err != nil {
		t.Skip(err)
	}
	s := start(t, servers.Options{})
	out, err := exec.Command(path, s.URL(""), "-Atc", "select 6*7").CombinedOutput()
	if got := strings.TrimSpace(string(out)); err != nil || got != "42" {
		t.Errorf("psql: got %q, %v", got, err)
	}
}
