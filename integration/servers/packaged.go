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
func packaged(ctx context.Context, o Options) (*Server, error) {
	name := "postgresql"
	if o.Version != 0 {
		name = fmt.Sprintf("postgresql-%d", o.Version)
	}
	if err := install(ctx, o, name); err != nil {
		return nil, err
	}
	s, err := installed(ctx, o)
	if err == nil {
		s.How = "the package " + name + ", installed just now: " + s.BinDir
	}
	return s, err
}

// install installs a package of the distribution. It needs root and apt-get, and
// says what it is about to do.
func install(ctx context.Context, o Options, name string) error {
	aptGet, err := exec.LookPath("apt-get")
	if err != nil {
		return errors.New("there is no apt-get")
	}
	if os.Geteuid() != 0 {
		return errors.New("apt-get install needs root")
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
			return errors.Join(err, update)
		}
		return run("install", "-y", name)
	}
	return nil
}
