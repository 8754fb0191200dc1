package servers

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/sluice-proxy/sluice/integration/internal/child"
	"github.com/sluice-proxy/sluice/integration/internal/reaper"
)

// programs are the server programs of one PostgreSQL.
type programs struct {
	dir   string // initdb and postgres are in it
	major int
}

// readPrograms asks the postgres of dir for its version. Its error says what is
// missing.
func readPrograms(dir string) (programs, error) {
	for _, name := range []string{"initdb", "postgres"} {
		if _, err := exec.LookPath(filepath.Join(dir, name)); err != nil {
			return programs{}, fmt.Errorf("no %s in %s", name, dir)
		}
	}
	// "postgres (PostgreSQL) 15.14 (Debian 15.14-0+deb12u1)", "… 19beta1"
	out, err := exec.Command(filepath.Join(dir, "postgres"), "--version").Output()
	if err != nil {
		return programs{}, fmt.Errorf("%s/postgres --version: %w", dir, err)
	}
	_, version, _ := strings.Cut(string(out), "(PostgreSQL) ")
	digits := strings.IndexFunc(version+".", func(r rune) bool { return r < '0' || r > '9' })
	major, err := strconv.Atoi(version[:digits])
	if err != nil {
		return programs{}, fmt.Errorf("%s/postgres --version says %q", dir, out)
	}
	return programs{dir, major}, nil
}

// launch makes a new database cluster in a temporary folder, starts a server on
// it and waits until it answers.
func (p programs) launch(ctx context.Context, o Options, how string) (s *Server, err error) {
	acct := serverAccount()
	if !acct.reaches(p.dir) {
		return nil, fmt.Errorf("PostgreSQL refuses to run as root, and %s cannot reach %s", acct.name, p.dir)
	}
	dir, err := acct.tempDir()
	if err != nil {
		return nil, err
	}
	r, err := reaper.New(dir)
	if err != nil {
		os.RemoveAll(dir)
		return nil, err
	}
	defer func() {
		if err != nil {
			r.Reap()
		}
	}()
	c := cluster{programs: p, acct: acct, dir: dir, reaper: r}
	ca, err := c.create(ctx, o)
	if err != nil {
		return nil, err
	}
	s = &Server{Product: productPostgres, User: pgUser, Password: pgPassword, Database: pgDatabase, How: how, BinDir: p.dir, CA: ca, stop: r.Reap}

	s.Addr, err = retryPort(func() (string, error) { return c.start(ctx) })
	if err != nil {
		return nil, err
	}
	return s, s.prepare(ctx)
}

// A cluster is PostgreSQL's word for a data folder and the server on it.
type cluster struct {
	programs
	acct   account
	dir    string // holds everything, also the data folder
	reaper *reaper.Reaper
}

func (c *cluster) data() string { return filepath.Join(c.dir, "data") }

// create runs initdb and writes the configuration. It returns the authority of
// the server's certificate, if it got one.
func (c *cluster) create(ctx context.Context, o Options) (ca []byte, err error) {
	pwfile := filepath.Join(c.dir, "password")
	if err := c.write(pwfile, []byte(pgPassword+"\n")); err != nil {
		return nil, err
	}
	initdb := c.acct.command(c.dir, filepath.Join(c.programs.dir, "initdb"),
		"-D", c.data(), "-U", pgUser, "--pwfile="+pwfile,
		"--auth-local=trust", "--auth-host=scram-sha-256",
		"--encoding=UTF8", "--locale=C", "--no-sync")
	var out bytes.Buffer
	initdb.Stdout, initdb.Stderr = &out, &out
	if err := c.run(ctx, initdb); err != nil {
		return nil, fmt.Errorf("initdb of PostgreSQL %d as %s: %w: %s", c.major, c.acct.name, err, tail(out.String()))
	}

	if o.TLS {
		cert, err := newCertificate()
		if err != nil {
			return nil, err
		}
		ca = cert.ca
		if err := errors.Join(
			c.write(filepath.Join(c.data(), certFile), cert.cert),
			c.write(filepath.Join(c.data(), keyFile), cert.key),
		); err != nil {
			return nil, err
		}
	}
	conf, err := os.OpenFile(filepath.Join(c.data(), "postgresql.conf"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return nil, err
	}
	_, err = io.WriteString(conf, postgresqlConf(o.settings()))
	return ca, errors.Join(err, conf.Close(), c.write(filepath.Join(c.data(), "pg_hba.conf"), []byte(o.pgHBA())))
}

// write makes a file that only the account can read; PostgreSQL asks that of
// its key.
func (c *cluster) write(path string, content []byte) error {
	if err := os.WriteFile(path, content, 0o600); err != nil {
		return err
	}
	return c.acct.own(path)
}

// run runs a program of the cluster to its end, or to ctx's.
func (c *cluster) run(ctx context.Context, cmd *exec.Cmd) error {
	if err := cmd.Start(); err != nil {
		return err
	}
	if err := c.reaper.AnswerFor(cmd.Process.Pid); err != nil {
		return err
	}
	defer context.AfterFunc(ctx, func() { _ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) })()
	err := cmd.Wait()
	c.reaper.Ended()
	return errors.Join(context.Cause(ctx), err)
}

// start starts the server on a free port and waits until it accepts
// connections.
func (c *cluster) start(ctx context.Context) (addr string, err error) {
	addr, err = child.FreeAddr()
	if err != nil {
		return "", err
	}
	host, port, _ := net.SplitHostPort(addr)
	cmd := c.acct.command(c.dir, filepath.Join(c.programs.dir, "postgres"),
		"-D", c.data(), "-p", port, "-h", host, "-c", "unix_socket_directories=")
	return addr, startProgram(ctx, cmd, c.reaper, filepath.Join(c.dir, "log"), func(ctx context.Context) bool { return answers(ctx, addr) })
}

// answers says whether a server on addr accepts connections. One that starts up
// or recovers takes the connection and refuses the session.
func answers(ctx context.Context, addr string) bool {
	s := Server{Product: productPostgres, Addr: addr, User: pgUser, Password: pgPassword}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	conn, err := pgx.Connect(ctx, s.URL(pgDatabase))
	if err != nil {
		return false
	}
	return conn.Close(ctx) == nil
}

// prepare makes what every server of ours has, and reads its version.
func (s *Server) prepare(ctx context.Context) error {
	conn, err := pgx.Connect(ctx, s.URL(""))
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	if _, err := s.readVersion(ctx, conn); err != nil {
		return err
	}
	_, err = conn.Exec(ctx, "create database "+TrustDatabase)
	return err
}
