package inspect

import (
	"bytes"

	"github.com/sluice-proxy/sluice/codecs"
	"github.com/sluice-proxy/sluice/filters"
	"github.com/sluice-proxy/sluice/metadata"
)

// A held request waits for a verdict, with all bytes of the client behind it.
type held struct {
	waiting bool
	m       *codecs.Message
	x       *exchange
	judge   int // who asked for time; underway: the filter itself
}

// underway stands for a judge: the request is not ready to be judged.
const underway = -1

// request handles a message of the client. pass is how far the window may be released; it gives how far it may be now, and whether
// decoding stops here.
func (f *Filter) request(w *filters.Window, m *codecs.Message, pass int64) (int64, bool) {
	x := f.opened(m)
	if m.Meta.Len() > 0 {
		f.learn(x, m)
	}
	if f.doubts(m) {
		m.Doubt = doubtUnsettled
	}
	switch {
	case x == nil:
	case m.Text != nil:
		f.read(x, m)
	case f.c.Protocol.NewAnalyser == nil && x.Statement == nil:
		x.Statement = f.cache().named(m.Name)
	}
	switch m.Kind {
	case codecs.Upgrade:
		if f.c.Protocol.DeclineUpgrade != nil {
			w.PassTo(pass)
			w.DropTo(m.End)
			f.draft = f.c.Protocol.DeclineUpgrade(f.draft[:0], m)
			f.s.Window(codecs.FromServer, f.stage).Insert(f.draft)
			return 0, false
		}
	case codecs.Opaque:
		f.bypass(x, BypassUnknown)
		if f.c.Enforce {
			return f.deny(w, m, x, pass, codecs.Refusal{Reason: codecs.Denied, Message: "unknown message"})
		}
	case codecs.Cancel:
		f.route(x, m)
		return f.judge(w, m, x, pass, 0)
	case codecs.Startup, codecs.Request:
		if m.Blind && x != nil && m.Purpose == codecs.Command {
			f.bypass(x, BypassStatement)
		}
		return f.consider(w, m, x, pass)
	case codecs.Data:
		if m.Exchange != 0 && m.Exchange == f.refused || x != nil && x.refused {
			w.PassTo(pass)
			w.DropTo(m.End) // belongs to a request that the server never saw, and may have answered already
			if m.Last && x != nil {
				f.done(x, filters.Denied)
			}
			return 0, false
		}
	}
	if m.Last && x != nil { // it has no answer
		f.done(x, filters.OK)
	}
	return m.End, false
}

// judge asks the filters from number from on.
func (f *Filter) judge(w *filters.Window, m *codecs.Message, x *exchange, pass int64, from int) (int64, bool) {
	if x == nil {
		return m.End, false
	}
	if x.refused && executes(m) {
		return f.deny(w, m, x, pass, x.why) // what belongs to a request that was denied
	}
	x.Request = m
	for i := from; i < len(f.c.judges); i++ {
		if p, stop, settled := f.obey(w, m, x, pass, i, f.c.judges[i].OnRequest(&x.Exchange)); settled {
			x.Request = nil
			return p, stop
		}
	}
	x.Request = nil
	f.passes(x, m)
	if m.Kind == codecs.Cancel {
		f.cancel(m)
	}
	if m.Last { // it has no answer
		f.done(x, filters.OK)
	}
	return m.End, false
}

// obey carries out v, the verdict of judge number i. settled is false if the next judge is to be asked.
func (f *Filter) obey(w *filters.Window, m *codecs.Message, x *exchange, pass int64, i int, v filters.Verdict) (p int64, stop, settled bool) {
	switch v.Action {
	case filters.Pass, filters.Drop:
		return 0, false, false
	case filters.Replace:
		w.PassTo(pass)
		w.DropTo(m.End)
		w.Insert(v.Bytes)
		return 0, false, true
	case filters.Hold:
		f.hold(w, m, x, pass, i)
		return 0, true, true
	}
	p, stop = f.deny(w, m, x, pass, v.Why)
	return p, stop, true
}

// hold lets m wait for a verdict. What m refers to must outlive the bytes that are here.
func (f *Filter) hold(w *filters.Window, m *codecs.Message, x *exchange, pass int64, judge int) {
	w.PassTo(pass)
	m.Body = bytes.Clone(m.Body)
	if m.Memo == nil {
		m.Text = bytes.Clone(m.Text)
	}
	f.held = held{waiting: true, m: m, x: x, judge: judge}
	f.launch(w)
}

// deny puts a request that the server refuses in m's place, or ends the session where the protocol has none.
func (f *Filter) deny(w *filters.Window, m *codecs.Message, x *exchange, pass int64, why codecs.Refusal) (int64, bool) {
	if why.Reason == 0 {
		why.Reason = codecs.Denied
	}
	if x != nil {
		x.refused, x.why = true, why
		f.refused = x.ID
	}
	w.PassTo(pass)
	f.draft = f.draft[:0]
	if f.c.Protocol.Refuse != nil && x != nil {
		f.draft = f.c.Protocol.Refuse(f.draft, m)
	}
	if len(f.draft) == 0 {
		if x != nil {
			x.StatusCode = f.code(why)
		}
		f.close(filters.PolicyDenied, why)
		return 0, true
	}
	w.DropTo(m.End)
	w.Insert(f.draft)
	if m.Last { // it has no answer
		f.done(x, filters.Denied)
	}
	return 0, false
}

// code gives the error code that the client is told.
func (f *Filter) code(why codecs.Refusal) string {
	if f.c.Protocol.Code == nil {
		return ""
	}
	return f.c.Protocol.Code(why.Reason)
}

// resume goes on after a held request has got its verdict.
func (f *Filter) resume() {
	v, ok := f.s.TakeVerdict()
	if !ok || !f.held.waiting {
		return
	}
	h := f.held
	f.held = held{}
	w := f.s.Window(codecs.FromClient, f.stage)
	// What came meanwhile of the request is no message; what is ordered about the request will take it away.
	if !f.over && !f.feed(w, codecs.FromClient, h.m.End) {
		return
	}
	var p int64
	var stop bool
	if h.judge == underway {
		f.renamed(h.x, h.m)
		p, stop = f.consider(w, h.m, h.x, w.Start())
	} else {
		var settled bool
		h.x.Request = h.m
		p, stop, settled = f.obey(w, h.m, h.x, w.Start(), h.judge, v)
		h.x.Request = nil
		if !settled {
			p, stop = f.judge(w, h.m, h.x, w.Start(), h.judge+1)
		}
	}
	if f.held.waiting {
		return
	}
	if f.over {
		w.DropTo(w.End())
		return
	}
	w.PassTo(p)
	if !stop {
		f.run(w, codecs.FromClient)
	}
	f.endClient()
}

// renamed takes over what m turned out to be while it waited.
func (f *Filter) renamed(x *exchange, m *codecs.Message) {
	if f.c.Protocol.NewAnalyser == nil && m.Name != x.Name {
		x.Purpose, x.Name, x.Statement = m.Purpose, m.Name, f.cache().named(m.Name)
		f.learn(x, m)
	}
}

// endClient ends the client's direction if that came to its end while requests were waiting.
func (f *Filter) endClient() {
	if f.s.Ended == 0 && f.s.HasEnded(codecs.FromClient) && !f.held.waiting && !f.gated {
		f.end(codecs.FromClient)
	}
}

// route finds the session that a cancel request names: the request must go to the server that gave the key.
func (f *Filter) route(x *exchange, m *codecs.Message) {
	if f.c.Tokens == nil || x == nil {
		return
	}
	if owner, ok := f.c.Tokens.Find(m.Token); ok {
		f.s.Prefer = &owner.Endpoint
		x.Cancels = owner.ID
		for _, fact := range [...]struct {
			key   metadata.Key
			value string
		}{{metadata.ClaimedUser, owner.User}, {metadata.Namespace, owner.Namespace}, {metadata.Application, owner.Application}} {
			if fact.value != "" {
				f.s.Meta.PutString(fact.key, fact.value)
			}
		}
	}
}

// cancel notes a cancel request, which may pass, in the session that it names.
func (f *Filter) cancel(m *codecs.Message) {
	if f.c.Tokens == nil {
		return
	}
	if owner, ok := f.c.Tokens.Find(m.Token); ok {
		owner.Session.Cancel(f.s.Now())
	}
}
