package postgres

import (
	"bytes"

	"github.com/sluice-proxy/sluice/codecs"
	"github.com/sluice-proxy/sluice/codecs/wire"
)

// fromClient decodes what the client sends after its startup packet.
func (d *decoder) fromClient(p []byte) (int, *codecs.Message, error) {
	if p[0] == 'd' {
		if n, m := d.run(codecs.FromClient, &fromClient['d'], p, 'd', len(p)); m != nil {
			m.Exchange, m.Purpose = d.copyExchange()
			return n, m, nil
		}
	}
	n, typ, m, err := d.frame(codecs.FromClient, &fromClient, p)
	if m == nil {
		return n, nil, err
	}
	switch typ {
	case 'Q':
		d.query(m)
	case 'P':
		d.parse(m)
	case 'B':
		d.bind(m)
	case 'D':
		d.join(m)
		d.queue.push(entry{exchange: m.Exchange, req: reqDescribe})
	case 'C':
		d.close(m)
	case 'E':
		d.execute(m)
	case 'F':
		d.function(m)
	case 'S':
		d.sync(m)
	case 'H':
		d.flush(m)
	case 'd', 'c', 'f':
		d.copyData(m, typ)
	case 'p':
		m.Name = authentications[d.auth].response
		if d.isOpen(connecting) {
			m.Exchange, m.Purpose = connecting, codecs.Connect
		}
	}
	return n, m, nil
}

// join puts m into the group that the next Execute closes.
func (d *decoder) join(m *codecs.Message) {
	if d.group <= d.ended {
		d.group = d.open(codecs.Prepare)
	}
	m.Exchange, m.Purpose = d.group, codecs.Prepare
}

// leave ends the group without an Execute: the answer to its last request ends its exchange. If that was answered already the
// group goes on, unless final.
func (d *decoder) leave(final bool) {
	if d.group > d.ended {
		if e := d.queue.tail(); e != nil && e.exchange == d.group {
			e.last = true
		} else if !final {
			return
		}
	}
	d.group = 0
}

// PostgreSQL 18, 54.2.2 "Simple Query".
func (d *decoder) query(m *codecs.Message) {
	d.leave(true)
	m.Exchange, m.Purpose = d.open(codecs.Command), codecs.Command
	d.batch = d.opened
	m.Text, m.Mode, m.New = m.Body, d.mode, true
	if i := bytes.IndexByte(m.Body, 0); i >= 0 {
		m.Text = m.Body[:i:i]
		if m.Cut || i < len(m.Body)-1 {
			m.Meta.PutBool(Excess, true)
			m.Doubt = doubtExcess
		}
	}
	// It destroys the unnamed statement and the unnamed portal. PostgreSQL 18, 54.2.3 "Extended Query".
	changes := d.names.assign(statements, nil, nil) + d.names.assign(portals, nil, nil)
	d.queue.push(entry{exchange: m.Exchange, req: reqQuery, changes: changes})
}

// functionCall is what a FunctionCall does: it names its function by a number only.
var functionCall = codecs.Unknown("function_call")

// PostgreSQL 18, 54.2.4 "Function Call".
func (d *decoder) function(m *codecs.Message) {
	d.leave(true)
	m.Exchange, m.Purpose = d.open(codecs.Command), codecs.Command
	d.batch = d.opened
	if r := wire.Read(m.Body); r.Len() >= 4 {
		m.Meta.PutInt(FunctionOID, int64(r.Uint32()))
	}
	m.Body, m.Cut = nil, false // arguments
	m.Blind = true             // a function has no text
	if d.limits.Effects {
		m.Effects = functionCall
	}
	d.queue.push(entry{exchange: m.Exchange, req: reqFunction})
}

// PostgreSQL 18, 54.2.3 "Extended Query", as are the next ones.
func (d *decoder) parse(m *codecs.Message) {
	d.join(m)
	e := entry{exchange: m.Exchange, req: reqParse}
	if p, ok := parseParse(m.Body); ok {
		m.Text, m.Mode, m.New = p.text, d.mode, true
		var st *statement
		if !m.Cut {
			st = d.names.keep(p.name, p.text, d.mode)
		}
		e.changes = d.names.assign(statements, p.name, st)
		if st != nil && e.changes > 0 {
			m.Text, m.Memo = st.text, &st.memo
		}
	} else {
		// A name longer than the limit of inspection: the server looks at its front.
		e.changes = d.names.assign(statements, m.Body, nil)
		m.Blind = true
		m.Meta.PutBool(StatementUnknown, true)
	}
	d.queue.push(e)
}

func (d *decoder) bind(m *codecs.Message) {
	d.join(m)
	p, ok := parseBind(m.Body)
	m.Body, m.Cut = nil, false // parameters
	var st *statement
	if ok {
		st = d.names.lookup(statements, p.statement)
	}
	d.use(m, st)
	changes := d.names.assign(portals, p.portal, st)
	d.queue.push(entry{exchange: m.Exchange, req: reqBind, changes: changes})
}

func (d *decoder) close(m *codecs.Message) {
	d.join(m)
	e := entry{exchange: m.Exchange, req: reqClose}
	switch o := parseObject(m.Body); o.kind {
	case 'S':
		e.changes = d.names.assign(statements, o.name, nil)
	case 'P':
		e.changes = d.names.assign(portals, o.name, nil)
	}
	d.queue.push(e)
}

func (d *decoder) execute(m *codecs.Message) {
	d.join(m) // or open one: of a portal that was suspended
	d.group, d.purpose, m.Purpose = 0, codecs.Command, codecs.Command
	r := wire.Read(m.Body)
	d.use(m, d.names.lookup(portals, cstring(&r)))
	d.queue.push(entry{exchange: m.Exchange, req: reqExecute})
}

// use says in m which statement is bound or executed.
func (d *decoder) use(m *codecs.Message, st *statement) {
	if st == nil {
		m.Mode, m.Blind = d.mode, true
		m.Meta.PutBool(StatementUnknown, true)
		return
	}
	m.Text, m.Mode, m.Memo = st.text, st.mode, &st.memo
}

func (d *decoder) sync(m *codecs.Message) {
	if d.copy == copyIn && !d.copyEnded { // the server ignores it
		m.Exchange, m.Purpose = d.copyExchange()
		return
	}
	e := entry{exchange: d.opened, req: reqSync, carries: true}
	if d.opened > d.batch && d.isOpen(d.opened) {
		if t := d.queue.tail(); t != nil && t.exchange == d.opened {
			t.last = false
		}
	} else {
		e.exchange, e.carries = d.open(codecs.Prepare), false
	}
	m.Exchange, m.Purpose = e.exchange, d.purpose
	d.batch, d.group = d.opened, 0
	d.queue.push(e)
}

func (d *decoder) flush(m *codecs.Message) {
	if d.isOpen(d.opened) {
		m.Exchange, m.Purpose = d.opened, d.purpose
	}
	if d.copy != copyIn {
		d.leave(false)
	}
}

// copyData is CopyData, CopyDone and CopyFail. PostgreSQL 18, 54.2.7 "COPY Operations".
func (d *decoder) copyData(m *codecs.Message, typ byte) {
	m.Exchange, m.Purpose = d.copyExchange()
	if typ == 'd' {
		return
	}
	if d.copy != copyNone {
		d.copyEnded = true
	}
	if d.queue.len > 0 {
		d.queue.push(entry{exchange: m.Exchange, req: reqCopyEnd})
	}
}

// copyExchange gives the exchange that copied data belong to: what the client sends ahead, before the server has said that it copies,
// belongs to the last one.
func (d *decoder) copyExchange() (uint64, codecs.Purpose) {
	switch {
	case d.copy != copyNone && !d.isOpen(d.copying):
	case d.copy == copyBoth:
		return d.copying, codecs.Streaming
	case d.copy != copyNone:
		return d.copying, codecs.Command
	case d.isOpen(d.opened):
		return d.opened, d.purpose
	}
	return 0, codecs.NoPurpose
}
