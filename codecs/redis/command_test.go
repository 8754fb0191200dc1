package redis

import (
	"slices"
	"strings"
	"testing"
)

func all() []command { return slices.Concat(keyed[:], keyless[:], newer[:]) }

func TestEveryCommandIsFound(t *testing.T) {
	seen := map[string]bool{}
	for _, c := range all() {
		if seen[c.name] {
			t.Errorf("%s is in the tables twice", c.name)
		}
		seen[c.name] = true
		if len(c.name) > maxName {
			t.Errorf("%s is longer than maxName", c.name)
		}
		name, sub, isSub := strings.Cut(c.name, " ")
		got := table.find([]byte(strings.ToLower(name)))
		if isSub && got != nil {
			got = got.subs.find([]byte(strings.ToLower(sub)))
		}
		if got == nil || got.name != c.name {
			t.Errorf("%s is not found", c.name)
		}
	}
	for _, name := range []string{"", "GE", "GETT", "CONFIG SET", "CONFIG|SET", "g\x05t", strings.Repeat("X", 100)} {
		if c := table.find([]byte(name)); c != nil {
			t.Errorf("%q is found: %s", name, c.name)
		}
	}
	if table.find([]byte("GET")).subs.find([]byte("SET")) != nil {
		t.Error("GET has a subcommand")
	}
}

// TestHandMadeRowsHaveCommands: what is known by name must be in the tables under this name.
func TestHandMadeRowsHaveCommands(t *testing.T) {
	known := map[string]bool{}
	for _, c := range all() {
		known[c.name] = true
	}
	for name := range roles {
		if !known[name] {
			t.Errorf("there is no command %s that could have a role", name)
		}
	}
	for name := range effects {
		if !known[name] {
			t.Errorf("there is no command %s that could have an effect", name)
		}
	}
}

func TestCategories(t *testing.T) {
	for _, tt := range []struct {
		category string
		has      []string
		hasNot   []string
	}{
		{"read", []string{"GET", "KEYS", "OBJECT_ENCODING"}, []string{"SET", "EVAL_RO"}},
		{"write", []string{"SET", "FLUSHALL", "VADD"}, []string{"GET", "EVAL"}},
		{"dangerous", []string{"KEYS", "CONFIG_SET", "INFO", "SORT"}, []string{"GET", "CLIENT_SETNAME"}},
		{"scripting", []string{"EVAL", "FCALL", "SCRIPT_LOAD"}, []string{"GET"}},
		{"pubsub", []string{"PUBLISH", "SUBSCRIBE"}, []string{"GET"}},
		{"fast", []string{"GET"}, []string{"KEYS"}},
	} {
		got := InCategory(tt.category)
		for _, o := range tt.has {
			if !slices.Contains(got, o) {
				t.Errorf("%s lacks %s", tt.category, o)
			}
		}
		for _, o := range tt.hasNot {
			if slices.Contains(got, o) {
				t.Errorf("%s has %s", tt.category, o)
			}
		}
	}
	if InCategory("nosuch") != nil || InCategory("") != nil {
		t.Error("there is a category that doesn't exist")
	}
	for _, name := range Categories() {
		if len(InCategory(name)) == 0 {
			t.Errorf("category %s is empty", name)
		}
	}
}

// TestTablesAgreeWithServers holds some rows against what Redis 7.0 answered to COMMAND INFO.
func TestTablesAgreeWithServers(t *testing.T) {
	for _, tt := range []struct {
		name  string
		arity int
		keys  []keySpec
	}{
		{"GET", 2, []keySpec{{from: 1, step: 1, use: reads}}},
		{"MSET", -3, []keySpec{{from: 1, last: -1, step: 2, use: writes}}},
		{"ZUNIONSTORE", -4, []keySpec{{from: 1, step: 1, use: writes}, {from: 2, counted: true, use: reads}}},
		{"XREAD", -4, []keySpec{{keyword: "STREAMS", from: 1, last: -1, step: 1, limit: 2, use: reads}}},
		{"SPUBLISH", 3, []keySpec{{from: 1, step: 1, use: notKey}}},
		{"PING", -1, nil},
	} {
		c := table.find([]byte(tt.name))
		if c == nil || c.arity != tt.arity || !slices.Equal(c.keys, tt.keys) {
			t.Errorf("%s: got %+v", tt.name, c)
		}
	}
}

// TestOperations: what metrics tell apart are commands, and no more than they have room for.
func TestOperations(t *testing.T) {
	known := vocabulary()
	seen := map[string]bool{}
	for _, o := range operations() {
		c := table.find([]byte(o.Name))
		if c == nil && o.Name == unknown.name {
			c = &unknown
		}
		if c == nil || !c.container && !slices.Contains(known, o.Name) || seen[o.Name] {
			t.Errorf("%s is no command, or is there twice", o.Name)
		}
		seen[o.Name] = true
	}
	if n := len(operations()); n > 63 {
		t.Errorf("%d operations, at most 63 may be told apart", n)
	}
	if got, want := len(known), len(all())+1; got != want {
		t.Errorf("rules may name %d operations, there are %d", got, want)
	}
	if n := len(statuses); n > 58 {
		t.Errorf("%d classes of errors, at most 60 with none and OTHER", n)
	}
}
