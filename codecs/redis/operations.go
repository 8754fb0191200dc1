package redis

import (
	"strings"

	"github.com/sluice-proxy/sluice/codecs"
)

// told are the commands that metrics tell apart; the others are counted together. The statement table has all of them.
const told = `GET SET SETEX SETNX MGET MSET GETDEL GETEX APPEND STRLEN INCR INCRBY DECR DEL UNLINK EXISTS EXPIRE TTL TYPE SCAN KEYS
HGET HSET HMGET HGETALL HDEL HINCRBY LPUSH RPUSH LPOP RPOP LLEN LRANGE BLPOP BRPOP BLMOVE SADD SREM SMEMBERS SISMEMBER ZADD ZREM ZRANGE ZSCORE
XADD XREAD XREADGROUP XACK EVAL EVALSHA FCALL MULTI EXEC WATCH PUBLISH SUBSCRIBE PSUBSCRIBE PING AUTH HELLO SELECT INFO UNKNOWN`

// operations gives what metrics tell apart.
func operations() (all []codecs.Operation) {
	for _, name := range strings.Fields(told) {
		c := table.find([]byte(name))
		if c == nil {
			c = &unknown
		}
		all = append(all, codecs.Operation{Name: name, Class: classOf(c)})
	}
	return all
}

// classOf gives the class that a command's durations are counted in.
func classOf(c *command) codecs.Class {
	for _, x := range [...]struct {
		categories category
		class      codecs.Class
	}{
		{catTransaction, codecs.TransactionClass}, {catConnection | catPubSub, codecs.SessionClass},
		{catAdmin, codecs.MaintenanceClass}, {catWrite, codecs.WriteClass}, {catRead, codecs.ReadClass},
	} {
		if c.categories&x.categories != 0 {
			return x.class
		}
	}
	return codecs.OtherClass
}

// vocabulary lists the operations that rules may name.
func vocabulary() (names []string) {
	for _, rows := range [...][]command{keyed[:], keyless[:], newer[:]} {
		for i := range rows {
			names = append(names, operationOf(rows[i].name))
		}
	}
	return append(names, unknown.operation)
}

// errorClass gives the first word of an error, which the decoder took from a table.
func errorClass(code string) string {
	if code == "" {
		return "none"
	}
	return code
}

// errorCode gives the first word of the errors that the proxy itself tells.
func errorCode(r codecs.Reason) string {
	switch r {
	case codecs.Denied, codecs.NotAdmitted:
		return "NOPERM"
	}
	return "ERR"
}
