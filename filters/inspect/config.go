package inspect

import (
	"runtime"
	"sync"

	"github.com/sluice-proxy/sluice/codecs"
	"github.com/sluice-proxy/sluice/filters"
)

// A Config is what the sessions of a listener have in common. It is immutable once sessions use it.
type Config struct {
	Protocol codecs.Protocol
	Limits   codecs.Limits
	Filters  []filters.MessageFilter // in chain order

	// Enforce says that a policy is on: what can't be decoded ends the session, with a farewell, instead of being relayed opaque.
	Enforce bool

	// Parse says that a filter judges by what statements do: their texts are parsed, and what their names mean is followed. It goes with Enforce.
	Parse bool

	// Search says how it is found out where names without a schema are looked for.
	Search codecs.Search

	// Raw asks for the text of statements as the client sent it, beside the normalized one.
	Raw bool

	// Tokens is where cancel requests find their session; nil if they are only relayed.
	Tokens *filters.Tokens

	// Bypass is told of what passes without being understood and belongs to no exchange (the others say so themselves); nil if nobody counts.
	Bypass func(shard int, reason string)

	// Async is told of each message that a server sends without being asked, and of its parts if it is long; nil if nobody counts.
	Async func(s *filters.Session, m *codecs.Message)

	// Warn is told, once per session, of a stream that can't be framed; nil if nobody listens.
	Warn func(s *filters.Session, err error)

	// CacheBytes bounds each shard's cache of analysed texts; default 16 MiB.
	CacheBytes int

	mu      sync.Mutex
	shards  []*shard
	judges  []filters.MessageFilter // those of Filters that are asked about requests
	readers []filters.MessageFilter // those of Filters that are asked about replies
	once    sync.Once

	parsers sync.Pool     // of analysers, for Parse
	workers chan struct{} // one for each text that is parsed beside the drivers
	heavy   chan struct{} // and that for very long ones, so that others don't wait behind them
	paths   paths
}

func (c *Config) setup() {
	c.once.Do(func() {
		c.Limits = c.Limits.WithDefaults()
		if c.CacheBytes <= 0 {
			c.CacheBytes = 16 << 20
		}
		c.workers, c.heavy = make(chan struct{}, max(1, runtime.GOMAXPROCS(0)/2)), make(chan struct{}, 1)
		if c.Parse && c.Protocol.NewLexicon != nil {
			c.Limits.Lexicon = c.Protocol.NewLexicon()
		}
		if c.Protocol.NewAnalyser != nil {
			c.parsers.New = func() any { return c.Protocol.NewAnalyser() }
		}
		for _, f := range c.Filters {
			if filters.RecordsOnly(f) {
				continue
			}
			c.readers = append(c.readers, f)
			if !filters.ReadsOnly(f) {
				c.judges = append(c.judges, f)
			}
		}
	})
}

// shard gives the part of the configuration's state that belongs to shard n.
func (c *Config) shard(n int) *shard {
	c.mu.Lock()
	defer c.mu.Unlock()
	for len(c.shards) <= n {
		c.shards = append(c.shards, nil)
	}
	if c.shards[n] == nil {
		c.shards[n] = newShard(c)
	}
	return c.shards[n]
}
