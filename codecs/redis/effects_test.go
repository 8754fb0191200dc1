package redis_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/sluice-proxy/sluice/codecs"
	"github.com/sluice-proxy/sluice/codecs/codectest"
	"github.com/sluice-proxy/sluice/codecs/redis"
)

// effectsOf gives what the last request in p does, when all requests before it were answered with +OK.
func effectsOf(t *testing.T, requests ...string) string {
	t.Helper()
	d := redis.Protocol.New(codecs.Limits{Effects: true})
	out := ""
	for i, p := range requests {
		_, m, err := d.Decode(codecs.FromClient, []byte(p))
		if err != nil || m == nil {
			t.Fatalf("%q: %v, %v", p, m, err)
		}
		if len(m.Effects) != 1 {
			t.Fatalf("%q has %d effects", p, len(m.Effects))
		}
		out = m.Effects[0].Operation + ": " + codectest.Accesses(m.Effects[0])
		if i < len(requests)-1 {
			feed(t, d, codecs.FromServer, []byte(okay))
		}
	}
	return out
}

func TestEffects(t *testing.T) {
	for _, tt := range []struct{ request, want string }{
		{"GET a", "GET: read key a@0"},
		{"gEt a", "GET: read key a@0"},
		{"SET a 1", "SET: write key a@0"},
		{"SET a 1 EX 10 get", "SET: read key a@0, write key a@0"},
		{"SET a GET", "SET: write key a@0"},
		{"GETSET a 1", "GETSET: read key a@0, write key a@0"},
		{"APPEND a 1", "APPEND: write key a@0"},
		{"EXISTS a b", "EXISTS: read key a@0, read key b@0"},
		{"DEL a b c", "DEL: write key a@0, write key b@0, write key c@0"},
		{"MSET a 1 b 2", "MSET: write key a@0, write key b@0"},
		{"RENAME a b", "RENAME: read key a@0, write key a@0, write key b@0"},
		{"COPY a b", "COPY: read key a@0, write key b@0"},
		{"COPY a b REPLACE DB 3", "COPY: read key a@0, write key b@0, write key b@3"},
		{"COPY a b DB 3 DB 4", "COPY: read key a@0, write key b@0, write key b@3, write key b@4"},
		{"COPY a b DB x", "COPY: read key a@0, write key b@0, write key b@?"},
		{"MOVE a 5", "MOVE: read key a@0, write key a@0, write key a@5"},
		{"BITOP AND d a b", "BITOP: write key d@0, read key a@0, read key b@0"},
		{"BITFIELD a GET u8 0", "BITFIELD: read key a@0"},
		{"BITFIELD a SET u8 0 1", "BITFIELD: read key a@0, write key a@0"},
		{"SORT a", "SORT: read key a@0"},
		{"SORT a BY nosort GET #", "SORT: read key a@0"},
		{"SORT a BY w_* GET d_* STORE b", "SORT: read key a@0, write key b@0, execute opaque SORT"},
		{"SORT a LIMIT STORE STORE STORE b", "SORT: read key a@0, write key b@0"},
		{"SORT_RO a GET d_*->f", "SORT_RO: read key a@0, execute opaque SORT_RO"},
		{"GEORADIUS a 1 2 3 m STORE b STORE c", "GEORADIUS: read key a@0, write key b@0, write key c@0"},
		{"GEOSEARCHSTORE b a FROMMEMBER x BYRADIUS 1 m", "GEOSEARCHSTORE: write key b@0, read key a@0"},
		{"ZUNIONSTORE d 2 a b WEIGHTS 1 2", "ZUNIONSTORE: write key d@0, read key a@0, read key b@0"},
		{"ZUNIONSTORE d 02 a b", "ZUNIONSTORE: write key d@0, execute unknown command"},
		{"ZUNION 9 a b", "ZUNION: execute unknown command"},
		{"LMPOP 2 a b LEFT", "LMPOP: read key a@0, write key a@0, read key b@0, write key b@0"},
		{"BLMPOP 0 1 a LEFT", "BLMPOP: read key a@0, write key a@0"},
		{"XREAD COUNT 1 STREAMS a b 0 0", "XREAD: read key a@0, read key b@0"},
		{"XREADGROUP GROUP STREAMS c STREAMS a >", "XREADGROUP: read key a@0"},
		{"OBJECT ENCODING a", "OBJECT_ENCODING: read key a@0"},
		{"memory usage a", "MEMORY_USAGE: read key a@0"},
		{"EVAL return", "EVAL: execute unknown command, execute script 63143b6f8007b98c53ca2149822777b3566f9241"},
		{"GET a b", "GET: read key a@0"},
		{"GET", "GET: execute command GET"},
		{"EVAL return 1", "EVAL: execute unknown command, execute script 63143b6f8007b98c53ca2149822777b3566f9241"},
		{"EVALSHA ABC 1 a x", "EVALSHA: read key a@0, write key a@0, execute script abc"},
		{"EVAL_RO 1 1 a", "EVAL_RO: read key a@0, execute script 356a192b7913b04c54574d18c28d46e6395428ab"},
		{"FCALL f 0", "FCALL: execute script f"},
		{"FUNCTION LOAD x", "FUNCTION_LOAD: create script"},
		{"KEYS app:*", "KEYS: read keyspace"},
		{"SCAN 0 MATCH app:*", "SCAN: read keyspace"},
		{"SLOWLOG GET 10", "SLOWLOG_GET: read keyspace"},
		{"ACL LOG", "ACL_LOG: read keyspace"},
		{"REPLICAOF 10.0.0.1 6379", "REPLICAOF: write keyspace"},
		{"slaveof no one", "SLAVEOF: write keyspace"},
		{"FLUSHALL", "FLUSHALL: write keyspace"},
		{"SWAPDB 0 1", "SWAPDB: write keyspace"},
		{"PUBLISH a x", "PUBLISH: publish channel a"},
		{"SPUBLISH a x", "SPUBLISH: publish channel a"},
		{"SUBSCRIBE a b", "SUBSCRIBE: subscribe channel a, subscribe channel b"},
		{"SSUBSCRIBE a b", "SSUBSCRIBE: subscribe channel a, subscribe channel b"},
		{"PSUBSCRIBE a*", "PSUBSCRIBE: subscribe channel_pattern a*"},
		{"UNSUBSCRIBE a", "UNSUBSCRIBE: execute command UNSUBSCRIBE~"},
		{"CONFIG SET a b", "CONFIG_SET: execute command CONFIG|SET"},
		{"CONFIG HELP", "CONFIG_HELP: execute command CONFIG|HELP~"},
		{"CONFIG SOMETHING", "CONFIG: execute unknown command"},
		{"CLIENT KILL a", "CLIENT_KILL: execute command CLIENT|KILL"},
		{"CLIENT NO-TOUCH ON", "CLIENT_NO-TOUCH: execute command CLIENT|NO-TOUCH~"},
		{"CLIENT TRACKING ON", "CLIENT_TRACKING: execute command CLIENT|TRACKING~"},
		{"CLIENT TRACKING ON bcast", "CLIENT_TRACKING: read keyspace"},
		{"MIGRATE h 1 a 0 9", "MIGRATE: execute opaque MIGRATE"},
		{"DEBUG OBJECT a", "DEBUG: execute opaque DEBUG"},
		{"MONITOR", "MONITOR: execute opaque MONITOR"},
		{"PSYNC ? -1", "PSYNC: read replication PSYNC"},
		{"PING", "PING: execute command PING~"},
		{"MULTI", "MULTI: execute command MULTI~"},
		{"CLUSTER SLOTS", "CLUSTER_SLOTS: execute command CLUSTER|SLOTS~"},
		{"INFO", "INFO: execute command INFO"},
		{"NOSUCH a", "UNKNOWN: execute unknown command"},
		{"config|set a b", "UNKNOWN: execute unknown command"},
		{"JSON.GET a", "UNKNOWN: execute unknown command"},
		{"VADD v VALUES 1 1 e", "VADD: write key v@0"},
		{"SUNSUBSCRIBE", "SUNSUBSCRIBE: execute command SUNSUBSCRIBE~"},
	} {
		for _, request := range []string{cmd(strings.Fields(tt.request)...), tt.request + "\r\n"} {
			if got := effectsOf(t, request); got != tt.want {
				t.Errorf("%q: got %s, want %s", request, got, tt.want)
			}
		}
	}
}

func TestEffectsOfLongRequests(t *testing.T) {
	long := strings.Repeat("v", 40_000)
	for _, tt := range []struct {
		name    string
		limit   int
		request []string
		want    string
	}{
		{"a long value", 0, []string{"SET", "a", long}, "write key a@0"},
		{"options behind a long value", 0, []string{"SET", "a", long, "GET"}, "read key a@0, write key a@0"},
		{"long values between keys", 0, []string{"MSET", "a", long, "b", long}, "write key a@0, write key b@0"},
		{"keys beyond the limit", 50_000, []string{"MSET", "a", long, "b", long, "c", "1"}, "write key a@0, write key b@0, execute unparsed too_long"},
		{"a key beyond the limit", 10_000, []string{"GET", long}, "execute command GET, execute unparsed too_long"},
		{"fields beyond the limit", 10_000, []string{"HSET", "a", "f", long, "g", long}, "write key a@0"},
		{"a long name", 0, []string{long, "a"}, "execute unknown command"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := redis.Protocol.New(codecs.Limits{Effects: true, Inspect: tt.limit})
			_, m, err := d.Decode(codecs.FromClient, []byte(cmd(tt.request...)))
			if err != nil || m == nil || len(m.Effects) != 1 {
				t.Fatalf("got %v, %v", m, err)
			}
			if got := codectest.Accesses(m.Effects[0]); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

func TestManyKeysAreBounded(t *testing.T) {
	words := []string{"DEL"}
	for i := range 20_000 {
		words = append(words, fmt.Sprint(i))
	}
	d := redis.Protocol.New(codecs.Limits{Effects: true})
	_, m, err := d.Decode(codecs.FromClient, []byte(cmd(words...)))
	if err != nil || m == nil {
		t.Fatal(m, err)
	}
	got := m.Effects[0].Accesses
	if last := got[len(got)-1].String(); len(got) > 17_000 || last != "execute unparsed too_long" {
		t.Errorf("got %d accesses, the last of them %s", len(got), last)
	}
}

// TestEffectsOutliveTheInput: a request may be held while its bytes move.
func TestEffectsOutliveTheInput(t *testing.T) {
	d := redis.Protocol.New(codecs.Limits{Effects: true})
	p := []byte(cmd("RENAME", "first", "second"))
	_, m, err := d.Decode(codecs.FromClient, p)
	if err != nil || m == nil {
		t.Fatal(m, err)
	}
	want := codectest.Accesses(m.Effects[0])
	clear(p)
	feed(t, d, codecs.FromServer, []byte(okay))
	if got := codectest.Accesses(m.Effects[0]); got != want {
		t.Errorf("got %s, was %s", got, want)
	}
}

func TestEffectsInDoubt(t *testing.T) {
	get := cmd("GET", "a")
	for _, tt := range []struct {
		name     string
		requests string
		answers  string
		want     string
	}{
		{"selected", cmd("SELECT", "3"), okay, "read key a@3"},
		{"not selected", cmd("SELECT", "99999"), wrong, "read key a@0"},
		{"not yet selected", cmd("SELECT", "3"), "", "read key a@?, execute unparsed unsettled"},
		{"not yet authenticated", cmd("AUTH", "u", "p"), "", "read key a@?, execute unparsed unsettled"},
		{"not yet greeted", cmd("HELLO", "3"), "", "read key a@0"},
		{"not yet greeted as another", cmd("HELLO", "3", "AUTH", "u", "p"), "", "read key a@?, execute unparsed unsettled"},
		{"not yet reset", cmd("RESET"), "", "read key a@?, execute unparsed unsettled"},
		{"selected in a transaction", cmd("MULTI") + cmd("SELECT", "3"), okay + queued, "read key a@?, execute unparsed unsettled"},
		{"selected in a transaction that ended", cmd("MULTI") + cmd("SELECT", "3") + cmd("EXEC"), okay + queued + array(okay), "read key a@3"},
		{"selected in a transaction that failed", cmd("MULTI") + cmd("SELECT", "3") + cmd("EXEC"), okay + queued + "*-1\r\n", "read key a@0"},
		{"refused in a transaction", cmd("MULTI") + cmd("SELECT", "x") + cmd("GET", "b") + cmd("EXEC"), okay + queued + queued + array(wrong, okay), "read key a@0"},
		{"selected in silence", cmd("CLIENT", "REPLY", "SKIP") + cmd("SELECT", "3"), "", "read key a@?, execute unparsed unsettled"},
		{"reset", cmd("SELECT", "3") + cmd("RESET"), okay + "+RESET\r\n", "read key a@0"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := redis.Protocol.New(codecs.Limits{Effects: true})
			feed(t, d, codecs.FromClient, []byte(tt.requests))
			feed(t, d, codecs.FromServer, []byte(tt.answers))
			_, m, err := d.Decode(codecs.FromClient, []byte(get))
			if err != nil || m == nil {
				t.Fatal(m, err)
			}
			if got := codectest.Accesses(m.Effects[0]); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

func TestEffectsDoNotAllocate(t *testing.T) {
	d := redis.Protocol.New(codecs.Limits{Effects: true})
	requests := []byte(cmd("GET", "key:1") + cmd("MSET", "a", "1", "b", "2", "c", "3", "d", "4") + cmd("EVALSHA", strings.Repeat("a", 40), "1", "k") +
		cmd("XREAD", "STREAMS", "a", "b", "0", "0") + cmd("PUBLISH", "c", "x") + cmd("CONFIG", "GET", "x") + cmd("NOSUCH"))
	replies := []byte(strings.Repeat(okay, 7))
	if n := testing.AllocsPerRun(100, func() {
		feed(t, d, codecs.FromClient, requests)
		feed(t, d, codecs.FromServer, replies)
	}); n != 0 {
		t.Errorf("%v allocations, want 0", n)
	}
}
