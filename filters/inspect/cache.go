package inspect

import (
	"fmt"
	"hash/fnv"
	"hash/maphash"
	"io"
	"slices"
	"sync"

	"github.com/sluice-proxy/sluice/codecs"
	"github.com/sluice-proxy/sluice/filters"
)

// A shard analyses texts for the sessions of one driver. Its mutex is contended only where goroutines share a shard (the conn driver).
//
// Two caches, each of two generations: when the young one has half of the bytes allowed it becomes the old one, and the former old one is
// forgotten; what is found in the old one moves to the young. That is nearly an LRU for the price of a map lookup.
//
//	texts       raw text and mode → statement and tags. A text enters when it is seen for the second time within a while, so that texts that
//	            never come back (literals, trace ids in comments) don't push out those that do.
//	shapes      what the text is but for the values of literals → deed.
//	statements  fingerprint → the statement shared by all texts that differ in literals only.
type shard struct {
	mu sync.Mutex

	analyser   codecs.Analyser
	seed       maphash.Seed
	seen       [4096]uint32                  // parts of the hashes of texts seen lately
	commands   map[string]*filters.Statement // of protocols without texts, by the command's name
	texts      generations[textKey, *known]
	shapes     generations[string, *filters.Deed]
	shape      []byte // the last one
	statements generations[uint64, *filters.Statement]
}

type textKey struct {
	text string
	mode codecs.Mode
}

// known is what is known of a text.
type known struct {
	statement *filters.Statement
	tags      []filters.Tag
	deed      *filters.Deed // nil if it was not parsed
}

// maxCachedText bounds the texts that are cached: longer ones are analysed each time.
const maxCachedText = 16 << 10

func newShard(c *Config) *shard {
	h := &shard{seed: maphash.MakeSeed()}
	if c.Protocol.NewAnalyser != nil {
		h.analyser = c.Protocol.NewAnalyser()
	}
	h.texts.limit = c.CacheBytes * 3 / 4 / 2
	h.shapes.limit = c.CacheBytes / 4 / 2
	h.statements.limit = c.CacheBytes / 4 / 2
	return h
}

// analyse gives what is known of a text without parsing it, its tags appended to tags. p is borrowed for the call.
func (h *shard) analyse(p []byte, mode codecs.Mode, tags []filters.Tag) known {
	if h.analyser == nil {
		return known{tags: tags}
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if k := h.lookup(p, mode); k != nil {
		return known{k.statement, append(tags, k.tags...), k.deed}
	}
	a := h.analyser.Summarize(p, mode)
	k := known{statement: h.statement(a), tags: tags}
	n := len(tags)
	for _, t := range a.Tags {
		k.tags = append(k.tags, filters.Tag{Key: string(t.Key), Value: string(t.Value)})
	}
	if len(p) <= maxCachedText && h.again(p) {
		h.texts.put(textKey{string(p), mode}, &known{k.statement, slices.Clone(k.tags[n:]), nil}, textCost(p))
	}
	return k
}

func textCost(p []byte) int { return len(p) + 200 }

// lookup avoids building a key: the compiler doesn't copy p for a map access by string(p) in a composite key.
func (h *shard) lookup(p []byte, mode codecs.Mode) *known {
	if k := h.texts.young[textKey{string(p), mode}]; k != nil {
		return k
	}
	k := h.texts.old[textKey{string(p), mode}]
	if k != nil {
		h.texts.put(textKey{string(p), mode}, k, textCost(p))
	}
	return k
}

// named gives the statement that stands for all requests of a name, where requests have no text. Names come from a constant table.
func (h *shard) named(name string) *filters.Statement {
	h.mu.Lock()
	defer h.mu.Unlock()
	st := h.commands[name]
	if st == nil {
		sum := fnv.New64a()
		_, _ = io.WriteString(sum, name) // a hash takes everything
		st = &filters.Statement{Operation: name, Normalized: name, Fingerprint: sum.Sum64(), FingerprintHex: fmt.Sprintf("%016x", sum.Sum64()), Statements: 1}
		if h.commands == nil {
			h.commands = map[string]*filters.Statement{}
		}
		h.commands[name] = st
	}
	return st
}

// again says whether p was seen lately, and marks it as seen.
func (h *shard) again(p []byte) bool {
	sum := maphash.Bytes(h.seed, p)
	slot, mark := &h.seen[sum%uint64(len(h.seen))], uint32(sum>>32)|1
	if *slot == mark {
		return true
	}
	*slot = mark
	return false
}

// statement gives the shared statement of an analysis.
func (h *shard) statement(a *codecs.Analysis) *filters.Statement {
	if st, ok := h.statements.get(a.Fingerprint, func(st *filters.Statement) int { return len(st.Normalized) + 200 }); ok && same(st, a) {
		return st
	}
	st := &filters.Statement{
		Operation: a.Operation, Normalized: string(a.Normalized), Fingerprint: a.Fingerprint, FingerprintHex: fmt.Sprintf("%016x", a.Fingerprint),
		Statements: a.Statements,
	}
	h.statements.put(a.Fingerprint, st, len(st.Normalized)+200)
	return st
}

// same guards against two normal forms with one fingerprint (an attacker may compute such a pair), and against texts that share a normal form and
// differ in what the summary tells.
func same(st *filters.Statement, a *codecs.Analysis) bool {
	return st.Operation == a.Operation && st.Statements == a.Statements && st.Normalized == string(a.Normalized)
}

// generations is a map bounded in bytes.
type generations[K comparable, V any] struct {
	young, old map[K]V
	size       int // bytes in young
	limit      int // bytes per generation
}

func (g *generations[K, V]) get(k K, size func(V) int) (V, bool) {
	if v, ok := g.young[k]; ok {
		return v, true
	}
	v, ok := g.old[k]
	if ok {
		g.put(k, v, size(v))
	}
	return v, ok
}

func (g *generations[K, V]) put(k K, v V, size int) {
	if g.size+size > g.limit && g.young != nil {
		g.old, g.young, g.size = g.young, nil, 0
	}
	if g.young == nil {
		g.young = map[K]V{}
	}
	g.young[k] = v
	g.size += size
}
