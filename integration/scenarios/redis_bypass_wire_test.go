package scenarios_test

import (
	"crypto/sha1"
	"encoding/hex"
	"fmt"
	"strings"
)

// scriptSHA is the name that the server gives a script.
func scriptSHA(text string) string {
	sum := sha1.Sum([]byte(text))
	return hex.EncodeToString(sum[:])
}

// stateThefts go by what a session remembers, and by what others do.
func stateThefts() []theft {
	return []theft{
		{name: "in MULTI", bytes: words("MULTI") + words("GET secret") + words("EXEC"), alone: true},
		{name: "MULTI, and an EXEC that has an argument", bytes: words("MULTI") + words("GET secret") + words("EXEC x") + words("EXEC"), alone: true, inert: true},
		{name: "MULTI, DISCARD, and on", bytes: words("MULTI") + words("DISCARD") + words("GET secret"), alone: true},
		{name: "MULTI, and a SELECT that counts behind EXEC", bytes: words("MULTI") + words("SELECT 1") + words("EXEC") + words("GET orders:hidden"), alone: true},
		{name: "WATCH tells of changes", bytes: words("WATCH secret"), alone: true},
		{name: "SELECT", bytes: words("SELECT 1"), again: words("GET orders:hidden"), alone: true},
		{name: "SELECT and GET in one piece", bytes: words("SELECT 1") + words("GET orders:hidden"), alone: true},
		{name: "SELECT, GET and SELECT in one piece", bytes: words("SELECT 1") + words("GET orders:hidden") + words("SELECT 0"), alone: true},
		{name: "SELECT and MULTI", bytes: words("SELECT 1") + words("MULTI") + words("GET orders:hidden") + words("EXEC"), alone: true},
		{name: "SELECT behind CLIENT REPLY SKIP", bytes: words("CLIENT REPLY SKIP") + words("SELECT 1") + words("GET orders:hidden"), alone: true},
		{name: "SELECT behind CLIENT REPLY OFF", bytes: words("CLIENT REPLY OFF") + words("SELECT 1") + words("CLIENT REPLY ON") + words("GET orders:hidden"), alone: true},
		{name: "a SELECT that fails behind one that works", bytes: words("SELECT 1") + words("SELECT 99"), again: words("GET orders:hidden"), alone: true},
		{name: "SELECT inline", bytes: "select '1'\r\nget orders:hidden\r\n", alone: true},
		{name: "MOVE from another database", bytes: words("SELECT 1") + words("MOVE orders:hidden 0") + words("SELECT 0") + words("GET orders:hidden"), alone: true},
		{name: "COPY from another database", bytes: words("SELECT 1") + words("COPY orders:hidden orders:here DB 0") + words("SELECT 0") + words("GET orders:here"), alone: true},
		{name: "CLIENT REPLY OFF, and a write that is not answered", bytes: words("CLIENT REPLY OFF") + words("SET secret x"), alone: true},
		{name: "CLIENT REPLY SKIP, and a write that is not answered", bytes: words("CLIENT REPLY SKIP") + words("SET secret x") + words("GET secret"), alone: true},
		{name: "behind QUIT", bytes: words("QUIT") + words("GET secret"), inert: true, alone: true},
		{name: "behind a QUIT that has an argument", bytes: words("QUIT x") + words("GET secret"), inert: true, alone: true},
		{name: "behind RESET", bytes: words("RESET") + words("GET secret"), alone: true},
		{name: "behind HELLO 3", bytes: words("HELLO 3") + words("GET secret"), alone: true},
		{name: "HELLO 3 AUTH as another user", bytes: words("HELLO 3 AUTH boss boss") + words("GET secret"), alone: true},
		{name: "AUTH as another user", bytes: words("AUTH boss boss"), again: words("GET secret"), alone: true},
		{name: "AUTH and GET in one piece", bytes: words("AUTH boss boss") + words("GET secret"), alone: true},
		{name: "AUTH, RESET and GET in one piece", bytes: words("AUTH boss boss") + words("RESET") + words("GET secret"), alone: true},
		{name: "a pipeline with the forbidden request in its middle", bytes: strings.Repeat(words("GET orders:1"), 50) + words("GET secret") + strings.Repeat(words("GET orders:1"), 50)},
		{name: "a request behind an error", bytes: words("LPUSH orders:1 x") + words("GET secret")},
		{name: "a request behind a command that is not there", bytes: words("NOTHING x") + words("GET secret"), alone: true},
		{name: "a request behind one that waits", bytes: words("BLPOP orders:nolist 0.01") + words("GET secret"), then: "PING"},

		{name: "PUBLISH on a forbidden channel", bytes: words("PUBLISH private x")},
		{name: "SPUBLISH on a forbidden channel", bytes: words("SPUBLISH private:secret x")},
		{name: "SUBSCRIBE to a forbidden channel", bytes: words("SUBSCRIBE private"), then: "PUBLISH private s3cr3t", alone: true},
		{name: "SUBSCRIBE to a forbidden channel among others", bytes: words("SUBSCRIBE news private news"), then: "PUBLISH private s3cr3t", alone: true},
		{name: "PSUBSCRIBE", bytes: words("PSUBSCRIBE *"), then: "PUBLISH private s3cr3t", alone: true},
		{name: "PSUBSCRIBE with a pattern that is as a forbidden name", bytes: words("psubscribe privat?"), then: "PUBLISH private s3cr3t", alone: true},
		{name: "SSUBSCRIBE", bytes: words("SSUBSCRIBE private"), then: "SPUBLISH private s3cr3t", alone: true},
		{name: "a subscriber subscribes to more", bytes: words("SUBSCRIBE news"), again: words("SUBSCRIBE private"), then: "PUBLISH private s3cr3t", alone: true},
		{name: "a subscriber of RESP3 does other things", bytes: words("HELLO 3") + words("SUBSCRIBE news") + words("GET secret"), alone: true},
		{name: "notifications of keys", bytes: words("PSUBSCRIBE __key*__:*"), then: "SET secret:n4me s3cr3t", alone: true},
		{name: "notifications of a kind of event", bytes: words("SUBSCRIBE __keyevent@0__:set"), then: "SET secret:n4me s3cr3t", alone: true},
		{name: "notifications of a key", bytes: words("SUBSCRIBE __keyspace@0__:secret"), then: "GETDEL secret", proof: "getdel|del", alone: true},
		{name: "CLIENT TRACKING of everything", bytes: words("HELLO 3") + words("CLIENT TRACKING on BCAST"), then: "SET secret:n4me s3cr3t", alone: true},
		{name: "CLIENT TRACKING of a prefix", bytes: words("HELLO 3") + words("client tracking ON prefix secret: bcast"), then: "SET secret:n4me s3cr3t", alone: true},
		{name: "MONITOR", bytes: words("MONITOR"), then: "SET secret:n4me s3cr3t", alone: true},
		{name: "MONITOR inline", bytes: "MoNiToR\r\n", then: "SET secret:n4me s3cr3t", alone: true},
		{name: "SYNC", bytes: words("SYNC"), then: "SET secret:n4me s3cr3t", alone: true},
		{name: "PSYNC", bytes: words("PSYNC ? -1"), then: "SET secret:n4me s3cr3t", alone: true},
		{name: "REPLCONF and PSYNC", bytes: words("REPLCONF listening-port 1"), again: words("PSYNC ? -1"), then: "SET secret:n4me s3cr3t", alone: true},
		{name: "BLPOP waits for what comes", bytes: words("BLPOP secret:blocked 0"), then: "RPUSH secret:blocked s3cr3t", alone: true},
		{name: "BLMOVE waits for what comes", bytes: words("BLMOVE secret:blocked orders:list LEFT LEFT 0"), then: "RPUSH secret:blocked s3cr3t", alone: true},
		{name: "XREAD waits for what comes", bytes: words("XREAD BLOCK 0 STREAMS orders:stream secret:stream $ $"), then: "XADD secret:stream * f s3cr3t", alone: true},
	}
}

// wireThefts go by the bytes themselves.
func wireThefts() []theft {
	padding := strings.Repeat("x", 2<<20)
	return []theft{
		{name: "inline", bytes: "GET secret\r\n"},
		{name: "inline, with a line feed only", bytes: "GET secret\n"},
		{name: "inline, with blanks and tabs", bytes: "\t GET   secret \t\r\n"},
		{name: "inline, in double quotes", bytes: "GET \"secret\"\r\n"},
		{name: "inline, in single quotes", bytes: "'get' 'secret'\r\n"},
		{name: "inline, with an escape", bytes: "GET \"\\x73ecret\"\r\n"},
		{name: "inline, all escapes", bytes: "\"\\x47\\x45\\x54\" \"\\x73\\x65\\x63\\x72\\x65\\x74\"\r\n"},
		{name: "inline, a backslash that is none", bytes: "GET \"\\secret\"\r\n"},
		{name: "inline, the line end of a key escaped", bytes: "GET \"secret\\r\\nx\"\r\n"},
		{name: "inline, quotes in the middle of a word", bytes: "GET sec\"ret\"\r\n"},
		{name: "inline, quotes that don't end", bytes: "GET \"secret\r\n", inert: true},
		{name: "inline, with a zero byte", bytes: "GET secret\x00x\r\n", inert: true},
		{name: "inline, a vertical tab in the name", bytes: "GET secret\x0b\r\n", inert: true},
		{name: "inline, more than 64 KiB", bytes: "MGET " + strings.Repeat("orders:1 ", 8<<10) + "secret\r\n", inert: true, alone: true},
		{name: "inline between arrays", bytes: words("GET orders:1") + "GET secret\r\n" + words("GET orders:1")},
		{name: "line ends before the request", bytes: "\r\n\r\n\n" + words("GET secret"), alone: true},
		{name: "an array without elements before the request", bytes: "*0\r\n" + words("GET secret")},
		{name: "a null array before the request", bytes: "*-1\r\n" + words("GET secret")},
		{name: "an array of a negative number of elements before the request", bytes: "*-2147483648\r\n" + words("GET secret")},
		{name: "a key with CR and LF", bytes: command("GET", "secret\r\nx")},
		{name: "a key with a zero byte", bytes: command("GET", "secret\x00x")},
		{name: "a request within an allowed value", bytes: command("SET", "orders:1", "\r\n"+words("GET secret")), spoken: true, inert: true},
		{name: "any two bytes for the line end of an argument", bytes: "*2\r\n$3\r\nGETxx$6\r\nsecretyy"},
		{name: "an empty argument before the request's", bytes: "*3\r\n$0\r\n\r\n$3\r\nGET\r\n$6\r\nsecret\r\n", inert: true},
		{name: "a null argument", bytes: "*3\r\n$3\r\nGET\r\n$-1\r\n$6\r\nsecret\r\n", inert: true},
		{name: "a length with a plus sign", bytes: "*2\r\n$+3\r\nGET\r\n$6\r\nsecret\r\n", inert: true},
		{name: "a length with a leading zero", bytes: "*2\r\n$03\r\nGET\r\n$6\r\nsecret\r\n", inert: true},
		{name: "a number of arguments with a leading zero", bytes: "*02\r\n$3\r\nGET\r\n$6\r\nsecret\r\n", inert: true},
		{name: "a length with a blank", bytes: "*2\r\n$ 3\r\nGET\r\n$6\r\nsecret\r\n", inert: true},
		{name: "a length that overflows", bytes: "*2\r\n$18446744073709551619\r\nGET\r\n$6\r\nsecret\r\n", inert: true},
		{name: "any byte for a length's line feed", bytes: "*2\rX$3\rXGET\r\n$6\rXsecret\r\n", inert: true},
		{name: "a length that ends with a line feed only", bytes: "*2\n$3\nGET\n$6\nsecret\n", inert: true},
		{name: "a simple string for an argument", bytes: "*2\r\n+GET\r\n$6\r\nsecret\r\n", inert: true},
		{name: "types of RESP3 in a request", bytes: "~2\r\n$3\r\nGET\r\n$6\r\nsecret\r\n", inert: true},
		{name: "an array in an array", bytes: "*1\r\n" + words("GET secret"), inert: true},
		{name: "a number of arguments that never come", bytes: "*1048576\r\n" + "$3\r\nGET\r\n$6\r\nsecret\r\n", inert: true, alone: true},
		{name: "a million keys, the last of which is forbidden", bytes: fmt.Sprintf("*%d\r\n$4\r\nMGET\r\n", 1_000_002) + strings.Repeat("$1\r\nx\r\n", 1_000_000) + "$6\r\nsecret\r\n", alone: true},
		{name: "the forbidden key behind one that is longer than is looked at", bytes: command("MGET", "orders:"+padding, "secret"), alone: true},
		{name: "the forbidden key behind a value that is longer than is looked at", bytes: command("MSET", "orders:1", padding, "secret:1", "x"), alone: true},
		{name: "a forbidden key that is longer than is looked at", bytes: command("SET", "secret"+padding, "x"), alone: true},
		{name: "an option behind a value that is longer than is looked at", bytes: command("SET", "secret", padding, "GET"), alone: true},
		{name: "a command's name that is longer than is looked at", bytes: command("GET"+padding, "secret"), inert: true, alone: true},
		{name: "a script that is longer than is looked at", bytes: command("EVAL", stealing+" --"+padding, "0"), alone: true},
		{name: "SORT whose pattern is longer than is looked at", bytes: command("SORT", "orders:list", "BY", "nosort", "GET", "nothing"+padding, "GET", "secret:*"), alone: true},
		{name: "many allowed keys, then a forbidden one", bytes: command(append(append([]string{"DEL"}, strings.Fields(strings.Repeat("orders:nothing ", 20_000))...), "secret")...), alone: true},
		{name: "a request as the rest of one that is denied", bytes: fmt.Sprintf("*4\r\n$4\r\nMGET\r\n$%d\r\n", len(padding)) + padding + "\r\n", again: "$10\r\nGET secret\r\n$6\r\nsecret\r\n", alone: true},
		{name: "a request as the rest of one whose replacement was answered", bytes: fmt.Sprintf("*4\r\n$4\r\nXXXX\r\n$%d\r\n", len(padding)) + padding + "\r\n", again: "$10\r\nGET secret\r\n$1\r\nx\r\n", inert: true, alone: true},
		{name: "a request as the rest of one that is not answered", bytes: words("CLIENT REPLY OFF") + fmt.Sprintf("*4\r\n$4\r\nMGET\r\n$%d\r\n", len(padding)) + padding + "\r\n", again: "$17\r\nCLIENT REPLY ON\r\n\r\n$10\r\nGET secret\r\n", inert: true, alone: true},
		{name: "HTTP", bytes: "POST / HTTP/1.1\r\nHost: x\r\n\r\nGET secret\r\n", inert: true, alone: true},
	}
}
