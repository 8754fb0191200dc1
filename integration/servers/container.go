package servers

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os/exec"
	"slices"
	"strings"
	"time"

	"github.com/testcontainers/testcontainers-go"
	"github.com/testcontainers/testcontainers-go/log"

	"github.com/sluice-proxy/sluice/integration/internal/reaper"
)

// imageVersions are the majors of the official image, the newest first.
var imageVersions = []int{18, 17, 16, 15, 14}

// engineWait bounds how long an engine may take to say that it is there.
const engineWait = 3 * time.Second

// pullWait bounds a download: with no registry in reach an image that is present
// does.
const pullWait = 3 * time.Minute

// contained starts the official image in a container.
func contained(ctx context.Context, o Options) (*Server, error) {
	// The library talks about itself; what matters is in our lines and errors.
	log.SetDefault(log.NewNoopLogger())
	local, err := engineImages(ctx)
	if err != nil {
		return nil, err
	}
	image, err := chooseImage(ctx, o, local)
	if err != nil {
		return nil, err
	}
	ca, files, err := containerFiles(o)
	if err != nil {
		return nil, err
	}
	c, err := testcontainers.Run(ctx, image,
		testcontainers.WithEnv(map[string]string{"POSTGRES_USER": pgUser, "POSTGRES_PASSWORD": pgPassword, "POSTGRES_DB": pgDatabase}),
		testcontainers.WithExposedPorts("5432/tcp"),
		testcontainers.WithFiles(files...),
	)
	terminate := func() {
		// It outlives ctx, which is the getting's.
		if err := testcontainers.TerminateContainer(c); err != nil {
			o.logf("the container of %s did not end: %v", image, err)
		}
	}
	if err != nil {
		terminate()
		return nil, fmt.Errorf("a container of %s: %w", image, err)
	}
	stop := terminate
	if r := containerReaper(c); r != nil {
		stop = func() { terminate(); r.Reap() }
	}
	s := &Server{User: pgUser, Password: pgPassword, Database: pgDatabase, How: "a container of " + image, CA: ca, stop: stop}
	if err := s.awaitContainer(ctx, c); err != nil {
		out, _ := containerLog(c)
		stop()
		return nil, fmt.Errorf("a container of %s: %w: %s", image, err, tail(out))
	}
	return s, nil
}

// containerReaper removes the container if we are killed. The library has a
// container of its own for that, but its image cannot be had everywhere, and it
// is switched off then. It is nil without the engine's client program.
func containerReaper(c *testcontainers.DockerContainer) *reaper.Reaper {
	for _, client := range []string{"docker", "podman"} {
		if path, err := exec.LookPath(client); err == nil {
			if r, err := reaper.New("", path, "rm", "--force", "--volumes", c.GetContainerID()); err == nil {
				return r
			}
		}
	}
	return nil
}

// engineImages asks the engine which images are present, and thereby whether
// there is one.
func engineImages(ctx context.Context) ([]string, error) {
	provider, err := testcontainers.NewDockerProvider()
	if err != nil {
		return nil, fmt.Errorf("no container engine answers (%w)", err)
	}
	defer provider.Close()
	ctx, cancel := context.WithTimeout(ctx, engineWait)
	defer cancel()
	images, err := provider.ListImages(ctx)
	if err != nil {
		return nil, fmt.Errorf("no container engine answers (%w)", err)
	}
	names := make([]string, len(images))
	for i, image := range images {
		// Some engines write the registry and the folder of official images out.
		names[i] = image.Name
		if _, short, ok := strings.Cut(image.Name, "/library/"); ok {
			names[i] = short
		}
	}
	return names, nil
}

// chooseImage takes the wanted version or the newest; if that can neither be
// found nor downloaded and any will do, the newest that is present.
func chooseImage(ctx context.Context, o Options, local []string) (string, error) {
	tags := make([]string, 0, len(imageVersions))
	for _, v := range imageVersions {
		if o.Version == 0 || o.Version == v {
			tags = append(tags, fmt.Sprintf("postgres:%d", v))
		}
	}
	if len(tags) == 0 {
		tags = append(tags, fmt.Sprintf("postgres:%d", o.Version))
	}
	if slices.Contains(local, tags[0]) {
		return tags[0], nil
	}
	o.logf("pulling the image %s", tags[0])
	err := pull(ctx, tags[0])
	if err == nil {
		return tags[0], nil
	}
	for _, tag := range tags[1:] {
		if slices.Contains(local, tag) {
			o.logf("the image %s cannot be had (%v), %s is present", tags[0], err, tag)
			return tag, nil
		}
	}
	return "", fmt.Errorf("the image %s cannot be had (%w), and none of the others is present", tags[0], err)
}

func pull(ctx context.Context, image string) error {
	provider, err := testcontainers.NewDockerProvider()
	if err != nil {
		return err
	}
	defer provider.Close()
	ctx, cancel := context.WithTimeout(ctx, pullWait)
	defer cancel()
	return provider.PullImage(ctx, image)
}

// containerFiles are the configuration and a script that the image's entry point
// runs, as the server's account, between initdb and the start.
func containerFiles(o Options) (ca []byte, files []testcontainers.ContainerFile, err error) {
	const inside = "/sluice/"
	add := func(path, content string, mode int64) {
		files = append(files, testcontainers.ContainerFile{Reader: strings.NewReader(content), ContainerFilePath: path, FileMode: mode})
	}
	script := []string{
		"set -e",
		"cat " + inside + "postgresql.conf >> \"$PGDATA/postgresql.conf\"",
		"cat " + inside + "pg_hba.conf > \"$PGDATA/pg_hba.conf\"",
	}
	add(inside+"postgresql.conf", postgresqlConf(o.settings()), 0o644)
	add(inside+"pg_hba.conf", o.pgHBA(), 0o644)
	if o.TLS {
		cert, err := newCertificate()
		if err != nil {
			return nil, nil, err
		}
		ca = cert.ca
		add(inside+certFile, string(cert.cert), 0o644)
		add(inside+keyFile, string(cert.key), 0o644)
		script = append(script,
			"cp "+inside+certFile+" "+inside+keyFile+" \"$PGDATA\"",
			"chmod 600 \"$PGDATA/"+keyFile+"\"")
	}
	add("/docker-entrypoint-initdb.d/sluice.sh", strings.Join(script, "\n")+"\n", 0o644)
	return ca, files, nil
}

// awaitContainer waits until the server answers, and prepares it. While the
// entry point runs the scripts the server does not listen on TCP, so that the
// first answer is the real server's; but the engine's port forwarder takes
// connections from the start.
func (s *Server) awaitContainer(ctx context.Context, c *testcontainers.DockerContainer) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	host, err := c.Host(ctx)
	if err != nil {
		return err
	}
	port, err := c.MappedPort(ctx, "5432/tcp")
	if err != nil {
		return err
	}
	s.Addr = net.JoinHostPort(host, port.Port())
	for !answers(ctx, s.Addr) {
		if state, err := c.State(ctx); err == nil && !state.Running {
			return errors.New("it ended")
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(50 * time.Millisecond):
		}
	}
	return s.prepare(ctx)
}

func containerLog(c *testcontainers.DockerContainer) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), engineWait)
	defer cancel()
	r, err := c.Logs(ctx)
	if err != nil {
		return "", err
	}
	defer r.Close()
	out, err := io.ReadAll(io.LimitReader(r, 1<<20))
	return string(out), err
}
