package scenarios_test

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/sluice-proxy/sluice/codecs"
	"github.com/sluice-proxy/sluice/codecs/redis"
	"github.com/sluice-proxy/sluice/configs"
	"github.com/sluice-proxy/sluice/metadata"
	"github.com/sluice-proxy/sluice/rbac"
)

// acls are compared with what the server makes of them.
var acls = []string{
	"+@all ~* &*", "allcommands allkeys allchannels", "+@all ~*", "+@all &*", "+@all ~orders:* &news:*", "+@all -@dangerous ~* &*", "+@all -@all +get ~*", "-get +@all ~* &*",
	"+@all -get +get ~* &*", "+@read ~orders:*", "+@read -@dangerous +config|get ~orders:* %R~stock:* &news:* (+@write ~tmp:*)",
	"+@write -@read ~tmp:*", "+@all %R~orders:* %W~tmp:*", "+@all %R~* %W~*", "+@all %RW~*", "+@all %R~* %W~tmp:*", "+@all %W~*", "+@all %R~orders:* %W~orders:1", "+@all %R~tmp:* %W~tmp:*",
	"+@all ~orders:[0-9]", "+@all ~orders:[^1]*", `+@all ~orders:\*`, "+@all ~o*s:?", "+@all ~*:1", "+@all ~*", "+@all ~????:*", "+@all ~[s-t]*[0-9] &[mn]*",
	"+@string +@hash ~orders:*", "+@keyspace ~*", "+@fast ~*", "+@slow ~*", "+@slow -@fast ~tmp:*", "+@connection", "+@pubsub &news:*", "+@pubsub &news:1 &n?ws:*", "+@pubsub allchannels", "+@admin", "+@dangerous ~*",
	"+@scripting ~*", "+@transaction +@blocking ~orders:*", "+@stream +@geo +@bitmap +@hyperloglog +@sortedset +@set +@list ~tmp:* %R~orders:*",
	"+config ~*", "+config -config|set", "+config|get +client|id +client|tracking +xinfo|stream ~orders:*", "+@all -config|set -client ~*", "+get +set +copy +rename ~orders:* ~tmp:*",
	"+get ~orders:* (+set ~tmp:*) (+copy %R~orders:* %W~tmp:*)", "(+@read ~orders:*) (+@write ~orders:*)", "+@all ~orders:* resetkeys ~tmp:*", "+@all &news:* resetchannels ~*",
	"+get ~* (+set ~*) clearselectors", "+@all ~* reset +get ~tmp:*", "+del +unlink %W~tmp:* +exists +type +strlen +ttl +touch +watch",
	"+sort +sort_ro ~orders:*", "+sort +sort_ro ~*", "+sort %R~*", "+sort %R~* %W~tmp:*", "+keys +scan +flushall +dbsize +randomkey", "+@all -keys -scan ~orders:*", "+eval +evalsha +fcall ~*", "+psubscribe &news:* &m*",
	"+GET +@HASH ~orders:*", "+bitfield +set %R~orders:* %W~tmp:*", "+bitfield +set +getex +getdel %W~tmp:*", "+migrate +monitor +debug +psync ~*",
}

// handwritten are commands with more than one key, or whose arguments change what they do; and those for which arguments can't be made up.
var handwritten = []string{
	"GET orders:1", "GET tmp:1", "GET stock:1", "GET secret", "GET orders:12", "GET ORDERS:1", "GET orders:*", "SET orders:1 x", "SET orders:1 x GET", "SET tmp:1 x GET", "SET tmp:1 x EX 10",
	"COPY orders:1 tmp:1", "COPY tmp:1 orders:1", "COPY orders:1 secret", "COPY orders:1 orders:1", "COPY tmp:1 tmp:2 DB 3", "RENAME orders:1 tmp:1", "RENAME tmp:1 tmp:2", "RENAMENX tmp:1 secret",
	"MGET orders:1 orders:2", "MGET orders:1 secret", "MGET secret orders:1", "MSET tmp:1 a tmp:2 b", "MSET tmp:1 a secret b", "MSETNX orders:1 a tmp:1 b", "DEL tmp:1 orders:1", "UNLINK tmp:1", "EXISTS tmp:1 orders:1",
	"SORT orders:1", "SORT orders:1 STORE tmp:1", "SORT tmp:1 STORE tmp:1", "SORT orders:1 BY w_* GET d_*", "SORT orders:1 GET #", "SORT_RO orders:1", "SORT_RO orders:1 BY secret_*",
	"XREADGROUP GROUP g c STREAMS orders:1 orders:2 > >", "XREADGROUP GROUP g c COUNT 1 STREAMS secret >", "XREAD COUNT 1 STREAMS orders:1 stock:1 0 0", "XREAD BLOCK 0 STREAMS orders:1 $",
	"XADD tmp:1 * f v", "XGROUP CREATE tmp:1 g $", "XCLAIM tmp:1 g c 0 1-1", "XINFO STREAM orders:1", "XINFO GROUPS orders:1", "XAUTOCLAIM tmp:1 g c 0 0",
	"SUBSCRIBE news:1", "SUBSCRIBE news:1 other", "SUBSCRIBE other", "PSUBSCRIBE news:*", "PSUBSCRIBE news:1", "PSUBSCRIBE n*", "PSUBSCRIBE m*", "PSUBSCRIBE news:* other", "UNSUBSCRIBE other", "PUNSUBSCRIBE",
	"PUBLISH news:1 x", "PUBLISH other x", "SPUBLISH news:1 x", "SPUBLISH other x", "SSUBSCRIBE news:1", "SSUBSCRIBE other", "SUNSUBSCRIBE other", "PUBSUB CHANNELS", "PUBSUB NUMSUB other",
	"GETDEL tmp:1", "GETDEL orders:1", "GETEX tmp:1 PERSIST", "GETSET tmp:1 x", "BITFIELD tmp:1 GET u8 0", "BITFIELD tmp:1 SET u8 0 1", "BITFIELD orders:1 GET u8 0", "BITFIELD orders:1 INCRBY u8 0 1",
	"BITFIELD_RO orders:1 GET u8 0", "BITOP AND tmp:1 orders:1 orders:2", "BITOP NOT orders:1 tmp:1", "SINTERSTORE tmp:1 orders:1 orders:2", "SINTERSTORE orders:1 tmp:1", "SMOVE orders:1 tmp:1 m", "LMOVE tmp:1 tmp:2 LEFT LEFT",
	"LMOVE orders:1 tmp:1 LEFT LEFT", "BLMOVE orders:1 tmp:1 LEFT LEFT 0", "RPOPLPUSH orders:1 tmp:1", "BLPOP orders:1 tmp:1 0", "BZPOPMIN tmp:1 secret 0", "LMPOP 2 tmp:1 orders:1 LEFT", "BLMPOP 0 1 tmp:1 LEFT",
	"ZMPOP 1 tmp:1 MIN", "BZMPOP 0 1 orders:1 MIN", "ZUNION 2 orders:1 stock:1", "ZUNIONSTORE tmp:1 2 orders:1 orders:2", "ZUNIONSTORE tmp:1 1 tmp:1", "ZINTER 1 orders:1", "ZINTERSTORE tmp:1 1 secret", "ZDIFF 1 orders:1",
	"ZDIFFSTORE orders:1 1 tmp:1", "ZINTERCARD 1 orders:1", "SINTERCARD 2 orders:1 secret", "ZRANGESTORE tmp:1 orders:1 0 1", "GEOSEARCHSTORE tmp:1 orders:1 FROMMEMBER m BYRADIUS 1 m", "GEORADIUS orders:1 1 2 3 m",
	"GEORADIUS orders:1 1 2 3 m STORE tmp:1", "GEORADIUSBYMEMBER orders:1 m 3 m STOREDIST secret", "PFMERGE tmp:1 orders:1", "PFCOUNT orders:1 tmp:1", "LCS orders:1 tmp:1", "MIGRATE h 1 tmp:1 0 9", "RESTORE tmp:1 0 x",
	"DUMP orders:1", "OBJECT ENCODING tmp:1", "MEMORY USAGE tmp:1", "TYPE tmp:1", "WATCH tmp:1 orders:1", "TOUCH tmp:1", "EXPIRE tmp:1 9", "MOVE tmp:1 3", "EVAL x 0", "EVAL x 1 tmp:1", "EVAL_RO x 1 orders:1",
	"EVALSHA abc 1 tmp:1", "EVALSHA_RO abc 0", "FCALL f 1 tmp:1", "FCALL_RO f 0", "FUNCTION LOAD x", "SCRIPT LOAD x", "SCRIPT EXISTS x", "KEYS *", "SCAN 0", "SCAN 0 MATCH orders:*", "RANDOMKEY", "DBSIZE", "FLUSHALL", "FLUSHDB ASYNC",
	"SWAPDB 0 1", "CONFIG GET maxmemory", "CONFIG SET maxmemory 1", "CONFIG RESETSTAT", "CLIENT ID", "CLIENT LIST", "CLIENT SETNAME x", "CLIENT TRACKING ON", "CLIENT TRACKING ON BCAST", "CLIENT TRACKING ON BCAST PREFIX orders:",
	"PING", "ECHO x", "SELECT 3", "AUTH a b", "HELLO 3", "QUIT", "RESET", "MULTI", "EXEC", "DISCARD", "UNWATCH", "COMMAND", "COMMAND COUNT", "INFO", "TIME", "MONITOR", "SAVE", "DEBUG SLEEP 0", "WAIT 0 0", "ROLE", "PSYNC ? -1",
	"ACL WHOAMI", "ACL SETUSER x", "LATENCY DOCTOR", "SLOWLOG GET", "CLUSTER INFO", "CLUSTER GETKEYSINSLOT 1 1", "MODULE LIST", "ACL CAT", "XREAD STREAMS", "ZUNION 9 orders:1", "LMPOP x tmp:1 LEFT",
}

// A reason is one for which Sluice denies what a server's ACL allows.
type reason struct {
	text    string
	applies func(words []string, e *metadata.Effect) bool
}

// stricter are the reasons that docs/policy.md tells of.
var stricter = []reason{
	{"a script calls commands that only the server sees", holds(metadata.KindScript)},
	{"it may do anything, or show everything", func(words []string, e *metadata.Effect) bool {
		return holds(metadata.KindOpaque)(words, e) && !strings.HasPrefix(words[0], "SORT")
	}},
	{"SORT with BY or GET needs all keys: the server looks at that only when it carries the command out", func(words []string, e *metadata.Effect) bool {
		return holds(metadata.KindOpaque)(words, e) && strings.HasPrefix(words[0], "SORT")
	}},
	{"a replica gets everything", holds(metadata.KindReplication)},
	{"nobody knows what the server makes of it", holds(metadata.KindUnknown)},
	{"PFMERGE of one key: the server finds no key in it, and looks at none", func(words []string, _ *metadata.Effect) bool {
		return words[0] == "PFMERGE" && len(words) == 2
	}},
	{"CLIENT TRACKING BCAST tells of keys that are changed", func(words []string, e *metadata.Effect) bool {
		return words[0] == "CLIENT" && holds(metadata.KindKeyspace)(words, e)
	}},
}

// moved are commands that are in other categories than in the server's version, and these: categories are those of Redis 8.
var moved = map[string]string{"WAIT": "@blocking"}

func holds(kind metadata.Kind) func([]string, *metadata.Effect) bool {
	return func(_ []string, e *metadata.Effect) bool {
		return slices.ContainsFunc(e.Accesses, func(a metadata.Access) bool { return a.Kind == kind })
	}
}

// withACL gives the rules that matter to a user who has this ACL.
func withACL(t *testing.T, acl string) *rbac.Subject {
	t.Helper()
	e, err := configs.ParsePolicy("policy.yaml", fmt.Appendf(nil, "statements:\n  rules:\n    - {name: acl, acl: %q}\n", acl), os.LookupEnv)
	if err != nil {
		t.Fatalf("%s: %v", acl, err)
	}
	return e.Subject(rbac.Identity{})
}

func effectsOf(t *testing.T, words []string) []metadata.Effect {
	t.Helper()
	_, m, err := redis.Protocol.New(codecs.Limits{Effects: true}).Decode(codecs.FromClient, []byte(command(words...)))
	if err != nil || m == nil {
		t.Fatalf("%q: %v, %v", words, m, err)
	}
	return m.Effects
}

// requests gives the handwritten commands, and all that the server has, with arguments that are made up.
func requests(c *redisClient) (all [][]string) {
	for _, text := range handwritten {
		all = append(all, strings.Fields(text))
	}
	counted := []string{"EVAL", "EVALSHA", "EVAL_RO", "EVALSHA_RO", "FCALL", "FCALL_RO"}
	for _, name := range strings.Fields(strings.Trim(c.ask("COMMAND", "LIST"), "[]")) {
		words := strings.Split(strings.ToUpper(name), "|")
		if slices.Contains(counted, words[0]) {
			continue
		}
		for _, key := range []string{"orders:1", "tmp:1"} {
			for n := range 6 {
				all = append(all, append(slices.Clone(words), slices.Repeat([]string{key}, n)...))
			}
		}
	}
	return all
}

// TestRedisACL compares verdicts upon commands with what the server says of the same ACL: ACL DRYRUN.
func TestRedisACL(t *testing.T) {
	server := dialRedis(t, redisServer(t))
	if got := server.ask("ACL", "DRYRUN", "default", "PING"); got != "+OK" {
		t.Skipf("the server has no ACL DRYRUN: %s", got)
	}
	commands := requests(server)
	reasons := map[string]int{}
	compared, allowed := 0, 0
	for _, acl := range acls {
		if got := server.ask(append([]string{"ACL", "SETUSER", "u", "reset"}, strings.Fields(acl)...)...); got != "+OK" {
			t.Fatalf("the server doesn't take %s: %s", acl, got)
		}
		subject := withACL(t, acl)
		var batch strings.Builder
		for _, words := range commands {
			batch.WriteString(command(append([]string{"ACL", "DRYRUN", "u"}, words...)...))
		}
		sent := make(chan error, 1)
		go func() {
			_, err := io.WriteString(server.conn, batch.String())
			sent <- err
		}()
		for _, words := range commands {
			answer := server.reply()
			if strings.HasPrefix(answer, "-") {
				continue // of another length, or unknown to this version
			}
			effects := effectsOf(t, words)
			d := subject.Decide(effects, nil)
			compared++
			switch {
			case d.Allow && answer != "+OK" && moved[words[0]] != "" && strings.Contains(acl, "+"+moved[words[0]]):
			case d.Allow && answer != "+OK":
				t.Errorf("%s: %v is allowed, and the server says: %s", acl, words, answer)
			case d.Allow:
				allowed++
			case answer == "+OK":
				i := slices.IndexFunc(stricter, func(r reason) bool { return r.applies(words, &effects[0]) })
				if i < 0 {
					t.Errorf("%s: %v is denied (%s), and the server allows it", acl, words, d.Message())
					continue
				}
				reasons[stricter[i].text]++
			}
		}
		if err := <-sent; err != nil {
			t.Fatal(err)
		}
	}
	for _, r := range stricter {
		if reasons[r.text] == 0 {
			t.Errorf("nothing is denied because %s: the list of reasons says more than it should", r.text)
		}
	}
	if allowed < compared/10 {
		t.Errorf("of %d commands only %d are allowed: the test shows less than it should", compared, allowed)
	}
	t.Logf("%d ACLs, %d verdicts compared, %d allowed; stricter: %v", len(acls), compared, allowed, reasons)
}

// TestRedisSortNeedsAllKeys compares with the server's own refusal, which comes only when a command is carried out.
func TestRedisSortNeedsAllKeys(t *testing.T) {
	addr := redisServer(t)
	server := dialRedis(t, addr)
	server.ask("RPUSH", "orders:1", "1", "2")
	for _, acl := range []string{"+sort +sort_ro ~orders:*", "+sort +sort_ro ~*", "+sort +sort_ro %R~*", "+sort +sort_ro %R~* %W~tmp:*", "+sort +sort_ro %W~* %R~orders:*", "+sort +sort_ro ~orders:* (+sort ~*)"} {
		if got := server.ask(append([]string{"ACL", "SETUSER", "u", "reset", "on", "nopass"}, strings.Fields(acl)...)...); got != "+OK" {
			t.Fatal(got)
		}
		user := dialRedis(t, addr)
		user.ask("AUTH", "u", "")
		subject := withACL(t, acl)
		for _, text := range []string{"SORT orders:1", "SORT orders:1 BY w_*", "SORT orders:1 BY nosort", "SORT orders:1 GET d_*", "SORT orders:1 GET # GET d_*->f", "SORT_RO orders:1 BY w_*",
			"SORT orders:1 BY w_* STORE tmp:1", "SORT orders:1 STORE secret"} {
			words := strings.Fields(text)
			answer := user.ask(words...)
			if d := subject.Decide(effectsOf(t, words), nil); d.Allow != !strings.HasPrefix(answer, "-") {
				t.Errorf("%s: %s: allowed: %v, and the server says: %s", acl, text, d.Allow, answer)
			}
		}
	}
}

const ordersACL = `
statements:
  rules:
    - {name: app, acl: "+@read +@write +@pubsub +@connection +@transaction -@dangerous +config|get ~orders:* %R~stock:* &news:*"}
`

// TestRedisACLIsEnforced sees to it that what an ACL doesn't allow never reaches the server.
func TestRedisACLIsEnforced(t *testing.T) {
	addr := redisServer(t)
	direct := dialRedis(t, addr)
	direct.ask("MSET", "secret", "s3cr3t", "stock:1", "7")
	p := fronting(t, "redis", ordersACL, addr)
	c := dialRedis(t, p.addr)
	for _, tt := range []struct{ bytes, want string }{
		{command("SET", "orders:1", "book"), "+OK"},
		{command("get", "orders:1"), "book"},
		{"GET secret\r\n", "NOPERM"},
		{command("GET", "stock:1"), "7"},
		{command("INCR", "stock:1"), "NOPERM"},
		{command("COPY", "stock:1", "orders:2"), ":1"},
		{command("COPY", "orders:2", "stock:2"), "NOPERM"},
		{command("config", "GET", "maxclients"), "maxclients"},
		{command("CONFIG", "SET", "maxclients", "1"), "NOPERM"},
		{command("KEYS", "*"), "NOPERM"},
		{command("EVAL", "return redis.call('get','orders:1')", "0"), "NOPERM"},
		{command("PUBLISH", "news:1", "x"), ":0"},
		{command("PUBLISH", "other", "x"), "NOPERM"},
		{command("PSUBSCRIBE", "*"), "NOPERM"},
		{command("PSUBSCRIBE", "news:1"), "NOPERM"},
		{command("TIME"), "NOPERM"},
		{command("PING"), "+PONG"},
		{command("FLUSHALL"), "NOPERM"},
	} {
		c.send(tt.bytes)
		if got := c.reply(); !strings.Contains(got, tt.want) || strings.Contains(got, "s3cr3t") {
			t.Errorf("%q: got %q, want %q", tt.bytes, got, tt.want)
		}
	}
	c.send(command("MULTI") + command("SET", "orders:1", "pen") + command("GET", "secret") + command("EXEC"))
	if a, b, d, e := c.reply(), c.reply(), c.reply(), c.reply(); a != "+OK" || b != "+QUEUED" || !strings.HasPrefix(d, "-NOPERM") || !strings.HasPrefix(e, "-EXECABORT") {
		t.Errorf("in a transaction: got %q, %q, %q, %q", a, b, d, e)
	}
	if got := direct.ask("MGET", "secret", "stock:1", "orders:1", "orders:2", "stock:2"); got != "[s3cr3t 7 book 7 nil]" {
		t.Errorf("the server has %s", got)
	}
	p.log.find(t, "a GET that the rule allowed", func(l line) bool {
		return l.Operation == "GET" && strings.Contains(l.raw, `"sluice.policy.rule":"app"`)
	})
}
