package redis

import "math"

// seeks has the reads whose answer tells whether what they asked for was there: seeksOne, or, if they ask for each of their arguments from some number on, that
// number. Reads of ranges and of members are not among them, for an empty answer may mean either.
//
// The server's keyspace_hits and keyspace_misses count keys. These numbers are the same for all commands but HGET, HMGET, LINDEX, ZMSCORE and ZSCORE, which look for
// something within a key: the server counts a hit if the key is there, and here what matters is what the client got.
var seeks = map[string]int8{
	"GET": seeksOne, "GETEX": seeksOne, "GETDEL": seeksOne, "GETSET": seeksOne, "DUMP": seeksOne, "TYPE": seeksOne,
	"HGETALL": seeksOne, "HKEYS": seeksOne, "HVALS": seeksOne, "SMEMBERS": seeksOne, // empty ones do not exist
	"HLEN": seeksOne, "LLEN": seeksOne, "SCARD": seeksOne, "ZCARD": seeksOne,
	"HGET": seeksOne, "LINDEX": seeksOne, "ZSCORE": seeksOne,
	"EXISTS": 1, "MGET": 1, "HMGET": 2, "ZMSCORE": 2,
}

const seeksOne = -1

// sought gives how many things a request of c with n arguments, the name among them, asks for.
func (c *command) sought(n int) int32 {
	if c.seeks == seeksOne {
		return 1
	}
	return toCount(int64(n) - int64(c.seeks))
}

// found gives how many things the reply at hand, of so many rows, brings: the number that it is, or its elements that are not null.
func (r *reader) found(rows int64) int32 {
	switch r.kind {
	case ':':
		n, _ := parseInt(r.text)
		return toCount(n)
	case '+': // TYPE's answer
		if string(r.text) == "none" {
			return 0
		}
		return 1
	}
	return toCount(rows - r.nulls)
}

// toCount gives n as a count.
func toCount(n int64) int32 { return int32(min(max(n, 0), math.MaxInt32)) }
