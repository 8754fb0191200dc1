package driversuite

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/sluice-proxy/sluice/integration/internal/reaper"
)

// Source is a writable copy of a module, in a temporary folder. Its tests may run
// more than once at a time.
type Source struct {
	Dir    string
	reaper *reaper.Reaper
}

// Copy downloads a module (path@version) into the module cache and copies it
// from there, for tests write into their folders, which the cache forbids. The
// caller closes it.
func Copy(ctx context.Context, module string) (*Source, error) {
	dir, err := os.MkdirTemp("", "sluice-driver-")
	if err != nil {
		return nil, err
	}
	r, err := reaper.New(dir)
	if err != nil {
		os.RemoveAll(dir)
		return nil, err
	}
	s := &Source{Dir: filepath.Join(dir, "source"), reaper: r}
	if err := s.fill(ctx, dir, module); err != nil {
		s.Close()
		return nil, fmt.Errorf("the source of %s: %w", module, err)
	}
	return s, nil
}

func (s *Source) fill(ctx context.Context, dir, module string) error {
	cmd := exec.CommandContext(ctx, "go", "mod", "download", "-json", module)
	cmd.Dir = dir // of no module, whose go.mod would have a say
	cmd.Env = goEnv(nil)
	// On an error it exits with 1 and says the reason in the JSON.
	out, err := cmd.Output()
	var got struct{ Dir, Error string }
	if jsonErr := json.Unmarshal(out, &got); jsonErr != nil {
		return errors.Join(err, jsonErr)
	}
	if got.Error != "" {
		return errors.New(got.Error)
	}
	if err := os.CopyFS(s.Dir, os.DirFS(got.Dir)); err != nil {
		return err
	}
	return filepath.WalkDir(s.Dir, func(path string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		return os.Chmod(path, info.Mode().Perm()|0o200)
	})
}

// Close removes the copy.
func (s *Source) Close() { s.reaper.Reap() }

// Test runs the tests of packages ("./...") whose names match pattern (all if it
// is empty) with env added to the environment; the program of tests gets flags of
// its own. That tests fail is not an error.
func (s *Source) Test(ctx context.Context, env, packages []string, pattern string, flags ...string) (*Results, error) {
	// -trimpath: else the copy's path would be in what the build cache keeps,
	// and every copy be built anew.
	args := []string{"test", "-json", "-count=1", "-timeout=15m", "-trimpath", "-vet=off"}
	if pattern != "" {
		args = append(args, "-run="+pattern)
	}
	args = append(args, packages...)
	if len(flags) > 0 {
		args = append(append(args, "-args"), flags...)
	}
	r, err := reaper.New("")
	if err != nil {
		return nil, err
	}
	defer r.Reap()
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = s.Dir
	cmd.Env = goEnv(env)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	if err := r.AnswerFor(cmd.Process.Pid); err != nil {
		return nil, err
	}
	results, parseErr := Parse(stdout)
	waitErr := cmd.Wait()
	r.Ended()
	if err := errors.Join(context.Cause(ctx), parseErr); err != nil {
		return nil, err
	}
	if len(results.outcomes) == 0 && pattern == "" {
		return nil, fmt.Errorf("go test ran nothing: %w: %s", waitErr, &stderr)
	}
	return results, nil
}

// goEnv is our environment, without what would change the meaning of a go
// command or of a driver's tests, and with env.
func goEnv(env []string) []string {
	var clean []string
	for _, kv := range os.Environ() {
		if !slices.ContainsFunc([]string{"PG", "RE_", "RCE_", "REDIS_", "GOREDIS_"}, func(prefix string) bool { return strings.HasPrefix(kv, prefix) }) {
			clean = append(clean, kv)
		}
	}
	return append(append(clean, "GOWORK=off", "GOFLAGS="), env...)
}
