package driversuite_test

import (
	"context"
	"testing"
	"time"

	"github.com/sluice-proxy/sluice/integration/driversuite"
	"github.com/sluice-proxy/sluice/integration/proxies"
	"github.com/sluice-proxy/sluice/integration/servers"
)

// TestPgxSuite: pgx's tests come out through the proxy as they do directly.
func TestPgxSuite(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes three minutes")
	}
	pgxSuite(t, proxies.Postgres, []string{"./..."}, "")
}

// pgxSuite fails for every test of packages matching pattern that comes out
// differently through the proxy that start starts.
func pgxSuite(t *testing.T, start func(t testing.TB, to string) string, packages []string, pattern string) {
	t.Helper()
	report := pgxReport(t, start, packages, pattern)
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

// pgxReport gets a server and compares.
func pgxReport(t *testing.T, start func(t testing.TB, to string) string, packages []string, pattern string) *driversuite.Report {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Minute)
	defer cancel()
	server, err := servers.Postgres(ctx, servers.Options{Log: t.Output(), HBA: driversuite.PgxHBA})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Stop)
	proxy := start(t, server.Addr)
	suite, err := driversuite.NewPgx(ctx, t.Output(), server)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(suite.Close)
	report, err := driversuite.Compare(ctx, t.Output(), suite.Side(server.Addr), suite.Side(proxy), packages, pattern)
	if err != nil {
		t.Fatal(err)
	}
	return report
}
