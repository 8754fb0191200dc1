package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"time"

	"github.com/sluice-proxy/sluice/integration/internal/child"
	"github.com/sluice-proxy/sluice/integration/internal/reaper"
	"github.com/sluice-proxy/sluice/stats"
)

// A proxy is Sluice, running.
type proxy struct {
	addr, admin string
	log         *os.File // what it writes to its access log
	cmd         *exec.Cmd
	reaper      *reaper.Reaper
	says        bytes.Buffer
	exited      chan struct{}
	err         error // how it ended

	once sync.Once
}

// startSluice starts the program in front of the server and waits until it is ready.
func startSluice(ctx context.Context, program, protocol, to string) (*proxy, error) {
	p := &proxy{exited: make(chan struct{})}
	var err error
	if p.addr, err = child.FreeAddr(); err != nil {
		return nil, err
	}
	if p.admin, err = child.FreeAddr(); err != nil {
		return nil, err
	}
	r, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer w.Close()
	p.log = r
	// The pipe is descriptor 3 over there.
	p.cmd = exec.Command(program, "front", protocol, "--listen", p.addr, "--to", to, "--admin", p.admin, "--log", "/dev/fd/3", "--log-mode", "all", "--drain-limit", "2s")
	p.cmd.ExtraFiles = []*os.File{w}
	p.cmd.Stdout, p.cmd.Stderr = &p.says, &p.says
	// A Ctrl-C is meant for us: Sluice goes on until it has told all.
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if p.reaper, err = reaper.New(""); err != nil {
		return nil, err
	}
	if err := p.cmd.Start(); err != nil {
		p.reaper.Reap()
		return nil, fmt.Errorf("sluice's program can't be started (%w): run make build, or name another with -sluice", err)
	}
	if err := p.reaper.AnswerFor(p.cmd.Process.Pid); err != nil {
		return nil, err
	}
	go func() { // ends with the program
		defer close(p.exited)
		p.err = p.cmd.Wait()
		p.reaper.Ended()
	}()
	if err := p.awaitReady(ctx); err != nil {
		return nil, errors.Join(err, p.stop())
	}
	return p, nil
}

// awaitReady asks until Sluice says that it is ready; it gives no sign of its own.
func (p *proxy) awaitReady(ctx context.Context) error {
	for {
		if _, err := p.get("/readyz"); err == nil {
			return nil
		}
		select {
		case <-p.exited:
			if p.err == nil {
				p.err = errors.New("it said that all was well")
			}
			return fmt.Errorf("sluice ended at once (%w): %s", p.err, p.says.String())
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// stop asks the program to end and waits until it has.
func (p *proxy) stop() error {
	p.once.Do(func() {
		_ = p.cmd.Process.Signal(syscall.SIGTERM) // if it has ended, all the better
		select {
		case <-p.exited:
		case <-time.After(10 * time.Second):
		}
		p.reaper.Reap()
		<-p.exited
		if p.err != nil {
			p.err = fmt.Errorf("sluice: %w: %s", p.err, p.says.String())
		}
	})
	return p.err
}

// A line is what the demo shows of a line of the access log.
type line struct {
	Time      time.Time `json:"timestamp"`
	Event     string    `json:"event.name"`
	User      string    `json:"db.user"`
	Database  string    `json:"db.namespace"`
	App       string    `json:"db.client.application"`
	Purpose   string    `json:"sluice.purpose"`
	Request   string    `json:"sluice.request"`
	Outcome   string    `json:"sluice.outcome"`
	Duration  float64   `json:"db.client.operation.duration"`
	Operation string    `json:"db.operation.name"`
	Text      string    `json:"db.query.text"`
	Rows      int64     `json:"db.response.returned_rows"`
	Affected  int64     `json:"db.response.affected_rows"`
	Status    string    `json:"db.response.status_code"`
	Sent      uint64    `json:"db.request.size"`
	Received  uint64    `json:"db.response.size"`
	Blocking  bool      `json:"redis.blocking"`
}

// read tells of each line until the program closes its log.
func (p *proxy) read(tell func(*line)) {
	in := bufio.NewReaderSize(p.log, 1<<16)
	for {
		text, err := in.ReadBytes('\n')
		if err != nil {
			p.log.Close()
			return
		}
		var l line
		if json.Unmarshal(text, &l) == nil {
			tell(&l)
		}
	}
}

// report asks for the statement table, those with the longest times first.
func (p *proxy) report() (*stats.Report, error) {
	body, err := p.get("/statements?sort=p95&limit=0")
	if err != nil {
		return nil, err
	}
	var r stats.Report
	return &r, json.Unmarshal(body, &r)
}

func (p *proxy) get(path string) ([]byte, error) {
	c := http.Client{Timeout: 10 * time.Second}
	defer c.CloseIdleConnections()
	resp, err := c.Get("http://" + p.admin + path)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s: %s", path, resp.Status)
	}
	return io.ReadAll(resp.Body)
}
