package redis_test

import (
	"strings"
	"time"
)

// scenarios are what TestRecord plays against a real server.
var scenarios = map[string]func(*session){
	"strings": func(s *session) {
		s.ask("SET", "a", "1")
		s.ask("GET", "a")
		s.ask("GET", "nothing")
		s.ask("set", "a", "2", "GET")
		s.ask("INCR", "a")
		s.ask("MSET", "a", "1", "b", "2")
		s.ask("MGET", "a", "b", "c")
		s.ask("DEL", "a", "b")
		s.ask("PING")
		s.ask("ECHO", "")
		s.ask("QUIT")
		s.end()
	},
	"pipeline": func(s *session) {
		s.send(cmd("SET", "a", "1"), cmd("GET", "a"), cmd("NOSUCH", "a"), cmd("LPUSH", "a", "x"), cmd("RPUSH", "l", "x", "y", "z"), cmd("LRANGE", "l", "0", "-1"),
			cmd("SELECT", "3"), cmd("GET", "a"), cmd("SELECT", "9999"), cmd("GET", "a"), cmd("PING"))
		s.until(11)
		s.send(strings.Repeat(cmd("INCR", "n"), 50))
		s.until(50)
	},
	"errors": func(s *session) {
		s.ask("NOSUCH")
		s.ask("CONFIG")
		s.ask("CONFIG", "NOSUCH")
		s.ask("GET")
		s.ask("GET", "a", "b")
		s.ask("RPUSH", "l", "x")
		s.ask("GET", "l")
		s.ask("EVALSHA", strings.Repeat("0", 40), "0")
		s.ask("SELECT", "x")
		s.ask("HELLO", "9")
		s.ask("AUTH", "nobody", "wrong")
		s.ask("AUTH", "a", "b", "c")
		s.ask("EXEC")
		s.ask("CLIENT", "REPLY", "PERHAPS")
	},
	"multi": func(s *session) {
		s.ask("MULTI")
		s.ask("SET", "a", "1")
		s.ask("GET", "a")
		s.ask("LPUSH", "a", "x")
		s.ask("EXEC")
		s.ask("MULTI")
		s.ask("NOSUCH", "a")
		s.ask("SET", "a", "2")
		s.ask("EXEC")
		s.ask("MULTI")
		s.ask("MULTI")
		s.ask("DISCARD")
		s.ask("DISCARD")
		s.send(cmd("MULTI"), cmd("SET", "a", "3"), cmd("EXEC"), cmd("GET", "a"))
		s.until(4)
		s.ask("MULTI")
		s.ask("EXEC")
	},
	"watch": func(s *session) {
		s.ask("WATCH", "a", "b")
		dial(s.t).ask("SET", "a", "other")
		s.ask("MULTI")
		s.ask("SET", "a", "1")
		s.ask("EXEC")
		s.ask("WATCH", "a")
		s.ask("UNWATCH")
		s.ask("WATCH", "a")
		s.ask("MULTI")
		s.ask("WATCH", "b")
		s.ask("UNWATCH")
		s.ask("EXEC")
	},
	"multi_settles": func(s *session) {
		s.ask("MULTI")
		s.ask("SELECT", "2")
		s.ask("SET", "a", "1")
		s.ask("SELECT", "1")
		s.ask("SELECT", "9999")
		s.ask("HELLO", "3")
		s.ask("EXEC")
		s.ask("GET", "a")
		s.ask("MULTI")
		s.ask("SELECT", "5")
		s.ask("RESET")
		s.ask("PING")
	},
	"hello": func(s *session) {
		s.ask("HELLO")
		s.ask("HELLO", "3")
		s.ask("GET", "nothing")
		s.ask("HSET", "h", "f", "v")
		s.ask("HGETALL", "h")
		s.ask("SADD", "s", "m")
		s.ask("SMEMBERS", "s")
		s.ask("ZADD", "z", "1.5", "m")
		s.ask("ZSCORE", "z", "m")
		s.ask("HELLO", "3", "AUTH", "app", "secret", "SETNAME", "worker")
		s.ask("CLIENT", "GETNAME")
		s.ask("HELLO", "2")
		s.ask("CLIENT", "SETNAME", "other")
		s.ask("RESET")
		s.ask("CLIENT", "GETNAME")
	},
	"auth": func(s *session) {
		s.ask("AUTH", "app", "wrong")
		s.ask("AUTH", "app", "secret")
		s.ask("GET", "app:a")
		s.ask("GET", "other")
		s.ask("FLUSHALL")
		s.ask("CLIENT", "REPLY", "OFF")
		s.ask("PING")
		s.send(cmd("CLIENT", "REPLY", "SKIP"), cmd("PING"))
		s.until(2)
		s.ask("CLIENT", "SETINFO", "lib-name", "jedis")
	},
	"noauth": func(s *session) {
		admin := dial(s.t)
		admin.ask("ACL", "SETUSER", "default", ">pw", "resetpass", ">pw")
		defer admin.ask("ACL", "SETUSER", "default", "nopass")
		s.connect() // again, now that there is a password
		s.ask("GET", "a")
		s.ask("NOSUCH", "a")
		s.ask("HELLO", "3")
		s.ask("AUTH", "wrong")
		s.ask("AUTH", "pw")
		s.ask("GET", "a")
		s.ask("HELLO", "3", "AUTH", "default", "pw")
		s.ask("RESET")
		s.ask("GET", "a")
		s.send("*11\r\n")
		s.end()
	},
	"noauth_bulk": func(s *session) {
		admin := dial(s.t)
		admin.ask("ACL", "SETUSER", "default", "resetpass", ">pw")
		defer admin.ask("ACL", "SETUSER", "default", "nopass")
		s.connect() // again, now that there is a password
		s.ask("PING")
		s.send("*2\r\n$4\r\nPING\r\n$16385\r\n", strings.Repeat("x", 500))
		s.end()
	},
	"subscribe2": func(s *session) {
		s.ask("PING")
		s.send(cmd("SUBSCRIBE", "news", "other", "news"), cmd("PSUBSCRIBE", "n*"))
		s.until(4)
		other := dial(s.t)
		other.ask("PUBLISH", "news", "first")
		s.until(2)
		s.ask("PING")
		s.ask("PING", "x")
		s.ask("GET", "a")
		s.ask("SSUBSCRIBE", "shard")
		other.ask("SPUBLISH", "shard", "second")
		s.until(1)
		s.send(cmd("UNSUBSCRIBE"))
		s.until(2)
		s.send(cmd("UNSUBSCRIBE"), cmd("PUNSUBSCRIBE", "n*", "m*"), cmd("SUNSUBSCRIBE"))
		s.until(4)
		s.ask("RPUSH", "l", "message", "x", "y")
		s.ask("LRANGE", "l", "0", "-1")
		s.ask("SUBSCRIBE", "news")
		s.ask("RESET")
		s.ask("LRANGE", "l", "0", "-1")
	},
	"subscribe3": func(s *session) {
		s.ask("HELLO", "3")
		s.send(cmd("SUBSCRIBE", "news", "other"), cmd("GET", "a"), cmd("PSUBSCRIBE", "n*"))
		s.until(4)
		other := dial(s.t)
		other.ask("PUBLISH", "news", "first")
		s.until(2)
		s.ask("PING")
		s.ask("SUBSCRIBE")
		s.send(cmd("UNSUBSCRIBE"), cmd("PING"))
		s.until(3)
		s.send(cmd("PUNSUBSCRIBE"), cmd("PUNSUBSCRIBE"), cmd("PING"))
		s.until(3)
	},
	"subscribe_denied": func(s *session) {
		s.ask("AUTH", "app", "secret")
		s.ask("SUBSCRIBE", "app:1", "news")
		s.ask("PING")
		s.ask("SUBSCRIBE", "app:1")
		s.ask("UNSUBSCRIBE", "app:1")
	},
	"monitor": func(s *session) {
		s.ask("MONITOR")
		other := dial(s.t)
		other.ask("SET", "a", "1")
		other.ask("GET", "a")
		s.until(2)
		s.ask("RESET")
		s.ask("PING")
	},
	"reply_off": func(s *session) {
		s.send(cmd("GET", "a"), cmd("CLIENT", "REPLY", "OFF"), cmd("SET", "a", "1"), cmd("SELECT", "1"))
		s.until(1)
		s.silent(cmd("SET", "b", "1"))
		s.silent(cmd("NOSUCH"))
		s.ask("CLIENT", "REPLY", "ON")
		s.ask("GET", "b")
		s.send(cmd("GET", "b"), cmd("CLIENT", "REPLY", "SKIP"), cmd("SET", "b", "1"), cmd("GET", "b"))
		s.until(2)
		s.silent(cmd("CLIENT", "REPLY", "SKIP"))
		s.silent(cmd("CLIENT", "REPLY", "SKIP"))
		s.silent(cmd("GET", "b"))
		s.ask("GET", "b")
		s.silent(cmd("CLIENT", "REPLY", "OFF"), cmd("MULTI"), cmd("SET", "a", "1"), cmd("EXEC"))
		s.ask("RESET")
		s.ask("GET", "b")
	},
	"reply_off_refused": func(s *session) {
		s.ask("AUTH", "app", "secret")
		s.send(cmd("CLIENT", "REPLY", "OFF"), cmd("GET", "app:a"), cmd("SET", "app:a", "1"), cmd("PING"))
		s.until(4)
		s.send(cmd("CLIENT", "REPLY", "SKIP"), cmd("GET", "app:a"), cmd("PING"))
		s.until(3)
	},
	"reply_off_subscribed": func(s *session) {
		s.silent(cmd("CLIENT", "REPLY", "OFF"))
		s.send(cmd("SUBSCRIBE", "news"))
		s.until(1)
		dial(s.t).ask("PUBLISH", "news", "first")
		s.until(1)
		s.send(cmd("UNSUBSCRIBE", "news"))
		s.until(1)
		s.ask("CLIENT", "REPLY", "ON")
		s.ask("PING")
	},
	"tracking": func(s *session) {
		s.ask("HELLO", "3")
		s.ask("CLIENT", "TRACKING", "ON")
		s.ask("GET", "a")
		dial(s.t).ask("SET", "a", "1")
		s.until(1)
		s.send(cmd("GET", "a"), cmd("GET", "b"))
		s.until(2)
		dial(s.t).ask("FLUSHALL")
		s.until(1)
		s.ask("CLIENT", "TRACKING", "OFF")
		s.ask("CLIENT", "TRACKING", "ON", "BCAST", "PREFIX", "a")
		s.send(cmd("SET", "ab", "1"))
		s.until(2)
	},
	"blocking": func(s *session) {
		s.send(cmd("BLPOP", "l", "5"), cmd("PING"))
		time.Sleep(50 * time.Millisecond)
		dial(s.t).ask("RPUSH", "l", "x")
		s.until(2)
		s.ask("BLPOP", "l", "0.01")
		s.ask("WAIT", "0", "0")
		s.ask("XADD", "st", "1-1", "f", "v")
		s.ask("XREAD", "COUNT", "1", "BLOCK", "10", "STREAMS", "st", "0")
	},
	"scripts": func(s *session) {
		s.ask("EVAL", "return {1,'two',{3,{4}},false,redis.status_reply('fine')}", "0")
		s.ask("EVAL", "return redis.call('SET', KEYS[1], ARGV[1])", "1", "a", "1")
		s.ask("SCRIPT", "LOAD", "return 1")
		s.ask("EVALSHA", "e0e1f9fabfc9d4800c877a703b823ac0578ff8db", "0")
		s.ask("EVAL", "return redis.error_reply('MINE it went wrong')", "0")
		s.ask("FUNCTION", "LOAD", "REPLACE", "#!lua name=lib\nredis.register_function('f', function(keys, args) return 1 end)")
		s.ask("FCALL", "f", "1", "a")
		s.ask("FUNCTION", "LIST")
	},
	"big": func(s *session) {
		big := strings.Repeat("v", 33_000)
		s.ask("HSET", "h", "f", big, "g", big, "h", "short")
		s.ask("HMGET", "h", "f", "g", "h")
		s.ask("PING")
	},
	"types3": func(s *session) {
		s.ask("HELLO", "3")
		for _, typ := range []string{"string", "integer", "double", "null", "array", "set", "map", "attrib", "push", "verbatim", "true", "false", "bignum"} {
			s.send(cmd("DEBUG", "PROTOCOL", typ))
			if s.until(1); typ == "push" {
				s.until(1)
			}
		}
		s.ask("EVAL", "redis.setresp(3); return {double=3.5}", "0")
		s.ask("EVAL", "redis.setresp(3); return {map={a=1}}", "0")
		s.ask("COMMAND", "DOCS", "GET")
	},
	"types2": func(s *session) {
		for _, typ := range []string{"string", "double", "null", "set", "map", "attrib", "push", "verbatim", "true", "bignum"} {
			s.ask("DEBUG", "PROTOCOL", typ)
		}
		s.ask("COMMAND", "INFO", "GET", "NOSUCH")
		s.ask("LRANGE", "nothing", "0", "-1")
	},
	"inline": func(s *session) {
		s.send("PING\r\n")
		s.until(1)
		s.send("set a \"x\\x41\\n\" \n")
		s.until(1)
		s.send("\r\n\r\n*0\r\n*-1\r\n  GET   'a'  \r\n")
		s.until(1)
		s.send("\"\\x47ET\" a\r\nPING\r\n", cmd("PING"))
		s.until(3)
	},
	"protocol_error": func(s *session) {
		s.ask("PING")
		s.send("*1\r\nPING\r\n")
		s.end()
	},
	"protocol_error_quotes": func(s *session) {
		s.send("SET a \"b\r\n")
		s.end()
	},
	"psync": func(s *session) {
		s.ask("PING")
		s.ask("REPLCONF", "listening-port", "6380")
		s.ask("REPLCONF", "capa", "eof", "capa", "psync2")
		s.send(cmd("PSYNC", "?", "-1"))
		s.rest(50)
		time.Sleep(300 * time.Millisecond) // for the snapshot to be done
		dial(s.t).ask("SET", "a", "1")
		s.rest(30)
		s.send(cmd("REPLCONF", "ACK", "14"))
		time.Sleep(20 * time.Millisecond)
	},
	"sync": func(s *session) {
		s.send(cmd("SYNC"))
		s.rest(50)
	},
	// What the server does with the requests that stand in for a denied one (deny.go).
	"refused": func(s *session) {
		denied, exec := cmd("SLUICE.DENIED"), cmd("EXEC", "DENIED")
		s.send(denied, cmd("PING"), exec)
		s.until(3)
		s.send(cmd("MULTI"), cmd("SET", "a", "1"), denied, cmd("EXEC"), cmd("GET", "a"))
		s.until(5)
		s.send(cmd("MULTI"), cmd("SET", "a", "1"), exec, cmd("GET", "a"), cmd("EXEC"))
		s.until(5)
		s.send(cmd("CLIENT", "REPLY", "SKIP"), denied, cmd("PING"))
		s.until(1)
		s.send(cmd("CLIENT", "REPLY", "OFF"), denied, cmd("CLIENT", "REPLY", "ON"), cmd("PING"))
		s.until(2)
		s.send(cmd("SUBSCRIBE", "a"), denied)
		s.until(2)
	},
	"killed": func(s *session) {
		s.ask("CLIENT", "ID")
		id := strings.TrimPrefix(s.last, ":")
		s.send(cmd("BLPOP", "l", "0"))
		time.Sleep(30 * time.Millisecond)
		dial(s.t).ask("CLIENT", "KILL", "ID", id)
		s.end()
	},
}

// rest reads what the server sends, at least n bytes.
func (s *session) rest(n int) {
	s.t.Helper()
	if _, err := s.in.Peek(1); err != nil {
		s.t.Fatal(err)
	}
	for n > 0 {
		k := max(s.in.Buffered(), 1)
		if _, err := s.in.Discard(k); err != nil {
			s.t.Fatal(err)
		}
		n -= k
	}
	time.Sleep(50 * time.Millisecond)
}
