package rbac

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// parseGlob reads a pattern of bytes: * is any text, ? one byte, [abc], [a-z] and [^a] one byte of a class, and \ takes the byte behind it as it is.
//
// Redis, src/util.c, stringmatchlen.
func parseGlob(text string) (pattern, error) {
	switch {
	case text == "":
		return pattern{}, fmt.Errorf("is empty; to mean any name, write *")
	case !utf8.ValidString(text):
		return pattern{}, fmt.Errorf("is not UTF-8; save the file as UTF-8")
	}
	var literal strings.Builder
	begins := strings.TrimLeft(text, "*")
	rest := begins
	for rest != "" {
		switch rest[0] {
		case '*':
			if strings.Trim(rest, "*") != "" || len(begins) < len(text) {
				return pattern{shape: byteGlob, text: text}, checkClasses(rest)
			}
			return pattern{shape: prefix, text: literal.String()}, nil
		case '?', '[':
			return pattern{shape: byteGlob, text: text}, checkClasses(rest)
		case '\\':
			if len(rest) > 1 {
				rest = rest[1:]
			}
		}
		literal.WriteByte(rest[0])
		rest = rest[1:]
	}
	switch {
	case begins == "":
		return pattern{shape: anything}, nil
	case len(begins) < len(text):
		return pattern{shape: suffix, text: literal.String()}, nil
	}
	return pattern{shape: exact, text: literal.String()}, nil
}

// checkClasses looks for classes that are written wrong.
func checkClasses(glob string) error {
	for glob != "" {
		n, _ := oneByte(glob, 0)
		switch {
		case n > len(glob):
			return fmt.Errorf(`has a [ without its ]; write \[ to mean the character`)
		case glob[0] == '[' && strings.IndexFunc(glob[:n], func(r rune) bool { return r >= utf8.RuneSelf }) >= 0:
			return fmt.Errorf("has letters of several bytes between [ and ], where each byte counts; write a pattern for each of them")
		}
		glob = glob[n:]
	}
	return nil
}

// maxTried is how long a name may be, in bytes, to be tried against a glob of bytes, which only rules that allow have: the work would hold up others.
const maxTried = 4 << 10

// matchesBytes goes back only to the last *, as globMatches does. A text longer than maxTried does not match.
func matchesBytes(glob, text string) bool {
	if len(text) > maxTried {
		return false
	}
	g, t := 0, 0
	backGlob, backText := -1, 0
	for t < len(text) {
		if g < len(glob) && glob[g] == '*' {
			g++
			backGlob, backText = g, t
			continue
		}
		if n, ok := oneByte(glob[g:], text[t]); ok {
			g += n
			t++
			continue
		}
		if backGlob < 0 {
			return false
		}
		backText++
		g, t = backGlob, backText
	}
	return strings.Trim(glob[g:], "*") == ""
}

// oneByte says whether the glob's first element stands for b, and gives that element's length, which is beyond the glob's end if it has none.
func oneByte(glob string, b byte) (n int, ok bool) {
	switch {
	case glob == "":
		return 0, false
	case glob[0] == '?':
		return 1, true
	case glob[0] == '[':
		return class(glob, b)
	case glob[0] == '\\' && len(glob) > 1:
		return 2, glob[1] == b
	}
	return 1, glob[0] == b
}

// class is oneByte for a glob that begins with [. A range may be written backwards, and its end may be a ].
func class(glob string, b byte) (n int, ok bool) {
	i := 1
	not := i < len(glob) && glob[i] == '^'
	if not {
		i++
	}
	for ; i < len(glob) && glob[i] != ']'; i++ {
		switch {
		case glob[i] == '\\' && i+1 < len(glob):
			i++
			ok = ok || glob[i] == b
		case i+2 < len(glob) && glob[i+1] == '-':
			ok = ok || min(glob[i], glob[i+2]) <= b && b <= max(glob[i], glob[i+2])
			i += 2
		default:
			ok = ok || glob[i] == b
		}
	}
	return i + 1, ok != not
}
