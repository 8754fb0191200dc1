package scenarios_test

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sluice-proxy/sluice/integration/servers"
)

// patience bounds every wait: what takes so long never comes.
const patience = 60 * time.Second

// versions are those that must be served.
var versions = []int{15, 18}

// sluice is the program under test.
var sluice string

func TestMain(m *testing.M) {
	flag.Parse()
	os.Exit(run(m))
}

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "sluice-scenarios-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	if sluice = os.Getenv("SLUICE_TEST_BINARY"); sluice == "" {
		sluice = filepath.Join(dir, "sluice")
		if err := build(sluice); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
	}
	code := m.Run()
	for _, s := range backends {
		s.stop()
	}
	for _, line := range gaps.lines {
		fmt.Fprintln(os.Stderr, "NOT TESTED: "+line)
	}
	return code
}

// build makes the program from the module that this one belongs to, with the race detector if we have it.
func build(to string) error {
	args := []string{"build", "-o", to}
	if raced() {
		args = append(args, "-race")
	}
	cmd := exec.Command("go", append(args, "./cmd/sluice")...)
	cmd.Dir = filepath.Join("..", "..")
	out, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("the program can't be built: %w\n%s", err, out)
	}
	return nil
}

// raced says whether the test was built with the race detector.
func raced() bool {
	info, ok := debug.ReadBuildInfo()
	return ok && slices.Contains(info.Settings, debug.BuildSetting{Key: "-race", Value: "true"})
}

// long says whether the long forms are wanted.
func long() bool { return os.Getenv("SLUICE_LONG") != "" }

// limit bounds what a test does as a whole.
func limit() time.Duration {
	if long() {
		return time.Hour
	}
	return patience
}

// gaps is what could not be tested.
var gaps struct {
	sync.Mutex
	lines []string
}

// lacking ends the test because the machine does not have what; it fails if SLUICE_REQUIRE says that it must.
func lacking(t *testing.T, what string, why error) {
	t.Helper()
	if slices.Contains(strings.Split(os.Getenv("SLUICE_REQUIRE"), ","), what) {
		t.Fatalf("SLUICE_REQUIRE lists %s, and it can't be had: %v", what, why)
	}
	gaps.Lock()
	gaps.lines = append(gaps.lines, fmt.Sprintf("%s, for want of %s: %v", t.Name(), what, why))
	gaps.Unlock()
	t.Skipf("NOT TESTED for want of %s: %v", what, why)
}

// program finds one of PostgreSQL's client programs.
func program(t *testing.T, name string) string {
	t.Helper()
	path, err := servers.Program(name)
	if err != nil {
		lacking(t, name, err)
	}
	return path
}

// within gives a context that ends when patience does.
func within(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), limit())
	t.Cleanup(cancel)
	return ctx
}
