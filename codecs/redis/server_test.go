package redis_test

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/sluice-proxy/sluice/codecs"
	"github.com/sluice-proxy/sluice/codecs/redis"
	"github.com/sluice-proxy/sluice/metadata"
)

// keyed are requests of which the server at SLUICE_TEST_REDIS is asked what it takes for their keys.
var keyed = []string{
	"GET a", "SET a 1", "SET a 1 GET", "GETSET a 1", "APPEND a 1", "INCR a", "MGET a b c", "MSET a 1 b 2", "DEL a b", "UNLINK a b", "RENAME a b", "COPY a b", "MOVE a 5",
	"DUMP a", "RESTORE a 0 x", "EXPIRE a 1", "PERSIST a", "BITOP AND d a b", "BITFIELD a SET u8 0 1", "BITFIELD a GET u8 0", "SETRANGE a 0 x", "GETEX a", "GETDEL a",
	"LMOVE a b LEFT RIGHT", "BLMOVE a b LEFT RIGHT 0", "RPOPLPUSH a b", "BLPOP a b 0", "LMPOP 2 a b LEFT", "BLMPOP 0 1 a LEFT", "LPOP a", "LPUSH a 1", "LRANGE a 0 1",
	"SINTER a b", "SINTERCARD 2 a b", "SINTERSTORE d a b", "SMOVE a b m", "SPOP a", "SADD a m", "SDIFFSTORE d a b",
	"ZUNION 2 a b", "ZUNIONSTORE d 2 a b WEIGHTS 1 2", "ZDIFFSTORE d 1 a", "ZRANGESTORE d a 0 1", "ZMPOP 1 a MIN", "BZPOPMIN a b 0", "ZADD a 1 m", "ZINTERCARD 2 a b",
	"HSET h f v", "HGETALL h", "HINCRBY h f 1", "HRANDFIELD h", "PFADD a x", "PFCOUNT a b", "PFMERGE d a b",
	"XADD s * f v", "XREAD COUNT 1 STREAMS a b 0 0", "XREADGROUP GROUP STREAMS c STREAMS a >", "XGROUP CREATE s g 0", "XINFO STREAM s", "XCLAIM s g c 0 1-1", "XACK s g 1-1",
	"GEOADD a 1 2 m", "GEOSEARCHSTORE b a FROMMEMBER x BYRADIUS 1 m", "GEORADIUS a 1 2 3 m STORE b", "GEORADIUSBYMEMBER a m 3 m STOREDIST b",
	"OBJECT ENCODING a", "MEMORY USAGE a", "EVAL x 2 a b c", "EVALSHA x 1 a", "EVAL_RO x 1 a", "FCALL f 1 a", "FCALL_RO f 1 a", "WATCH a b", "LCS a b", "SUBSTR a 0 1",
}

// TestKeysAgainstServer compares what is read and written with the server's own answer, for the commands that it says something about.
func TestKeysAgainstServer(t *testing.T) {
	if os.Getenv("SLUICE_TEST_REDIS") == "" {
		t.Skip("compares with a server only if SLUICE_TEST_REDIS names one")
	}
	s := dial(t)
	for _, request := range keyed {
		words := strings.Fields(request)
		start := len(s.rec.Script())
		s.ask(append([]string{"COMMAND", "GETKEYSANDFLAGS"}, words...)...)
		reply := string(s.rec.Script()[start+1].Bytes)
		if got, want := uses(t, words), serverUses(reply); len(want) == 0 || !slices.Equal(got, want) {
			t.Errorf("%s: got %v, the server says %v", request, got, want)
		}
	}
}

// uses gives what a request reads and writes.
func uses(t *testing.T, words []string) (all []string) {
	t.Helper()
	d := redis.Protocol.New(codecs.Limits{Effects: true})
	_, m, err := d.Decode(codecs.FromClient, []byte(cmd(words...)))
	if err != nil || m == nil {
		t.Fatal(m, err)
	}
	for _, a := range m.Effects[0].Accesses {
		if a.Kind == metadata.KindKey {
			all = append(all, fmt.Sprint(a.Name, " ", a.Verb))
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// serverUses reads the answer to COMMAND GETKEYSANDFLAGS: an array of keys, each with the flags of its use. Flags that ask for no right count as for us.
func serverUses(reply string) (all []string) {
	for _, key := range strings.Split(reply, "*2\r\n$")[1:] {
		lines := strings.Split(key, "\r\n")
		name, flags := lines[1], lines[3:]
		has := func(any ...string) bool {
			return slices.ContainsFunc(flags, func(f string) bool { return slices.Contains(any, strings.TrimLeft(f, "+")) })
		}
		reads, writes := has("access"), has("insert", "update", "delete")
		if !reads && !writes {
			reads = has("RO")
			writes = !reads
		}
		if reads {
			all = append(all, name+" "+string(metadata.Read))
		}
		if writes {
			all = append(all, name+" "+string(metadata.Write))
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}
