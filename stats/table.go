package stats

import (
	"strings"
	"sync"
	"time"
	"unicode/utf8"
)

// A Config says how big a [Table] may get. The zero Config is usable but for Wall.
type Config struct {
	Shards int   // how many drivers record; default 1
	Bytes  int64 // memory for all shards together; default 32 MiB, at least 64 KiB a shard
	Text   int   // bytes kept of a statement's text; default 4 KiB

	// Wall gives the wall clock's time of a sample's instant. By default an instant counts nanoseconds from 1970.
	Wall func(at int64) time.Time
}

// A Sample is one exchange, as the table is told of it.
type Sample struct {
	Fingerprint uint64 // of the statement; 0 if the exchange has none
	Text        string // the statement, normalized
	User        string
	Database    string
	Operation   string

	Outcome      Outcome
	Rows         int64
	Affected     int64
	RequestBytes int64
	ReplyBytes   int64
	Hits, Misses int64
	Duration     time.Duration
	Blocked      bool  // it waited for what others do: Duration is no measure of the work
	At           int64 // when it ended; see Config.Wall
}

// A Table counts exchanges by statement, user, database and operation. It is bounded in bytes: when a shard is full, rows that were not used
// for long make room, and what they counted goes on in the evicted totals. So rows and evicted together always are the totals. Its methods may be
// called concurrently; they contend only where they name the same shard.
type Table struct {
	config Config
	shards []*shard
}

// NewTable makes a table.
func NewTable(c Config) *Table {
	c.Shards = max(c.Shards, 1)
	if c.Bytes <= 0 {
		c.Bytes = 32 << 20
	}
	if c.Text <= 0 {
		c.Text = 4 << 10
	}
	if c.Wall == nil {
		c.Wall = func(at int64) time.Time { return time.Unix(0, at) }
	}
	t := &Table{config: c}
	limit := max(c.Bytes/int64(c.Shards), 64<<10)
	for range c.Shards {
		t.shards = append(t.shards, &shard{limit: limit, text: c.Text, rows: map[key]*row{}})
	}
	return t
}

// key is what a row is about.
type key struct {
	fingerprint uint64
	user        string
	database    string
	operation   string
}

// maxName bounds the parts of a key, which a client may have chosen.
const maxName = 128

type row struct {
	key    key
	text   string
	place  int // in the shard's ring
	counts Counts
	times  Histogram
	first  int64
	last   int64
	bytes  int64 // what the row costs
}

type shard struct {
	limit int64
	text  int

	mu        sync.Mutex
	rows      map[key]*row
	ring      []*row // all rows, in no order: eviction goes round
	hand      int
	bytes     int64
	spare     *row // the row evicted last, to be used again
	total     Counts
	evicted   Counts
	times     Histogram // of the evicted
	evictions uint64
	_         [64]byte // keeps the next allocation's words off this one's cache lines
}

// Record counts s, which is borrowed for the call, in the given shard.
func (t *Table) Record(shard int, s *Sample) {
	if uint(shard) >= uint(len(t.shards)) {
		shard = int(uint(shard) % uint(len(t.shards)))
	}
	t.shards[shard].record(s)
}

func (sh *shard) record(s *Sample) {
	k := key{s.Fingerprint, cut(s.User, maxName), cut(s.Database, maxName), cut(s.Operation, maxName)}
	sh.mu.Lock()
	sh.total.record(s)
	r := sh.rows[k]
	if r == nil {
		if r = sh.insert(k, s); r == nil {
			sh.evicted.record(s)
			if !s.Blocked {
				sh.times.Observe(s.Duration)
			}
			sh.mu.Unlock()
			return
		}
	}
	r.counts.record(s)
	r.last = s.At
	if !s.Blocked {
		had := cap(r.times.counts)
		r.times.Observe(s.Duration)
		if cap(r.times.counts) != had {
			sh.grown(r)
		}
	}
	sh.mu.Unlock()
}

// insert makes a row, or nil if there can be no room for it.
func (sh *shard) insert(k key, s *Sample) *row {
	text := cut(s.Text, sh.text)
	need := cost(k, text)
	if need > sh.limit {
		return nil
	}
	for sh.bytes+need > sh.limit {
		sh.evict(nil)
	}
	r := sh.spare
	sh.spare = nil
	if r == nil {
		r = &row{}
	}
	if len(text) < len(s.Text) {
		text = strings.Clone(text) // else the row would hold on to the whole
	}
	// Operation and text come from tables and analyses that share them; the names may be part of something bigger.
	k.user, k.database = strings.Clone(k.user), strings.Clone(k.database)
	r.key, r.text, r.first, r.bytes = k, text, s.At, need
	sh.enter(r)
	return r
}

// cut gives a prefix of s of at most n bytes that doesn't end inside of a character.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}
