package redis

import "github.com/sluice-proxy/sluice/codecs"

const (
	// refused is a command that does not exist. The server answers with an error before it looks at anything else: whether the client is authenticated,
	// subscribed or inside of a transaction. In a transaction it makes EXEC answer EXECABORT, and under CLIENT REPLY OFF or SKIP it is answered as
	// silently as the command whose place it takes. Redis, src/server.c, processCommand.
	refused = "*1\r\n$13\r\nSLUICE.DENIED\r\n"
	// refusedExec discards the transaction, as an EXEC that the server itself does not permit. Redis, src/server.c, rejectCommand.
	refusedExec = "*2\r\n$4\r\nEXEC\r\n$6\r\nDENIED\r\n"
)

func refuse(dst []byte, m *codecs.Message) []byte {
	switch {
	case m.Kind != codecs.Request && m.Kind != codecs.Startup && m.Kind != codecs.Terminate, m.Exchange == 0:
		return nil
	case m.Name == "CLIENT REPLY": // whether later requests are answered depends on whether this one was sent
		return nil
	case m.Name == "EXEC":
		return append(dst, refusedExec...)
	}
	return append(dst, refused...)
}

func denial(dst []byte, _ *codecs.Message, why codecs.Refusal) []byte {
	return appendError(dst, errorCode(codecs.Denied), "this user has no permissions to run this command", why)
}

func farewell(dst []byte, why codecs.Refusal) []byte {
	text := "internal error of the proxy"
	switch why.Reason {
	case codecs.Denied, codecs.NotAdmitted:
		text = "permission denied by policy"
	case codecs.ShuttingDown:
		text = "the proxy is shutting down"
	case codecs.NoServer:
		text = "no server can be reached"
	case codecs.ServerLost:
		text = "the connection to the server was lost"
	case codecs.IdleTimeout:
		text = "the connection was idle for too long"
	case codecs.MaxDuration:
		text = "the connection has lasted too long"
	case codecs.LimitReached:
		text = "max number of clients reached"
	case codecs.BadInput:
		text = "Protocol error: invalid request"
	}
	return appendError(dst, errorCode(why.Reason), text, why)
}

// appendError appends an error of RESP: a code, a text, the rule, and what to do about it.
func appendError(dst []byte, code, text string, why codecs.Refusal) []byte {
	if why.Message != "" {
		text = why.Message
	}
	start := len(dst)
	dst = append(append(append(append(dst, '-'), code...), ' '), text...)
	if why.Rule != "" {
		dst = append(append(dst, " (rule "...), why.Rule...)
		dst = append(dst, ')')
	}
	if why.Hint != "" {
		dst = append(append(dst, ". "...), why.Hint...)
	}
	for i := start; i < len(dst); i++ {
		if dst[i] == '\r' || dst[i] == '\n' {
			dst[i] = ' '
		}
	}
	return append(dst, "\r\n"...)
}
