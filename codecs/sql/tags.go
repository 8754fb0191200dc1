package sql

import "bytes"

const (
	// maxTags and maxTagBytes bound what a comment may bring along. A comment
	// beyond them has no tags at all: half of them would be another answer.
	maxTags     = 32
	maxTagBytes = 4 << 10
)

// Tag is one pair of a sqlcommenter comment, decoded. It is valid until the
// next call of the Lexer that gave it.
type Tag struct{ Key, Value []byte }

// Tag returns the value of the first tag with that key, nil if there is none.
func (s *Summary) Tag(key string) []byte {
	for _, t := range s.Tags {
		if string(t.Key) == key {
			return t.Value
		}
	}
	return nil
}

// comment takes the tags of a comment if it is made of them alone:
// https://google.github.io/sqlcommenter/spec/
func (l *Lexer) comment(text []byte) {
	if len(text) > maxTagBytes {
		return
	}
	pairs := 0
	for p := text; ; pairs++ {
		_, _, rest, ok := cutPair(p)
		if !ok || pairs == maxTags {
			return
		}
		if len(rest) == 0 {
			break
		}
		p = rest
	}
	if cap(l.values) < maxTagBytes {
		l.values = make([]byte, 0, maxTagBytes)
	}
	l.values = l.values[:0]
	for i := range pairs + 1 {
		key, value, rest, _ := cutPair(text)
		l.tags[i] = Tag{Key: l.decode(key), Value: l.decode(value)}
		text = rest
	}
	l.sum.Tags = l.tags[: pairs+1 : pairs+1]
}

// cutPair cuts key='value' and the comma behind it from the front of p.
func cutPair(p []byte) (key, value, rest []byte, ok bool) {
	key, p, ok = bytes.Cut(p, []byte("='"))
	key = bytes.TrimSpace(key)
	if !ok || len(key) == 0 || bytes.ContainsAny(key, "' ,") {
		return nil, nil, nil, false
	}
	end := 0
	for ; at(p, end) != '\''; end++ {
		if at(p, end) == '\\' {
			end++
		}
		if end >= len(p) {
			return nil, nil, nil, false
		}
	}
	value, rest = p[:end], bytes.TrimSpace(p[end+1:])
	if len(rest) == 0 {
		return key, value, nil, true
	}
	if rest[0] != ',' || len(rest) == 1 {
		return nil, nil, nil, false
	}
	return key, value, rest[1:], true
}

// decode undoes \' and then %XX. What is no escape stays as it is.
func (l *Lexer) decode(p []byte) []byte {
	start := len(l.values)
	for i := 0; i < len(p); i++ {
		c := p[i]
		switch {
		case c == '\\' && i+1 < len(p):
			i++
			c = p[i]
		case c == '%' && isDigit(at(p, i+1), 16) && isDigit(at(p, i+2), 16):
			c = hex(p[i+1])<<4 | hex(p[i+2])
			i += 2
		}
		l.values = append(l.values, c)
	}
	n := len(l.values)
	return l.values[start:n:n]
}

func hex(c byte) byte {
	if c <= '9' {
		return c - '0'
	}
	return lower[c] - 'a' + 10
}
