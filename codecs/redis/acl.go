package redis

import (
	"strings"

	"github.com/sluice-proxy/sluice/codecs"
)

// parseACL reads what a user may do in the language of ACL SETUSER and gives it as selectors, each of which allows by itself. It begins with nothing allowed.
//
// Redis 7.2, "ACL": https://redis.io/docs/latest/operate/oss_and_stack/management/security/acl/, and src/acl.c: ACLSetUser, ACLSetSelector.
func parseACL(text string) ([]codecs.Selector, error) {
	var root permissions
	var selectors []permissions // in parentheses
	words := strings.FieldsFunc(text, func(r rune) bool { return r == ' ' || r == '\t' || r == '\r' || r == '\n' })
	for len(words) > 0 {
		word := words[0]
		switch {
		case word[0] == '(':
			p, n, err := parenthesized(words)
			if err != nil {
				return nil, err
			}
			selectors, words = append(selectors, p), words[n:]
			continue
		case strings.EqualFold(word, "clearselectors"):
			selectors = nil
		case strings.EqualFold(word, "reset"):
			root, selectors = permissions{}, nil
		default:
			if err := root.apply(word); err != nil {
				return nil, err
			}
		}
		words = words[1:]
	}
	all := root.selectors()
	for i := range selectors {
		all = append(all, selectors[i].selectors()...)
	}
	if len(all) == 0 {
		return nil, &codecs.ACLError{Text: "allows no command; say which: +@all, +@read, +get"}
	}
	return append(all, always()), nil
}

// parenthesized reads a selector in parentheses, which may be several words, and gives how many.
func parenthesized(words []string) (p permissions, n int, err error) {
	for i, word := range words {
		if i == 0 {
			word = word[1:]
		}
		word, last := strings.CutSuffix(word, ")")
		if word != "" {
			if err := p.applyInside(word); err != nil {
				return p, 0, err
			}
		}
		if last {
			return p, i + 1, nil
		}
	}
	return p, 0, &codecs.ACLError{Word: words[0], Text: "begins a selector that has no end; close it by )"}
}

// applyInside is apply for a word between parentheses.
func (p *permissions) applyInside(word string) error {
	for _, w := range [...]string{"reset", "clearselectors"} {
		if strings.EqualFold(word, w) {
			return &codecs.ACLError{Word: word, Text: "is about the whole user; write it outside of the parentheses"}
		}
	}
	if word[0] == '(' {
		return &codecs.ACLError{Word: word, Text: "is a selector inside of another; close the first one before"}
	}
	return p.apply(word)
}

// apply does what a word says to what is allowed so far.
func (p *permissions) apply(word string) error {
	switch strings.ToLower(word) {
	case "allcommands", "+@all":
		p.allCommands()
		return nil
	case "nocommands", "-@all":
		p.all, p.operations = false, nil
		return nil
	case "allkeys", "~*":
		p.allKeys, p.keys = true, nil
		return nil
	case "resetkeys":
		p.allKeys, p.keys = false, nil
		return nil
	case "allchannels", "&*":
		p.allChannels, p.channels = true, nil
		return nil
	case "resetchannels":
		p.allChannels, p.channels = false, nil
		return nil
	}
	switch word[0] {
	case '~', '%':
		return p.addKeys(word)
	case '&':
		return p.addChannels(word)
	case '+', '-':
		if strings.HasPrefix(word[1:], "@") {
			return p.category(word)
		}
		return p.command(word)
	}
	return misplaced(word)
}

// aclWords are the words that are no patterns and name no command.
var aclWords = []string{"allcommands", "nocommands", "allkeys", "resetkeys", "allchannels", "resetchannels", "reset", "clearselectors"}

// misplaced says what is wrong with a word that is about something else, or unknown.
func misplaced(word string) error {
	switch lower := strings.ToLower(word); lower {
	case "on", "off", "nopass", "resetpass", "sanitize-payload", "skip-sanitize-payload":
		return &codecs.ACLError{Word: word, Text: "is about logging in, which is the server's affair; remove it"}
	case ")":
		return &codecs.ACLError{Word: word, Text: "ends a selector that has no beginning"}
	}
	switch word[0] {
	case '>', '<', '#', '!': // what follows is a secret
		return &codecs.ACLError{Word: word[:1] + "…", Text: "is a password, which is the server's affair; remove it"}
	}
	return &codecs.ACLError{Word: word, Text: "is no word of an ACL", Known: aclWords}
}
