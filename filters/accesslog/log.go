package accesslog

import (
	"io"
	"log/slog"
	"sync"
	"time"

	"github.com/sluice-proxy/sluice/filters"
)

// A Mode says which exchanges and sessions are logged.
type Mode uint8

// The modes.
const (
	All    Mode = iota // everything
	Errors             // exchanges that didn't end well, and sessions that were not ended in good order
	Slow               // what Errors logs, and exchanges that took at least Config.Slow
)

// A Config says what is logged and where to.
type Config struct {
	Name   string         // the log's, for metrics; default "access"
	Shards int            // how many drivers log; default 1
	Epoch  *filters.Epoch // that the sessions' clock counts from; needed

	Path   string    // a file, appended to and made with mode 0640; "" or "-" is standard output
	Writer io.Writer // in place of Path

	Mode Mode
	Slow time.Duration
	Raw  bool // also the statement's text as the client sent it, literals and all; the protocol filter must keep it
	Text int  // bytes of a text that are written; default 16 KiB

	Block      bool          // wait where there is no room, instead of dropping lines: for an audit, at the price that a full disk stops the proxy
	QueueBytes int64         // that may wait to be written, beside at most one buffer of 64 KiB for each shard; default 16 MiB
	Delay      time.Duration // after which a line is written at the latest, if it can be; default 100 ms

	Logger *slog.Logger // is told, at most once a minute, that lines can't be written; default slog.Default()
}

// A Log writes lines. Its methods may be called concurrently; they contend only where they are about the same shard.
type Log struct {
	filters.Recorder
	config Config
	base   int64 // the wall clock's nanoseconds at instant 0
	shards []*shard
	queue  queue
	writer writer
	wake   chan struct{} // a shard has a line
	descs  descs
}

var (
	_ filters.MessageFilter = (*Log)(nil)
	_ filters.SessionFilter = (*Log)(nil)
)

// New opens the log and starts its writer, which ends with Close.
func New(c Config) (*Log, error) {
	if c.Name == "" {
		c.Name = "access"
	}
	if c.Text <= 0 {
		c.Text = 16 << 10
	}
	if c.QueueBytes <= 0 {
		c.QueueBytes = 16 << 20
	}
	if c.Delay <= 0 {
		c.Delay = 100 * time.Millisecond
	}
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	l := &Log{config: c, base: c.Epoch.Wall(0).UnixNano(), wake: make(chan struct{}, 1), descs: newDescs(c.Name)}
	l.queue.setup(c.QueueBytes, max(c.Shards, 1))
	for range max(c.Shards, 1) {
		l.shards = append(l.shards, &shard{log: l})
	}
	if err := l.writer.setup(l); err != nil {
		return nil, err
	}
	go l.writer.run() // ends with Close, which waits for it
	return l, nil
}

// WantsRaw says that the protocol filter must keep the texts of statements as the client sent them.
func (l *Log) WantsRaw() bool { return l.config.Raw }

// OnDone logs an exchange.
func (l *Log) OnDone(x *filters.Exchange) {
	if l.config.Mode != All && x.Outcome == filters.OK && (l.config.Mode == Errors || x.Duration() < int64(l.config.Slow)) {
		return
	}
	sh := l.shard(x.Session.Shard)
	sh.mu.Lock()
	if sh.room() {
		sh.buf = sh.exchangeLine(sh.buf, x)
		sh.added(exchangeEvent)
	}
	sh.mu.Unlock()
}

// OnOpen logs nothing: a session is one line, at its end.
func (l *Log) OnOpen(*filters.Session) {}

// OnClose logs a session.
func (l *Log) OnClose(s *filters.Session) {
	sh := l.shard(s.Shard)
	sh.mu.Lock()
	if (l.config.Mode == All || !orderly(s.Cause)) && sh.room() {
		sh.buf = sh.sessionLine(sh.buf, s)
		sh.added(sessionEvent)
	}
	sh.forget(s)
	sh.mu.Unlock()
}

// orderly says whether a session's end is nothing that anybody must be told of.
func orderly(c filters.Cause) bool {
	switch c {
	case filters.ClientClosed, filters.ServerClosed, filters.Idle, filters.Expired, filters.Drained, filters.Stopped:
		return true
	}
	return false
}

func (l *Log) shard(n int) *shard {
	if uint(n) >= uint(len(l.shards)) {
		n = int(uint(n) % uint(len(l.shards)))
	}
	return l.shards[n]
}

// Reopen opens the file by its name again, for whoever has renamed it (logrotate). Lines before the call may still go to the old file until
// it returns and shortly after; no line is torn or lost. If the file can't be opened the old one is kept.
func (l *Log) Reopen() error { return l.writer.reopen() }

// Close writes what is pending, for at most as long as timeout, and ends the log. Lines that come later are dropped. It returns an error if lines were lost.
func (l *Log) Close(timeout time.Duration) error {
	for _, sh := range l.shards {
		sh.mu.Lock()
		sh.closed = true
		sh.handOver(true)
		sh.mu.Unlock()
	}
	l.queue.close() // lets go whoever waits for room
	return l.writer.close(timeout)
}

const (
	exchangeEvent = iota
	sessionEvent
	droppedEvent
	events
)

// A shard holds the lines of one driver until there are enough of them.
type shard struct {
	log *Log

	mu      sync.Mutex
	buf     []byte
	lines   int // in buf
	stamp   stamp
	missing uint64 // lines dropped since the last line that says so
	awake   bool   // the writer knows that there is something in buf
	closed  bool

	accepted [events]uint64
	dropped  uint64
	prefixes [prefixes]prefix
	_        [64]byte // keeps the next allocation's words off this one's cache lines
}

// bufferSize is how full a buffer gets, but for the line that fills it.
const bufferSize = 64 << 10

// room makes sure that a line may be appended; if not, the line is counted as dropped.
func (sh *shard) room() bool {
	for len(sh.buf) >= bufferSize && !sh.closed {
		if sh.handOver(false) {
			break
		}
		if !sh.log.config.Block {
			sh.missing++
			sh.dropped++
			return false
		}
		sh.mu.Unlock() // the writer looks into the shards too
		sh.log.queue.wait()
		sh.mu.Lock()
	}
	if sh.closed {
		sh.dropped++
		return false
	}
	if sh.missing > 0 {
		sh.confess()
	}
	return true
}

// confess appends the line that says how many lines are missing.
func (sh *shard) confess() {
	sh.buf = sh.droppedLine(sh.buf, sh.missing)
	sh.missing = 0
	sh.lines++
	sh.accepted[droppedEvent]++
}

// added does what is due after a line was appended.
func (sh *shard) added(event int) {
	sh.lines++
	sh.accepted[event]++
	if len(sh.buf) >= bufferSize {
		sh.handOver(false)
	}
	if !sh.awake && len(sh.buf) > 0 {
		sh.awake = true
		select {
		case sh.log.wake <- struct{}{}:
		default:
		}
	}
}

// handOver gives the buffer to the writer and reports whether it is empty now.
func (sh *shard) handOver(force bool) bool {
	if sh.missing > 0 && len(sh.buf) < bufferSize || force && sh.missing > 0 {
		sh.confess()
	}
	if len(sh.buf) == 0 {
		return true
	}
	fresh, ok := sh.log.queue.put(chunk{sh.buf, sh.lines}, force)
	if ok {
		sh.buf, sh.lines = fresh, 0
	}
	return ok
}

// collect hands over what there is, for the writer, and reports whether something is left.
func (sh *shard) collect() (left bool) {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	sh.handOver(false)
	if sh.missing > 0 && len(sh.buf) == 0 && !sh.closed {
		sh.confess()
		sh.handOver(false)
	}
	sh.awake = len(sh.buf) > 0
	return sh.awake
}
