package inspect

import (
	"errors"

	"github.com/sluice-proxy/sluice/codecs"
	"github.com/sluice-proxy/sluice/filters"
	"github.com/sluice-proxy/sluice/metadata"
)

// A Filter is the protocol filter of one session.
type Filter struct {
	c     *Config
	s     *filters.Session
	stage int
	dec   codecs.Decoder

	pos  [2]int64 // offsets in the windows of the next byte to be decoded
	skew int64    // what the server's window is ahead of the decoder, which doesn't see the replies to own requests
	mute bool     // nothing is decoded any more: all passes
	deaf bool     // the client can't be understood any more: the session ends once all is answered that it asked for before
	over bool     // the session ends: nothing passes

	open    []*exchange // not yet ended; open[0] is number first
	ring    []*exchange // open's memory, for when it becomes empty
	first   uint64
	partial filters.Instant // when the first byte of a request that isn't here whole was seen

	shard       *shard
	shardNumber int

	ending *exchange // the last message of its reply is on its way
	endsAt int64     // and ends here, in the server's window

	held  held
	names codecs.Resolver // nil if nobody asks what names mean
	path  path

	unsettled uint64 // the exchange after which requests can't be judged before it is answered; 0 or ended: none
	unread    uint64 // likewise, of those that may change how new texts are read
	doubtful  uint64 // likewise, of those that may change all
	gated     bool   // requests wait for that
	quiet     bool   // the server owed no answer that waits for more of the client's bytes, before the request at hand
	asked     uint64 // the exchange that the server was last asked for
	refused   uint64 // the last exchange that was denied

	reply wanted
	own   *own
	token []byte
	draft []byte // for replacements
}

// New makes the filter of s, which is the chain's filter number stage.
func New(c *Config, s *filters.Session, stage int) *Filter {
	c.setup()
	s.Meta.PutString(metadata.DBSystem, c.Protocol.System)
	f := &Filter{c: c, s: s, stage: stage, dec: c.Protocol.New(c.Limits), first: 1}
	if c.Parse && c.Protocol.NewResolver != nil {
		f.names = c.Protocol.NewResolver(c.Search, f.dec)
	}
	s.Asker = f
	return f
}

var (
	_ filters.Filter = (*Filter)(nil)
	_ filters.Ender  = (*Filter)(nil)
	_ filters.Asker  = (*Filter)(nil)
)

// OnRead decodes what the client sent.
func (f *Filter) OnRead(w *filters.Window) error {
	if f.held.waiting {
		return nil
	}
	f.run(w, codecs.FromClient)
	return nil
}

// OnWrite decodes what the server sent.
func (f *Filter) OnWrite(w *filters.Window) error {
	f.run(w, codecs.FromServer)
	if f.gated {
		f.ungate()
	}
	return nil
}

// OnEvent follows the session.
func (f *Filter) OnEvent(e filters.Event) error {
	switch e {
	case filters.ClientEOF, filters.ServerEOF:
		if e == filters.ServerEOF && f.own != nil {
			f.finishOwn(filters.ErrAskOverrun) // whoever waits for the answer would wait for ever
		}
		if e == filters.ServerEOF || !f.held.waiting && !f.gated {
			f.end(codecs.Direction(e - filters.ClientEOF))
		}
	case filters.Resumed:
		f.resume()
	case filters.Closed:
		if f.own != nil {
			f.own.finish(filters.ErrAskOverrun)
			f.own = nil
		}
		f.abandon()
		if f.token != nil {
			f.c.Tokens.Remove(f.token)
		}
	}
	return nil
}

// run decodes the bytes of dir that are here, message by message.
func (f *Filter) run(w *filters.Window, dir codecs.Direction) {
	if dir == codecs.FromServer {
		if f.ending != nil && w.End() >= f.endsAt {
			x := f.ending
			f.ending = nil
			f.done(x, filters.OK)
		}
		if !f.resumeReply(w) {
			return
		}
	}
	pass := w.Start() // everything before is, or may be, released
	for !f.mute && !f.over && (!f.deaf || dir == codecs.FromServer) {
		if dir == codecs.FromServer && f.own != nil && f.own.sent {
			w.PassTo(pass)
			if f.ownReply(w) {
				continue
			}
			break
		}
		p := w.At(f.pos[dir])
		if len(p) == 0 || dir == codecs.FromClient && f.c.Parse && f.gate() {
			break
		}
		n, m, err := f.dec.Decode(dir, p)
		f.pos[dir] += int64(n)
		if err != nil {
			w.PassTo(pass)
			f.broken(dir, err)
			break
		}
		if m == nil {
			continue
		}
		var stop bool
		if dir == codecs.FromClient {
			pass, stop = f.request(w, m, pass)
		} else {
			pass, stop = f.response(w, m, pass)
		}
		if stop {
			break
		}
	}
	switch {
	case f.over, f.deaf && dir == codecs.FromClient:
		w.DropTo(w.End())
	case f.mute:
		w.PassTo(w.End())
		f.pos[dir] = w.End()
	default:
		w.PassTo(pass)
	}
	f.throttle(w, dir)
	if f.deaf && len(f.open) == 0 && !f.over {
		f.close(filters.DecodeFailed, badInput(f.s.Err))
	}
}

// throttle stops reading the client while the decoder or the filter can remember no more requests.
func (f *Filter) throttle(w *filters.Window, dir codecs.Direction) {
	client := w
	if dir == codecs.FromServer {
		client = f.s.Window(codecs.FromClient, f.stage)
	} else if w.End() > w.Start() && f.partial == 0 {
		f.partial = f.s.Now()
	}
	full := len(f.open) >= maxOpen
	if !full && len(f.open) > 64 {
		full = f.dec.Standing().Full
	}
	client.Pause(full)
	if f.own != nil {
		f.launch(client)
	}
}

// broken handles a stream that can't be framed.
func (f *Filter) broken(dir codecs.Direction, err error) {
	f.bypass(nil, BypassFraming)
	for _, x := range f.open {
		if x != nil {
			x.Bypass = BypassFraming
		}
	}
	if f.c.Warn != nil {
		f.c.Warn(f.s, err)
	}
	if !f.c.Enforce {
		f.mute = true
		if other := f.s.Window(dir.Other(), f.stage); dir == codecs.FromClient || !f.held.waiting {
			other.PassTo(other.End())
		}
		return
	}
	f.s.Err = err
	if dir == codecs.FromClient && len(f.open) > 0 && f.own == nil && f.dec.Standing().Owed {
		f.deaf = true
		return
	}
	f.close(filters.DecodeFailed, badInput(err))
}

// badInput tells the client what is wrong, as far as the decoder has words for it.
func badInput(err error) codecs.Refusal {
	why := codecs.Refusal{Reason: codecs.BadInput}
	var e *codecs.DecodeError
	if errors.As(err, &e) && e.Dir == codecs.FromClient {
		why.Message = e.Complaint
	}
	return why
}

// close ends the session politely; nothing more passes.
func (f *Filter) close(cause filters.Cause, why codecs.Refusal) {
	f.s.Finish(cause, why)
	f.over = true
}

// end handles the end of a direction's stream: an unfinished message goes the way of the finished ones, if nobody minds.
func (f *Filter) end(dir codecs.Direction) {
	w := f.s.Window(dir, f.stage)
	if !f.mute && !f.over {
		if err := f.dec.End(dir); f.c.Enforce && dir == codecs.FromClient && (f.deaf || errors.Is(err, codecs.ErrTruncated)) {
			w.DropTo(w.End()) // not judged, so not sent
			return
		}
	}
	if f.own == nil || dir == codecs.FromClient {
		w.PassTo(w.End())
	} else {
		w.DropTo(w.End())
	}
}

// AtRest says that the session may be ended and nothing is lost.
func (f *Filter) AtRest() bool {
	return !f.mute && !f.held.waiting && f.own == nil && f.reply.m == nil && len(f.open) == 0 && f.dec.Standing().AtRest()
}

// Waits says that the session is subscribed to something, or that what it asked for waits for others.
func (f *Filter) Waits() bool {
	if f.mute {
		return false
	}
	if f.dec.Standing().Waits {
		return true
	}
	for _, x := range f.open {
		if x != nil && f.c.Protocol.Waits != nil && x.Meta.Int(f.c.Protocol.Waits) != 0 {
			return true
		}
	}
	return false
}

// Farewell appends the protocol's last words.
func (f *Filter) Farewell(dst []byte, why codecs.Refusal) []byte {
	if f.c.Protocol.Farewell == nil || f.mute || f.reply.m != nil || f.own != nil || !f.dec.Standing().Boundary[codecs.FromServer] {
		return dst
	}
	return f.c.Protocol.Farewell(dst, why)
}
