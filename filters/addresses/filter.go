package addresses

import (
	"sync/atomic"

	"github.com/sluice-proxy/sluice/codecs"
	"github.com/sluice-proxy/sluice/filters"
)

// A Config says what a filter does.
type Config struct {
	Listener  string
	Readdress func(dst []byte, m *codecs.Message, servers codecs.Directory) []byte // the protocol's

	// Public gives the addresses by which clients reach servers, by what servers call each other, which is as Canonical gives it.
	Public map[codecs.Address]codecs.Address

	// Limit is the length in bytes of the longest reply that is held. The addresses in a longer one pass as they are.
	Limit int

	// Warn is told of an address that passes as it is, but of each once in a while only; nil if nobody listens. The zero Address stands for those of a reply that is too
	// long or can't be read.
	Warn func(a codecs.Address)
}

// A Filter replaces addresses in the replies of one listener's sessions.
type Filter struct {
	filters.Reader

	c      Config
	public map[codecs.Address]bool // the values of c.Public
	warned warned

	rewritten atomic.Uint64
	leaked    atomic.Uint64
}

var _ filters.MessageFilter = (*Filter)(nil)

// New makes a filter.
func New(c Config) *Filter {
	f := &Filter{c: c, public: map[codecs.Address]bool{}}
	for _, a := range c.Public {
		f.public[canonical(a)] = true
	}
	return f
}

// WantReply wants those that name servers and that can be held.
func (f *Filter) WantReply(x *filters.Exchange, m *codecs.Message) bool {
	if m.Addresses == nil {
		return false
	}
	if m.Cut || m.Len() > int64(f.c.Limit) {
		f.leak(x.Session, codecs.Address{})
		return false
	}
	return true
}

// OnReply replaces addresses.
func (f *Filter) OnReply(x *filters.Exchange, m *codecs.Message) filters.Verdict {
	if m.Addresses == nil { // somebody else wanted it
		return filters.Verdict{}
	}
	b := f.c.Readdress(nil, m, &directory{f, x.Session})
	if len(b) == 0 {
		return filters.Verdict{}
	}
	return filters.Verdict{Action: filters.Replace, Bytes: b}
}

// leak counts an address that passes as it is.
func (f *Filter) leak(s *filters.Session, a codecs.Address) {
	f.leaked.Add(1)
	if f.c.Warn != nil && f.warned.due(a, s.Now()) {
		f.c.Warn(a)
	}
}

// A directory is what the filter knows, for one reply.
type directory struct {
	f *Filter
	s *filters.Session
}

// Public implements [codecs.Directory].
func (d *directory) Public(a codecs.Address) (codecs.Address, bool) {
	if a.Host == "" { // the server's own
		a.Host = Canonical(d.s.Endpoint.Address).Host
	}
	key := canonical(a)
	if d.f.public[key] {
		return a, true // the server itself knows it
	}
	public, ok := d.f.c.Public[key]
	if ok {
		d.f.rewritten.Add(1)
	}
	return public, ok
}

// Leak implements [codecs.Directory].
func (d *directory) Leak(a codecs.Address) {
	if a.Host == "" && a.Port != 0 {
		a.Host = Canonical(d.s.Endpoint.Address).Host
	}
	d.f.leak(d.s, a)
}
