package redis

import "strings"

// A command is a row of the table of commands: what the server's own table says, and what a decoder must know beside it.
type command struct {
	name       string // upper case; a subcommand's has its container's before it: "CONFIG SET"
	arity      int    // number of arguments with the name; negative: at least so many
	categories category
	keys       []keySpec

	// What follows is filled in by newTable.

	operation string    // name with underscores, as policies write it
	acl       string    // name as the server's ACL writes it: "CONFIG|SET"
	container bool      // its first argument names a subcommand
	role      role      // what it does to the session
	effect    effect    // what beside its keys it does
	harmless  bool      // it touches nothing but the session, or tells nothing but what the server is
	last      lastKey   // where arguments stop to matter
	seeks     int8      // what it asks for that may not be there
	subs      *dispatch // of a container
}

// takes says that the server takes n arguments, the command's name among them; else it answers with an error.
func (c *command) takes(n int) bool {
	if c.arity < 0 {
		return n >= -c.arity
	}
	return n == c.arity
}

// A keySpec tells where keys are. Redis 7.0, "Command key specifications": https://redis.io/docs/latest/develop/reference/key-specs/
type keySpec struct {
	// The search begins at argument from, or behind the first argument from there on that is keyword.
	keyword string
	from    int

	// Then either every step-th argument up to last is a key; last counts from the beginning of the search, or, if negative, from the end of the
	// request. Of what is left, only one part in limit has keys, if limit is above 1. Or, if counted, the argument where the search begins is the number
	// of keys, which follow it.
	last, step, limit int
	counted           bool

	use use
}

// A use says what is done to a key.
type use uint8

const (
	reads use = 1 << iota
	writes
	notKey // it is a channel that belongs to a slot as keys do
)

// A lastKey is the index of the last argument that is a key or tells what is one.
type lastKey int

const (
	noKey  lastKey = 0
	anyKey lastKey = 1 << 30 // any argument may be one
)

// A dispatch finds commands by name, whatever its case. It is a hash table with open addressing, as no name is longer than maxName.
type dispatch struct {
	slots []*command
	skip  int // length of the container's name and the blank, which are not part of what is looked up
}

// maxName is more than the length of any command's name. Longer names are unknown.
const maxName = 40

func (d *dispatch) add(c *command) {
	mask := uint32(len(d.slots) - 1)
	i := hashName([]byte(c.name[d.skip:])) & mask
	for d.slots[i] != nil {
		i = (i + 1) & mask
	}
	d.slots[i] = c
}

// find gives the command named name, nil if there is none.
func (d *dispatch) find(name []byte) *command {
	if d == nil || len(name) > maxName {
		return nil
	}
	mask := uint32(len(d.slots) - 1)
	for i := hashName(name) & mask; d.slots[i] != nil; i = (i + 1) & mask {
		if c := d.slots[i]; equalFold(c.name[d.skip:], name) {
			return c
		}
	}
	return nil
}

// hashName is FNV-1a over name with letters in one case.
func hashName(name []byte) uint32 {
	h := uint32(2166136261)
	for _, b := range name {
		h = (h ^ uint32(b|0x20)) * 16777619
	}
	return h ^ h>>15
}

// equalFold compares upper, which is in upper case, with name of any case. As for the server, only ASCII letters have cases.
func equalFold(upper string, name []byte) bool {
	if len(upper) != len(name) {
		return false
	}
	for i := range len(upper) {
		b := name[i]
		if b >= 'a' && b <= 'z' {
			b -= 'a' - 'A'
		}
		if b != upper[i] {
			return false
		}
	}
	return true
}

// table has every command that is known. It never changes.
var table = newTable()

func newTable() *dispatch {
	all := make([]*command, 0, len(keyed)+len(keyless)+len(newer))
	for _, rows := range [...][]command{keyed[:], keyless[:], newer[:]} {
		for i := range rows {
			c := rows[i]
			all = append(all, &c)
		}
	}
	t := &dispatch{slots: make([]*command, 1024)}
	subs := map[string]int{}
	for _, c := range all {
		container, _, sub := strings.Cut(c.name, " ")
		if sub {
			subs[container]++
			continue
		}
		t.add(c)
	}
	for _, c := range all {
		c.describe()
		if n := subs[c.name]; n > 0 {
			size := 8
			for size < 2*n {
				size *= 2
			}
			c.container, c.subs = true, &dispatch{slots: make([]*command, size), skip: len(c.name) + 1}
		}
	}
	for _, c := range all {
		if container, _, sub := strings.Cut(c.name, " "); sub {
			t.find([]byte(container)).subs.add(c)
		}
	}
	return t
}

// describe fills in what follows from the name and the server's row.
func (c *command) describe() {
	c.operation = operationOf(c.name)
	c.acl = strings.ReplaceAll(c.name, " ", "|")
	c.role = roles[c.name]
	c.effect = effects[c.name]
	c.seeks = seeks[c.name]
	const free = catFast | catSlow | catConnection | catTransaction | catBlocking
	c.harmless = c.role.unsubscribes() || len(c.keys) == 0 && (c.effect == noEffect || c.effect == doesTrack) &&
		(c.categories&^free == 0 || strings.HasSuffix(c.name, " HELP"))
	for i := range c.keys {
		c.last = max(c.last, c.keys[i].reach())
	}
	c.last = max(c.last, c.effect.reach())
}

// reach gives the last argument that matters to s.
func (s *keySpec) reach() lastKey {
	if s.keyword != "" || s.counted || s.last < 0 {
		return anyKey
	}
	return lastKey(s.from + s.last)
}

// unknown stands for a command that is not in the table: the wire chooses no names.
var unknown = command{name: "UNKNOWN", arity: -1, operation: "UNKNOWN", last: noKey}

// operationOf gives the name of an operation as policies write it.
func operationOf(name string) string { return strings.ReplaceAll(name, " ", "_") }
