package redis

import (
	"strings"

	"github.com/sluice-proxy/sluice/codecs"
)

// A keyPattern is what an ACL allows upon the keys that a pattern matches.
type keyPattern struct {
	glob string
	use  use
}

// addKeys reads ~pattern, %R~pattern, %W~pattern and %RW~pattern. Redis, src/acl.c, ACLSetSelector.
func (p *permissions) addKeys(word string) error {
	u, glob := reads|writes, word[1:]
	if word[0] == '%' {
		flags, rest, ok := strings.Cut(glob, "~")
		if glob = rest; !ok {
			return &codecs.ACLError{Word: word, Text: "has no ~ before its pattern: %R~orders:*"}
		}
		switch strings.ToUpper(flags) {
		case "R":
			u = reads
		case "W":
			u = writes
		case "RW", "WR":
		default:
			return &codecs.ACLError{Word: word, Text: "says neither R nor W before the ~: %R~orders:*"}
		}
	}
	switch {
	case glob == "":
		return &codecs.ACLError{Word: word, Text: "has no pattern behind the ~; to allow all keys, write ~*"}
	case p.allKeys:
		return &codecs.ACLError{Word: word, Text: "comes behind ~*, which allows all keys already; remove one of them, or write resetkeys between them"}
	}
	for i := range p.keys {
		if p.keys[i].glob == glob {
			p.keys[i].use |= u
			return nil
		}
	}
	p.keys = append(p.keys, keyPattern{glob, u})
	return nil
}

// addChannels reads &pattern.
func (p *permissions) addChannels(word string) error {
	glob := word[1:]
	switch {
	case glob == "":
		return &codecs.ACLError{Word: word, Text: "has no pattern behind the &; to allow all channels, write &*"}
	case p.allChannels:
		return &codecs.ACLError{Word: word, Text: "comes behind &*, which allows all channels already; remove one of them, or write resetchannels between them"}
	}
	p.channels = append(p.channels, glob)
	return nil
}

// literally gives a glob that matches nothing but text.
func literally(text string) string { return quoting.Replace(text) }

var quoting = strings.NewReplacer(`*`, `\*`, `?`, `\?`, `[`, `\[`, `\`, `\\`)
