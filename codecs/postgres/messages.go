package postgres

import (
	"github.com/sluice-proxy/sluice/codecs"
	"github.com/sluice-proxy/sluice/codecs/wire"
)

// A row of the message tables.
type row struct {
	name string // the specification's
	kind codecs.Kind
	need need
}

// A need says how much of a body is wanted before the message is returned.
type need uint16

const (
	nothing need = 0
	whole   need = 1<<16 - 1 // up to the limit of inspection
	// prefix is enough for the two names of a Bind, of which the server looks at 63 bytes each. What follows streams.
	prefix need = 512
)

// size gives the need in bytes of a body of n.
func (w need) size(n int64, limit int) int {
	if w == whole {
		return int(min(n, int64(limit)))
	}
	return int(min(n, int64(w)))
}

// PostgreSQL 18, 54.7 "Message Formats".
var fromClient = [256]row{
	'B': {"Bind", codecs.Request, prefix},
	'C': {"Close", codecs.Request, prefix},
	'D': {"Describe", codecs.Request, prefix},
	'E': {"Execute", codecs.Request, prefix},
	'F': {"FunctionCall", codecs.Request, 4},
	'H': {"Flush", codecs.Request, nothing},
	'P': {"Parse", codecs.Request, whole},
	'Q': {"Query", codecs.Request, whole},
	'S': {"Sync", codecs.Request, nothing},
	'X': {"Terminate", codecs.Terminate, nothing},
	'c': {"CopyDone", codecs.Data, nothing},
	'd': {"CopyData", codecs.Data, nothing},
	'f': {"CopyFail", codecs.Data, nothing},
	'p': {"PasswordMessage", codecs.Auth, nothing},
}

var fromServer = [256]row{
	'1': {"ParseComplete", codecs.Reply, nothing},
	'2': {"BindComplete", codecs.Reply, nothing},
	'3': {"CloseComplete", codecs.Reply, nothing},
	'A': {"NotificationResponse", codecs.Async, nothing},
	'C': {"CommandComplete", codecs.Reply, prefix},
	'D': {"DataRow", codecs.Reply, nothing},
	'E': {"ErrorResponse", codecs.Error, whole},
	'G': {"CopyInResponse", codecs.Reply, nothing},
	'H': {"CopyOutResponse", codecs.Reply, nothing},
	'I': {"EmptyQueryResponse", codecs.Reply, nothing},
	'K': {"BackendKeyData", codecs.Reply, prefix},
	'N': {"NoticeResponse", codecs.Async, nothing},
	'R': {"Authentication", codecs.Auth, 4},
	'S': {"ParameterStatus", codecs.Async, prefix},
	'T': {"RowDescription", codecs.Reply, nothing},
	'V': {"FunctionCallResponse", codecs.Reply, nothing},
	'W': {"CopyBothResponse", codecs.Reply, nothing},
	'Z': {"ReadyForQuery", codecs.Reply, 1},
	'c': {"CopyDone", codecs.Data, nothing},
	'd': {"CopyData", codecs.Data, nothing},
	'n': {"NoData", codecs.Reply, nothing},
	's': {"PortalSuspended", codecs.Reply, nothing},
	't': {"ParameterDescription", codecs.Reply, nothing},
	'v': {"NegotiateProtocolVersion", codecs.Reply, nothing},
}

// What has no type byte.
var (
	encrypted   = row{"encrypted", codecs.Opaque, nothing}
	sslResponse = row{"SSLResponse", codecs.Upgrade, nothing}
	skippedRow  = row{"skipped", codecs.Skipped, nothing}
)

// authentications names the authentication requests, and what the client answers to them.
var authentications = [...]struct{ request, response string }{
	0:  {"AuthenticationOk", "PasswordMessage"},
	2:  {"AuthenticationKerberosV5", "PasswordMessage"},
	3:  {"AuthenticationCleartextPassword", "PasswordMessage"},
	5:  {"AuthenticationMD5Password", "PasswordMessage"},
	7:  {"AuthenticationGSS", "GSSResponse"},
	8:  {"AuthenticationGSSContinue", "GSSResponse"},
	9:  {"AuthenticationSSPI", "GSSResponse"},
	10: {"AuthenticationSASL", "SASLInitialResponse"},
	11: {"AuthenticationSASLContinue", "SASLResponse"},
	12: {"AuthenticationSASLFinal", "SASLResponse"},
}

// cstring gives the string at the front of b, of which less than all may be here.
func cstring(r *wire.Reader) []byte {
	rest := r.Rest()
	if s := r.CString(); r.OK() {
		return s
	}
	return rest
}

// A parsed is the front of a Parse.
type parsed struct{ name, text []byte }

// parseParse reads a Parse of which limit may have cut the text; ok is false if not even the name is here.
func parseParse(b []byte) (p parsed, ok bool) {
	r := wire.Read(b)
	p.name = r.CString()
	if !r.OK() {
		return p, false
	}
	p.text = cstring(&r)
	return p, true
}

// A bound is the front of a Bind. Of a name that is longer than what is here, the front is given, and nothing of what follows it.
type bound struct{ portal, statement []byte }

func parseBind(b []byte) (p bound, ok bool) {
	r := wire.Read(b)
	p.portal = cstring(&r)
	if !r.OK() {
		return p, false
	}
	p.statement = cstring(&r)
	return p, r.OK()
}

// An object is what a Describe or Close names: kind is S for a statement, P for a portal.
type object struct {
	kind byte
	name []byte
}

func parseObject(b []byte) object {
	r := wire.Read(b)
	return object{kind: r.Uint8(), name: cstring(&r)}
}

// An errorFields is what is wanted of an ErrorResponse.
type errorFields struct{ severity, code []byte }

// PostgreSQL 18, 54.8 "Error and Notice Message Fields": S may be localized, V is not.
func parseError(b []byte) (e errorFields) {
	r := wire.Read(b)
	for {
		switch f := r.Uint8(); {
		case f == 0 || !r.OK():
			return e
		case f == 'V':
			e.severity = r.CString()
		case f == 'C':
			e.code = r.CString()
		default:
			r.CString()
		}
	}
}

func severity(b []byte) string {
	switch string(b) {
	case "ERROR":
		return "ERROR"
	case "FATAL":
		return "FATAL"
	case "PANIC":
		return "PANIC"
	}
	return "UNKNOWN"
}

// parseStatus reads a ParameterStatus.
func parseStatus(b []byte) (name, value []byte, ok bool) {
	r := wire.Read(b)
	name = r.CString()
	value = r.CString()
	return name, value, r.OK()
}
