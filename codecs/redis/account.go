package redis

import (
	"crypto/sha1" //nolint:gosec // not for security: servers name scripts by it
	"encoding/hex"
	"strconv"
	"unsafe"

	"github.com/sluice-proxy/sluice/metadata"
)

// maxAccesses bounds the accesses that are told one by one.
const maxAccesses = 1 << 14

// An account tells what a request does. It reuses its memory.
type account struct {
	effect   [1]metadata.Effect
	accesses []metadata.Access
	names    []byte // what the accesses' names are made of
	database string // the number of the database at hand; "" if it isn't known
	excess   bool   // there are more accesses than may be told
}

// What an idle session keeps of an account.
const (
	keptAccesses = 64
	keptNames    = 4 << 10
)

// forget gives up the memory of a long request.
func (a *account) forget() {
	if cap(a.accesses) > keptAccesses {
		a.accesses, a.effect = nil, [1]metadata.Effect{}
	}
	if cap(a.names) > keptNames {
		a.names = nil
	}
}

// of gives what c does with its arguments. cut says that some that matter are not here; doubt, that nobody knows yet who asks, or in which database.
// The result is valid until the next call.
func (a *account) of(c *command, args *arguments, database string, cut, doubt bool) []metadata.Effect {
	a.accesses, a.names, a.excess, a.database = a.accesses[:0], a.names[:0], false, database
	if doubt {
		a.database = ""
	}
	a.keys(c, args) // also of a request with too few or too many arguments: another version may take it
	a.more(c, args)
	switch {
	case c == &unknown || c.container && args.n > 1:
		a.add(metadata.Execute, metadata.KindUnknown, "command")
	case len(a.accesses) == 0:
		a.accesses = append(a.accesses, metadata.Access{Verb: metadata.Execute, Kind: metadata.KindCommand, Name: c.acl, Free: c.harmless})
	}
	if cut || a.excess {
		a.unparsed("too_long")
	}
	if doubt && !c.harmless {
		a.unparsed("unsettled")
	}
	a.effect[0] = metadata.Effect{Operation: c.operation, Accesses: a.accesses}
	return a.effect[:]
}

func (a *account) unparsed(why string) {
	a.accesses = append(a.accesses, metadata.Access{Verb: metadata.Execute, Kind: metadata.KindUnparsed, Name: why})
}

func (a *account) add(v metadata.Verb, k metadata.Kind, name string) {
	if len(a.accesses) >= maxAccesses {
		a.excess = true
		return
	}
	a.accesses = append(a.accesses, metadata.Access{Verb: v, Kind: k, Name: name})
}

// key adds what u does to the key name of the database at hand.
func (a *account) key(name []byte, u use) { a.keyIn(a.database, name, u) }

func (a *account) keyIn(database string, key []byte, u use) {
	name := a.name(key)
	if u&reads != 0 {
		a.touch(metadata.Read, database, name)
	}
	if u&writes != 0 && a.touch(metadata.Write, database, name) && u&reads != 0 {
		a.accesses[len(a.accesses)-1].Implied = true // one mention of the key, one right upon it
	}
}

// touch adds an access to a key, if there is room for it.
func (a *account) touch(v metadata.Verb, database, name string) bool {
	if len(a.accesses) >= maxAccesses {
		a.excess = true
		return false
	}
	a.accesses = append(a.accesses, metadata.Access{Verb: v, Kind: metadata.KindKey, Schema: database, Name: name, Anywhere: database == ""})
	return true
}

// name copies b to where it stays until the next request.
func (a *account) name(b []byte) string {
	start := len(a.names)
	a.names = append(a.names, b...)
	return stringUnsafe(a.names[start:])
}

// stringUnsafe gives b as a string without copying: an allocation for each key of each request would be what decoding costs most. b is not changed while
// the account is valid.
func stringUnsafe(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

// script adds an access to the script of this text.
func (a *account) script(v metadata.Verb, text []byte) {
	if text == nil { // too long to be waited for
		a.add(v, metadata.KindScript, "text")
		return
	}
	sum := sha1.Sum(text) //nolint:gosec // see the import
	start := len(a.names)
	a.names = hex.AppendEncode(a.names, sum[:])
	a.add(v, metadata.KindScript, stringUnsafe(a.names[start:]))
}

// more adds what the key specifications of c don't tell.
func (a *account) more(c *command, args *arguments) {
	switch c.effect {
	case noEffect, doesBitfield, doesGeoRadius, doesSet, doesSort: // in keys
	case doesReadAll:
		a.add(metadata.Read, metadata.KindKeyspace, "")
	case doesWriteAll:
		a.add(metadata.Write, metadata.KindKeyspace, "")
	case doesAnything:
		a.add(metadata.Execute, metadata.KindOpaque, c.acl)
	case doesReplicate:
		a.add(metadata.Read, metadata.KindReplication, c.name)
	case doesCopy:
		a.copied(args)
	case doesMove:
		a.keyIn(databaseName(args.at(2)), args.at(1), writes)
	case doesLoadFunction:
		a.add(metadata.Create, metadata.KindScript, "")
	case doesLoadScript:
		a.script(metadata.Create, args.at(2))
	case doesRunFunction:
		a.add(metadata.Execute, metadata.KindScript, a.name(args.at(1)))
	case doesRunScript:
		a.script(metadata.Execute, args.at(1))
	case doesRunSHA:
		a.add(metadata.Execute, metadata.KindScript, a.lower(args.at(1)))
	case doesPublish:
		a.add(metadata.Publish, metadata.KindChannel, a.name(args.at(1)))
	case doesSubscribe:
		a.channels(args, metadata.KindChannel)
	case doesPSubscribe:
		a.channels(args, metadata.KindChannelPattern)
	case doesTrack:
		for w := args.from(2); ; {
			_, arg, ok := w.next()
			if !ok {
				return
			}
			if equalFold("BCAST", arg) { // it tells of every key that is changed
				a.add(metadata.Read, metadata.KindKeyspace, "")
				return
			}
		}
	}
}

// lower is name in lower case, as the server writes the names of scripts.
func (a *account) lower(b []byte) string {
	start := len(a.names)
	for _, c := range b {
		if c >= 'A' && c <= 'Z' {
			c += 'a' - 'A'
		}
		a.names = append(a.names, c)
	}
	return stringUnsafe(a.names[start:])
}

func (a *account) channels(args *arguments, k metadata.Kind) {
	for w := args.from(1); ; {
		_, arg, ok := w.next()
		if !ok {
			return
		}
		a.add(metadata.Subscribe, k, a.name(arg))
	}
}

// copied adds the copy that COPY makes in another database. Redis, src/db.c, copyCommand: of several DB options the last one counts.
func (a *account) copied(args *arguments) {
	for w := args.from(3); ; {
		_, option, ok := w.next()
		if !ok {
			return
		}
		if equalFold("DB", option) {
			_, number, _ := w.next()
			a.keyIn(databaseName(number), args.at(2), writes)
		}
	}
}

// databaseName gives the name of a database by its number as a client wrote it; "" if it is none.
func databaseName(b []byte) string {
	n, ok := parseInt(b)
	if !ok || n < 0 || n > 1<<20 {
		return ""
	}
	return strconv.Itoa(int(n)) // small numbers don't allocate
}
