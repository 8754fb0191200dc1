package inspect

import (
	"bytes"

	"github.com/sluice-proxy/sluice/codecs"
	"github.com/sluice-proxy/sluice/filters"
)

// Why the server may read a request otherwise than it seems.
const (
	doubtUnsettled = "unsettled" // it was sent before the answer to one that changes how it is read
	doubtCut       = "cut"       // it is longer than the limit of inspection
)

// longText is how long a text may be, in bytes, to be parsed by the session's driver: a longer one is parsed beside it.
const longText = 512

// heavyText is from how many bytes on a text may take so much time and memory (2 s and 250 MiB for 1 MiB of 1,1,1…) that one is parsed at a time.
const heavyText = 32 << 10

// inDoubt is the deed of a text that may be read otherwise than it seems.
func inDoubt(why string) *filters.Deed { return &filters.Deed{Parsed: codecs.NotParsed(why)} }

// unknownStatement is what a request does that executes a statement whose text isn't known.
var unknownStatement = codecs.Unknown("statement")

// executes says that m is one of the messages that say what is done.
func executes(m *codecs.Message) bool { return m.Text != nil || m.Blind || m.Effects != nil }

// consider brings a request to judgement, once it is known what it does.
func (f *Filter) consider(w *filters.Window, m *codecs.Message, x *exchange, pass int64) (int64, bool) {
	if x == nil {
		return m.End, false
	}
	if f.c.Parse && !x.refused && m.Kind == codecs.Request && executes(m) {
		if f.parse(w, m, x, pass) || f.ask(w, m, x, pass) {
			return 0, true
		}
		f.tell(m, x)
	} else {
		x.Effects, x.Deed = nil, nil
	}
	return f.judge(w, m, x, pass, 0)
}

// parse finds out what the text of m does. It says whether the request has to wait for that.
func (f *Filter) parse(w *filters.Window, m *codecs.Message, x *exchange, pass int64) bool {
	if m.Text == nil || x.Deed != nil || m.Doubt != "" || m.Cut {
		return false
	}
	h := f.cache()
	x.Deed = h.deed(m.Text, m.Mode)
	if x.Deed == nil && len(m.Text) > longText {
		f.parseBeside(w, m, x, pass)
		return true
	}
	if x.Deed == nil {
		x.Deed = f.c.deed(m.Text, m.Mode)
		h.keep(m.Text, m.Mode, x.Deed)
	}
	remember(m, x.Deed)
	return false
}

// remember keeps a deed with the text, if the decoder keeps that.
func remember(m *codecs.Message, d *filters.Deed) {
	if m.Memo != nil {
		m.Memo.Value.(*memo).deed = d
	}
}

// parseBeside has the text of m parsed by a goroutine of its own, while the request is held.
func (f *Filter) parseBeside(w *filters.Window, m *codecs.Message, x *exchange, pass int64) {
	text, mode, c, id := bytes.Clone(m.Text), m.Mode, f.c, x.ID
	ticket, handle := x.Hold(), f.s.Handle()
	f.hold(w, m, x, pass, underway)
	go func() { // ends when the text is parsed, which takes no longer than the parser's guard allows
		workers := c.workers
		if len(text) >= heavyText {
			workers = c.heavy
		}
		workers <- struct{}{}
		d := c.deed(text, mode)
		<-workers
		handle.Post(func(*filters.Session) {
			f.cache().keep(text, mode, d)
			if f.held.waiting && f.held.x.ID == id {
				f.held.x.Deed = d
				remember(f.held.m, d)
			}
		})
		ticket.Resume(filters.Verdict{})
	}()
}

// tell says in x what m does, and what its names mean.
func (f *Filter) tell(m *codecs.Message, x *exchange) {
	x.parsed = nil
	switch {
	case m.Doubt != "":
		x.Deed, x.Effects = nil, codecs.NotParsed(m.Doubt).Effects
	case m.Cut:
		x.Deed, x.Effects = nil, codecs.NotParsed(doubtCut).Effects
	case m.Text != nil:
		x.parsed, x.Effects = x.Deed.Parsed, x.Deed.Effects
		if x.parsed.Personal && f.names != nil {
			x.Effects, x.Deed = f.names.Expand(nil, x.parsed), nil
		}
	case m.Effects != nil:
		x.Deed, x.Effects = nil, m.Effects
	default:
		x.Deed, x.Effects = nil, unknownStatement
	}
	x.Path = f.searchPath()
}

// deed parses a text.
func (c *Config) deed(text []byte, mode codecs.Mode) *filters.Deed {
	a := c.parsers.Get().(codecs.Analyser)
	defer c.parsers.Put(a)
	return &filters.Deed{Parsed: a.Parse(text, mode)}
}

// deed gives what a text does if that is known; else nil.
func (h *shard) deed(p []byte, mode codecs.Mode) *filters.Deed {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(p) > maxCachedText {
		return nil
	}
	h.shape = h.analyser.AppendShape(h.shape[:0], p, mode)
	if len(h.shape) == 0 {
		return nil
	}
	d := h.shapes.young[string(h.shape)]
	if d == nil {
		if d = h.shapes.old[string(h.shape)]; d == nil {
			return nil
		}
		h.shapes.put(string(h.shape), d, len(h.shape)+deedCost(d))
	}
	if k := h.lookup(p, mode); k != nil {
		k.deed = d
	}
	return d
}

// keep keeps a deed with its text, and for texts that differ in literals only.
func (h *shard) keep(p []byte, mode codecs.Mode, d *filters.Deed) {
	if len(p) > maxCachedText {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if k := h.lookup(p, mode); k != nil {
		k.deed = d
	}
	if d.Literal || d.Why != "" {
		return
	}
	h.shape = h.analyser.AppendShape(h.shape[:0], p, mode)
	if len(h.shape) > 0 {
		h.shapes.put(string(h.shape), d, len(h.shape)+deedCost(d))
	}
}

// deedCost is how many bytes a deed occupies, about.
func deedCost(d *filters.Deed) int {
	n := 200
	for i := range d.Effects {
		n += 80 + 100*len(d.Effects[i].Accesses)
	}
	return n
}
