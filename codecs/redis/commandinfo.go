package redis

import (
	"bytes"
	"strings"
)

// commandInfo makes a row of the server's answer to COMMAND INFO with one name; nil if the server has no such command, or says nothing that is understood.
// Redis, "COMMAND": https://redis.io/docs/latest/commands/command/
//
// A command that the configuration has renamed is answered with the name that it is known by: it is that command. Of any other, keys are where the server says; it may
// do anything if that isn't all, or if it has none.
func commandInfo(reply []byte) *command {
	v, _, ok := parseValue(reply)
	if !ok || v.kind != '*' || len(v.items) != 1 {
		return nil
	}
	info := v.at(0)
	if container, sub, _ := bytes.Cut(info.at(0).text, []byte{'|'}); sub == nil {
		if c := table.find(container); c != nil {
			return c
		}
	}
	c := newCommand(info)
	if c == nil {
		return nil
	}
	subs := info.at(9)
	if len(subs.items) == 0 {
		return c
	}
	size := 8
	for size < 2*len(subs.items) {
		size *= 2
	}
	c.container, c.subs = true, &dispatch{slots: make([]*command, size), skip: len(c.name) + 1}
	for i := range subs.items {
		if s := newCommand(subs.at(i)); s != nil && strings.HasPrefix(s.name, c.name+" ") && c.subs.find([]byte(s.name[c.subs.skip:])) == nil {
			c.subs.add(s)
		}
	}
	return c
}

// newCommand makes a row of one element of the answer: name, arity, flags, first key, last key, step, categories, tips, key specifications, subcommands. Servers
// before Redis 7 have the first seven, those before Redis 6 the first six.
func newCommand(info *value) *command {
	name := string(bytes.ToUpper(bytes.Replace(info.at(0).text, []byte{'|'}, []byte{' '}, 1)))
	arity, ok := info.at(1).number()
	if !ok || name == "" || len(name) > 2*maxName || !isCommandName(name) {
		return nil
	}
	c := &command{name: name, arity: arity, categories: categoriesOf(info.at(6), info.at(2))}
	whole := true
	if specs := info.at(8); len(info.items) > 8 {
		for i := range specs.items {
			s, ok := newKeySpec(specs.at(i))
			if whole = whole && ok; ok {
				c.keys = append(c.keys, s)
			}
		}
	} else {
		c.keys, whole = keyRange(info)
	}
	c.describe()
	c.role, c.harmless = noRole, false // whatever it is called
	if !whole || len(c.keys) == 0 {
		c.effect = doesAnything
	}
	return c
}

// isCommandName says that a name can stand in logs, metrics and policies.
func isCommandName(name string) bool {
	for _, b := range []byte(name) {
		if b < ' ' || b > '~' || strings.IndexByte("\"'\\*?", b) >= 0 {
			return false
		}
	}
	return true
}

// categoriesOf gives the ACL categories, which are written with an @, and that of commands that block.
func categoriesOf(list, flags *value) (all category) {
	for i := range list.items {
		for bit, name := range categoryNames {
			if string(bytes.TrimPrefix(list.items[i].text, []byte{'@'})) == name {
				all |= 1 << bit
			}
		}
	}
	if flags.has("BLOCKING") {
		all |= catBlocking
	}
	return all
}

// newKeySpec reads a key specification; ok is false if it does not tell all keys. What is done to them is what the ACL asks for: Redis, src/acl.c, ACLSelectorCheckKey.
func newKeySpec(v *value) (s keySpec, ok bool) {
	flags := v.field("FLAGS")
	begin, find := v.field("BEGIN_SEARCH"), v.field("FIND_KEYS")
	where, how := begin.field("SPEC"), find.field("SPEC")
	switch {
	case begin.field("TYPE").is("INDEX"):
		s.from, ok = where.field("INDEX").number()
	case begin.field("TYPE").is("KEYWORD"):
		s.keyword = strings.ToUpper(string(where.field("KEYWORD").text))
		s.from, ok = where.field("STARTFROM").number()
	}
	if !ok || s.from < 1 {
		return s, false
	}
	switch {
	case find.field("TYPE").is("RANGE"):
		var last, step, limit bool
		s.last, last = how.field("LASTKEY").number()
		s.step, step = how.field("KEYSTEP").number()
		s.limit, limit = how.field("LIMIT").number()
		ok = last && step && limit && s.step > 0
	case find.field("TYPE").is("KEYNUM"):
		index, _ := how.field("KEYNUMIDX").number()
		first, _ := how.field("FIRSTKEY").number()
		step, _ := how.field("KEYSTEP").number()
		s.counted, ok = true, index == 0 && first == 1 && step == 1
	default:
		ok = false
	}
	if flags.has("ACCESS") {
		s.use |= reads
	}
	if flags.has("INSERT") || flags.has("UPDATE") || flags.has("DELETE") {
		s.use |= writes
	}
	switch {
	case flags.has("NOT_KEY"):
		s.use = notKey
	case flags.has("VARIABLE_FLAGS"):
		s.use = reads | writes
	case s.use == 0 && flags.has("RO"):
		s.use = reads
	case s.use == 0:
		s.use = writes
	}
	return s, ok && !flags.has("INCOMPLETE")
}

// keyRange reads where keys are from what servers before Redis 7 tell: the first, the last, and the step between them.
func keyRange(info *value) (specs []keySpec, whole bool) {
	first, _ := info.at(3).number()
	last, _ := info.at(4).number()
	step, _ := info.at(5).number()
	flags := info.at(2)
	if first <= 0 || step <= 0 {
		return nil, false
	}
	s := keySpec{from: first, last: last, step: step, use: reads | writes}
	if last > 0 {
		s.last = last - first
	}
	if flags.has("READONLY") {
		s.use = reads
	}
	return []keySpec{s}, !flags.has("MOVABLEKEYS")
}
