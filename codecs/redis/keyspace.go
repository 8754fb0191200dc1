package redis

import (
	"bytes"

	"github.com/sluice-proxy/sluice/metadata"
)

// keys adds the accesses to keys.
func (a *account) keys(c *command, args *arguments) {
	switch c.effect {
	case doesSet:
		a.set(args)
		return
	case doesBitfield:
		a.bitfield(args)
		return
	case doesSort:
		a.sort(c, args)
		return
	case doesGeoRadius:
		a.geoRadius(args)
		return
	case doesAnything:
		return
	}
	for i := range c.keys {
		a.spec(&c.keys[i], args)
	}
}

// spec adds what one specification finds. Where it does not fit the arguments, the server's own reading may be another one.
func (a *account) spec(s *keySpec, args *arguments) {
	begin := s.from
	if s.keyword != "" {
		if begin = find(args, s.keyword, s.from); begin == 0 {
			return
		}
	}
	if s.counted {
		n, ok := args.number(begin)
		if !ok || n < 0 || n > int64(args.n-1-begin) {
			a.add(metadata.Execute, metadata.KindUnknown, "command")
			return
		}
		a.span(s, args, begin+1, begin+int(n), 1)
		return
	}
	last := begin + s.last
	if s.last < 0 {
		if last = args.n + s.last; s.limit > 1 {
			last = begin + (last-begin+1)/s.limit - 1
		}
	}
	a.span(s, args, begin, last, max(s.step, 1))
}

func (a *account) span(s *keySpec, args *arguments, first, last, step int) {
	if first == last && s.use != notKey {
		if first < args.have {
			a.key(args.at(first), s.use)
		}
		return
	}
	w := args.from(first)
	for {
		i, arg, ok := w.next()
		if !ok || i > last {
			return
		}
		switch {
		case step > 1 && (i-first)%step != 0:
		case s.use == notKey:
			a.channel(arg, args)
		default:
			a.key(arg, s.use)
		}
	}
}

// channel adds a shard channel: what SPUBLISH and SSUBSCRIBE have where others have keys.
func (a *account) channel(name []byte, args *arguments) {
	v := metadata.Subscribe
	if args.is(0, "SPUBLISH") {
		v = metadata.Publish
	} else if args.is(0, "SUNSUBSCRIBE") {
		return
	}
	a.add(v, metadata.KindChannel, a.name(name))
}

// find gives the index behind the first argument from number from on that is word; 0 if there is none.
func find(args *arguments, word string, from int) int {
	for w := args.from(from); ; {
		i, arg, ok := w.next()
		if !ok {
			return 0
		}
		if equalFold(word, arg) {
			return i + 1
		}
	}
}

// set reads the key only if the old value is asked for. Redis, src/t_string.c, setGetKeys.
func (a *account) set(args *arguments) {
	u := writes
	if args.n > 3 && !args.whole() || find(args, "GET", 3) != 0 || find(args, "IFEQ", 3) != 0 { // IFEQ of Valkey 8.1 compares
		u |= reads
	}
	a.key(args.at(1), u)
}

// bitfield writes the key unless it has nothing but GET, each with its two arguments. Redis, src/bitops.c, bitfieldGetKeys.
func (a *account) bitfield(args *arguments) {
	u := reads
	if !args.whole() {
		u |= writes
	}
	for w := args.from(2); ; {
		_, word, ok := w.next()
		if !ok {
			break
		}
		w.next()
		if _, _, ok := w.next(); !ok || !equalFold("GET", word) {
			u |= writes
		}
	}
	a.key(args.at(1), u)
}

// sort reads other keys than the first if BY or GET have patterns with an asterisk, and writes the one behind STORE. Redis, src/sort.c: without an
// asterisk nothing is looked up, and of several STORE options the last one counts; all are told here.
func (a *account) sort(c *command, args *arguments) {
	a.key(args.at(1), reads)
	opaque := false
	for w := args.from(2); ; {
		_, option, ok := w.next()
		if !ok {
			break
		}
		switch {
		case equalFold("STORE", option):
			if _, key, ok := w.next(); ok {
				a.key(key, writes)
			}
		case equalFold("BY", option), equalFold("GET", option):
			_, pattern, _ := w.next()
			opaque = opaque || bytes.IndexByte(pattern, '*') >= 0
		case equalFold("LIMIT", option):
			w.next()
			w.next()
		}
	}
	if opaque {
		a.add(metadata.Execute, metadata.KindOpaque, c.acl)
	}
}

// geoRadius writes the key behind STORE or STOREDIST. Redis, src/geo.c: of several the last one counts, which the specification would not find; all are
// told here.
func (a *account) geoRadius(args *arguments) {
	a.key(args.at(1), reads)
	for w := args.from(5); ; {
		_, option, ok := w.next()
		if !ok {
			return
		}
		if equalFold("STORE", option) || equalFold("STOREDIST", option) {
			if _, key, ok := w.next(); ok {
				a.key(key, writes)
			}
		}
	}
}
