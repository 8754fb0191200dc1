package scenarios_test

import (
	"bytes"
	"encoding/binary"
	"strings"
)

const (
	open      = "select a from t"
	forbidden = "select a from secret"
)

// one is an attempt of a single segment; ready is how many times the server is ready then.
func one(name string, ready int, messages ...[]byte) attempt {
	return attempt{name: name, steps: []move{{joined(messages...), ready}}}
}

// ignored is one of which the server makes nothing.
func ignored(name string, ready int, messages ...[]byte) attempt {
	a := one(name, ready, messages...)
	a.inert = true
	return a
}

// messageAttempts hide the statement between messages, in their lengths, and behind the limit of what is looked at (4 KiB in these tests).
func messageAttempts() []attempt {
	padding := "/*" + strings.Repeat("x", 5000) + "*/"
	long := "insert into t (a) values (1)" + strings.Repeat(", (1)", 800)
	cut := func(m []byte, n int) []byte { return m[:n:n] }
	sized := func(m []byte, n uint32) []byte {
		m = bytes.Clone(m)
		binary.BigEndian.PutUint32(m[1:], n)
		return m
	}
	return []attempt{
		one("behind an allowed Query", 2, query(open), query(forbidden)),
		one("behind a thousand allowed ones", 1001, bytes.Repeat(query(open), 1000), query(forbidden)),
		one("between allowed ones", 3, query(open), query(forbidden), query(open)),
		one("behind an allowed batch", 2, runs(open), syncing, runs(forbidden), syncing),
		one("in an allowed batch", 1, runs(open), runs(forbidden), runs(open), syncing),
		one("behind a batch without Sync", 1, runs(open), query(forbidden)),
		one("behind a Flush", 1, runs(open), flushing, runs(forbidden), flushing, syncing),
		one("behind two Syncs", 4, syncing, syncing, runs(forbidden), syncing, query(forbidden)),
		one("Parse without a Sync, and Terminate", 0, runs(forbidden), flushing, goodbye),
		one("Query, and Terminate", 0, query(forbidden), goodbye),
		one("Query behind an error", 2, query("selekt"), query(forbidden)),
		one("batch behind an error and its Sync", 2, runs("selekt"), syncing, runs(forbidden), syncing),
		one("Query in a batch that failed", 2, runs("selekt"), syncing, query(forbidden)),
		one("behind a division by zero", 2, runs("select 1/0 from t"), syncing, runs(forbidden), syncing),
		one("denied twice, then once more", 3, query(forbidden), query(forbidden), runs(forbidden), syncing),
		one("denied Query between Parse and Bind", 2, parse("", open), query(forbidden), bindOf("", ""), executeOf("", 0), syncing),
		one("denied Parse, Sync, Bind", 2, parse("", forbidden), syncing, bindOf("", ""), executeOf("", 0), syncing),
		one("denied named Parse, Sync, Bind", 2, parse("s", forbidden), syncing, bindOf("", "s"), executeOf("", 0), syncing),
		one("denied Parse, Describe", 2, parse("s", forbidden), describe('S', "s"), syncing, describe('S', "s"), syncing),
		one("text behind NUL in a Query", 1, message('Q', open+"\x00"+forbidden+"\x00"), query(open), query(forbidden)),
		ignored("text behind NUL", 1, message('Q', open+"\x00"+forbidden+"\x00")),
		ignored("text behind two NULs", 1, message('Q', "\x00\x00"+forbidden+"\x00")),
		ignored("Query without NUL", 1, message('Q', forbidden)),
		ignored("Parse with text behind", 1, message('P', "\x00"+open+"\x00\x00\x00"+forbidden+"\x00"), unnamed, syncing),
		one("Parse with a NUL in its name", 1, message('P', "s\x00"+forbidden+"\x00\x00\x00"), bindOf("", "s"), executeOf("", 0), syncing),
		one("Parse with types of parameters", 1, message('P', "\x00"+forbidden+" where a = $1\x00\x00\x01\x00\x00\x00\x17"), bindOf("", "", "1"), executeOf("", 0), syncing),
		one("Query over the limit", 1, query(padding+forbidden)),
		one("Query over the limit, behind a statement", 1, query(open+";"+padding+";"+forbidden)),
		one("Query with VALUES over the limit", 1, query(long+"; "+forbidden)),
		one("Parse over the limit", 1, runs(padding+forbidden), syncing),
		one("Parse with a table over the limit", 1, runs("select a, '"+strings.Repeat("x", 5000)+"' from secret"), syncing),
		one("Parse with a name over the limit", 1, parse(strings.Repeat("n", 5000), forbidden), bindOf("", strings.Repeat("n", 5000)), executeOf("", 0), syncing),
		one("Parse with a name of 600 bytes", 1, parse(strings.Repeat("n", 600), forbidden), bindOf("", strings.Repeat("n", 600)), executeOf("", 0), syncing),
		one("Query just under the limit", 1, query("/*"+strings.Repeat("x", 4000)+"*/"+forbidden)),
		one("Query of two MiB", 1, query("/*"+strings.Repeat("x", 2<<20)+"*/"+forbidden)),
		one("many nested brackets", 1, query("select "+strings.Repeat("(", 200)+"select a from secret limit 1"+strings.Repeat(")", 200))),
		one("a long sum", 1, query("select a"+strings.Repeat("+1", 600)+" from secret")),
		one("many statements", 1, query(strings.Repeat(";", 300)+forbidden)),
		ignored("a length of 3", 0, sized(query(forbidden), 3), query(forbidden)),
		ignored("a length of 0", 0, sized(query(forbidden), 0), query(forbidden)),
		ignored("a length of 2 GiB", 0, sized(query(forbidden), 1<<31-1), query(forbidden)),
		ignored("a length of 4 GiB", 0, sized(query(forbidden), 1<<32-1), query(forbidden)),
		ignored("a length that ends before the text", 0, sized(query(forbidden), 8), query(forbidden)),
		ignored("a length that takes in the next message", 0, sized(query(open), uint32(4+len(open)+1+5)), query(forbidden), query(forbidden)),
		one("a Query in a Query that is longer", 2, message('Q', open+" -- \x51\x00"), query(forbidden)),
		ignored("an unknown type", 0, message('z', forbidden+"\x00"), query(forbidden)),
		ignored("an unknown type with the bit set", 0, message('Q'|0x80, forbidden+"\x00"), query(forbidden)),
		ignored("a type of the server", 0, message('T', forbidden+"\x00"), query(forbidden)),
		ignored("a small q", 0, message('q', forbidden+"\x00"), query(forbidden)),
		ignored("a password where none is asked for", 1, message('p', forbidden+"\x00"), query(forbidden)),
		ignored("half a Query, and the end", 0, cut(query(forbidden), 12)),
		ignored("half a Query behind an allowed one, and the end", 1, query(open), cut(query(forbidden), 25)),
		ignored("all of a Query but its last byte, and the end", 1, query(open), cut(query(forbidden), len(query(forbidden))-1)),
		{name: "in three parts", steps: []move{{query(forbidden)[:3], 0}, {query(forbidden)[3:9], 0}, {query(forbidden)[9:], 1}}},
		{name: "the second part of the length", steps: []move{{joined(query(open), query(forbidden)[:4]), 1}, {query(forbidden)[4:], 1}}},
		{name: "an allowed text changed on its way", steps: []move{{joined(query(open), []byte("Q\x00\x00\x00\x19select a from ")), 1}, {[]byte("secret\x00"), 1}}},
	}
}

// streamAttempts play with copies, encryption, replication, and what comes before the login.
func streamAttempts() []attempt {
	// raw has the login in the same segment, and something before it.
	raw := func(name string, ready int, before []byte, login string, after ...[]byte) attempt {
		startup := packet(3<<16, login+"\x00database\x00"+labDatabase+"\x00application_name\x00"+name+"\x00\x00")
		return attempt{name: name, raw: true, steps: []move{{joined(before, startup, joined(after...)), ready}}}
	}
	inert := func(a attempt) attempt {
		a.inert = true
		return a
	}
	asking := func(n int, a attempt) attempt {
		a.asks = n
		return a
	}
	traced := func(trace string, a attempt) attempt {
		a.trace = trace
		return a
	}
	ssl, gss := packet(80877103, ""), packet(80877104, "")
	const mallory, streamer = "user\x00mallory", "user\x00streamer\x00replication\x00"
	return []attempt{
		one("in a copy's data", 2, query("copy t (a) from stdin"), copied("1\n"), copyFail, query(forbidden)),
		one("behind a copy that ended", 2, query("copy t (a) from stdin"), copied("1\n"), copyDone, query(forbidden)),
		ignored("as a copy's data", 1, query("copy t (a) from stdin"), copied(string(query(forbidden))), copyDone),
		ignored("in the middle of a copy", 1, query("copy t (a) from stdin"), copied("1\n"), query(forbidden), copyDone),
		one("behind a copy that never began", 2, query("copy nothing from stdin"), copied("1\n"), copyDone, query(forbidden)),
		one("behind a copy that the server refuses", 3, query("copy t (nothing) from stdin"), query(forbidden), copyDone, query(forbidden)),
		one("behind a copy that breaks off", 2, query("copy t (a) from stdin"), copied("no number\n"), copied("1\n"), copyDone, query(forbidden)),
		one("behind a copy in a batch", 2, runs("copy t (a) from stdin"), copied("1\n"), copyDone, syncing, runs(forbidden), syncing),
		one("behind a copy in a batch, Sync ignored", 2, runs("copy t (a) from stdin"), syncing, copied("1\n"), copyDone, syncing, runs(forbidden), syncing),
		one("behind a copy in a batch that never began", 3, runs("copy nothing from stdin"), syncing, copied("1\n"), copyDone, syncing, runs(forbidden), syncing),
		one("in the text behind a copy", 1, query("copy t (a) from stdin; "+forbidden), copied("1\n"), copyDone),
		one("behind a copy out", 2, query("copy t to stdout"), query(forbidden)),
		one("behind a copy's end without a copy", 1, copyDone, copyFail, copied("x"), query(forbidden)),

		inert(asking(1, raw("behind SSLRequest", 2, ssl, mallory, query(forbidden)))),
		inert(asking(1, raw("behind GSSENCRequest", 2, gss, mallory, query(forbidden)))),
		inert(asking(2, raw("behind both", 2, joined(gss, ssl), mallory, query(forbidden)))),
		raw("behind the StartupMessage", 2, nil, mallory, query(forbidden)),
		raw("a batch behind the StartupMessage", 2, nil, mallory, runs(forbidden), syncing),
		raw("another user before", 2, nil, "user\x00boss\x00"+mallory, query(forbidden)),
		inert(raw("bytes of TLS first", 0, []byte("\x16\x03\x01\x00\x05hello"), mallory, query(forbidden))),
		inert(raw("behind a cancel request", 0, packet(80877102, "\x00\x00\x00\x01\x00\x00\x00\x01"), mallory, query(forbidden))),

		traced("replication command", raw("IDENTIFY_SYSTEM", 2, nil, streamer+"database", query("IDENTIFY_SYSTEM"))),
		traced("replication command", raw("a slot", 2, nil, streamer+"database", query("CREATE_REPLICATION_SLOT n TEMPORARY LOGICAL test_decoding"))),
		traced("replication command", raw("all that is written", 0, nil, streamer+"true", query("START_REPLICATION 0/0"))),
		traced("replication command", raw("a backup", 0, nil, streamer+"on", query("BASE_BACKUP"))),
		raw("SQL by a replication connection", 2, nil, streamer+"database", query(forbidden)),
		traced("fastpath", one("FunctionCall of query_to_xml", 1, call(2926, "table secret", "t", "t", ""))),
		traced("fastpath", one("FunctionCall of abs", 1, call(1397, "-1"))),
		traced("fastpath", one("FunctionCall in a batch", 1, runs(open), call(1397, "-1"))),
		traced("fastpath", one("FunctionCall behind a Query", 2, query(open), call(1397, "-1"))),
	}
}
