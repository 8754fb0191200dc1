package servers

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/sluice-proxy/sluice/integration/internal/reaper"
)

// errPortTaken is a server that could not have its port.
var errPortTaken = errors.New("the port was taken meanwhile")

// retryPort starts a server on a free port, three times if need be: another
// process can take the port before the server does.
func retryPort(start func() (addr string, err error)) (addr string, err error) {
	for range 3 {
		if addr, err = start(); !errors.Is(err, errPortTaken) {
			break
		}
	}
	return addr, err
}

// startProgram starts a server program, for which r answers from then on, and
// waits until ready says that it answers. What the program says goes to a file.
func startProgram(ctx context.Context, cmd *exec.Cmd, r *reaper.Reaper, logPath string, ready func(context.Context) bool) error {
	log, err := os.Create(logPath)
	if err != nil {
		return err
	}
	defer log.Close()
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		return err
	}
	if err := r.AnswerFor(cmd.Process.Pid); err != nil {
		return err
	}
	// This goroutine ends with the server, for which the reaper answers.
	exited := make(chan error, 1)
	go func() {
		err := cmd.Wait()
		r.Ended()
		exited <- err
	}()

	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	for {
		select {
		case err := <-exited:
			out, _ := os.ReadFile(logPath)
			if bytes.Contains(out, []byte("Address already in use")) {
				return errPortTaken
			}
			return fmt.Errorf("%s ended at once: %w: %s", filepath.Base(cmd.Path), cmp.Or(err, errors.New("exit code 0")), tail(string(out)))
		case <-ctx.Done():
			out, _ := os.ReadFile(logPath)
			return fmt.Errorf("%s does not answer (%w): %s", filepath.Base(cmd.Path), context.Cause(ctx), tail(string(out)))
		case <-time.After(20 * time.Millisecond):
		}
		if ready(ctx) {
			return nil
		}
	}
}

// tail is the end of a program's output, for an error.
func tail(out string) string {
	lines := strings.Split(strings.TrimSpace(out), "\n")
	return strings.Join(lines[max(0, len(lines)-5):], "; ")
}
