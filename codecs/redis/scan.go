package redis

import "github.com/sluice-proxy/sluice/codecs"

const (
	// bigArgument is the length from which an argument is not waited for unless it matters. Servers, too, treat longer ones by themselves: Redis,
	// src/server.h, PROTO_MBULK_BIG_ARG.
	bigArgument = 32 << 10
	// maxArguments is the largest number of arguments that servers take: Redis, src/networking.c, INT_MAX.
	maxArguments = 1<<31 - 1
	// maxBulk is no less than what proto-max-bulk-len may be made. What is longer than a server's own limit gets its error.
	maxBulk = 1 << 48
)

// leastLimit is how much of a request that does something to the session is looked at, however low the limit is.
const leastLimit = 16 << 10

// A scan finds where the request at hand ends. The zero scan stands at its beginning; it goes on where it stopped as more of the request comes.
type scan struct {
	args    arguments
	command *command
	lexicon *lexicon // for names that are not in the table; nil if nobody keeps one
	pos     int      // bytes that it is done with
	seen    int      // of an inline request: bytes in which there is no line end

	// The result.
	size   int64 // of the request, or of the part of it that comes before more arguments
	more   int   // arguments that come behind, the first of which is too long to be waited for
	behind int64 // bytes that come behind of the first of them
	cut    bool  // some arguments that matter are not here
}

// reset makes s ready for the next request.
func (s *scan) reset() {
	s.args.n, s.args.have = 0, 0
	s.command, s.pos, s.seen = nil, 0, 0
	s.size, s.more, s.behind, s.cut = 0, 0, 0, false
}

// maxShort bounds the arguments of a short request.
const maxShort = 1 << 10

// short reads a request of short arguments, all of which are in b. It says whether it did; if not, s is as it was, for look.
func (s *scan) short(b []byte, inspect int) bool {
	count, used, state := number(b[1:])
	if state != lineOK || count <= 0 || count > maxShort {
		return false
	}
	n, pos := int(count), 1+used
	b = b[:min(len(b), inspect)]
	for i := range n {
		if pos+4 > len(b) || b[pos] != '$' {
			return false
		}
		length := int(b[pos+1] - '0')
		if length > 9 {
			return false
		}
		at := pos + 2
		if c := b[at] - '0'; c <= 9 {
			length = 10*length + int(c)
			at++
		}
		if at+2 > len(b) || b[at] != '\r' || b[at+1] != '\n' || at-pos > 2 && b[pos+1] == '0' {
			return false
		}
		at += 2
		if pos = at + length + 2; pos > len(b) {
			return false
		}
		if i < nearby {
			s.args.near[i] = span{int32(at), int32(at + length)}
		}
	}
	s.args.n, s.args.have, s.size = n, n, int64(pos)
	s.named(b[s.args.near[0].from:s.args.near[0].to])
	if n > 1 && s.command.container {
		s.subcommand(b[s.args.near[1].from:s.args.near[1].to])
	}
	return true
}

// named finds the command.
func (s *scan) named(name []byte) {
	if s.command = table.find(name); s.command == nil {
		s.command = s.lexicon.find(name)
	}
	if s.command == nil {
		s.command = &unknown
	}
}

// subcommand finds the command of a container.
func (s *scan) subcommand(name []byte) {
	if c := s.command.subs.find(name); c != nil {
		s.command = c
	}
}

// look looks at b, the request from its beginning. It gives how many bytes it needs to go on, 0 if it is done.
func (s *scan) look(b []byte, l *codecs.Limits) (need int, err error) {
	if s.pos == 0 {
		n, used, state := number(b[1:])
		switch {
		case state == lineShort:
			return len(b) + 1, nil
		case state == lineBad, n > maxArguments:
			return 0, errCount
		}
		s.pos = 1 + used
		if s.args.n = int(max(n, 0)); n <= 0 {
			s.size = int64(s.pos)
			return 0, nil
		}
	}
	for {
		done, need, err := s.argument(b, l)
		if done || need > 0 || err != nil {
			return need, err
		}
	}
}

// argument looks at the next argument.
func (s *scan) argument(b []byte, l *codecs.Limits) (done bool, need int, err error) {
	i, pos := s.args.have, s.pos
	if len(b) <= pos {
		return false, pos + 1, nil
	}
	if b[pos] != '$' {
		return false, 0, errNoBulk(b[pos])
	}
	n, used, state := number(b[pos+1:])
	switch {
	case state == lineShort:
		return false, len(b) + 1, nil
	case state == lineBad, n < 0, n > maxBulk:
		return false, 0, errLength
	}
	start := pos + 1 + used
	end := int64(start) + n
	last := i == s.args.n-1
	wanted := n < bigArgument || s.matters(i, l)
	limit := l.Inspect
	if s.command != nil && s.command.role != noRole {
		limit = max(limit, leastLimit)
	}
	fits := end+2 <= int64(limit)
	switch {
	case last && (!wanted || !fits):
		s.size, s.cut = end+2, s.matters(i, l)
		return true, 0, nil
	case !last && (!fits || !wanted && !s.mattersFrom(i, l)):
		s.size, s.more, s.behind, s.cut = int64(start), s.args.n-i, n+2, s.mattersFrom(i, l)
		return true, 0, nil
	case last && int64(len(b)) < end:
		return false, int(end), nil
	case !last && int64(len(b)) < end+3: // the next argument's first byte
		return false, int(end) + 3, nil
	}
	s.keep(b, i, start, int(end))
	s.pos = int(end) + 2
	if last {
		s.size = end + 2
	}
	return last, 0, nil
}

// keep notes argument i.
func (s *scan) keep(b []byte, i, start, end int) {
	if i < nearby {
		s.args.near[i] = span{int32(start), int32(end)}
	}
	s.args.have++
	switch {
	case i == 0:
		s.named(b[start:end])
	case i == 1 && s.command.container:
		s.subcommand(b[start:end])
	}
}

// matters says that argument i is worth waiting for.
func (s *scan) matters(i int, l *codecs.Limits) bool {
	if s.command == nil {
		return false // a name that long is unknown
	}
	return l.Effects && s.command.matters(i)
}

// mattersFrom says that argument i or one behind it is.
func (s *scan) mattersFrom(i int, l *codecs.Limits) bool {
	return s.command != nil && l.Effects && lastKey(i) <= s.command.last
}
