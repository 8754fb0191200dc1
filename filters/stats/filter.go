package stats

import (
	"sync"
	"time"

	"github.com/sluice-proxy/sluice/codecs"
	"github.com/sluice-proxy/sluice/filters"
	"github.com/sluice-proxy/sluice/metadata"
	"github.com/sluice-proxy/sluice/stats"
)

// A Config says what to count.
type Config struct {
	Shards int          // how many drivers count; default 1
	Table  *stats.Table // is told of each exchange, with Instants as times; nil if nobody asks for statements

	// Operations are those that have series of their own, at most 63 for each protocol, by its name.
	Operations map[string][]codecs.Operation

	// ErrorClass gives the class of an error code, by protocol. What is not there is counted as OTHER.
	ErrorClass map[string]func(code string) string

	// Waits is the fact that says of an exchange that it waits for what others do, by protocol: its duration is counted as time blocked.
	Waits map[string]metadata.Key

	Reasons []string // of bypasses: those that are shown from the start
}

// A Filter counts. Its methods may be called concurrently; they contend only where they are about the same shard.
type Filter struct {
	filters.Recorder
	table      *stats.Table
	operations map[string]*operations // by protocol
	classes    map[string]func(string) string
	waits      map[string]metadata.Key
	shards     []*shard
}

var (
	_ filters.MessageFilter = (*Filter)(nil)
	_ filters.SessionFilter = (*Filter)(nil)
)

// New makes a filter.
func New(c Config) *Filter {
	f := &Filter{table: c.Table, classes: c.ErrorClass, waits: c.Waits, operations: map[string]*operations{}}
	for protocol, list := range c.Operations {
		f.operations[protocol] = newOperations(list)
	}
	for range max(c.Shards, 1) {
		f.shards = append(f.shards, &shard{operations: f.operations, waits: f.waits, series: map[listener]*series{}, plans: map[*filters.Plan]*series{}})
	}
	for _, r := range c.Reasons {
		f.shards[0].bypasses.add(r, 0)
	}
	return f
}

// Declare shows a listener's connections from the start, before there are any.
func (f *Filter) Declare(name, protocol string) {
	sh := f.shards[0]
	sh.mu.Lock()
	sh.listener(listener{name, protocol})
	sh.mu.Unlock()
}

// OnDone counts an exchange.
func (f *Filter) OnDone(x *filters.Exchange) {
	s := x.Session
	name := x.Operation()
	outcome := min(x.Outcome, outcomes-1)
	purpose := x.Purpose
	if purpose >= purposes {
		purpose = codecs.NoPurpose
	}
	took := time.Duration(x.Duration())

	sh := f.shard(s.Shard)
	sh.mu.Lock()
	l := sh.of(s.Plan)
	op := l.operations.find(name)
	l.exchanges[purpose][op][outcome]++
	if outcome == filters.Failed {
		l.errors.add(f.class(s.Plan.Protocol, x.StatusCode), 1)
	}
	l.returned += uint64(max(x.Rows, 0))
	l.affected += uint64(max(x.Affected, 0))
	l.requestBytes += uint64(max(x.RequestBytes, 0))
	l.replyBytes += uint64(max(x.ReplyBytes, 0))
	blocked := l.waits != nil && x.Meta.Int(l.waits) != 0
	if blocked {
		l.blocked.Observe(took)
	} else {
		t := &l.times[purpose][l.operations.list[op].Class]
		t.whole.Observe(took)
		if x.FirstByte != 0 {
			t.first.Observe(time.Duration(x.TimeToFirstByte()))
		}
	}
	hits, misses := x.Hits()
	l.hits += uint64(hits)
	l.misses += uint64(misses)
	if x.Canceled {
		l.canceled++
	}
	if x.Bypass != "" {
		l.bypasses.add(x.Bypass, 1)
	}
	sh.mu.Unlock()

	if f.table == nil {
		return
	}
	sample := stats.Sample{
		User: s.Meta.Str(metadata.User), Database: s.Meta.Str(metadata.Namespace), Operation: name, Outcome: tableOutcomes[outcome],
		Rows: x.Rows, Affected: x.Affected, RequestBytes: x.RequestBytes, ReplyBytes: x.ReplyBytes, Hits: hits, Misses: misses,
		Duration: took, Blocked: blocked, At: int64(x.Ended),
	}
	if x.Statement != nil {
		sample.Fingerprint, sample.Text = x.Statement.Fingerprint, x.Statement.Normalized
	}
	f.table.Record(s.Shard, &sample)
}

func (f *Filter) class(protocol, code string) string {
	if class := f.classes[protocol]; class != nil {
		return class(code)
	}
	return other
}

// tableOutcomes translates. What has not ended never comes here.
var tableOutcomes = [outcomes]stats.Outcome{filters.Open: stats.Lost, filters.OK: stats.OK, filters.Failed: stats.Failed, filters.Denied: stats.Denied,
	filters.Skipped: stats.Skipped, filters.Lost: stats.Lost}

// OnOpen counts a connection.
func (f *Filter) OnOpen(s *filters.Session) {
	sh := f.shard(s.Shard)
	sh.mu.Lock()
	sh.of(s.Plan).opened++
	sh.mu.Unlock()
}

// OnClose counts a connection's end.
func (f *Filter) OnClose(s *filters.Session) {
	cause := int(s.Cause)
	if cause >= causes {
		cause = 0
	}
	sh := f.shard(s.Shard)
	sh.mu.Lock()
	l := sh.of(s.Plan)
	l.closed[cause]++
	l.received[codecs.FromClient] += uint64(max(s.Bytes[codecs.FromClient], 0))
	l.received[codecs.FromServer] += uint64(max(s.Bytes[codecs.FromServer], 0))
	l.lives.Observe(time.Duration(s.Ended - s.Opened))
	sh.mu.Unlock()
}

// Bypass counts something that passed without being understood, for the protocol filter. The reason comes from a constant table.
func (f *Filter) Bypass(shard int, reason string) {
	sh := f.shard(shard)
	sh.mu.Lock()
	sh.bypasses.add(reason, 1)
	sh.mu.Unlock()
}

// Async counts a message that a server sent without being asked, for the protocol filter. Its name comes from a constant table.
func (f *Filter) Async(s *filters.Session, m *codecs.Message) {
	if m.Name == codecs.Part {
		return // its end will come
	}
	sh := f.shard(s.Shard)
	sh.mu.Lock()
	sh.of(s.Plan).async.add(m.Name, 1)
	sh.mu.Unlock()
}

func (f *Filter) shard(n int) *shard {
	if uint(n) >= uint(len(f.shards)) {
		n = int(uint(n) % uint(len(f.shards)))
	}
	return f.shards[n]
}

// A shard is what one driver counts.
type shard struct {
	mu         sync.Mutex
	operations map[string]*operations
	waits      map[string]metadata.Key
	series     map[listener]*series
	plans      map[*filters.Plan]*series // a short cut
	plan       *filters.Plan             // a shorter one
	current    *series
	bypasses   reasons
	_          [64]byte // keeps the next allocation's words off this one's cache lines
}

// maxPlans bounds the short cut, which must not keep the plans of old configurations alive for ever.
const maxPlans = 64

// of gives the series of a plan's listener.
func (sh *shard) of(p *filters.Plan) *series {
	if p == sh.plan {
		return sh.current
	}
	s := sh.plans[p]
	if s == nil {
		if len(sh.plans) >= maxPlans {
			clear(sh.plans)
		}
		s = sh.listener(listener{p.Listener, p.Protocol})
		sh.plans[p] = s
	}
	sh.plan, sh.current = p, s
	return s
}

func (sh *shard) listener(l listener) *series {
	s := sh.series[l]
	if s == nil {
		s = &series{operations: sh.operations[l.protocol], waits: sh.waits[l.protocol]}
		if s.operations == nil {
			s.operations = noOperations
		}
		sh.series[l] = s
	}
	return s
}
