package rbac

import (
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"
)

// Inside of a pattern these bytes, which no UTF-8 text holds, stand for the wildcards, so that a * between quotes can stand for itself.
const (
	star = "\xff" // any text
	one  = "\xfe" // one character
)

var wildcards = strings.NewReplacer("*", star, "?", one)

type shape uint8

const (
	exact      shape = iota
	anything         // *
	prefix           // a*
	suffix           // *a
	glob             // anything else with wildcards
	byteGlob         // one of bytes; see parseGlob
	expression       // a regular expression
)

// A pattern is a set of texts.
type pattern struct {
	shape shape
	text  string // what is literal of exact, prefix and suffix; all of a glob, wildcards as bytes; a glob of bytes as it is written; an expression's source
	re    *regexp.Regexp
}

// parsePattern reads a pattern that is not parted: a glob, or a regular expression between slashes.
func parsePattern(text string) (pattern, error) {
	if !utf8.ValidString(text) {
		return pattern{}, fmt.Errorf("is not UTF-8; save the file as UTF-8")
	}
	source, is, err := between(text)
	if err != nil {
		return pattern{}, err
	}
	if is {
		return parseExpression(source)
	}
	if text == "" {
		return pattern{}, fmt.Errorf("is empty; to mean any, remove the list, or write *")
	}
	return globPattern(wildcards.Replace(text)), nil
}

// between gives what stands between slashes, and whether text is a regular expression.
func between(text string) (source string, is bool, err error) {
	if !strings.HasPrefix(text, "/") {
		return "", false, nil
	}
	if len(text) < 3 || !strings.HasSuffix(text, "/") {
		return "", false, fmt.Errorf("begins with / like a regular expression, which needs another / at its end, and something between")
	}
	return text[1 : len(text)-1], true, nil
}

func parseExpression(source string) (pattern, error) {
	re, err := regexp.Compile(source)
	if err != nil {
		return pattern{}, fmt.Errorf("is not a regular expression as Go reads them: %s", strings.TrimPrefix(err.Error(), "error parsing regexp: "))
	}
	return pattern{expression, source, re}, nil
}

// globPattern finds the shape of a text in which wildcards are bytes.
func globPattern(text string) pattern {
	for strings.Contains(text, star+star) {
		text = strings.ReplaceAll(text, star+star, star)
	}
	stars := strings.Count(text, star)
	switch {
	case text == star:
		return pattern{shape: anything}
	case strings.Contains(text, one) || stars > 1:
		return pattern{shape: glob, text: text}
	case stars == 0:
		return pattern{shape: exact, text: text}
	case strings.HasSuffix(text, star):
		return pattern{shape: prefix, text: text[:len(text)-1]}
	case strings.HasPrefix(text, star):
		return pattern{shape: suffix, text: text[1:]}
	}
	return pattern{shape: glob, text: text}
}

func (p *pattern) matches(text string) bool {
	switch p.shape {
	case exact:
		return text == p.text
	case anything:
		return true
	case prefix:
		return strings.HasPrefix(text, p.text)
	case suffix:
		return strings.HasSuffix(text, p.text)
	case expression:
		return p.re.MatchString(text)
	case byteGlob:
		return matchesBytes(p.text, text)
	}
	return globMatches(p.text, text, false)
}

// globMatches goes back only to the last *, so its work is at most the product of both lengths. If wild, text is a glob too, and it matches only if all that text
// stands for does.
func globMatches(glob, text string, wild bool) bool {
	g, t := 0, 0
	backGlob, backText := -1, 0
	for t < len(text) {
		if g < len(glob) && glob[g] == star[0] {
			g++
			backGlob, backText = g, t
			continue
		}
		if n := oneMatches(glob[g:], text[t:], wild); n > 0 {
			t += n
			g++
			if glob[g-1] != one[0] {
				g += n - 1
			}
			continue
		}
		if backGlob < 0 {
			return false
		}
		backText += width(text[backText:])
		g, t = backGlob, backText
	}
	return strings.ReplaceAll(glob[g:], star, "") == ""
}

// oneMatches gives the length of text's first character if the glob's first one stands for it, else 0.
func oneMatches(glob, text string, wild bool) int {
	n := width(text)
	switch {
	case glob == "":
		return 0
	case glob[0] == one[0]:
		if wild && text[0] == star[0] { // which stands for more than one
			return 0
		}
		return n
	case strings.HasPrefix(glob, text[:n]):
		return n
	}
	return 0
}

func width(text string) int {
	_, n := utf8.DecodeRuneInString(text)
	return n
}

// glob gives the pattern as a text in which wildcards are bytes.
func (p *pattern) glob() string {
	switch p.shape {
	case anything:
		return star
	case prefix:
		return p.text + star
	case suffix:
		return star + p.text
	case byteGlob:
		return one + p.text // so that it isn't taken for an exact text
	}
	return p.text
}

// covers says that p matches all that q does. It may say no where that isn't easily seen.
func (p *pattern) covers(q *pattern) bool {
	switch {
	case p.shape == anything:
		return true
	case p.shape == expression || q.shape == expression:
		return p.shape == q.shape && p.text == q.text || p.shape == expression && q.shape == exact && p.re.MatchString(q.text)
	}
	return globMatches(p.glob(), q.glob(), true)
}

// String gives the pattern as it is written.
func (p *pattern) String() string {
	if p.shape == expression {
		return "/" + p.text + "/"
	}
	return strings.NewReplacer(star, "*", one, "?").Replace(p.glob())
}
