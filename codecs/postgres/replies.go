package postgres

import (
	"strings"

	"github.com/sluice-proxy/sluice/codecs"
	"github.com/sluice-proxy/sluice/codecs/wire"
	"github.com/sluice-proxy/sluice/metadata"
)

// fromServer decodes what the server sends.
func (d *decoder) fromServer(p []byte) (int, *codecs.Message, error) {
	f := &d.frames[codecs.FromServer]
	typ := p[0]
	if f.AtBoundary() {
		if d.upgrade != 0 && (typ == d.upgrade || typ == 'N') {
			return d.upgraded(typ)
		}
		if m := d.skipped(typ); m != nil {
			m.Start, m.End = f.Jump(0, 0)
			return 0, m, nil
		}
		if typ == 'D' || typ == 'd' {
			limit := len(p)
			if d.limits.EachReply {
				limit = 1
			}
			if n, m := d.run(codecs.FromServer, &fromServer[typ], p, typ, limit); m != nil {
				d.rows(m, typ)
				return n, m, nil
			}
		}
	}
	n, typ, m, err := d.frame(codecs.FromServer, &fromServer, p)
	if m == nil {
		return n, nil, err
	}
	switch typ {
	case 'D', 'd':
		d.rows(m, typ)
	case 'Z':
		d.readyForQuery(m)
	case 'E':
		d.errorResponse(m)
	case 'R':
		d.authentication(m)
	case 'S':
		d.parameterStatus(m)
	case 'K':
		d.startupReply(m)
		m.Token, m.Body = m.Body, nil
		if len(m.Token) < 8 || m.Cut {
			m.Token = nil
		}
	case 'v':
		d.startupReply(m)
	case 'A', 'N':
	default:
		d.reply(m, typ)
	}
	return n, m, nil
}

// upgraded is the server's answer to SSLRequest or GSSENCRequest, a single byte. PostgreSQL 18, 54.2.11, 54.2.12.
func (d *decoder) upgraded(typ byte) (int, *codecs.Message, error) {
	m := d.message(codecs.FromServer, &sslResponse)
	if d.upgrade == 'G' {
		m.Name = "GSSENCResponse"
	}
	if typ == d.upgrade {
		d.state = stateEncrypted
	}
	d.upgrade = 0
	m.Start, m.End = d.frames[codecs.FromServer].Jump(1, 0)
	return 1, m, nil
}

// skipped says, before a message of type typ is looked at, which exchange got no answer although a later one does.
func (d *decoder) skipped(typ byte) *codecs.Message {
	switch typ {
	case 'A', 'N', 'S':
		return nil
	case 'Z':
		d.skip()
	}
	e := d.queue.front()
	if e == nil || typ == 'Z' && !e.req.ends() || d.skipping && typ != 'Z' {
		return nil
	}
	last := e.exchange > d.ended+1
	if !last && (!d.skipping || d.told || !e.carries || e.exchange == d.failed || !d.isOpen(e.exchange)) {
		return nil
	}
	m := d.message(codecs.FromServer, &skippedRow)
	m.Exchange, m.Last = e.exchange, last
	if last {
		d.ended++
		m.Exchange = d.ended
	} else {
		d.told = true
	}
	return m
}

// skip takes out what the server did not answer before a ReadyForQuery.
//
// PostgreSQL 18, 54.2.3 "Extended Query": after an error the server reads and discards messages until a Sync is reached.
func (d *decoder) skip() {
	for e := d.queue.front(); e != nil; e = d.queue.front() {
		if d.skipping {
			if e.req == reqSync || d.queue.count[reqSync] == 0 {
				return
			}
		} else if e.req.ends() || !d.queue.ready() {
			return
		}
		d.settle(skipped)
	}
}

func (d *decoder) rows(m *codecs.Message, typ byte) {
	if typ == 'D' {
		m.Rows = int64(m.Count)
	}
	d.answers(m)
}

// answers says which exchange m belongs to: that of the front of the queue.
func (d *decoder) answers(m *codecs.Message) *entry {
	e := d.queue.front()
	if e == nil || d.skipping {
		return nil
	}
	d.answered = true
	if d.isOpen(e.exchange) {
		m.Exchange = e.exchange
	}
	return e
}

// reply is an answer within the extended or the simple query protocol.
func (d *decoder) reply(m *codecs.Message, typ byte) {
	e := d.answers(m)
	if typ == 'C' {
		d.commandComplete(m)
	}
	if e == nil {
		return
	}
	switch typ {
	case '1':
		d.confirm(m, e, reqParse)
	case '2':
		d.confirm(m, e, reqBind)
	case '3':
		d.confirm(m, e, reqClose)
	case 'T', 'n':
		d.confirm(m, e, reqDescribe)
	case 'C', 'I', 's':
		d.executed(m, e)
	case 'G':
		if d.copy == copyIn {
			return // twice: the first one did it
		}
		d.copies(e, copyIn)
		x, req, syncs := e.exchange, e.req, d.queue.count[reqSync]
		d.copyEnded = d.queue.ignoreSyncs()
		if req == reqExecute && d.queue.count[reqSync] < syncs {
			d.batch = x - 1 // the Sync behind the copy's end is the one that the exchange waits for
		}
	case 'H':
		d.copies(e, copyOut)
	case 'W':
		d.copies(e, copyBoth)
		m.Purpose = codecs.Streaming
	}
}

func (d *decoder) copies(e *entry, c copyState) {
	d.copy, d.copying, d.copyEnded = c, e.exchange, false
}

// confirm settles the front if it is a req; other answers are not its end.
func (d *decoder) confirm(m *codecs.Message, e *entry, req request) {
	if e.req != req {
		return
	}
	if x := d.settle(done); x.last {
		d.end(m, x.exchange)
	}
}

// executed is the end of an Execute, or of one statement of a Query. An Execute ends its exchange, unless that waits for the
// Sync right behind: the commit's error comes there.
func (d *decoder) executed(m *codecs.Message, e *entry) {
	if d.copy != copyNone {
		d.copy = copyNone
		d.queue.endCopy()
		e = d.queue.front()
	}
	if e.req != reqExecute {
		return
	}
	x := d.settle(done)
	if next := d.queue.front(); next == nil || next.req != reqSync || next.exchange != x.exchange {
		d.end(m, x.exchange)
	}
}

func (d *decoder) commandComplete(m *codecs.Message) {
	r := wire.Read(m.Body)
	command, rows := commandTag(cstring(&r))
	m.Meta.PutString(Command, command)
	switch command {
	case "INSERT", "UPDATE", "DELETE", "MERGE", "COPY":
		if rows >= 0 {
			m.Meta.PutInt(metadata.AffectedRows, rows)
		}
	case "DEALLOCATE ALL", "DISCARD ALL":
		d.names.forget(statements)
	case "DEALLOCATE":
		d.deallocated = true
	case "PREPARE":
		if d.deallocated { // perhaps under the name of one that we still know
			d.names.forget(statements)
			d.deallocated = false
		}
	}
}

// errorResponse is an error. PostgreSQL 18, 54.2.2, 54.2.3.
func (d *decoder) errorResponse(m *codecs.Message) {
	fields := parseError(m.Body)
	sev := severity(fields.severity)
	m.Meta.PutString(Severity, sev)
	if code := sqlstate(fields.code); code != "" {
		m.Meta.PutString(metadata.StatusCode, code)
	}
	fatal := sev == "FATAL" || sev == "PANIC"
	e := d.answers(m)
	if e == nil {
		if fatal && d.isOpen(d.ended+1) {
			m.Exchange = d.ended + 1
			d.end(m, m.Exchange)
		}
		return
	}
	d.copy = copyNone
	switch {
	case e.req == reqStartup:
		d.end(m, d.settle(failed).exchange)
		return
	case e.req.ends():
		if fatal {
			d.end(m, e.exchange)
		}
		return
	}
	x := d.settle(failed)
	d.skipping, d.failed = true, x.exchange
	if s := d.queue.nextSync(); s == nil || s.exchange != x.exchange || fatal {
		d.end(m, x.exchange)
	}
}

// readyForQuery ends whatever it answers.
func (d *decoder) readyForQuery(m *codecs.Message) {
	if len(m.Body) == 1 {
		d.status = m.Body[0]
	}
	m.Meta.PutString(TransactionStatus, transaction(d.status))
	e := d.queue.front()
	if e != nil && d.isReady(e) {
		if d.isOpen(e.exchange) {
			m.Exchange = e.exchange
		}
		d.end(m, d.settle(done).exchange)
		d.copy = copyNone
		if d.state < stateOperation {
			d.state = stateOperation
			d.user = ""
		}
	}
	d.skipping, d.told, d.failed = false, false, 0
	if d.status == 'I' { // portals live as long as their transaction
		d.names.forget(portals)
	}
}

// isReady says that ReadyForQuery answers e. Query and FunctionCall have answers before it: a bare ReadyForQuery, or one that ends the
// skipping, belongs to a Sync that was taken for one that the server ignores.
func (d *decoder) isReady(e *entry) bool {
	if e.req == reqQuery || e.req == reqFunction {
		return d.answered && !d.skipping
	}
	return e.req.ends()
}

func transaction(status byte) string {
	switch status {
	case 'I':
		return "idle"
	case 'T':
		return "transaction"
	case 'E':
		return "failed"
	}
	return "unknown"
}

// startupReply is an answer to the StartupMessage.
func (d *decoder) startupReply(m *codecs.Message) {
	if e := d.queue.front(); e != nil && e.req == reqStartup {
		m.Exchange = e.exchange
	}
}

// PostgreSQL 18, 54.2.1 "Start-up".
func (d *decoder) authentication(m *codecs.Message) {
	d.startupReply(m)
	r := wire.Read(m.Body)
	m.Body, m.Cut = nil, false
	code := r.Uint32()
	if r.OK() && int64(code) < int64(len(authentications)) && authentications[code].request != "" {
		m.Name = authentications[code].request
		d.auth = uint8(code)
		if code == 0 && d.state == stateAuth {
			d.state = stateStarting
			m.Meta.PutString(metadata.User, d.user)
		}
	}
}

// parameterStatus is a setting that the server reports. PostgreSQL 18, 54.2.7 "Asynchronous Operations".
func (d *decoder) parameterStatus(m *codecs.Message) {
	if d.state < stateOperation {
		m.Kind = codecs.Reply
		d.startupReply(m)
	}
	name, value, ok := parseStatus(m.Body)
	if !ok {
		return
	}
	switch string(name) {
	case "application_name":
		m.Meta.PutString(metadata.Application, string(value))
	case "session_authorization":
		if d.state == stateOperation {
			m.Meta.PutString(metadata.User, string(value))
		}
	case "in_hot_standby":
		m.Meta.PutBool(Standby, string(value) == "on")
	case "standard_conforming_strings":
		d.setMode(ModeBackslash, string(value) == "off")
	case "client_encoding":
		d.setMode(ModeEncoding, !asciiSafe(string(value)))
		d.foreign[codecs.FromClient] = !isUTF8(string(value))
		d.setMode(ModeForeign, d.foreign[0] || d.foreign[1])
	case "server_encoding":
		d.foreign[codecs.FromServer] = !isUTF8(string(value))
		d.setMode(ModeForeign, d.foreign[0] || d.foreign[1])
	}
}

// asciiSafe says that an encoding's multi-byte characters hold no ASCII bytes: those that servers can use are made so, some of those
// that only clients can use (SJIS, BIG5, GBK, UHC, GB18030, JOHAB, SHIFT_JIS_2004) are not. PostgreSQL 18, 23.3.1.
func asciiSafe(encoding string) bool {
	if encoding == "UTF8" || encoding == "SQL_ASCII" {
		return true
	}
	for _, family := range [...]string{"LATIN", "WIN", "ISO_8859_", "KOI8", "EUC_"} {
		if strings.HasPrefix(encoding, family) {
			return true
		}
	}
	return false
}

// isUTF8 says that names in an encoding are compared as UTF-8. SQL_ASCII converts nothing.
func isUTF8(encoding string) bool { return encoding == "UTF8" || encoding == "SQL_ASCII" }

func (d *decoder) setMode(bit codecs.Mode, on bool) {
	d.mode &^= bit
	if on {
		d.mode |= bit
	}
}
