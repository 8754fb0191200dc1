package scenarios_test

import (
	"errors"
	"strings"
	"testing"
)

// A dialect is what the stories need to know of one: they are the same for all, told in its own words.
//
// Its server has the users ann and bob, who may do everything, and the objects orders and secret, each of which holds one number, 0 at first.
type dialect interface {
	name() string
	// server gives the address of a server for all stories.
	server(t *testing.T) string
	// restart ends the server as a crash does, and gives it back on the same address.
	restart(t *testing.T)
	// object is how rules name an object: {kind: table, names: public.orders}, without the braces.
	object(name string) string
	// operations are those of a read and of a write.
	operations() (read, write string)
	// codes are those of errors: a request that is denied, the last words of a proxy that ends, that has no server, and that gives up on who is idle.
	codes() (denied, ends, noServer, idle string)
	patient() bool // a session that listens is never idle
	// connect logs in through the proxy as a user.
	connect(t *testing.T, addr, user string) (caller, error)
}

// A caller is one connection.
type caller interface {
	// ask sends requests in one piece, and gives what became of each.
	ask(t *testing.T, wishes ...wish) []fate
	// hear waits for what is published on the channel that the client listens to.
	hear(t *testing.T) (string, error)
	// lastWords reads until the connection ends, and gives the code of the last error before that; "" if there is none.
	lastWords(t *testing.T) string
	port() int
	close()
}

// A wish is one request.
type wish struct {
	verb   string // read, write (the next number), begin, commit, rollback, listen, publish
	object string // or the channel
}

// A fate is what became of one: a value, or an error: its code and its text.
type fate struct{ value, code, text string }

func reading(object string) wish { return wish{"read", object} }
func writing(object string) wish { return wish{"write", object} }

// failure says that the fate is an error.
func (f fate) failure() error {
	if f.code == "" {
		return nil
	}
	return errors.New(f.code + " " + f.text)
}

// dialects are those in which the stories are told. Another one needs nothing but a line here, and what it stands for.
var dialects = []dialect{&postgresDialect{}, &redisDialect{}}

// A stage is the program in front of a server.
type stage struct {
	*ruled
	in dialect
	to string // the server
}

// stories are told of every protocol.
var stories = []struct {
	name string
	tell func(*testing.T, *stage)
}{
	{"every exchange is seen once", seenOnce},
	{"denied by user", deniedByUser},
	{"denied by operation", deniedByOperation},
	{"denied by name", deniedByName},
	{"a denied request leaves the connection alive", deniedAndAlive},
	{"a denial in a pipeline keeps the order", deniedInOrder},
	{"a denial in a transaction", deniedInTransaction},
	{"a shadow rule only logs", shadowed},
	{"a new policy judges open sessions", reloaded},
	{"a bad policy changes nothing", badlyReloaded},
	{"the server goes and comes back", serverRestarted},
	{"no server", noServer},
	{"drain", drained},
	{"drain lets a transaction finish", drainedInTransaction},
	{"drain says goodbye to a listener", drainedListener},
	{"the log's file is rotated", rotated},
	{"an idle session is ended", idled},
	{"a listener lives on what it hears", listened},
}

// TestStories tells the same stories in every dialect.
func TestStories(t *testing.T) {
	for _, d := range dialects {
		t.Run(d.name(), func(t *testing.T) {
			addr := d.server(t)
			for _, s := range stories {
				t.Run(s.name, func(t *testing.T) { s.tell(t, &stage{in: d, to: addr}) })
			}
		})
	}
}

// open starts the program with a policy and more of the configuration.
func (g *stage) open(t *testing.T, how ruling) {
	t.Helper()
	g.ruled = &ruled{proxy: &proxy{addr: freeAddr(t), admin: freeAddr(t)}}
	if how.protocol = g.in.name(); how.to == "" {
		how.to = g.to
	}
	if how.policy == "" {
		how.policy = g.rules("allow")
	}
	g.begin(t, how)
}

// rules makes a policy of lines; @orders stands for how rules name that object.
func (g *stage) rules(fallback string, lines ...string) string {
	text := "statements:\n  default: " + fallback + "\n"
	if len(lines) > 0 {
		text += "  rules:\n"
	}
	for _, l := range lines {
		for _, name := range []string{"orders", "secret"} {
			l = strings.ReplaceAll(l, "@"+name, g.in.object(name))
		}
		text += "    - {" + l + "}\n"
	}
	return text
}

// user logs in as a user, who must be let in.
func (g *stage) user(t *testing.T, name string) caller {
	t.Helper()
	c, err := g.in.connect(t, g.addr, name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.close)
	return c
}
