package servers

import (
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"strconv"
	"syscall"
)

// An account is whom a server program runs as: ourselves, or, because PostgreSQL
// refuses root, somebody else.
type account struct {
	name string
	cred *syscall.Credential // nil: ourselves
}

// serverAccount is ourselves unless we are root; then it is the first that the
// machine has of postgres, nobody and the number 65534.
func serverAccount() account {
	if os.Geteuid() != 0 {
		return account{name: "the current user"}
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err1 := strconv.ParseUint(u.Uid, 10, 32)
		gid, err2 := strconv.ParseUint(u.Gid, 10, 32)
		if err1 == nil && err2 == nil && uid != 0 {
			return account{name, &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}
		}
	}
	return account{"65534", &syscall.Credential{Uid: 65534, Gid: 65534}}
}

// command prepares a program to run as the account in a process group of its
// own, in dir, with an environment in which no PG* variable of ours is left.
func (a account) command(dir, program string, args ...string) *exec.Cmd {
	cmd := exec.Command(program, args...)
	cmd.Dir = dir
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "LC_ALL=C", "TZ=UTC"}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Credential: a.cred}
	return cmd
}

// own gives a file or folder to the account.
func (a account) own(path string) error {
	if a.cred == nil {
		return nil
	}
	return os.Chown(path, int(a.cred.Uid), int(a.cred.Gid))
}

// reaches says whether the account may enter dir. It asks the kernel, as the
// account, for what decides is every folder above dir too.
func (a account) reaches(dir string) bool {
	return a.command("/", "/bin/sh", "-c", `cd "$1"`, "sh", dir).Run() == nil
}

// tempDir makes a folder that the account owns and reaches: below the usual
// place for temporary files, or below one that is open to everybody.
func (a account) tempDir() (string, error) {
	for _, parent := range []string{os.TempDir(), "/tmp", "/var/tmp"} {
		dir, err := os.MkdirTemp(parent, "sluice-server-")
		if err != nil {
			continue
		}
		if err := a.own(dir); err == nil && a.reaches(dir) {
			return dir, nil
		}
		os.Remove(dir)
	}
	return "", fmt.Errorf("no folder for temporary files that %s can reach (tried %s, /tmp and /var/tmp)", a.name, os.TempDir())
}
