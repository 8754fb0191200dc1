package inspect

import (
	"sync"

	"github.com/sluice-proxy/sluice/codecs"
	"github.com/sluice-proxy/sluice/filters"
	"github.com/sluice-proxy/sluice/metadata"
)

// An exchange is what the filter remembers of a filters.Exchange until it ends.
type exchange struct {
	filters.Exchange
	parsed   *codecs.Parsed // what the text of the request at hand does; nil if that isn't known
	refused  bool           // by policy: the server's refusal is to be rewritten
	answered bool           // and has been
	why      codecs.Refusal
}

var blanks = sync.Pool{New: func() any { return new(exchange) }}

// maxOpen bounds the exchanges that are open at once in a session (about 32 MiB of them). At the limit the client is read no more.
const maxOpen = 80_000

// find gives the open exchange number id, or nil.
func (f *Filter) find(id uint64) *exchange {
	if i := id - f.first; id != 0 && i < uint64(len(f.open)) {
		return f.open[i]
	}
	return nil
}

// opened gives the exchange of a message of the client, a new one if the message opens it.
func (f *Filter) opened(m *codecs.Message) *exchange {
	if m.Exchange == 0 {
		return nil
	}
	for m.Exchange >= f.first+uint64(len(f.open)) {
		x := blanks.Get().(*exchange)
		x.Session, x.ID, x.Began = f.s, f.first+uint64(len(f.open)), f.s.Now()
		if f.partial != 0 {
			x.Began = f.partial
		}
		f.s.Exchanges++
		if len(f.open) == 0 {
			f.open = f.ring[:0]
		}
		f.open = append(f.open, x)
		if cap(f.open) > cap(f.ring) && len(f.open) == 1 {
			f.ring = f.open
		}
	}
	f.partial = 0
	x := f.find(m.Exchange)
	if x == nil {
		return nil // it has ended already: a late message, COPY data after an error
	}
	if m.Purpose > x.Purpose {
		x.Purpose, x.Name = m.Purpose, m.Name
	}
	x.RequestBytes += m.Len()
	x.Sought += int64(m.Sought)
	return x
}

// learn takes over the facts of a message.
func (f *Filter) learn(x *exchange, m *codecs.Message) {
	for _, fact := range m.Meta.Fields() {
		switch {
		case fact.Key.Scope == metadata.OfSession:
			f.s.Meta.Put(fact.Key, fact.Value)
		case x == nil:
		case fact.Key == metadata.AffectedRows:
			x.Affected += fact.Value.Int
		case fact.Key == metadata.StatusCode:
			x.StatusCode = fact.Value.Str
		default:
			x.Meta.Put(fact.Key, fact.Value)
		}
	}
}

// a memo is what the filter keeps with a text that the decoder keeps.
type memo struct {
	known
}

// read finds out about the text of m.
func (f *Filter) read(x *exchange, m *codecs.Message) {
	if m.Memo != nil {
		kept, ok := m.Memo.Value.(*memo)
		if !ok {
			kept = &memo{f.cache().analyse(m.Text, m.Mode, nil)}
			m.Memo.Value = kept
		}
		if m.Doubt != "" {
			kept.deed = inDoubt(m.Doubt) // whatever will be bound to it
		}
		x.Statement, x.Tags, x.Deed = kept.statement, append(x.Tags[:0], kept.tags...), kept.deed
	} else {
		k := f.cache().analyse(m.Text, m.Mode, x.Tags[:0])
		x.Statement, x.Tags, x.Deed = k.statement, k.tags, k.deed
	}
	if f.c.Raw {
		x.Raw = append(x.Raw[:0], m.Text...)
	}
	if m.Cut {
		f.bypass(x, BypassTooLarge)
	}
}

// cache gives the analyses of the session's shard, which changes when a loop adopts the session.
func (f *Filter) cache() *shard {
	if f.shard == nil || f.shardNumber != f.s.Shard {
		f.shard, f.shardNumber = f.c.shard(f.s.Shard), f.s.Shard
	}
	return f.shard
}

// bypass says that something passes without being understood: with the exchange, if there is one, whose end is counted; else by itself.
func (f *Filter) bypass(x *exchange, reason string) {
	if x != nil {
		x.Bypass = reason
		return
	}
	if f.c.Bypass != nil {
		f.c.Bypass(f.s.Shard, reason)
	}
}

// done ends x: its answer is complete, or will never come.
func (f *Filter) done(x *exchange, outcome filters.Outcome) {
	x.Ended = f.s.Plan.Clock.Now()
	x.Canceled = f.s.TakeCanceled(x.Began)
	switch {
	case x.refused:
		x.Outcome, x.Rule = filters.Denied, x.why.Rule
	case x.Outcome == filters.Open:
		x.Outcome = outcome
	}
	for _, mf := range f.c.Filters {
		mf.OnDone(&x.Exchange)
	}
	f.open[x.ID-f.first] = nil
	for len(f.open) > 0 && f.open[0] == nil {
		f.open = f.open[1:]
		f.first++
	}
	long := x.RequestBytes > longRequest
	x.Reset()
	x.parsed, x.refused, x.answered, x.why = nil, false, false, codecs.Refusal{}
	blanks.Put(x)
	if long && len(f.open) == 0 && !f.held.waiting && !f.mute && !f.over {
		_, _, _ = f.dec.Decode(codecs.FromClient, nil) // no bytes, so nothing can be found: it gives up the memory of the request
	}
}

// longRequest is the length in bytes of requests whose memory an idle session does not keep.
const longRequest = 16 << 10

// abandon ends what is open when the session is over.
func (f *Filter) abandon() {
	for len(f.open) > 0 {
		x := f.open[0]
		outcome := filters.Lost
		if x.Purpose == codecs.Canceling || x.Purpose == codecs.Streaming {
			outcome = filters.OK // these have no other end
		}
		f.done(x, outcome)
	}
}
