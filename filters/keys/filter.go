package keys

import (
	"cmp"
	"strings"
	"time"
	"unsafe"

	"github.com/sluice-proxy/sluice/codecs"
	"github.com/sluice-proxy/sluice/filters"
	"github.com/sluice-proxy/sluice/metadata"
)

// A Config says what to count for a listener.
type Config struct {
	Listener  string
	Separator string // what ends a part of a key; default ":"
	Depth     int    // of how many parts prefixes are made; default 1
	Top       int    // how many prefixes, and how many big values, matter; default 100
	Shards    int    // how many drivers count; default 1

	// Wall gives the wall clock's time of an instant. By default an instant counts nanoseconds from 1970.
	Wall func(filters.Instant) time.Time
}

// A Filter counts. Its methods may be called concurrently; they contend only where they are about the same shard.
type Filter struct {
	c      Config
	shards []*shard
}

var _ filters.MessageFilter = (*Filter)(nil)

// New makes a filter.
func New(c Config) *Filter {
	c.Separator, c.Depth, c.Top = cmp.Or(c.Separator, ":"), max(c.Depth, 1), cmp.Or(max(c.Top, 0), 100)
	if c.Wall == nil {
		c.Wall = func(at filters.Instant) time.Time { return time.Unix(0, int64(at)) }
	}
	f := &Filter{c: c}
	for range max(c.Shards, 1) {
		f.shards = append(f.shards, newShard(c.Top))
	}
	return f
}

// OnRequest counts the keys of a request. It always passes.
func (f *Filter) OnRequest(x *filters.Exchange) filters.Verdict {
	if len(x.Request.Effects) > 0 && x.Keyed == nil {
		sh := f.shards[uint(x.Session.Shard)%uint(len(f.shards))]
		sh.mu.Lock()
		f.count(sh, x)
		sh.mu.Unlock()
	}
	return filters.Verdict{}
}

// count counts what x does to keys, and keeps the first of them until x ends.
func (f *Filter) count(sh *shard, x *filters.Exchange) {
	var h *held
	var r *row
	var last string
	for i := range x.Request.Effects {
		accesses := x.Request.Effects[i].Accesses
		for j := range accesses {
			a := &accesses[j]
			if a.Kind != metadata.KindKey {
				continue
			}
			if r == nil || !same(a.Name, last) {
				r, last = sh.row(a.Schema, f.prefix(a.Name)), a.Name
				if h == nil {
					h = sh.hold(r, a)
					x.Keyed = h
				}
				h.keys++
			}
			if r.command != sh.commands {
				r.command, r.last = sh.commands, x.Began
				r.counts.Commands++
			}
			if a.Verb == metadata.Write {
				r.counts.Writes++
			} else {
				r.counts.Reads++
			}
		}
	}
}

// same says that a and b are the same bytes in memory: one key that is read and written.
func same(a, b string) bool { return len(a) == len(b) && unsafe.StringData(a) == unsafe.StringData(b) }

// maxPrefix and maxKey bound what is kept of a name, in bytes.
const (
	maxPrefix = 128
	maxKey    = 256
)

// prefix gives the front of a key that ends with its depth-th separator, or with the last one that it has. A key without any is its own prefix.
func (f *Filter) prefix(key string) string {
	end := 0
	for range f.c.Depth {
		i := strings.Index(key[end:], f.c.Separator)
		if i < 0 {
			break
		}
		end += i + len(f.c.Separator)
	}
	if end == 0 {
		end = len(key)
	}
	return key[:min(end, maxPrefix)]
}

// WantReply wants none.
func (f *Filter) WantReply(*filters.Exchange, *codecs.Message) bool { return false }

// OnReply passes.
func (f *Filter) OnReply(*filters.Exchange, *codecs.Message) filters.Verdict {
	return filters.Verdict{}
}

// OnDone counts the bytes of an exchange, and what it found, for the prefix of its first key.
func (f *Filter) OnDone(x *filters.Exchange) {
	h, ok := x.Keyed.(*held)
	if !ok {
		return
	}
	x.Keyed = nil
	sh := h.shard // the session's may be another one by now
	sh.mu.Lock()
	r := h.row
	if r.gone {
		r = &sh.rest
	}
	c := &r.counts
	c.RequestBytes += uint64(x.RequestBytes)
	c.ReplyBytes += uint64(x.ReplyBytes)
	c.MaxRequest = max(c.MaxRequest, uint64(x.RequestBytes))
	c.MaxReply = max(c.MaxReply, uint64(x.ReplyBytes))
	hits, misses := x.Hits()
	c.Hits += uint64(hits)
	c.Misses += uint64(misses)
	if x.RequestBytes > sh.requests.least {
		sh.requests.offer(x.RequestBytes, h, x)
	}
	if x.ReplyBytes > sh.replies.least {
		sh.replies.offer(x.ReplyBytes, h, x)
	}
	sh.release(h)
	sh.mu.Unlock()
}
