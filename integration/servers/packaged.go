package servers

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
)

// packaged installs the distribution's package and starts its server program.
// It needs root and apt-get, and says what it is about to do.
func packaged(ctx context.Context, o Options) (*Server, error) {
	aptGet, err := exec.LookPath("apt-get")
	if err != nil {
		return nil, errors.New("there is no apt-get")
	}
	if os.Geteuid() != 0 {
		return nil, errors.New("apt-get install needs root")
	}
	name := "postgresql"
	if o.Version != 0 {
		name = fmt.Sprintf("postgresql-%d", o.Version)
	}
	run := func(args ...string) error {
		o.logf("running apt-get %s", strings.Join(args, " "))
		cmd := exec.CommandContext(ctx, aptGet, args...)
		cmd.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive")
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("apt-get %s: %w: %s", strings.Join(args, " "), err, tail(string(out)))
		}
		return nil
	}
	if err := run("install", "-y", name); err != nil {
		// The package lists may be missing, as in a fresh container, or old.
		if update := run("update"); update != nil {
			return nil, errors.Join(err, update)
		}
		if err := run("install", "-y", name); err != nil {
			return nil, err
		}
	}
	s, err := installed(ctx, o)
	if err == nil {
		s.How = "the package " + name + ", installed just now: " + s.BinDir
	}
	return s, err
}
