package redis

import (
	"slices"
	"strings"

	"github.com/sluice-proxy/sluice/codecs"
)

// everyCommand goes through the commands that are known, a container's subcommands behind it.
func everyCommand(yield func(*command) bool) {
	for c := range table.commands {
		if !yield(c) {
			return
		}
		for sub := range c.subs.commands {
			if !yield(sub) {
				return
			}
		}
	}
}

// commands goes through those that d finds.
func (d *dispatch) commands(yield func(*command) bool) {
	if d == nil {
		return
	}
	for _, c := range d.slots {
		if c != nil && !yield(c) {
			return
		}
	}
}

// allCommands allows all commands, those that are not known too.
func (p *permissions) allCommands() {
	p.all, p.operations = true, map[string]bool{}
	for c := range everyCommand {
		p.operations[c.operation] = true
	}
}

// change allows or forbids a command, with all its subcommands. Redis, src/acl.c, ACLChangeSelectorPerm.
func (p *permissions) change(c *command, allow bool) {
	if p.operations == nil {
		p.operations = map[string]bool{}
	}
	p.all = p.all && allow
	p.operations[c.operation] = allow
	for sub := range c.subs.commands {
		p.operations[sub.operation] = allow
	}
}

// category reads +@category and -@category. Redis, src/acl.c, ACLSetSelectorCategory.
func (p *permissions) category(word string) error {
	name := strings.ToLower(word[2:])
	i := slices.Index(categoryNames[:], name)
	if i < 0 {
		known := []string{word[:2] + "all"}
		for _, n := range categoryNames {
			known = append(known, word[:2]+n)
		}
		return &codecs.ACLError{Word: word, Text: "there is no category @" + name, Known: known}
	}
	for c := range everyCommand {
		if c.categories&(1<<i) != 0 {
			p.change(c, word[0] == '+')
		}
	}
	return nil
}

// command reads +command, -command, +command|subcommand and -command|subcommand.
func (p *permissions) command(word string) error {
	name, sub, hasSub := strings.Cut(strings.ToUpper(word[1:]), "|")
	c := table.find([]byte(name))
	switch {
	case c == nil:
		return &codecs.ACLError{Word: word, Text: "there is no command " + name + " that Sluice knows", Known: named(word[:1], "")}
	case !hasSub:
		p.change(c, word[0] == '+')
		return nil
	case !c.container:
		return &codecs.ACLError{Word: word, Text: name + " has no subcommands, and commands are not told apart by their first arguments; write " + strings.ToLower(word[:1]+name)}
	}
	if c = c.subs.find([]byte(sub)); c == nil {
		return &codecs.ACLError{Word: word, Text: name + " has no subcommand " + sub + " that Sluice knows", Known: named(word[:1], name+" ")}
	}
	p.change(c, word[0] == '+')
	return nil
}

// named gives the names that begin with prefix as an ACL has them, behind sign.
func named(sign, prefix string) (words []string) {
	for c := range everyCommand {
		if strings.HasPrefix(c.name, prefix) && strings.Contains(c.name, " ") == (prefix != "") {
			words = append(words, sign+strings.ToLower(c.acl))
		}
	}
	slices.Sort(words)
	return words
}
