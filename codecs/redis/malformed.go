package redis

import (
	"errors"

	"github.com/sluice-proxy/sluice/codecs"
)

// A malformed says what is wrong with a request that can't be framed, in the server's words (Redis, src/networking.c, processMultibulkBuffer and
// processInlineBuffer), or why one can't be followed that the server would accept.
type malformed struct {
	err  error // one of codecs
	text string
	got  byte // what stands in the place of what is expected; the client is told, logs are not
}

var (
	errCount  = &malformed{err: codecs.ErrMalformed, text: "invalid multibulk length"}
	errLength = &malformed{err: codecs.ErrMalformed, text: "invalid bulk length"}
	errQuotes = &malformed{err: codecs.ErrMalformed, text: "unbalanced quotes in request"}
	errLine   = &malformed{err: codecs.ErrTooLarge, text: "too big inline request"}

	errGroup = &malformed{err: codecs.ErrUnsupported, text: "subscriptions, MONITOR, CLIENT REPLY and replication can't be followed inside of MULTI"}
	errLogin = &malformed{err: codecs.ErrUnsupported, text: "a change of user or database can't be followed inside of MULTI, behind MONITOR or CLIENT REPLY"}
)

func errNoBulk(got byte) error {
	return &malformed{err: codecs.ErrMalformed, text: "expected '$'", got: got}
}

func (e *malformed) Error() string { return e.err.Error() + ": " + e.text }

func (e *malformed) Unwrap() error { return e.err }

// complaint gives what a client is told that sent what err is about; "" if there are no words for it.
func complaint(err error) string {
	var e *malformed
	if !errors.As(err, &e) {
		return ""
	}
	if errors.Is(e, codecs.ErrUnsupported) {
		return e.text
	}
	text := "Protocol error: " + e.text
	if e.got != 0 {
		text += ", got '" + string([]byte{e.got}) + "'"
	}
	return text
}
