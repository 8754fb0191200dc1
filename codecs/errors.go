package codecs

import (
	"errors"
	"fmt"
)

// Why a stream could not be decoded. A DecodeError wraps one of these.
var (
	ErrMalformed   = errors.New("malformed message")
	ErrTooLarge    = errors.New("message over limit")
	ErrTruncated   = errors.New("stream ends inside a message")
	ErrUnsupported = errors.New("unsupported protocol")
)

// A DecodeError says where in which stream decoding failed. Its text never holds payload.
type DecodeError struct {
	Protocol string
	Dir      Direction
	Offset   int64  // stream offset of the message at fault
	Name     string // the specification's name of the message, if known
	Err      error  // wraps one of this package's sentinels

	// Complaint is what the client is told, if possible what the server would tell it, for Refusal.Message; "" if there are no words for it.
	Complaint string
}

func (e *DecodeError) Error() string {
	name := e.Name
	if name == "" {
		name = "message"
	}
	return fmt.Sprintf("%s: %s from the %s at offset %d: %v", e.Protocol, name, e.Dir, e.Offset, e.Err)
}

func (e *DecodeError) Unwrap() error { return e.Err }
