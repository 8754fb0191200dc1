package scenarios_test

import (
	"net"
	"strings"
)

// words makes the bytes of a command of words without blanks.
func words(text string) string { return command(strings.Fields(text)...) }

// commandThefts go by single commands.
func commandThefts(l *redisLab) (all []theft) {
	host, port, _ := net.SplitHostPort(l.other)
	own, ownPort, _ := net.SplitHostPort(l.addr)
	add := func(name, text string) { all = append(all, theft{name: name, bytes: words(text)}) }
	proven := func(name, text, proof string) {
		all = append(all, theft{name: name, bytes: words(text), proof: proof})
	}

	// Plain reads, and what is said of a key without its value.
	add("GET of a forbidden key", "GET secret")
	add("the command's name in mixed case", "gEt secret")
	add("one forbidden key among many", "MGET orders:1 orders:xs secret orders:1")
	add("a part of a value", "GETRANGE secret 0 5")
	add("SUBSTR, the old name of GETRANGE", "SUBSTR secret 0 5")
	add("GETEX, which reads and writes", "GETEX secret PERSIST")
	add("GETDEL, which reads and deletes", "GETDEL secret:1")
	add("GETSET", "GETSET secret x")
	add("SET with GET", "SET secret x GET")
	add("SET with GET in lower case, behind another option", "SET secret x keepttl get")
	add("LCS compares with an allowed key", "LCS orders:1 secret:1")
	proven("LCS tells lengths", "LCS secret orders:xs LEN", ":4236")
	add("LCS tells where", "LCS secret orders:xs IDX")
	proven("STRLEN", "STRLEN secret", ":4242")
	add("EXISTS", "EXISTS orders:1 secret")
	add("TYPE", "TYPE secret")
	add("PTTL", "PTTL secret")
	add("OBJECT ENCODING", "OBJECT ENCODING secret")
	add("object in mixed case", "oBjEcT fReQ secret")
	add("MEMORY USAGE", "MEMORY USAGE secret")
	add("DUMP", "DUMP secret:1")
	proven("DEBUG OBJECT", "DEBUG OBJECT secret", "Value at")
	proven("DEBUG DIGEST-VALUE", "DEBUG DIGEST-VALUE secret", `\+[0-9a-f]{40}`)
	add("TOUCH", "TOUCH secret")
	add("BITCOUNT", "BITCOUNT secret")
	add("BITFIELD_RO", "BITFIELD_RO secret GET u8 0")
	add("BITFIELD reads without writing", "BITFIELD secret GET u8 0")
	add("PFCOUNT of several", "PFCOUNT orders:hll secret:hll")
	proven("PFDEBUG", "PFDEBUG ENCODING secret:hll", `\+sparse`)
	add("HRANDFIELD", "HRANDFIELD secret:hash 1 WITHVALUES")
	add("SINTERCARD with LIMIT", "SINTERCARD 2 secret:set secret:set LIMIT 1")
	add("ZDIFF counts its keys", "ZDIFF 2 secret:zset orders:zset")
	add("GEOSEARCH", "GEOSEARCH secret:geo FROMLONLAT 13 38 BYRADIUS 500 km")
	add("XREAD of several streams", "XREAD COUNT 9 STREAMS orders:stream secret:stream 0 0")
	add("XREAD, STREAMS as a number of entries before", "XREAD BLOCK 1 COUNT 1 streams secret:stream 0")
	add("XREADGROUP of several streams", "XREADGROUP GROUP g STREAMS STREAMS orders:stream secret:stream > >")
	add("XREADGROUP whose group is named STREAMS", "XREADGROUP GROUP streams secret:stream STREAMS secret:stream 0")
	add("XINFO STREAM", "XINFO STREAM secret:stream FULL")
	add("XCLAIM", "XCLAIM secret:stream g c 0 1-1 FORCE")
	add("XAUTOCLAIM", "XAUTOCLAIM secret:stream g c 0 0")

	// Writes.
	add("DEL of one forbidden key among many", "DEL orders:xs secret")
	add("UNLINK", "UNLINK secret")
	add("MSET, every other argument", "MSET orders:1 x secret y")
	add("MSETNX", "MSETNX orders:new x secret:new y")
	add("EXPIRE", "EXPIRE secret 1")
	add("PERSIST", "PERSIST secret")
	add("APPEND", "APPEND secret x")
	add("SETBIT", "SETBIT secret 1 1")
	add("BITFIELD writes", "BITFIELD secret SET u8 0 1")
	add("RESTORE over it", "RESTORE secret 0 \x00\x01x\x0a\x00\xc8\x9f REPLACE")
	add("RESTORE-ASKING", "RESTORE-ASKING secret:new 0 x")
	add("XGROUP DESTROY", "XGROUP DESTROY secret:stream g")
	add("XSETID", "XSETID secret:stream 9-9")

	// From forbidden to allowed keys, and back.
	add("COPY", "COPY secret orders:copy")
	add("COPY to another database", "COPY secret orders:copy DB 2")
	add("RENAME to an allowed name", "RENAME secret orders:2")
	add("RENAMENX to a forbidden name", "RENAMENX orders:1 secret:new")
	add("MOVE to another database", "MOVE secret:1 2")
	add("SMOVE", "SMOVE secret:set orders:set s3cret")
	add("LMOVE", "LMOVE secret:list orders:list LEFT LEFT")
	add("RPOPLPUSH", "RPOPLPUSH secret:list orders:list")
	add("BLMOVE, which need not wait", "BLMOVE secret:list orders:list LEFT LEFT 0")
	add("BRPOPLPUSH", "BRPOPLPUSH secret:list orders:list 0")
	add("SDIFFSTORE", "SDIFFSTORE orders:got secret:set orders:set")
	add("SUNIONSTORE to a forbidden key", "SUNIONSTORE secret:set orders:set")
	add("ZUNIONSTORE", "ZUNIONSTORE orders:got 2 orders:zset secret:zset")
	add("ZUNIONSTORE to a forbidden key", "ZUNIONSTORE secret:zset 1 orders:zset")
	add("ZINTERSTORE of sets", "ZINTERSTORE orders:got 1 secret:set")
	add("ZRANGESTORE", "ZRANGESTORE orders:got secret:zset 0 -1")
	add("GEOSEARCHSTORE", "GEOSEARCHSTORE orders:got secret:geo FROMLONLAT 13 38 BYRADIUS 500 km")
	add("GEORADIUS with STORE", "GEORADIUS orders:geo 13 38 500 km STORE secret:geo")
	add("GEORADIUS with several STOREDIST", "GEORADIUS orders:geo 13 38 500 km STOREDIST orders:got storedist secret:geo")
	add("GEORADIUSBYMEMBER with STORE", "GEORADIUSBYMEMBER orders:geo a 500 km store secret:geo")
	add("BITOP", "BITOP OR orders:got secret orders:1")
	add("BITOP to a forbidden key", "BITOP NOT secret orders:1")
	add("PFMERGE", "PFMERGE orders:hll secret:hll")
	add("SORT with GET", "SORT orders:list BY nosort GET secret:*")
	add("SORT with GET of a hash's field", "SORT orders:list BY nosort GET # get secret:*->f")
	add("SORT with BY", "SORT orders:list BY secret:*")
	add("SORT_RO with GET", "SORT_RO orders:list BY nosort GET secret:*")
	add("SORT with STORE", "SORT orders:list STORE secret:list")
	add("SORT with several STORE", "SORT orders:list STORE orders:got store secret:list")
	add("SORT of a forbidden list", "SORT secret:list ALPHA")
	add("MIGRATE", "MIGRATE "+host+" "+port+" secret 0 1000 COPY REPLACE")
	all = append(all, theft{name: "MIGRATE with KEYS", bytes: command("MIGRATE", host, port, "", "0", "1000", "COPY", "REPLACE", "KEYS", "orders:1", "secret")})
	add("MIGRATE whose key is named KEYS", "MIGRATE "+host+" "+port+" KEYS 0 1000 COPY REPLACE KEYS secret")

	// Keys that are counted.
	add("LMPOP", "LMPOP 2 orders:nolist secret:list LEFT")
	add("ZMPOP", "ZMPOP 1 secret:zset MIN")
	add("BLMPOP", "BLMPOP 0 2 orders:nolist secret:list LEFT")
	add("BZMPOP", "BZMPOP 0 1 secret:zset MAX")
	for _, n := range []string{"0", "-1", "+1", "01", "9", "2147483648", "99999999999999999999", "1x", ""} {
		all = append(all, theft{name: "LMPOP of " + n + " keys", bytes: command("LMPOP", n, "secret:list", "LEFT"), inert: true, spoken: true})
		all = append(all, theft{name: "EVAL with " + n + " keys", bytes: command("EVAL", "return redis.call('get', KEYS[1] or 'secret')", n, "secret"), inert: true})
	}
	add("BLPOP of several", "BLPOP orders:nolist secret:list 0")
	add("BZPOPMIN", "BZPOPMIN orders:nozset secret:zset 0")

	// All keys.
	add("KEYS", "KEYS *")
	add("KEYS with a pattern that an allowed name has", "KEYS [os]*")
	add("SCAN", "SCAN 0 COUNT 1000")
	proven("RANDOMKEY", "RANDOMKEY", `\$\d+\r\n`)
	add("FLUSHALL", "FLUSHALL ASYNC")
	add("FLUSHDB", "FLUSHDB")
	add("SWAPDB brings what is elsewhere", "SWAPDB 0 1")
	add("SLOWLOG GET shows others' commands", "SLOWLOG GET 128")

	// Code.
	all = append(all,
		theft{name: "EVAL", bytes: command("EVAL", stealing, "0")},
		theft{name: "EVAL with an allowed key", bytes: command("EVAL", stealing, "1", "orders:1")},
		theft{name: "EVAL makes up the name", bytes: command("EVAL", "return redis.call('get', 'sec'..'ret')", "1", "orders:1")},
		theft{name: "EVAL_RO", bytes: command("eval_ro", stealing, "0")},
		theft{name: "EVAL with a shebang", bytes: command("EVAL", "#!lua flags=no-writes\n"+stealing, "0")},
		theft{name: "EVALSHA of a script that is there", bytes: command("EVALSHA", scriptSHA(stealing), "0")},
		theft{name: "EVALSHA in upper case", bytes: command("EVALSHA", strings.ToUpper(scriptSHA(stealing)), "0")},
		theft{name: "EVALSHA_RO", bytes: command("EVALSHA_RO", scriptSHA(stealing), "0")},
		theft{name: "SCRIPT LOAD, and EVALSHA", bytes: command("SCRIPT", "LOAD", stealing+" ") + command("EVALSHA", scriptSHA(stealing+" "), "0")},
		theft{name: "FCALL", bytes: words("FCALL steal 0")},
		theft{name: "FCALL_RO", bytes: words("fcall_ro steal 1 orders:1")},
		theft{name: "FUNCTION LOAD", bytes: command("FUNCTION", "LOAD", "#!lua name=more\nredis.register_function('more', function() return redis.call('get', 'secret') end)") + words("FCALL more 0")},
		theft{name: "FUNCTION FLUSH", bytes: words("FUNCTION FLUSH"), strict: true},
		theft{name: "FUNCTION DUMP", bytes: words("FUNCTION DUMP"), proof: "thief|steal", strict: true},
		theft{name: "MODULE LOAD", bytes: words("MODULE LOAD /secret.so"), inert: true},
	)

	// The server itself.
	strict := func(name, text, proof string) {
		all = append(all, theft{name: name, bytes: words(text), proof: proof, strict: true})
	}
	strict("CONFIG SET", "CONFIG SET maxmemory 123456789", "")
	strict("config in mixed case", "cOnFiG sEt maxmemory 123456789", "")
	strict("CONFIG GET", "CONFIG GET dir", `\$3\r\ndir`)
	strict("ACL SETUSER", "ACL SETUSER mallory on nopass ~* +@all", "")
	strict("ACL LIST", "ACL LIST", "user boss")
	strict("ACL DRYRUN tells rights", "ACL DRYRUN default GET orders:1", `^\+OK\r\n$`)
	strict("CLIENT LIST", "CLIENT LIST", "cmd=monitor")
	strict("CLIENT KILL of others", "CLIENT KILL TYPE normal SKIPME yes ID 999999", ":0")
	strict("CLIENT NO-EVICT", "CLIENT NO-EVICT on", `^\+OK\r\n$`)
	strict("LATENCY RESET", "LATENCY RESET", ":0")
	strict("FAILOVER", "FAILOVER ABORT", "No failover")
	strict("INFO", "INFO server", "redis_version")
	strict("LOLWUT", "LOLWUT VERSION 1", "Redis ver")
	all = append(all,
		theft{name: "REPLICAOF another server, which takes all keys away", bytes: words("REPLICAOF " + host + " " + port), alone: true},
		theft{name: "SLAVEOF", bytes: words("SLAVEOF " + host + " " + port), alone: true},
		theft{name: "DEBUG, which has undocumented parts", bytes: words("DEBUG SET-ACTIVE-EXPIRE 1"), proof: `^\+OK\r\n$`},
		theft{name: "SHUTDOWN", bytes: words("SHUTDOWN NOSAVE"), inert: true, strict: true},
		theft{name: "the proxy's own replacement for what it denies", bytes: words("SLUICE.DENIED secret"), inert: true},
		theft{name: "a command that is not there", bytes: words("GET_ secret"), inert: true},
		theft{name: "a subcommand that is not there", bytes: words("OBJECT NOTHING secret"), inert: true},
		theft{name: "the name of a subcommand with a bar", bytes: words("OBJECT|ENCODING secret"), inert: true},
		theft{name: "another command's name with a blank", bytes: command("GET secret"), inert: true},
		theft{name: "MIGRATE into the server itself", bytes: words("MIGRATE " + own + " " + ownPort + " secret 1 1 COPY"), inert: true},
	)
	return all
}
