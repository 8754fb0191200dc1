package lineproto

import (
	"bytes"
	"fmt"
)

// A Server answers the toy protocol's requests. It does no I/O. The zero Server is ready to use.
type Server struct {
	line    []byte
	payload int64  // bytes still to come
	echo    []byte // the answer to be sent once they are here
}

// Answer appends to dst what the server sends upon p, the next bytes that it receives. done says that the client said quit.
func (s *Server) Answer(dst, p []byte) (out []byte, done bool) {
	for len(p) > 0 {
		if s.payload > 0 {
			n := min(s.payload, int64(len(p)))
			s.echo = append(s.echo, p[:n]...)
			s.payload -= n
			p = p[n:]
			if s.payload == 0 {
				dst = append(dst, s.echo...)
			}
			continue
		}
		i := bytes.IndexByte(p, '\n')
		if i < 0 {
			s.line = append(s.line, p...)
			return dst, false
		}
		s.line = append(s.line, p[:i]...)
		p = p[i+1:]
		word, arg, _ := bytes.Cut(s.line, []byte{' '})
		switch {
		case len(s.line) > 0 && s.line[0] == '?':
		case string(word) == "quit":
			return dst, true
		case string(word) == "fail":
			dst = fmt.Appendf(dst, "-ERR %s\n", arg)
		case string(word) == "DENY":
			dst = append(dst, "-ERR refused\n"...)
		case string(word) == "big" && length(arg) >= 0:
			s.payload = length(arg)
			if s.echo = fmt.Appendf(s.echo[:0], "$%d\n", s.payload); s.payload == 0 {
				dst = append(dst, s.echo...)
			}
		default:
			dst = append(append(dst, s.line...), '\n')
		}
		s.line = s.line[:0]
	}
	return dst, false
}
