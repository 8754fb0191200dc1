package redis

import "strconv"

// maxInline is the longest line that is a request: src/server.h, PROTO_INLINE_MAX_SIZE.
const maxInline = 64 << 10

// An inline rewrites inline requests. It reuses its memory.
type inline struct{ word, words, array []byte }

// rewrite gives an inline request as the array of bulk strings that means the same. ok is false where the server would answer with a protocol error, or
// where servers differ.
//
// Redis, src/networking.c, processInlineBuffer, and src/sds.c, sdssplitargs. A zero byte ends the line for some versions and not for others.
func (l *inline) rewrite(line []byte) (array []byte, ok bool) {
	l.words = l.words[:0]
	n := 0
	for i := 0; ; n++ {
		for i < len(line) && isSpace(line[i]) {
			i++
		}
		if i == len(line) {
			break
		}
		if l.word, i, ok = splitWord(l.word[:0], line, i); !ok {
			return nil, false
		}
		l.words = strconv.AppendInt(append(l.words, '$'), int64(len(l.word)), 10)
		l.words = append(append(append(l.words, "\r\n"...), l.word...), "\r\n"...)
	}
	l.array = strconv.AppendInt(append(l.array[:0], '*'), int64(n), 10)
	l.array = append(append(l.array, "\r\n"...), l.words...)
	return l.array, true
}

// splitWord appends the word that begins at line[i] to word, without its quotes, and gives where it ends.
func splitWord(word, line []byte, i int) (out []byte, end int, ok bool) {
	at := func(i int) byte { // a zero byte stands for the line's end
		if i < len(line) {
			return line[i]
		}
		return 0
	}
	for quote := byte(0); ; i++ {
		c := at(i)
		switch {
		case c == 0:
			return word, i, quote == 0 && i == len(line)
		case quote == 0 && (c == ' ' || c == '\t' || c == '\r' || c == '\n'): // no other space ends a word
			return word, i, true
		case quote == 0 && (c == '"' || c == '\''):
			quote = c
		case quote == 0:
			word = append(word, c)
		case c == quote:
			return word, i + 1, i+1 == len(line) || isSpace(at(i+1))
		case quote == '\'' && c == '\\' && at(i+1) == '\'':
			i++
			word = append(word, '\'')
		case quote == '"' && c == '\\' && at(i+1) == 'x' && isHex(at(i+2)) && isHex(at(i+3)):
			word = append(word, hexDigit(at(i+2))<<4|hexDigit(at(i+3)))
			i += 3
		case quote == '"' && c == '\\' && at(i+1) != 0:
			i++
			word = append(word, escaped(at(i)))
		default:
			word = append(word, c)
		}
	}
}

// escaped gives what a backslash and c stand for in double quotes.
func escaped(c byte) byte {
	switch c {
	case 'n':
		return '\n'
	case 'r':
		return '\r'
	case 't':
		return '\t'
	case 'b':
		return '\b'
	case 'a':
		return '\a'
	}
	return c
}

// isSpace is C's isspace.
func isSpace(c byte) bool { return c == ' ' || c >= '\t' && c <= '\r' }

func isHex(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
}

func hexDigit(c byte) byte {
	if c <= '9' {
		return c - '0'
	}
	return c&0xf + 9
}
