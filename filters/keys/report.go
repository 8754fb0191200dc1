package keys

import (
	"cmp"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/sluice-proxy/sluice/stats"
)

// pace is how many rows are read under the lock at once: a shard's driver must not wait for a reader for longer than some microseconds.
const pace = 128

// Report gives what was counted, the first by that order first. limit bounds the prefixes and the lists of big values; 0 stands for the configuration's top.
func (f *Filter) Report(by stats.KeySort, limit int) stats.KeyReport {
	report := stats.KeyReport{Listener: f.c.Listener, Separator: f.c.Separator, Depth: f.c.Depth, Prefixes: []stats.KeyPrefix{}}
	if limit <= 0 || limit > f.c.Top {
		limit = f.c.Top
	}
	merged := map[key]*stats.KeyPrefix{}
	commands := uint64(0)
	var requests, replies []big
	for _, sh := range f.shards {
		f.merge(sh, merged)
		sh.mu.Lock()
		commands += sh.commands
		report.Rest.Add(&sh.rest.counts)
		report.Evictions += sh.evicted
		requests, replies = append(requests, sh.requests.list...), append(replies, sh.replies.list...)
		sh.mu.Unlock()
	}
	for _, p := range merged {
		report.Totals.Add(&p.KeyCounts)
		report.Prefixes = append(report.Prefixes, *p)
	}
	report.Totals.Add(&report.Rest)
	report.Totals.Commands = commands // one that touches several prefixes is one command
	report.Known = len(report.Prefixes)
	by.Order(report.Prefixes)
	report.Prefixes = report.Prefixes[:min(limit, len(report.Prefixes))]
	report.BiggestRequests, report.BiggestReplies = f.biggest(requests, limit), f.biggest(replies, limit)
	return report
}

// merge adds the shard's rows to those in into.
func (f *Filter) merge(sh *shard, into map[key]*stats.KeyPrefix) {
	var some [pace]row
	for from := 0; ; from += pace {
		sh.mu.Lock()
		n := 0
		for from+n < len(sh.ring) && n < pace {
			some[n] = *sh.ring[from+n]
			n++
		}
		sh.mu.Unlock()
		for i := range some[:n] {
			r := &some[i]
			p := into[r.key]
			if p == nil {
				p = &stats.KeyPrefix{Database: r.key.database, Prefix: written(r.key.prefix)}
				into[r.key] = p
			}
			p.Add(&r.counts)
			if at := f.c.Wall(r.last); at.After(p.LastSeen) {
				p.LastSeen = at
			}
		}
		if n < pace {
			return
		}
	}
}

// written gives a name as JSON can hold it: with \xff for bytes that are not UTF-8.
func written(name string) string {
	if utf8.ValidString(name) {
		return name
	}
	q := strconv.Quote(name)
	return q[1 : len(q)-1]
}

// biggest merges the lists of shards.
func (f *Filter) biggest(all []big, limit int) []stats.BigValue {
	slices.SortFunc(all, func(a, b big) int {
		return cmp.Or(cmp.Compare(b.bytes, a.bytes), cmp.Compare(a.key, b.key), cmp.Compare(a.database, b.database))
	})
	type name struct{ database, key string }
	seen := map[name]bool{}
	merged := []stats.BigValue{}
	for i := range all {
		b := &all[i]
		if n := (name{b.database, b.key}); !seen[n] && len(merged) < limit {
			seen[n] = true
			merged = append(merged, stats.BigValue{
				Database: b.database, Key: written(b.key), Bytes: uint64(b.bytes), Command: b.command, Keys: b.keys, Time: f.c.Wall(b.at).Truncate(time.Millisecond),
			})
		}
	}
	return merged
}
