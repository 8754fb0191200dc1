package inspect

import (
	"slices"

	"github.com/sluice-proxy/sluice/codecs"
	"github.com/sluice-proxy/sluice/filters"
)

// An own exchange is one that the proxy has with the server. It is sent when the server owes no other answer, ahead of the request that is held
// for it; a decoder of its own reads the reply. The session's decoder never sees that reply, except for what the server sends unasked.
type own struct {
	request []byte
	reply   func(*codecs.Message)
	finish  func(error)
	dec     codecs.Decoder

	sent  bool
	base  int64  // offset in the server's window where the reply begins
	pos   int64  // in the window: the next byte for dec
	end   int64  // in the window: the end of the message that dec reported last
	async bool   // that message was sent unasked
	last  bool   // that message ends the reply
	until uint64 // the last exchange that the request opens
}

// Ask implements filters.Asker.
func (f *Filter) Ask(request []byte, reply func(*codecs.Message), done func(error)) error {
	if f.c.Protocol.NewReady == nil || f.own != nil || f.mute || f.over || len(f.open) == 0 || f.s.HasEnded(codecs.FromServer) {
		return filters.ErrCantAsk
	}
	x := f.open[len(f.open)-1]
	if x.Request == nil || x.RequestBytes != x.Request.Len() {
		return filters.ErrCantAsk
	}
	f.own = &own{request: slices.Clone(request), reply: reply, finish: done, dec: f.c.Protocol.NewReady(f.c.Limits)}
	return nil
}

// launch sends the own request once the held one is all that the server has not answered.
func (f *Filter) launch(w *filters.Window) {
	o := f.own
	if o == nil || o.sent || !f.held.waiting || len(f.open) != 1 || !f.dec.Standing().Boundary[codecs.FromServer] {
		return
	}
	o.sent = true
	o.base = f.pos[codecs.FromServer]
	o.pos, o.end = o.base, o.base
	for p := o.request; len(p) > 0; {
		n, m, err := o.dec.Decode(codecs.FromClient, p)
		if err != nil || n == 0 && m == nil {
			f.finishOwn(filters.ErrCantAsk)
			return
		}
		if m != nil {
			o.until = max(o.until, m.Exchange)
		}
		p = p[n:]
	}
	w.Insert(o.request)
}

// ownReply reads the server's answer to the own request. It says whether that is complete.
func (f *Filter) ownReply(w *filters.Window) bool {
	o := f.own
	for {
		f.sort(w, min(o.pos, o.end))
		if o.last && w.Start() >= o.end {
			f.finishOwn(nil)
			return true
		}
		p := w.At(o.pos)
		if len(p) == 0 {
			return false
		}
		if o.last {
			p = p[:min(int64(len(p)), o.end-o.pos)]
		}
		n, m, err := o.dec.Decode(codecs.FromServer, p)
		o.pos += int64(n)
		if err != nil {
			f.finishOwn(err)
			f.broken(codecs.FromServer, err)
			return true
		}
		if m == nil {
			continue
		}
		f.sort(w, o.base+m.Start) // the rest of the message before
		o.end, o.async, o.last = o.base+m.End, m.Kind == codecs.Async, m.Last && m.Exchange == o.until
		if !o.async {
			o.reply(m)
		}
	}
}

// sort disposes of the bytes up to off: what the server sent unasked is for the client and for the session's decoder, the rest for nobody.
func (f *Filter) sort(w *filters.Window, off int64) {
	if off <= w.Start() {
		return
	}
	if !f.own.async {
		f.skew += off - w.Start()
		w.DropTo(off)
		f.pos[codecs.FromServer] = off
		return
	}
	for f.pos[codecs.FromServer] < off {
		p := w.At(f.pos[codecs.FromServer])
		p = p[:min(int64(len(p)), off-f.pos[codecs.FromServer])]
		n, m, err := f.dec.Decode(codecs.FromServer, p)
		f.pos[codecs.FromServer] += int64(n)
		if err != nil || n == 0 && m == nil {
			f.broken(codecs.FromServer, err)
			return
		}
		if m != nil {
			f.learn(nil, m)
			f.seen(m)
		}
	}
	w.PassTo(off)
}

func (f *Filter) finishOwn(err error) {
	o := f.own
	f.own = nil
	o.finish(err)
}
