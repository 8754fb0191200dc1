package redis

import "bytes"

// A value is a reply in memory, or an element of one. Attributes are left out, and so are pushes within a reply.
type value struct {
	kind       byte
	start, end int     // where it stands in the reply
	text       []byte  // of a string, an error, a number …; nil for null. It aliases the reply
	items      []value // of an array, a set, a push; of a map the keys and values in turn
}

// maxValueDepth bounds how deep the arrays of a value may nest.
const maxValueDepth = 16

// parseValue reads the value at the front of b, and gives what is behind it; ok is false if b isn't one or does not have all of it.
func parseValue(b []byte) (v value, rest []byte, ok bool) {
	return parseValueIn(b, maxValueDepth, len(b))
}

// parseValueIn does so for b, the end of a reply of size bytes.
func parseValueIn(b []byte, depth, size int) (v value, rest []byte, ok bool) {
	end := bytes.IndexByte(b, '\n')
	if end < 2 || b[end-1] != '\r' || depth == 0 {
		return v, nil, false
	}
	v.kind, v.start, v.end = b[0], size-len(b), size-len(b)+end+1
	line, rest := b[1:end-1], b[end+1:]
	switch v.kind {
	case '+', '-', ':', ',', '#', '(':
		v.text = line
		return v, rest, true
	case '_':
		return v, rest, true
	}
	n, ok := parseInt(line)
	if !ok || n < -1 || n > int64(len(rest)) {
		return v, nil, false
	}
	switch v.kind {
	case '$', '=', '!':
		if n < 0 {
			return v, rest, true
		}
		if int64(len(rest)) < n+2 {
			return v, nil, false
		}
		v.text = rest[:n:n]
		v.end += int(n) + 2
		return v, rest[n+2:], true
	case '*', '~', '>':
	case '%', '|':
		n *= 2
	default:
		return v, nil, false
	}
	for int64(len(v.items)) < n {
		var item value
		if item, rest, ok = parseValueIn(rest, depth-1, size); !ok {
			return v, nil, false
		}
		if item.kind != '>' {
			v.items = append(v.items, item)
		}
	}
	if v.kind == '|' { // attributes stand before what they are about
		return parseValueIn(rest, depth-1, size)
	}
	v.end = size - len(rest)
	return v, rest, true
}

// is says that the value is a string of this text, whatever its case.
func (v *value) is(upper string) bool { return v.text != nil && equalFold(upper, v.text) }

// number gives an integer.
func (v *value) number() (n int, ok bool) {
	i, ok := parseInt(v.text)
	return int(i), ok && v.kind == ':'
}

// at gives item i; the zero value if there is none.
func (v *value) at(i int) *value {
	if i < len(v.items) {
		return &v.items[i]
	}
	return &value{}
}

// field gives what belongs to a key of a map, which RESP2 writes as an array; the zero value if there is none.
func (v *value) field(upper string) *value {
	for i := 0; i+1 < len(v.items); i += 2 {
		if v.items[i].is(upper) {
			return &v.items[i+1]
		}
	}
	return &value{}
}

// has says that a list holds a word.
func (v *value) has(upper string) bool {
	for i := range v.items {
		if v.items[i].is(upper) {
			return true
		}
	}
	return false
}
