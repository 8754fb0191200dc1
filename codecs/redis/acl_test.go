package redis_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/sluice-proxy/sluice/codecs"
	"github.com/sluice-proxy/sluice/codecs/redis"
)

// noRight is what every ACL allows.
const noRight = "AUTH HELLO QUIT RESET: command"

// written gives selectors as lines.
func written(list []codecs.Selector) string {
	var lines []string
	for _, s := range list {
		line := strings.Join(s.Operations, " ") + ":"
		for _, x := range s.Accesses {
			line += " " + string(x.Kind)
			for _, v := range x.Verbs {
				line += "/" + string(v)
			}
			if x.Globs != nil {
				line += fmt.Sprintf("%q", x.Globs)
			}
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}

func TestACL(t *testing.T) {
	for _, tt := range []struct{ acl, want string }{
		{"+@all ~* &*", ":\n" + noRight},
		{"allkeys ALLCHANNELS allcommands", ":\n" + noRight},
		{"+get ~a:*", "GET: key[\"a:*\"] command\n" + noRight},
		{"+Get\n\t+sEt   ~a:*", "GET SET: key[\"a:*\"] command\n" + noRight},
		{"+get -get +set", "SET: command\n" + noRight},
		{"+@all -@all +get", "GET: command\n" + noRight},
		{"+get +config|get ~*", "CONFIG_GET GET: key command\n" + noRight},
		{"+script -script|load -script|debug -script|kill", "SCRIPT SCRIPT_EXISTS SCRIPT_FLUSH SCRIPT_HELP SCRIPT_SHOW: command\n" + noRight},
		{"+get ~a ~a %R~b %r~b %W~c %wR~d", `GET: key/read["b"] key/write["c"] key["a" "d"] command` + "\n" + noRight},
		{"+get %R~a %W~a", "GET: key[\"a\"] command\n" + noRight},
		{"+get ~a resetkeys ~b", "GET: key[\"b\"] command\n" + noRight},
		{"+get ~* resetkeys", "GET: command\n" + noRight},
		{"+psubscribe &n*s:[ab]", `PSUBSCRIBE: channel["n*s:[ab]"] channel_pattern["n\\*s:\\[ab]"] command` + "\n" + noRight},
		{"+psubscribe &* resetchannels &a", "PSUBSCRIBE: channel[\"a\"] channel_pattern[\"a\"] command\n" + noRight},
		{"+keys +get ~a", "GET KEYS: key[\"a\"] command\nKEYS: keyspace\n" + noRight},
		{"+sort %R~*", "SORT: key/read[\"*\"] command\nSORT: key/read[\"*\"] command opaque\n" + noRight},
		{"+exists +get %W~a %R~b", "EXISTS GET: key/read[\"b\"] key/write[\"a\"] command\nEXISTS: key/read[\"a\" \"b\"]\n" + noRight},
		{"+get ~a (+set ~b) (+del ~c &x)", "GET: key[\"a\"] command\nSET: key[\"b\"] command\nDEL: key[\"c\"] channel[\"x\"] channel_pattern[\"x\"] command\n" + noRight},
		{"( +get  ~a ) ()", "GET: key[\"a\"] command\n" + noRight},
		{"+get (+set ~b) clearselectors", "GET: command\n" + noRight},
		{"+@all ~* (+set ~b) reset +del", "DEL: command\n" + noRight},
		{"~a (+@all allkeys allchannels)", ":\n" + noRight},
	} {
		list, err := redis.Protocol.ParseACL(tt.acl)
		if got := written(list); err != nil || got != tt.want {
			t.Errorf("%s: got\n%s, %v\nwant\n%s", tt.acl, got, err, tt.want)
		}
	}
}

// TestACLOfAllCommands: what isn't in the table is allowed too, unless something was taken away.
func TestACLOfAllCommands(t *testing.T) {
	for acl, all := range map[string]bool{"+@all ~a": true, "-get +@all ~a": true, "+@all -get +get ~a": false, "+@all -@vector +@vector ~a": false, "(allcommands ~a)": true} {
		list, err := redis.Protocol.ParseACL(acl)
		if err != nil {
			t.Fatal(err)
		}
		if got := list[0].Operations == nil; got != all {
			t.Errorf("%s: all commands: %v, want %v", acl, got, all)
		}
	}
}

func TestACLCategories(t *testing.T) {
	for _, name := range redis.Categories() {
		list, err := redis.Protocol.ParseACL("+@" + strings.ToUpper(name))
		if err != nil {
			t.Fatal(err)
		}
		for _, op := range redis.InCategory(name) {
			if !slices.Contains(list[0].Operations, op) {
				t.Errorf("+@%s lacks %s", name, op)
			}
		}
	}
}

func TestACLMistakes(t *testing.T) {
	for _, tt := range []struct{ acl, want string }{
		{"", "allows no command; say which: +@all, +@read, +get"},
		{"~* &*", "allows no command; say which: +@all, +@read, +get"},
		{"+get reset", "allows no command; say which: +@all, +@read, +get"},
		{"on +get", "on: is about logging in, which is the server's affair; remove it"},
		{"+get nopass", "nopass: is about logging in, which is the server's affair; remove it"},
		{"+get >s3cret", ">…: is a password, which is the server's affair; remove it"},
		{"+get #c3ab8ff13720e8ad9047dd39466b3c89", "#…: is a password, which is the server's affair; remove it"},
		{"+get skip-sanitize-payload", "skip-sanitize-payload: is about logging in, which is the server's affair; remove it"},
		{"+gte", "+gte: there is no command GTE that Sluice knows"},
		{"+", "+:"},
		{"+@", "+@: there is no category @"},
		{"-@reed", "-@reed: there is no category @reed"},
		{"+config|gett", "+config|gett: CONFIG has no subcommand GETT that Sluice knows"},
		{"+config|", "+config|:"},
		{"+config|get|x", "+config|get|x: CONFIG has no subcommand GET|X that Sluice knows"},
		{"+select|0", "+select|0: SELECT has no subcommands, and commands are not told apart by their first arguments; write +select"},
		{"+get ~", "~: has no pattern behind the ~; to allow all keys, write ~*"},
		{"+get %R", "%R: has no ~ before its pattern: %R~orders:*"},
		{"+get %~a", "%~a: says neither R nor W before the ~: %R~orders:*"},
		{"+get %RR~a", "%RR~a: says neither R nor W before the ~: %R~orders:*"},
		{"+get ~* ~a", "~a: comes behind ~*, which allows all keys already; remove one of them, or write resetkeys between them"},
		{"+get &", "&: has no pattern behind the &; to allow all channels, write &*"},
		{"+get &* &a", "&a: comes behind &*, which allows all channels already; remove one of them, or write resetchannels between them"},
		{"+get (+set ~a", "(+set: begins a selector that has no end; close it by )"},
		{"+get )", "): ends a selector that has no beginning"},
		{"+get (reset)", "reset: is about the whole user; write it outside of the parentheses"},
		{"+get (+set (+del))", "(+del): is a selector inside of another; close the first one before"},
		{"allkey +get", "allkey: is no word of an ACL"},
	} {
		list, err := redis.Protocol.ParseACL(tt.acl)
		var e *codecs.ACLError
		if !errors.As(err, &e) || list != nil || !strings.HasPrefix(err.Error(), tt.want) {
			t.Errorf("%s: got %v, %v\nwant %s", tt.acl, list, err, tt.want)
		}
	}
}

// FuzzACL: an ACL is refused, or its selectors are about operations that there are, and say what may be accessed.
func FuzzACL(f *testing.F) {
	for _, seed := range []string{"+@all ~* &*", "+@read -@dangerous +config|get ~orders:* %R~stock:* &news:* (+@write ~tmp:*)", "+get ~a resetkeys %RW~[^a-z]\\* clearselectors",
		"(+get ~a) (", "reset +select|0", "nopass >x #y", "+@", "%W~", "&", ")", "-get +@all -config|set"} {
		f.Add(seed)
	}
	known := map[string]bool{}
	for _, op := range redis.Protocol.Vocabulary() {
		known[op] = true
	}
	f.Fuzz(func(t *testing.T, acl string) {
		list, err := redis.Protocol.ParseACL(acl)
		if (err == nil) != (len(list) > 1) {
			t.Fatalf("%q: got %v, %v", acl, list, err)
		}
		for _, s := range list {
			whole := s.Operations == nil && s.Accesses == nil
			if whole && strings.Count(acl, "-") > 0 && !strings.Contains(strings.ToLower(acl), "all") {
				t.Errorf("%q allows everything", acl)
			}
			if !whole && (s.Operations != nil && len(s.Operations) == 0 || len(s.Accesses) == 0) {
				t.Errorf("%q: a selector is incomplete: %v", acl, s)
			}
			for _, op := range s.Operations {
				if !known[op] {
					t.Errorf("%q: there is no operation %q", acl, op)
				}
			}
		}
	})
}

func BenchmarkACL(b *testing.B) {
	for b.Loop() {
		if _, err := redis.Protocol.ParseACL("+@read +@write -@dangerous +config|get ~orders:* %R~stock:* &news:* (+@write ~tmp:*)"); err != nil {
			b.Fatal(err)
		}
	}
}
