package redis_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/sluice-proxy/sluice/codecs"
	"github.com/sluice-proxy/sluice/codecs/codectest"
	"github.com/sluice-proxy/sluice/codecs/redis"
)

// What servers send.
const (
	okay       = "+OK\r\n"
	queued     = "+QUEUED\r\n"
	null       = "$-1\r\n"
	wrong      = "-ERR wrong\r\n"
	greeting   = "%1\r\n$6\r\nserver\r\n$5\r\nredis\r\n"
	attribute  = "|1\r\n+ttl\r\n:10\r\n"
	invalidate = ">2\r\n$10\r\ninvalidate\r\n*1\r\n$1\r\na\r\n"
)

func bulk(s string) string { return fmt.Sprintf("$%d\r\n%s\r\n", len(s), s) }

func array(elements ...string) string {
	return fmt.Sprintf("*%d\r\n%s", len(elements), strings.Join(elements, ""))
}

// pubsub is a message of pub/sub in RESP2.
func pubsub(kind, channel, last string) string { return array(bulk(kind), bulk(channel), last) }

var protocol = redis.Protocol

// greeted is a session in RESP3.
var greeted = codectest.Script{codectest.Client(cmd("HELLO", "3")), codectest.Server(greeting)}

func TestPromises(t *testing.T) {
	long := strings.Repeat("v", 33_000)
	codectest.Run(t, protocol, codectest.Options{
		Transcripts: os.DirFS("testdata"),
		Scripts: map[string]codectest.Script{
			"endless types": greeted.Then(codectest.Client(cmd("A"), cmd("B"), cmd("C"), cmd("D")),
				codectest.Server("*?\r\n:1\r\n*2\r\n+a\r\n+b\r\n.\r\n", "$?\r\n;4\r\nabcd\r\n;2\r\nef\r\n;0\r\n", "%?\r\n+k\r\n~?\r\n#t\r\n.\r\n.\r\n", "*?\r\n.\r\n")),
			"attributes and pushes": greeted.Then(codectest.Client(cmd("A"), cmd("B"), cmd("C")),
				codectest.Server(attribute, okay, invalidate, attribute, array(attribute+":1\r\n", bulk("x")), invalidate,
					array("+a\r\n", invalidate+"+b\r\n", "|0\r\n,1.5\r\n"))),
			"every type": greeted.Then(codectest.Client(strings.Repeat(cmd("A"), 13)),
				codectest.Server(okay, wrong, ":-5\r\n", bulk(""), "_\r\n", ",-inf\r\n", "#f\r\n", "!9\r\nERR wrong\r\n", "=7\r\ntxt:abc\r\n", "(123456789012345678901234567890\r\n",
					"~0\r\n", "%0\r\n", "*-1\r\n")),
			"nested": {codectest.Client(cmd("A"), cmd("B")), codectest.Server(strings.Repeat("*1\r\n", 3000), ":1\r\n", strings.Repeat("*2\r\n+x\r\n", 900), ":1\r\n")},
			"long arguments": {codectest.Client(cmd("HSET", "h", "f", long, "g", long), cmd("SET", "a", long), cmd("MSET", "a", long, "b", long),
				cmd("SET", "a", long, "EX", "10"), cmd(long, "x"), cmd("GET", long)), codectest.Server(":2\r\n", okay, okay, okay, wrong, null)},
			"long silent arguments":  {codectest.Client(cmd("CLIENT", "REPLY", "SKIP"), cmd("HSET", "h", "f", long, "g", long), cmd("PING")), codectest.Server(okay)},
			"long line":              {codectest.Client(cmd("A"), cmd("B")), codectest.Server("+", strings.Repeat("x", 140_000), "\r\n", array(":1\r\n", "+"+long+long+"\r\n", ":2\r\n"))},
			"long monitor line":      {codectest.Client(cmd("MONITOR")), codectest.Server(okay, "+1.000000 [0 a] ", strings.Repeat("x", 70_000), "\r\n+2.000000 [0 a] \"b\"\r\n")},
			"long array":             {codectest.Client(cmd("A"), cmd("B")), codectest.Server(longArray(7000), okay)},
			"more than one line end": {codectest.Client("\r\n\n\r\nPING\n"), codectest.Server("+a\nb\rc\r\n")},
			"silence behind what is owed": {codectest.Client(cmd("GET", "a"), cmd("CLIENT", "REPLY", "OFF"), strings.Repeat(cmd("SET", "a", "1"), 40), cmd("CLIENT", "REPLY", "ON"), cmd("GET", "b")),
				codectest.Server(bulk("1"), okay, null)},
			"an error ends a subscription":        {codectest.Client(cmd("SUBSCRIBE", "a", "b"), cmd("PING")), codectest.Server(pubsub("subscribe", "a", ":1\r\n"), wrong, okay)},
			"a subscription that is not answered": {codectest.Client(cmd("SUBSCRIBE", "a", "b"), cmd("GET", "x")), codectest.Server(pubsub("subscribe", "a", ":1\r\n"), null)},
			"a stream":                            {codectest.Client(cmd("PSYNC", "?", "-1")), codectest.Server("\n\n+CONTINUE\r\n*1\r\n$4\r\nPING\r\n"), codectest.Client("\n", cmd("REPLCONF", "ACK", "1"))},
		},
		Hostile: map[string]codectest.Script{
			"value":          {codectest.Client("*3\r\n$3\r\nSET\r\n$1\r\na\r\n$2000000000\r\n")},
			"key":            {codectest.Client("*2\r\n$3\r\nGET\r\n$2000000000\r\n")},
			"name":           {codectest.Client("*2\r\n$2000000000\r\n")},
			"arguments":      {codectest.Client("*2000000000\r\n$3\r\nDEL\r\n")},
			"inline":         {codectest.Client("GET ")},
			"length":         {codectest.Client("*1")},
			"reply":          {codectest.Client(cmd("GET", "a")), codectest.Server("$2000000000\r\n")},
			"array":          {codectest.Client(cmd("GET", "a")), codectest.Server("*2000000000\r\n$1000000000\r\n")},
			"line":           {codectest.Client(cmd("GET", "a")), codectest.Server("+")},
			"error":          {codectest.Client(cmd("GET", "a")), codectest.Server("-ERR ")},
			"unasked":        {codectest.Server(">2\r\n$7\r\nmessage\r\n$2000000000\r\n")},
			"reply's length": {codectest.Client(cmd("GET", "a")), codectest.Server("*")},
		},
		Steady: map[string]codectest.Steady{
			"get":      {Loop: codectest.Script{codectest.Client(cmd("GET", "key:1")), codectest.Server(bulk("value"))}},
			"set":      {Loop: codectest.Script{codectest.Client(cmd("SET", "key:1", "value", "EX", "10")), codectest.Server(okay)}},
			"mget":     {Loop: codectest.Script{codectest.Client(cmd("MGET", "a", "b", "c", "d", "e", "f", "g", "h")), codectest.Server(longArray(8))}},
			"error":    {Loop: codectest.Script{codectest.Client(cmd("LPUSH", "a", "b")), codectest.Server("-WRONGTYPE Operation against a key\r\n")}},
			"pipeline": {Loop: codectest.Script{codectest.Client(strings.Repeat(cmd("INCR", "a"), 100)), codectest.Server(strings.Repeat(":1\r\n", 100))}},
			"mixed": {Loop: codectest.Script{codectest.Client(cmd("INCR", "a"), cmd("SELECT", "3"), cmd("BLPOP", "l", "0"), cmd("SELECT", "0")),
				codectest.Server(":1\r\n", okay, "*-1\r\n", okay)}},
			"multi": {Loop: codectest.Script{codectest.Client(cmd("MULTI"), cmd("INCR", "a"), cmd("EXEC")), codectest.Server(okay, queued, array(":1\r\n"))}},
			"cut":   {Loop: codectest.Script{codectest.Client("*1\r\n$4\r"), codectest.Client("\nPING\r\n"), codectest.Server("+PO"), codectest.Server("NG\r\n")}},
			"inline": {Prelude: codectest.Script{codectest.Client("GET \"key:1\"\r\n"), codectest.Server(null)},
				Loop: codectest.Script{codectest.Client("GET \"key:1\"\r\n"), codectest.Server(null)}},
			"pushes": {Prelude: greeted, Loop: codectest.Script{codectest.Server(invalidate, invalidate)}},
			"long":   {Loop: codectest.Script{codectest.Client(cmd("HSET", "h", "f", long, "g", long)), codectest.Server(longArray(7000))}},
		},
		Malformed: map[string]codectest.Malformed{
			"count":               {Script: codectest.Script{codectest.Client(cmd("PING"), "*x\r\n")}, Err: codecs.ErrMalformed, Offset: 14},
			"leading zero":        {Script: codectest.Script{codectest.Client("*01\r\n")}, Err: codecs.ErrMalformed},
			"plus":                {Script: codectest.Script{codectest.Client("*+1\r\n")}, Err: codecs.ErrMalformed},
			"no line feed":        {Script: codectest.Script{codectest.Client("*1\rx")}, Err: codecs.ErrMalformed},
			"no bulk string":      {Script: codectest.Script{codectest.Client("*1\r\n:1\r\n")}, Err: codecs.ErrMalformed},
			"negative length":     {Script: codectest.Script{codectest.Client("*1\r\n$-1\r\n")}, Err: codecs.ErrMalformed},
			"huge length":         {Script: codectest.Script{codectest.Client("*1\r\n$999999999999999999\r\n")}, Err: codecs.ErrMalformed},
			"too many arguments":  {Script: codectest.Script{codectest.Client("*2147483648\r\n")}, Err: codecs.ErrMalformed},
			"long argument":       {Script: codectest.Script{codectest.Client("*3\r\n$1\r\na\r\n$33000\r\n", long, "\r\n$x\r\n")}, Err: codecs.ErrMalformed, Offset: 33021},
			"quotes":              {Script: codectest.Script{codectest.Client("GET \"a\r\n")}, Err: codecs.ErrMalformed},
			"a zero byte":         {Script: codectest.Script{codectest.Client("GET a\x00b\r\n")}, Err: codecs.ErrMalformed},
			"long line":           {Script: codectest.Script{codectest.Client(strings.Repeat("x", 64<<10))}, Err: codecs.ErrTooLarge},
			"type of a reply":     {Script: codectest.Script{codectest.Server(okay, "HTTP")}, Err: codecs.ErrMalformed, Dir: codecs.FromServer, Offset: 5},
			"length of a reply":   {Script: codectest.Script{codectest.Server("$x\r\n")}, Err: codecs.ErrMalformed, Dir: codecs.FromServer},
			"end of nothing":      {Script: codectest.Script{codectest.Server(".\r\n")}, Err: codecs.ErrMalformed, Dir: codecs.FromServer},
			"depth":               {Script: codectest.Script{codectest.Server(strings.Repeat("*2\r\n", 2000))}, Err: codecs.ErrTooLarge, Dir: codecs.FromServer},
			"password in silence": {Script: codectest.Script{codectest.Client(cmd("CLIENT", "REPLY", "SKIP"), cmd("AUTH", "p"))}, Err: codecs.ErrUnsupported, Offset: 37},
			"password after it": {Script: codectest.Script{codectest.Client(cmd("CLIENT", "REPLY", "OFF"), cmd("CLIENT", "REPLY", "ON"), cmd("AUTH", "p"))},
				Err: codecs.ErrUnsupported, Offset: 71},
			"password after MONITOR": {Script: codectest.Script{codectest.Client(cmd("MONITOR"), cmd("HELLO", "3", "AUTH", "u", "p"))}, Err: codecs.ErrUnsupported, Offset: 17},
			"password in MULTI":      {Script: codectest.Script{codectest.Client(cmd("MULTI"), cmd("AUTH", "u", "p"))}, Err: codecs.ErrUnsupported, Offset: 15},
			"subscription in MULTI":  {Script: codectest.Script{codectest.Client(cmd("MULTI"), cmd("SUBSCRIBE", "a"))}, Err: codecs.ErrUnsupported, Offset: 15},
			"silence in MULTI":       {Script: codectest.Script{codectest.Client(cmd("MULTI"), cmd("CLIENT", "REPLY", "OFF"))}, Err: codecs.ErrUnsupported, Offset: 15},
			"command in a stream": {Script: codectest.Script{codectest.Client(cmd("SYNC")), codectest.Server("$1\r\n"), codectest.Client(cmd("GET", "a"))},
				Err: codecs.ErrUnsupported, Offset: 14},
			"no user":       {Script: codectest.Script{codectest.Client(cmd("AUTH", "", "p"))}, Err: codecs.ErrTooLarge},
			"huge user":     {Script: codectest.Script{codectest.Client(cmd("AUTH", long, "p"))}, Err: codecs.ErrTooLarge},
			"huge greeting": {Script: codectest.Script{codectest.Client(cmd("HELLO", "3", "SETNAME", long))}, Err: codecs.ErrTooLarge},
			"long user":     {Script: codectest.Script{codectest.Client(cmd("AUTH", strings.Repeat("u", 2000), "p"))}, Err: codecs.ErrTooLarge},
		},
		Unknown: map[string]codectest.Script{"a reply to nothing": {codectest.Client(cmd("PING")), codectest.Server(okay, okay)}},
	})
}

// longArray is a reply of n short strings.
func longArray(n int) string { return fmt.Sprintf("*%d\r\n%s", n, strings.Repeat(bulk("12345"), n)) }

func FuzzDecoder(f *testing.F) {
	codectest.Fuzz(f, protocol, os.DirFS("testdata"), greeted,
		codectest.Script{codectest.Client(cmd("MULTI"), cmd("SELECT", "1"), cmd("EXEC")), codectest.Server(okay, queued, array(okay))},
		codectest.Script{codectest.Client(cmd("CLIENT", "REPLY", "OFF"), cmd("GET", "a"), cmd("CLIENT", "REPLY", "ON")), codectest.Server(okay)},
		codectest.Script{codectest.Client(cmd("SUBSCRIBE", "a", "b")), codectest.Server(pubsub("subscribe", "a", ":1\r\n"), pubsub("subscribe", "b", ":2\r\n"))})
}

// words are the requests and replies that FuzzDialogue puts together.
var words = []codectest.Flow{
	codectest.Client(cmd("GET", "a")), codectest.Client(cmd("SET", "a", strings.Repeat("v", 80))), codectest.Client(cmd("HSET", "a", strings.Repeat("v", 80), "x")),
	codectest.Client(cmd("AUTH", "u", "p")), codectest.Client(cmd("HELLO", "3", "AUTH", "u", "p")), codectest.Client(cmd("HELLO", "2")), codectest.Client(cmd("SELECT", "7")),
	codectest.Client(cmd("RESET")), codectest.Client(cmd("MULTI")), codectest.Client(cmd("EXEC")), codectest.Client(cmd("DISCARD")), codectest.Client(cmd("WATCH", "a")),
	codectest.Client(cmd("SUBSCRIBE", "a", "b")), codectest.Client(cmd("UNSUBSCRIBE")), codectest.Client(cmd("PSUBSCRIBE", "a*")), codectest.Client(cmd("PUNSUBSCRIBE", "a*")),
	codectest.Client(cmd("MONITOR")), codectest.Client(cmd("CLIENT", "REPLY", "OFF")), codectest.Client(cmd("CLIENT", "REPLY", "SKIP")), codectest.Client(cmd("CLIENT", "REPLY", "ON")),
	codectest.Client(cmd("PSYNC", "?", "-1")), codectest.Client(cmd("REPLCONF", "ACK", "1")), codectest.Client("PING\r\n"), codectest.Client("\r\n"), codectest.Client(cmd("QUIT")),
	codectest.Server(okay), codectest.Server(okay), codectest.Server(queued), codectest.Server(null), codectest.Server(wrong), codectest.Server("-NOAUTH x\r\n"),
	codectest.Server("+RESET\r\n"), codectest.Server(greeting), codectest.Server(array(okay, okay)), codectest.Server("*-1\r\n"), codectest.Server(bulk("v")),
	codectest.Server(pubsub("subscribe", "a", ":1\r\n")), codectest.Server(pubsub("subscribe", "b", ":2\r\n")), codectest.Server(pubsub("unsubscribe", "a", ":0\r\n")),
	codectest.Server(pubsub("message", "a", bulk("m"))), codectest.Server(pubsub("punsubscribe", "a*", ":0\r\n")), codectest.Server(invalidate), codectest.Server(attribute),
	codectest.Server("+1.000000 [0 a] \"b\"\r\n"), codectest.Server("+CONTINUE\r\n"), codectest.Server("\n"), codectest.Server(longArray(20)), codectest.Server("*?\r\n:1\r\n.\r\n"),
}

func dialogue(indexes []byte) (s codectest.Script) {
	for _, i := range indexes {
		s = append(s, words[int(i)%len(words)])
	}
	return s
}

// FuzzDialogue plays requests and replies in any order, likely ones and impossible ones.
func FuzzDialogue(f *testing.F) {
	f.Add(true, []byte{0, 17, 0, 19, 0, 28, 25, 28})
	f.Add(true, []byte{8, 6, 9, 25, 27, 33, 0, 35})
	f.Add(false, []byte{12, 14, 36, 37, 39, 13, 38, 0})
	f.Add(false, []byte{20, 45, 44, 21, 39, 23})
	f.Add(false, []byte("!\t\b\x84\a\x19\x1b\x00#\x84\b\x06\t\x19\x1b!")) // a RESET that was queued
	f.Fuzz(func(t *testing.T, each bool, data []byte) {
		codectest.Compare(t, protocol, codecs.Limits{Inspect: 60, InspectReply: 64, EachReply: each, Effects: each}, dialogue(data[:min(len(data), 60)]), uint64(len(data)))
	})
}
