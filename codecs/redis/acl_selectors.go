package redis

import (
	"slices"
	"strings"

	"github.com/sluice-proxy/sluice/codecs"
	"github.com/sluice-proxy/sluice/metadata"
)

// Permissions are what an ACL allows together: its words outside of parentheses, or those of one pair of them.
type permissions struct {
	all         bool            // commands, known or not
	operations  map[string]bool // of the commands that are allowed
	allKeys     bool
	keys        []keyPattern
	allChannels bool
	channels    []string
}

// Groups of commands that an ACL judges in other ways than by their accesses alone.
var (
	// What touches all keys of a database needs no right upon any of them.
	keyspaceOperations = operationsThat(func(e effect) bool { return e == doesReadAll || e == doesWriteAll })

	// BY and GET of these read any key: src/sort.c, and src/acl.c, ACLUserCheckCmdWithUnrestrictedPerms.
	sortOperations = operationsThat(func(e effect) bool { return e == doesSort })

	// Their key specifications have none of the flags ACCESS, UPDATE, INSERT and DELETE: they tell something about a key but nothing of what it holds. A right to write the
	// key is enough. Redis 7.0, COMMAND INFO.
	tellingOperations = strings.Fields(`EXISTS HEXISTS HLEN HSTRLEN LLEN MEMORY_USAGE OBJECT_ENCODING OBJECT_FREQ OBJECT_IDLETIME OBJECT_REFCOUNT
SCARD SISMEMBER STRLEN TOUCH TYPE WATCH XLEN ZCARD`)
)

func operationsThat(is func(effect) bool) (names []string) {
	for c := range everyCommand {
		if is(c.effect) {
			names = append(names, c.operation)
		}
	}
	return names
}

// always are the commands that need no right: src/server.h, CMD_NO_AUTH.
func always() codecs.Selector {
	return codecs.Selector{Operations: []string{"AUTH", "HELLO", "QUIT", "RESET"}, Accesses: []codecs.Scope{{Kind: metadata.KindCommand}}}
}

// selectors gives what is allowed. Scripts, and whatever else may do more than its accesses say, are allowed only where everything is: the server judges each
// command that a script calls, and Sluice doesn't see them.
func (p *permissions) selectors() (all []codecs.Selector) {
	if p.all && p.allKeys && p.allChannels {
		return []codecs.Selector{{}}
	}
	own := append(append(p.keyScopes(), p.channelScopes()...), codecs.Scope{Kind: metadata.KindCommand})
	with := func(operations []string, accesses ...codecs.Scope) {
		if list := p.allowed(operations); len(list) > 0 {
			all = append(all, codecs.Selector{Operations: list, Accesses: accesses})
		}
	}
	if p.all { // with those that only the server knows, by what it tells of their keys
		all = append(all, codecs.Selector{Accesses: own})
	} else {
		with(operationsThat(func(effect) bool { return true }), own...)
	}
	with(keyspaceOperations, codecs.Scope{Kind: metadata.KindKeyspace})
	if p.readsAll() {
		with(sortOperations, append(own[:len(own):len(own)], codecs.Scope{Kind: metadata.KindOpaque})...)
	}
	if globs := p.globs(writes); len(globs) > 0 {
		with(tellingOperations, codecs.Scope{Verbs: []metadata.Verb{metadata.Read}, Kind: metadata.KindKey, Globs: append(globs, p.globs(reads)...)})
	}
	return all
}

// allowed gives those of the operations that are allowed.
func (p *permissions) allowed(operations []string) (list []string) {
	for _, op := range operations {
		if p.operations[op] {
			list = append(list, op)
		}
	}
	slices.Sort(list)
	return list
}

// keyScopes gives one scope for each way to use keys.
func (p *permissions) keyScopes() (list []codecs.Scope) {
	if p.allKeys {
		return []codecs.Scope{{Kind: metadata.KindKey}}
	}
	for _, u := range [...]struct {
		use   use
		verbs []metadata.Verb
	}{
		{reads, []metadata.Verb{metadata.Read}}, {writes, []metadata.Verb{metadata.Write}}, {reads | writes, nil},
	} {
		var globs []string
		for _, k := range p.keys {
			if k.use == u.use {
				globs = append(globs, k.glob)
			}
		}
		if globs != nil {
			list = append(list, codecs.Scope{Verbs: u.verbs, Kind: metadata.KindKey, Globs: globs})
		}
	}
	return list
}

// globs gives the patterns whose keys may be used so.
func (p *permissions) globs(u use) (list []string) {
	for _, k := range p.keys {
		if k.use&u != 0 {
			list = append(list, k.glob)
		}
	}
	return list
}

// channelScopes gives the channels, and the patterns that may be subscribed to: those that stand in the ACL letter by letter. Redis, src/acl.c,
// ACLCheckChannelAgainstList.
func (p *permissions) channelScopes() []codecs.Scope {
	if p.allChannels {
		return []codecs.Scope{{Kind: metadata.KindChannel}, {Kind: metadata.KindChannelPattern}}
	}
	if p.channels == nil {
		return nil
	}
	var patterns []string
	for _, glob := range p.channels {
		patterns = append(patterns, literally(glob))
	}
	return []codecs.Scope{{Kind: metadata.KindChannel, Globs: p.channels}, {Kind: metadata.KindChannelPattern, Globs: patterns}}
}

// readsAll says that all keys may be read. Redis, src/acl.c, ACLSelectorHasUnrestrictedKeyAccess: only the pattern * stands for all of them.
func (p *permissions) readsAll() bool {
	for _, k := range p.keys {
		if k.glob == "*" && k.use&reads != 0 {
			return true
		}
	}
	return p.allKeys
}
