package redis

import (
	"bytes"
	"strings"
)

// textPart is the kind of a value that is a part of a text.
const textPart = ' '

// failed says that v is an error.
func (v *value) failed() bool { return v.kind == '-' || v.kind == '!' }

// isText says that v is a text, a part of one, or a null in the place of one: what may be replaced by a text. In the place of an array it would break the reply.
func (v *value) isText() bool { return v.kind != 0 && strings.IndexByte("$+=_ ", v.kind) >= 0 }

// split gives the parts of text between separators.
func split(text []byte, separator byte) (parts []value) {
	for start := 0; ; {
		i := bytes.IndexByte(text[start:], separator)
		if i < 0 {
			return append(parts, part(text, start, len(text)))
		}
		parts = append(parts, part(text, start, start+i))
		start += i + 1
	}
}

func part(text []byte, start, end int) value {
	return value{kind: textPart, start: start, end: end, text: text[start:end:end]}
}
