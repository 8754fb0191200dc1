package redis

import "github.com/sluice-proxy/sluice/codecs"

// An element is a line, and the bytes of a string behind it.
type element struct {
	kind   byte
	head   int64 // bytes of the line
	body   int64 // bytes behind it
	n      int64 // elements of an array, length of a string
	opens  bool  // an array that is not empty
	closes bool  // the end of an endless array
	aside  bool  // an attribute, or a push within a reply: not an element of what surrounds it
	ends   bool  // the reply ends with it
}

// element reads a line of size bytes, of which line is the front. RESP: https://redis.io/docs/latest/develop/reference/protocol-spec/, and for endless
// arrays and strings https://github.com/redis/redis-specifications/blob/master/protocol/RESP3.md
func (r *reader) element(line []byte, size int64) (element, error) {
	e := element{kind: line[0], head: size}
	ok := size <= headSize || isText(e.kind)
	switch e.kind {
	case '+', '-', ':', ',', '#', '(', '_':
	case '$':
		if e.opens = unknownLength(line); e.opens {
			e.n = endless
			break
		}
		ok = ok && e.string(line, -1)
	case '!', '=':
		ok = ok && e.string(line, 0)
	case ';':
		ok = ok && e.string(line, 0)
		if e.closes = e.n == 0; e.closes {
			e.body = 0
		}
	case '*', '~', '%':
		if e.opens = unknownLength(line); e.opens {
			e.n = endless
			break
		}
		ok = ok && e.array(line)
	case '>', '|':
		ok = ok && e.array(line)
	case '.':
		e.closes = true
	default:
		return e, codecs.ErrMalformed
	}
	top := &r.stack[len(r.stack)-1]
	if !ok || (e.closes || e.kind == ';') && top.left != endless {
		return e, codecs.ErrMalformed
	}
	if e.opens && len(r.stack) >= maxDepth {
		return e, codecs.ErrTooLarge
	}
	e.aside = e.kind == '|' || e.kind == '>' && top.level > 0
	e.ends = !e.opens && !e.aside && len(r.stack) == 1 && (e.closes || top.left == 1)
	return e, nil
}

// unknownLength says that line stands for a string or an array whose end is told by a line of its own.
func unknownLength(line []byte) bool { return len(line) == 4 && line[1] == '?' }

func (e *element) string(line []byte, least int64) bool {
	n, used, state := number(line[1:])
	e.n = n
	if n >= 0 {
		e.body = n + 2
	}
	return state == lineOK && int64(used+1) == e.head && n >= least && n <= maxBulk
}

func (e *element) array(line []byte) bool {
	n, used, state := number(line[1:])
	e.n, e.opens = n, n > 0
	least := int64(0)
	switch e.kind {
	case '*':
		least = -1 // null
	case '%', '|':
		e.n *= 2
	}
	return state == lineOK && int64(used+1) == e.head && n >= least && n <= maxBulk
}

// apply takes e for read.
func (r *reader) apply(line []byte, e element, each func(index int, kind byte)) {
	k := len(r.stack) - 1
	level := r.stack[k].level
	if !e.aside && !e.closes {
		switch level {
		case 0:
			r.kind, r.length, r.text = e.kind, e.n, content(line)
		case 1:
			r.inner(line, e)
			if each != nil {
				each(r.index, e.kind)
			}
			r.index++
		}
	}
	if e.kind == '-' && level > 0 && redirection(content(line)) {
		r.redirects = true
	}
	switch {
	case e.closes:
		r.stack = r.stack[:k]
	case !e.aside && r.stack[k].left != endless:
		if r.stack[k].left--; r.stack[k].left == 0 {
			r.stack = r.stack[:k]
		}
	}
	if !e.opens {
		return
	}
	if level++; e.aside || e.kind == '$' {
		level = deep
	}
	r.stack = append(r.stack, frame{e.n, level})
}

// inner notes what pub/sub messages are told apart by, the first element and the last number, and counts nulls.
func (r *reader) inner(line []byte, e element) {
	switch {
	case r.index == 0 && e.kind == '$' && e.n > 0 && e.n <= nameSize:
		r.named, r.want = int(e.n), int(e.n)
	case r.index == 0 && e.kind == '+':
		r.named = copy(r.name[:], content(line))
	case e.kind == ':':
		r.number, _ = parseInt(content(line))
	}
	if e.kind == '_' || e.n < 0 && !e.opens {
		r.nulls++
	}
}

// content gives a line without its type and its end.
func content(line []byte) []byte {
	if k := len(line) - 2; k > 0 && line[k] == '\r' && line[k+1] == '\n' {
		return line[1:k]
	}
	return line[1:]
}
