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

// engineWait bounds how long an engine may take to say that it is there.
const engineWait = 3 * time.Second

// pullWait bounds a download: with no registry in reach an image that is present
// does.
const pullWait = 3 * time.Minute

// runContainer starts an image whose server listens on port inside, and waits
// until ready says that it answers. It fills s.Addr in and what ends the server.
func (s *Server) runContainer(ctx context.Context, o Options, image, port string, ready func(context.Context, string) bool, opts ...testcontainers.ContainerCustomizer) error {
	c, err := testcontainers.Run(ctx, image, append(opts, testcontainers.WithExposedPorts(port+"/tcp"))...)
	terminate := func() {
		// It outlives ctx, which is the getting's.
		if err := testcontainers.TerminateContainer(c); err != nil {
			o.logf("the container of %s did not end: %v", image, err)
		}
	}
	if err != nil {
		terminate()
		return fmt.Errorf("a container of %s: %w", image, err)
	}
	s.stop = terminate
	if r := containerReaper(c); r != nil {
		s.stop = func() { terminate(); r.Reap() }
	}
	s.How = "a container of " + image
	if err := s.awaitContainer(ctx, c, port, ready); err != nil {
		out, _ := containerLog(c)
		s.stop()
		return fmt.Errorf("a container of %s: %w: %s", image, err, tail(out))
	}
	return nil
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

// chooseImage asks the engine for the first of the tags; if that can neither be
// found nor downloaded, it takes the first of the others that is present.
func chooseImage(ctx context.Context, o Options, tags []string) (string, error) {
	// The library talks about itself; what matters is in our lines and errors.
	log.SetDefault(log.NewNoopLogger())
	local, err := engineImages(ctx)
	if err != nil {
		return "", err
	}
	if slices.Contains(local, tags[0]) {
		return tags[0], nil
	}
	o.logf("pulling the image %s", tags[0])
	err = pull(ctx, tags[0])
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

// imageTags are those of an official image to choose from: the wanted major
// version's or, if any will do, all that are known, the newest first.
func imageTags(image string, wanted int, known ...int) []string {
	if wanted != 0 {
		known = []int{wanted}
	}
	tags := make([]string, len(known))
	for i, major := range known {
		tags[i] = fmt.Sprintf("%s:%d", image, major)
	}
	return tags
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

// awaitContainer waits until the server answers. That its port takes connections
// says nothing: the engine's forwarder does from the start.
func (s *Server) awaitContainer(ctx context.Context, c *testcontainers.DockerContainer, inside string, ready func(context.Context, string) bool) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	host, err := c.Host(ctx)
	if err != nil {
		return err
	}
	port, err := c.MappedPort(ctx, inside+"/tcp")
	if err != nil {
		return err
	}
	s.Addr = net.JoinHostPort(host, port.Port())
	for !ready(ctx, s.Addr) {
		if state, err := c.State(ctx); err == nil && !state.Running {
			return errors.New("it ended")
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(50 * time.Millisecond):
		}
	}
	return nil
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
