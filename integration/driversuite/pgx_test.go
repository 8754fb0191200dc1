package driversuite_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sluice-proxy/sluice/integration/driversuite"
	"github.com/sluice-proxy/sluice/integration/proxies"
	"github.com/sluice-proxy/sluice/integration/servers"
)

// TestPgxSuite: pgx's tests come out through the proxy as they do directly, whether it only looks on or judges every statement by a policy that allows all. Each of
// the two has a version of PostgreSQL of its own, for time is short.
func TestPgxSuite(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes five minutes")
	}
	for _, tt := range []struct {
		name    string
		version int
		start   starter
	}{{"policy", 15, allowAll}, {"no policy", 18, proxies.Postgres}} {
		t.Run(fmt.Sprintf("%s, postgres%d", tt.name, tt.version), func(t *testing.T) {
			pgxSuite(t, tt.start, tt.version, []string{"./..."}, "")
		})
	}
}

// A starter starts a proxy to a server, for the test, and gives its address.
type starter func(t testing.TB, to string) (addr string)

// allowAllPolicy allows everything. The shadow rule has every statement parsed and judged.
const allowAllPolicy = `
statements:
  default: allow
  rules:
    - {name: tables, effect: deny, shadow: true, accesses: {kind: table, names: "*.*"}}
`

func allowAll(t testing.TB, to string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "policy.yaml")
	if err := os.WriteFile(file, []byte(allowAllPolicy), 0o600); err != nil {
		t.Fatal(err)
	}
	return proxies.Sluice(t, "front", "postgres", "--to", to, "--policy", file)
}

// pgxSuite fails for every test of packages matching pattern that comes out
// differently through the proxy that start starts.
func pgxSuite(t *testing.T, start starter, version int, packages []string, pattern string) {
	t.Helper()
	judge(t, pgxReport(t, start, version, packages, pattern))
}

// judge fails for every difference that stays.
func judge(t *testing.T, report *driversuite.Report) {
	t.Helper()
	for _, d := range report.Differences {
		if d.Flaky() {
			t.Logf("flaky: %v", d)
		} else {
			t.Errorf("%v\n%s", d, d.Output)
		}
	}
	for _, n := range report.Direct.Names(driversuite.Fail) {
		t.Logf("fails without the proxy: %v", n)
	}
	for _, n := range report.Direct.Names(driversuite.Skip) {
		t.Logf("skips without the proxy: %v", n)
	}
	if report.Direct.Count(driversuite.Pass) == 0 {
		t.Error("no test passed")
	}
}

// pgxReport gets a server of a major version, 0 for any, and compares.
func pgxReport(t *testing.T, start starter, version int, packages []string, pattern string) *driversuite.Report {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Minute)
	defer cancel()
	server, err := servers.Postgres(ctx, servers.Options{Version: version, Log: t.Output(), HBA: driversuite.PgxHBA})
	if err != nil {
		lacking(t, version, err)
	}
	t.Cleanup(server.Stop)
	proxy := start(t, server.Addr)
	suite, err := driversuite.NewPgx(ctx, t.Output(), server)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(suite.Close)
	report, err := driversuite.Compare(ctx, t.Output(), suite.Side(server.Addr, packages, pattern), suite.Side(proxy, packages, pattern))
	if err != nil {
		t.Fatal(err)
	}
	return report
}

// lacking ends the test because there is no server of the version: it is skipped, unless it is any version that can't be had, or SLUICE_REQUIRE lists it.
func lacking(t *testing.T, version int, why error) {
	t.Helper()
	if version == 0 || slices.Contains(strings.Split(os.Getenv("SLUICE_REQUIRE"), ","), fmt.Sprintf("postgres%d", version)) {
		t.Fatal(why)
	}
	t.Skipf("NOT TESTED for want of PostgreSQL %d: %v", version, why)
}
