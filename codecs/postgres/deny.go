package postgres

import (
	"encoding/binary"

	"github.com/sluice-proxy/sluice/codecs"
)

// invalidDescribe asks for the description of a kind of object that does not exist. The server answers with an ERROR
// (08P01 "invalid DESCRIBE message subtype") in every state in which it answers a request, without regard to names: a client
// could make a portal or a statement of any name, nobody can make the kind. Like every error of the extended protocol it fails the
// transaction and skips to the next Sync. PostgreSQL 18, src/backend/tcop/postgres.c.
const invalidDescribe = "D\x00\x00\x00\x06!\x00"

const syncMessage = "S\x00\x00\x00\x04"

func refuse(dst []byte, m *codecs.Message) []byte {
	switch m.Name {
	case "Query", "FunctionCall":
		return append(append(dst, invalidDescribe...), syncMessage...)
	case "Parse", "Bind", "Describe", "Execute", "Close":
		return append(dst, invalidDescribe...)
	}
	return nil
}

// insufficientPrivilege is the code of the server's own denials. PostgreSQL 18, Appendix A.
const insufficientPrivilege = "42501"

func denial(dst []byte, _ *codecs.Message, why codecs.Refusal) []byte {
	return appendError(dst, "ERROR", insufficientPrivilege, because("permission denied by policy", why), why)
}

// because adds the reason, if there is one.
func because(text string, why codecs.Refusal) string {
	if why.Message == "" {
		return text
	}
	return text + ": " + why.Message
}

// farewells has the code and the text of each reason. The codes are those that servers use. PostgreSQL 18, Appendix A.
var farewells = map[codecs.Reason]struct{ code, text string }{
	codecs.Denied:        {insufficientPrivilege, "permission denied by policy"},
	codecs.NotAdmitted:   {"28000", "connection denied by policy"},
	codecs.ShuttingDown:  {"57P01", "terminating connection due to administrator command"},
	codecs.NoServer:      {"08001", "no server can be reached"},
	codecs.ServerLost:    {"08006", "the connection to the server was lost"},
	codecs.IdleTimeout:   {"57P05", "terminating connection due to idle-session timeout"},
	codecs.MaxDuration:   {"57P01", "terminating connection because it has lasted too long"},
	codecs.LimitReached:  {"53300", "too many connections"},
	codecs.BadInput:      {"08P01", "invalid message"},
	codecs.InternalError: {"XX000", "internal error of the proxy"},
}

func errorCode(r codecs.Reason) string { return farewells[r].code }

func farewell(dst []byte, why codecs.Refusal) []byte {
	last, ok := farewells[why.Reason]
	if !ok {
		last = farewells[codecs.InternalError]
	}
	text := last.text
	switch why.Reason {
	case codecs.Denied, codecs.NotAdmitted:
		text = because(text, why)
	default:
		text = message(why, text)
	}
	return appendError(dst, "FATAL", last.code, text, why)
}

func message(why codecs.Refusal, text string) string {
	if why.Message != "" {
		return why.Message
	}
	return text
}

// appendError appends an ErrorResponse. PostgreSQL 18, 54.7 "ErrorResponse", 54.8.
func appendError(dst []byte, severity, code, text string, why codecs.Refusal) []byte {
	start := len(dst)
	dst = append(dst, 'E', 0, 0, 0, 0)
	dst = appendField(dst, 'S', severity)
	dst = appendField(dst, 'V', severity)
	dst = appendField(dst, 'C', code)
	dst = appendField(dst, 'M', text)
	if why.Rule != "" {
		dst = appendField(dst, 'D', "Denied by rule "+why.Rule+".")
	}
	if why.Hint != "" {
		dst = appendField(dst, 'H', why.Hint)
	}
	dst = append(dst, 0)
	binary.BigEndian.PutUint32(dst[start+1:], uint32(len(dst)-start-1))
	return dst
}

func appendField(dst []byte, field byte, value string) []byte {
	dst = append(dst, field)
	for i := range len(value) {
		if value[i] != 0 {
			dst = append(dst, value[i])
		}
	}
	return append(dst, 0)
}

// appendMessage appends a message with a body.
func appendMessage(dst []byte, typ byte, body string) []byte {
	dst = binary.BigEndian.AppendUint32(append(dst, typ), uint32(len(body)+4))
	return append(dst, body...)
}
