package inspect

import (
	"slices"

	"github.com/sluice-proxy/sluice/codecs"
	"github.com/sluice-proxy/sluice/filters"
)

// A wanted reply is held until it is here whole.
type wanted struct {
	m      *codecs.Message
	x      *exchange
	reader int   // who wants it
	start  int64 // in the window
	end    int64
}

// response handles a message of the server; see request for its results.
func (f *Filter) response(w *filters.Window, m *codecs.Message, pass int64) (int64, bool) {
	end := m.End + f.skew
	f.seen(m)
	x := f.find(m.Exchange)
	if m.Meta.Len() > 0 {
		f.learn(x, m)
	}
	if m.Token != nil {
		f.remember(m.Token)
	}
	if m.Kind == codecs.Async && f.c.Async != nil {
		f.c.Async(f.s, m)
	}
	if m.Kind == codecs.Opaque {
		f.bypass(x, BypassUnknown)
	}
	if x == nil {
		if m.Kind == codecs.Opaque && f.dec.Standing().Opaque {
			f.bypass(nil, BypassEncrypted)
			if f.c.Enforce {
				w.PassTo(pass)
				f.close(filters.PolicyDenied, codecs.Refusal{Reason: codecs.Denied, Message: "what is encrypted can't be judged"})
				return 0, true
			}
			f.mute = true
		}
		if m.Addresses != nil {
			if p, stop, settled := f.offer(w, m, &exchange{Exchange: filters.Exchange{Session: f.s}}, pass, end); settled {
				return p, stop
			}
		}
		return end, false
	}
	if n := m.Len(); n > 0 {
		x.ReplyBytes += n
		if x.FirstByte == 0 {
			x.FirstByte = f.s.Now()
		}
	}
	x.Rows += m.Rows
	x.Found += int64(m.Found)
	if m.Purpose > x.Purpose {
		x.Purpose = m.Purpose
	}
	switch m.Kind {
	case codecs.Error:
		if x.Outcome == filters.Open {
			x.Outcome = filters.Failed
		}
		if x.refused && !x.answered {
			return f.answer(w, m, x, pass, end), false
		}
		if m.Addresses != nil {
			if p, stop, settled := f.offer(w, m, x, pass, end); settled {
				return p, stop
			}
		}
	case codecs.Skipped:
		x.Outcome = filters.Skipped
	default:
		if x.refused && !x.answered && m.Rows > 0 {
			// What was to be refused has been carried out: a server that doesn't keep to the protocol. Nothing of it reaches the client.
			w.PassTo(pass)
			f.close(filters.PolicyDenied, x.why)
			return 0, true
		}
		if p, stop, settled := f.offer(w, m, x, pass, end); settled {
			return p, stop
		}
	}
	if m.Last {
		f.ends(w, x, end)
	}
	return end, false
}

// offer asks the filters whether one wants to see m, a reply of x. Then m is settled, or held until it is here whole.
func (f *Filter) offer(w *filters.Window, m *codecs.Message, x *exchange, pass, end int64) (p int64, stop, settled bool) {
	for i, j := range f.c.readers {
		if !j.WantReply(&x.Exchange, m) {
			continue
		}
		if m.Len() > int64(f.c.Limits.InspectReply) {
			p, stop = f.tooLong(w, m, x, pass, end)
			return p, stop, true
		}
		w.PassTo(pass)
		f.reply = wanted{m, x, i, m.Start + f.skew, end}
		return 0, !f.resumeReply(w), true
	}
	return 0, false, false
}

// ends ends x when the last byte of its reply, before end, is here.
func (f *Filter) ends(w *filters.Window, x *exchange, end int64) {
	if end > w.End() {
		f.ending, f.endsAt = x, end
		return
	}
	f.done(x, filters.OK)
}

// answer puts the protocol's denial in place of the server's refusal.
func (f *Filter) answer(w *filters.Window, m *codecs.Message, x *exchange, pass, end int64) int64 {
	w.PassTo(pass)
	w.DropTo(end)
	f.draft = f.c.Protocol.Denial(f.draft[:0], m, x.why)
	w.Insert(f.draft)
	x.answered = true
	x.StatusCode = f.code(x.why)
	if m.Last {
		f.done(x, filters.Denied)
	}
	return 0
}

// tooLong handles a reply that a filter wants to see and that is longer than the limit: an error where policy rules.
func (f *Filter) tooLong(w *filters.Window, m *codecs.Message, x *exchange, pass, end int64) (int64, bool) {
	f.bypass(x, BypassTooLarge)
	if f.c.Enforce {
		w.PassTo(pass)
		f.close(filters.PolicyDenied, codecs.Refusal{Reason: codecs.Denied, Message: "reply over the limit of inspection"})
		return 0, true
	}
	if m.Last {
		f.ends(w, x, end)
	}
	return end, false
}

// resumeReply settles the wanted reply once it is here whole. It says whether decoding may go on.
func (f *Filter) resumeReply(w *filters.Window) bool {
	r := f.reply
	if r.m == nil {
		return true
	}
	if w.End() < r.end {
		return false
	}
	f.reply = wanted{}
	last, x := r.m.Last, r.x
	r.m.Body, r.m.Cut = w.Held()[:r.end-r.start], false
	var v filters.Verdict
	for i := r.reader; i < len(f.c.readers) && v.Action == filters.Pass; i++ {
		if j := f.c.readers[i]; i == r.reader || j.WantReply(&x.Exchange, r.m) {
			v = j.OnReply(&x.Exchange, r.m)
		}
	}
	f.feed(w, codecs.FromServer, r.end)
	switch v.Action {
	case filters.Replace:
		w.DropTo(r.end)
		w.Insert(v.Bytes)
	case filters.Drop:
		w.DropTo(r.end)
	default:
		w.PassTo(r.end)
	}
	if last {
		f.done(x, filters.OK)
	}
	return true
}

// feed shows the decoder the bytes before end that are here, of a message that it has reported at its head. It says whether they could be decoded.
func (f *Filter) feed(w *filters.Window, dir codecs.Direction, end int64) bool {
	for f.pos[dir] < min(end, w.End()) {
		p := w.At(f.pos[dir])
		p = p[:min(int64(len(p)), end-f.pos[dir])]
		n, m, err := f.dec.Decode(dir, p)
		f.pos[dir] += int64(n)
		if err != nil || n == 0 && m == nil {
			f.broken(dir, err)
			return false
		}
		if m != nil && dir == codecs.FromServer { // without bytes: the end of an exchange that has no answer
			f.response(w, m, w.Start())
		}
	}
	return true
}

// remember announces the session's token, so that cancel requests find it.
func (f *Filter) remember(token []byte) {
	if f.c.Tokens == nil || f.token != nil {
		return
	}
	f.token = slices.Clone(token)
	if !f.c.Tokens.Put(f.token, f.s) {
		f.token = nil
	}
}
