package servers

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"

	"github.com/testcontainers/testcontainers-go"

	"github.com/sluice-proxy/sluice/integration/internal/child"
	"github.com/sluice-proxy/sluice/integration/internal/reaper"
)

// redisInstalled starts a server program that is on this machine: the wanted
// version or the first that starts.
func redisInstalled(ctx context.Context, o Options) (*Server, error) {
	var errs []error
	for _, name := range []string{"redis-server", "valkey-server"} {
		path, err := exec.LookPath(name)
		if err != nil {
			errs = append(errs, fmt.Errorf("no %s in PATH", name))
			continue
		}
		s, err := launchRedis(ctx, o, path)
		if err == nil {
			return s, nil
		}
		errs = append(errs, err)
	}
	return nil, errors.Join(errs...)
}

// launchRedis starts a program in a temporary folder.
func launchRedis(ctx context.Context, o Options, path string) (s *Server, err error) {
	major, err := redisMajor(path)
	if err != nil {
		return nil, err
	}
	if wanted := cmp.Or(o.Version, major); major != wanted || major < oldestRedis {
		return nil, fmt.Errorf("%s is version %d, and %d is wanted", path, major, max(wanted, oldestRedis))
	}
	dir, err := os.MkdirTemp("", "sluice-redis-")
	if err != nil {
		return nil, err
	}
	r, err := reaper.New(dir)
	if err != nil {
		os.RemoveAll(dir)
		return nil, err
	}
	s = newRedis(o)
	_, err = retryPort(func() (string, error) {
		addr, err := child.FreeAddr()
		if err != nil {
			return "", err
		}
		host, port, _ := net.SplitHostPort(addr)
		cmd := account{}.command(dir, path, redisArgs(o, map[string]string{"bind": host, "port": port, "dir": dir})...)
		return addr, startProgram(ctx, cmd, r, dir+"/log", func(ctx context.Context) bool { return s.answersRedis(ctx, addr) })
	})
	if err != nil {
		r.Reap()
		return nil, err
	}
	s.How, s.stop = "the installed server program "+path, r.Reap
	return s, nil
}

// redisMajor asks a server program for its major version.
func redisMajor(path string) (int, error) {
	// "Redis server v=7.0.15 sha=…", "Valkey server v=8.0.1 sha=…"
	out, err := exec.Command(path, "--version").Output()
	if err != nil {
		return 0, fmt.Errorf("%s --version: %w", path, err)
	}
	_, version, _ := strings.Cut(string(out), " v=")
	number, _, _ := strings.Cut(version, ".")
	major, err := strconv.Atoi(number)
	if err != nil {
		return 0, fmt.Errorf("%s --version says %q", path, out)
	}
	return major, nil
}

// redisContained starts the official image of Redis, or of Valkey, in a container.
func redisContained(ctx context.Context, o Options) (*Server, error) {
	image, err := chooseImage(ctx, o, append(imageTags("redis", o.Version, 8, 7), imageTags("valkey/valkey", o.Version, 9, 8, 7)...))
	if err != nil {
		return nil, err
	}
	s := newRedis(o)
	// The clients are not on the container's loopback interface.
	args := redisArgs(o, map[string]string{"protected-mode": "no"})
	if err := s.runContainer(ctx, o, image, "6379", s.answersRedis, testcontainers.WithCmd(args...)); err != nil {
		return nil, err
	}
	return s, nil
}

// redisPackaged installs the distribution's package and starts its program.
func redisPackaged(ctx context.Context, o Options) (*Server, error) {
	if err := install(ctx, o, "redis-server"); err != nil {
		return nil, err
	}
	s, err := redisInstalled(ctx, o)
	if err == nil {
		s.How = "the package redis-server, installed just now"
	}
	return s, err
}
