package postgres

import (
	"bytes"
	"hash/fnv"
	"slices"

	"github.com/sluice-proxy/sluice/codecs"
	"github.com/sluice-proxy/sluice/metadata"
)

// prepared is what PREPARE and DECLARE CURSOR made in a session, by name. A request may fail after it was sent, so a name stands for everything that was
// ever sent under it: an EXECUTE is judged by all of that. What is forgotten for want of room is not known, which is judged more strictly.
type prepared struct {
	statements map[string]*meaning
	cursors    map[string]*meaning
	clock      uint64
	dropped    []drop

	// tainted has a bit for each name, by its hash, that a Parse message gave: the statement of that name may be the one of that message.
	tainted *[maxTainted / 64]uint64
}

// A meaning is what a name stands for.
type meaning struct {
	effects   []metadata.Effect
	at        uint64 // when the last of them was sent
	many      bool   // more than are kept
	unsettles bool   // one of them changes how what follows is read
}

// A drop is a DEALLOCATE that the server has not confirmed; name is "" for all.
type drop struct {
	name     string
	exchange uint64
	at       uint64
}

const (
	maxPrepared = 1024 // names
	maxMeanings = 16   // of one name
	maxDrops    = 64
	maxTainted  = 4096
)

func taintBit(name []byte) (word int, bit uint64) {
	h := fnv.New32a()
	h.Write(name[:min(len(name), maxName)])
	n := h.Sum32() % maxTainted
	return int(n / 64), 1 << (n % 64)
}

func (t *prepared) taint(name []byte) {
	if t.tainted == nil {
		t.tainted = new([maxTainted / 64]uint64)
	}
	word, bit := taintBit(name)
	t.tainted[word] |= bit
}

func (t *prepared) isTainted(name string) bool {
	if t.tainted == nil {
		return false
	}
	word, bit := taintBit([]byte(name))
	return t.tainted[word]&bit != 0
}

// sent is told of an effect of a request that goes to the server. unsettles says whether the request's text changes how what follows is read.
func (t *prepared) sent(m *codecs.Message, e *metadata.Effect, unsettles bool) {
	for _, a := range e.Accesses {
		switch {
		case a.Verb == metadata.Create && a.Kind == metadata.KindPrepared:
			t.statements = t.add(t.statements, a.Name, e, unsettles)
		case a.Verb == metadata.Create && a.Kind == metadata.KindCursor:
			t.cursors = t.add(t.cursors, a.Name, e, unsettles)
		case a.Verb == metadata.Drop && a.Kind == metadata.KindPrepared && len(t.dropped) < maxDrops:
			t.dropped = append(t.dropped, drop{a.Name, m.Exchange, t.clock})
		}
	}
}

// add lets name stand for what e makes, too.
func (t *prepared) add(names map[string]*meaning, name string, e *metadata.Effect, unsettles bool) map[string]*meaning {
	if names == nil || len(names) >= maxPrepared {
		names = map[string]*meaning{}
	}
	inner := carried(e)
	k := names[name]
	if k == nil {
		k = &meaning{}
		names[name] = k
	}
	t.clock++
	k.at, k.unsettles = t.clock, k.unsettles || unsettles
	same := func(o metadata.Effect) bool {
		return slices.Equal(o.Inner, inner.Inner) && slices.Equal(o.Accesses, inner.Accesses)
	}
	switch {
	case slices.ContainsFunc(k.effects, same):
	case len(k.effects) >= maxMeanings:
		k.many = true
	default:
		k.effects = append(k.effects, inner)
	}
	return names
}

// carried gives what the statement inside of a PREPARE or DECLARE does.
func carried(e *metadata.Effect) metadata.Effect {
	c := metadata.Effect{Inner: e.Inner}
	for _, a := range e.Accesses {
		if a.Verb != metadata.Create || a.Kind != metadata.KindPrepared && a.Kind != metadata.KindCursor {
			c.Accesses = append(c.Accesses, a)
		}
	}
	return c
}

// unsettles says whether an execution of a name may change how what follows is read.
func (t *prepared) unsettles(a *metadata.Access) bool {
	k := t.cursors[a.Name]
	if a.Kind == metadata.KindPrepared {
		k = t.statements[a.Name]
	}
	return k == nil || k.unsettles || k.many || a.Kind == metadata.KindPrepared && t.isTainted(a.Name)
}

// completed is told of a CommandComplete: a DEALLOCATE that the server has carried out frees its names of what was sent before it.
func (t *prepared) completed(m *codecs.Message) {
	if !bytes.HasPrefix(m.Body, []byte("D")) || len(t.dropped) == 0 && t.tainted == nil {
		return
	}
	switch r, _, _ := bytes.Cut(m.Body, []byte{0}); string(r) {
	case "DEALLOCATE ALL", "DISCARD ALL":
		t.confirm(m.Exchange, true)
	case "DEALLOCATE":
		t.confirm(m.Exchange, false)
	}
}

func (t *prepared) confirm(exchange uint64, all bool) {
	t.dropped = slices.DeleteFunc(t.dropped, func(d drop) bool {
		if d.exchange != exchange || all != (d.name == "") {
			return d.exchange < exchange // it was not carried out
		}
		for name, k := range t.statements {
			if k.at <= d.at && (all || name == d.name) {
				delete(t.statements, name)
			}
		}
		return true
	})
}

// expand appends effects to dst, each execution of a name with what that stands for.
func (t *prepared) expand(dst, effects []metadata.Effect) []metadata.Effect {
	for i := range effects {
		e := effects[i]
		j := slices.IndexFunc(e.Accesses, func(a metadata.Access) bool {
			return a.Verb == metadata.Execute && (a.Kind == metadata.KindPrepared || a.Kind == metadata.KindCursor)
		})
		if j < 0 {
			dst = append(dst, e)
			continue
		}
		a := e.Accesses[j]
		var found []metadata.Effect
		certain := true
		names := t.statements
		if a.Kind == metadata.KindCursor {
			names = t.cursors
		}
		if k := names[a.Name]; k != nil {
			found, certain = k.effects, !k.many
		}
		found = slices.Clip(found)
		for _, before := range effects[:i] { // of the same text
			if slices.Contains(before.Accesses, metadata.Access{Verb: metadata.Create, Kind: a.Kind, Name: a.Name, Free: true}) {
				found = append(found, carried(&before))
			}
		}
		if a.Kind == metadata.KindPrepared && (len(found) == 0 || !certain || t.isTainted(a.Name)) {
			dst = append(dst, e) // guarded: nobody knows what it executes
			continue
		}
		n := metadata.Effect{Operation: e.Operation}
		for k, o := range e.Accesses {
			if k != j || o.Free {
				n.Accesses = append(n.Accesses, o)
			}
		}
		for _, f := range found {
			n.Inner = append(n.Inner, f.Inner...)
			n.Accesses = append(n.Accesses, f.Accesses...)
		}
		dst = append(dst, n)
	}
	return dst
}
