package inspect

import (
	"strings"
	"sync"

	"github.com/sluice-proxy/sluice/codecs"
	"github.com/sluice-proxy/sluice/filters"
	"github.com/sluice-proxy/sluice/metadata"
)

// passes is told that m goes to the server.
func (f *Filter) passes(x *exchange, m *codecs.Message) {
	if !f.c.Parse {
		return
	}
	if m.Unsettles {
		f.unsettled, f.doubtful = x.ID, x.ID
	}
	if m.Kind != codecs.Request || !executes(m) {
		return
	}
	settling := codecs.Settled
	switch {
	case f.names != nil:
		settling = f.names.Sent(m, x.parsed)
	case x.parsed == nil && m.Effects == nil, x.parsed != nil && x.parsed.Unsettles:
		settling = codecs.Reading
	}
	if settling != codecs.Settled && m.Purpose == codecs.Command {
		f.unsettled = x.ID
		if settling >= codecs.Texts {
			f.unread = x.ID
		}
		if settling >= codecs.Reading {
			f.doubtful = x.ID
		}
	}
}

// doubts says that the server may read m otherwise than it seems, because of a request before it that it has not answered.
func (f *Filter) doubts(m *codecs.Message) bool {
	return f.c.Parse && !f.quiet && m.Kind == codecs.Request && (f.find(f.doubtful) != nil || m.New && f.find(f.unread) != nil)
}

// seen is told of a message of the server.
func (f *Filter) seen(m *codecs.Message) {
	if f.names != nil {
		f.names.Seen(m)
	}
}

// gate says that the next request can't be judged yet, because one before it that is not answered may change how it is read. Requests wait for that,
// undecoded, unless the server itself waits for more of the client's bytes.
func (f *Filter) gate() bool {
	f.gated, f.quiet = false, true
	if f.unsettled == 0 && f.names == nil {
		return false
	}
	if f.find(f.unsettled) == nil {
		f.unsettled = 0
		if f.names == nil || !f.names.Stale(true) {
			return false
		}
	}
	st := f.dec.Standing()
	f.quiet = st.Owed
	f.gated = st.Owed && f.unsettled != 0 && st.Boundary[codecs.FromClient]
	return f.gated
}

// ungate looks again, after the server sent something.
func (f *Filter) ungate() {
	w := f.s.Window(codecs.FromClient, f.stage)
	f.run(w, codecs.FromClient)
	f.endClient()
}

// ask asks the server where names are looked for, if that isn't known and somebody wants to know. It says whether m has to wait for the answer.
func (f *Filter) ask(w *filters.Window, m *codecs.Message, x *exchange, pass int64) bool {
	if f.names == nil || f.asked == x.ID || !f.quiet || !f.names.Stale(needsPath(x)) {
		return false
	}
	x.Request = m
	ticket := x.Hold()
	err := f.Ask(f.names.Question(nil), f.names.Answer, func(err error) {
		f.names.Answered(err)
		ticket.Resume(filters.Verdict{})
	})
	x.Request = nil
	if err != nil {
		f.s.Unhold()
		return false
	}
	f.asked = x.ID
	f.hold(w, m, x, pass, underway)
	return true
}

// needsPath says that what x does depends on where names without a schema are looked for.
func needsPath(x *exchange) bool {
	if x.Deed == nil {
		return false
	}
	for i := range x.Deed.Effects {
		for _, a := range x.Deed.Effects[i].Accesses {
			if a.Schema == "" && !a.Anywhere && a.Kind.Qualified() && !a.Free {
				return true
			}
			if a.Kind == metadata.KindPrepared || a.Kind == metadata.KindCursor {
				return true
			}
		}
	}
	return false
}

// A path is the last one that the resolver gave, and the one that stands for it.
type path struct{ given, shared *metadata.SearchPath }

func (f *Filter) searchPath() *metadata.SearchPath {
	if f.names == nil {
		return nil
	}
	if p := f.names.Path(); p != f.path.given {
		f.path = path{p, f.c.paths.share(p)}
	}
	return f.path.shared
}

// paths has one pointer for equal search paths, so that verdicts can be kept with it.
type paths struct {
	mu    sync.Mutex
	known map[string]*metadata.SearchPath
}

// maxPaths bounds the search paths that are shared. Beyond, they are forgotten: then a verdict is found once more.
const maxPaths = 1024

func (t *paths) share(p *metadata.SearchPath) *metadata.SearchPath {
	key := "?"
	if p.Known {
		key = p.System + "\x00" + strings.Join(p.Search, "\x00") + "\x00\x00" + strings.Join(p.Later, "\x00")
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if known := t.known[key]; known != nil {
		return known
	}
	if t.known == nil || len(t.known) >= maxPaths {
		t.known = map[string]*metadata.SearchPath{}
	}
	t.known[key] = p
	return p
}
