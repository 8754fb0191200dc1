// Package reaper sees to it that a program that a test started goes when the
// test goes.
//
// A [Reaper] is a shell that waits for the end of its input. That comes when we
// close the pipe, and also when we are killed, panic, run into go test's time
// limit or are interrupted: the kernel closes the pipe for us. Then it ends the
// processes it was told of and removes their folder. A signal handler would
// cover only one of those cases.
package reaper

import (
	"fmt"
	"io"
	"os/exec"
	"strconv"
	"syscall"
)

// script reads process ids, a line each, of which the last is the one that may
// still run, or is empty; $1 is the folder, or empty; the other arguments are a last command.
//
// SIGQUIT is PostgreSQL's immediate shutdown: the server releases its shared
// memory and ends its children, after 5 s by SIGKILL. Other programs end by it
// too. Only then force is used, on the group. A zombie has ended: if we are dead
// it is the machine's first process that fetches it, when it pleases.
//
// PostgreSQL 18, 18.5 "Shutting Down the Server"
const script = `
trap '' INT TERM HUP QUIT
while read -r pid; do last=$pid; done
if [ -n "$last" ]; then
	kill -QUIT "$last" 2>/dev/null
	n=0
	while kill -0 "$last" 2>/dev/null && [ $n -lt 160 ]; do
		case $(ps -o stat= -p "$last" 2>/dev/null) in Z*) break ;; esac
		sleep 0.05
		n=$((n + 1))
	done
	kill -KILL -- "-$last" 2>/dev/null
fi
if [ -n "$1" ]; then
	n=0
	until rm -rf -- "$1" 2>/dev/null || [ $n -ge 20 ]; do sleep 0.1; n=$((n + 1)); done
fi
shift
[ $# -eq 0 ] || exec "$@"
`

// A Reaper answers for one program and one folder.
type Reaper struct {
	cmd  *exec.Cmd
	pipe io.WriteCloser
}

// New starts one. At the end it removes dir, unless that is empty, and runs the
// command last, if there is one.
func New(dir string, last ...string) (*Reaper, error) {
	cmd := exec.Command("/bin/sh", append([]string{"-c", script, "sluice-reaper", dir}, last...)...)
	cmd.Dir = "/"
	// Not in our group: a Ctrl-C on the terminal is not meant for it.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	pipe, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("the shell that is to clean up: %w", err)
	}
	return &Reaper{cmd, pipe}, nil
}

// AnswerFor makes pid, the leader of a process group, the one to end. What it
// answered for before has ended. An error means that nobody answers for it.
func (r *Reaper) AnswerFor(pid int) error {
	_, err := io.WriteString(r.pipe, strconv.Itoa(pid)+"\n")
	return err
}

// Ended says that the program has ended, so that its number, which may become
// another's, is not used any more.
func (r *Reaper) Ended() {
	// An error is that of a reaper that reaps already.
	_, _ = io.WriteString(r.pipe, "\n")
}

// Reap ends the program and removes the folder now, and returns when that is
// done.
func (r *Reaper) Reap() {
	r.pipe.Close()
	// Its exit status says nothing that matters.
	_ = r.cmd.Wait()
}
