package accesslog

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// A writer is the one goroutine that writes.
type writer struct {
	log  *Log
	next atomic.Pointer[os.File] // to go on with, after Reopen

	quit  chan struct{} // closed by close: write the rest
	stop  chan struct{} // closed by close: give up
	ended chan struct{}
	once  sync.Once // for quit
	given sync.Once // for stop

	mu   sync.Mutex // held where out changes, and where anyone but the writer looks at it
	out  io.Writer
	file *os.File // out, if the log opened it

	warned time.Time

	lines  atomic.Uint64
	bytes  atomic.Uint64
	errors atomic.Uint64
	lost   atomic.Uint64 // lines
}

const (
	retryAfter = 250 * time.Millisecond
	warnEvery  = time.Minute
)

func (w *writer) setup(l *Log) error {
	w.log = l
	w.quit, w.stop, w.ended = make(chan struct{}), make(chan struct{}), make(chan struct{})
	switch path := l.config.Path; {
	case l.config.Writer != nil:
		w.out = l.config.Writer
	case path == "" || path == "-":
		w.out = os.Stdout
	default:
		f, err := open(path)
		if err != nil {
			return fmt.Errorf("access log: %w", err)
		}
		w.out, w.file = f, f
	}
	return nil
}

func open(path string) (*os.File, error) {
	return os.OpenFile(path, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o640)
}

func (w *writer) reopen() error {
	if c := &w.log.config; c.Writer != nil || c.Path == "" || c.Path == "-" {
		return nil // not ours to open
	}
	select {
	case <-w.quit:
		return os.ErrClosed
	default:
	}
	f, err := open(w.log.config.Path)
	if err != nil {
		return fmt.Errorf("access log: %w", err)
	}
	if old := w.next.Swap(f); old != nil {
		_ = old.Close() // nothing was written to it
	}
	select {
	case w.log.queue.more <- struct{}{}:
	default:
	}
	return nil
}

func (w *writer) run() {
	defer close(w.ended)
	timer := time.NewTimer(time.Hour)
	timer.Stop()
	armed := false
	for {
		select {
		case <-w.log.wake:
			if !armed {
				timer.Reset(w.log.config.Delay)
				armed = true
			}
			continue
		case <-timer.C:
			armed = false
			for _, sh := range w.log.shards {
				armed = sh.collect() || armed
			}
			w.log.queue.trim()
			if armed {
				timer.Reset(w.log.config.Delay)
			}
		case <-w.log.queue.more:
		case <-w.quit:
			w.flush()
			w.swap()
			if w.file != nil {
				if err := w.file.Close(); err != nil {
					w.failed(err)
				}
			}
			return
		}
		w.flush()
		w.swap() // the old file is closed even if there is nothing to write
	}
}

// flush writes what is queued.
func (w *writer) flush() {
	for {
		c, ok := w.log.queue.next()
		if !ok {
			return
		}
		w.write(c)
		w.log.queue.done(c)
	}
}

// write writes c, however often that takes, unless it is told to stop.
func (w *writer) write(c chunk) {
	for off := 0; off < len(c.p); {
		if w.swap() {
			off = bytes.LastIndexByte(c.p[:off], '\n') + 1 // a line that was torn is written to the new file as a whole
		}
		n, err := w.out.Write(c.p[off:])
		if err == nil && n < len(c.p)-off {
			err = io.ErrShortWrite
		}
		off += max(n, 0)
		w.bytes.Add(uint64(max(n, 0)))
		if err == nil {
			break
		}
		w.failed(err)
		if off < len(c.p) && !w.pause() {
			lost := bytes.Count(c.p[off:], []byte{'\n'})
			w.lost.Add(uint64(lost))
			w.lines.Add(uint64(c.lines - lost))
			return
		}
	}
	w.lines.Add(uint64(c.lines))
}

// pause waits before another attempt; false says that there is to be none.
func (w *writer) pause() bool {
	timer := time.NewTimer(retryAfter)
	defer timer.Stop()
	select {
	case <-w.stop:
		return false
	default:
	}
	select {
	case <-w.stop:
		return false
	case <-timer.C:
		return true
	}
}

// swap goes on with the file that Reopen opened, and reports whether there was one.
func (w *writer) swap() bool {
	f := w.next.Swap(nil)
	if f == nil {
		return false
	}
	old := w.file
	w.mu.Lock()
	w.file, w.out = f, f
	w.mu.Unlock()
	if err := old.Close(); err != nil {
		w.failed(err)
	}
	return true
}

func (w *writer) failed(err error) {
	w.errors.Add(1)
	if now := time.Now(); now.Sub(w.warned) >= warnEvery {
		w.warned = now
		w.log.config.Logger.Error("access log: lines can't be written", "log", w.log.config.Name, "error", err,
			"pending_bytes", w.log.queue.pending(), "errors", w.errors.Load(), "lost_lines", w.lost.Load())
	}
}

// close has the rest written and waits until that is done, or timeout has passed.
func (w *writer) close(timeout time.Duration) error {
	w.once.Do(func() { close(w.quit) })
	timer := time.NewTimer(timeout)
	defer timer.Stop()
	select {
	case <-w.ended:
	case <-timer.C:
		w.giveUp()
		timer.Reset(retryAfter)
		select {
		case <-w.ended:
		case <-timer.C:
		}
	}
	if n := w.lost.Load(); n > 0 {
		return fmt.Errorf("access log: %d lines lost", n)
	}
	select {
	case <-w.ended:
		return nil
	default:
		return errors.New("access log: the output is stuck; what was pending is lost")
	}
}

// giveUp has the writer end without writing all. A write that hangs is interrupted if the system can do that.
func (w *writer) giveUp() {
	w.given.Do(func() { close(w.stop) })
	w.mu.Lock()
	defer w.mu.Unlock()
	if d, ok := w.out.(interface{ SetWriteDeadline(time.Time) error }); ok {
		_ = d.SetWriteDeadline(time.Now()) // regular files have none, and don't hang for ever
	}
}
