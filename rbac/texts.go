package rbac

// A textIndex finds those of many patterns that match a text. Each different pattern has a slot: a place in a list of its owner's.
type textIndex struct {
	slots  map[string]int32 // by glob
	exacts map[string]int32
	long   uint64 // bit i: there are exacts of i bytes, the last bit: of so many or more. Most texts need no hashing
	begins affixes
	ends   affixes
	odd    []oddPattern // what is found only by trying
	every  int32        // the slot of *, -1 if there is none
}

type oddPattern struct {
	pattern
	slot int32
}

func newTextIndex() *textIndex {
	return &textIndex{slots: map[string]int32{}, exacts: map[string]int32{}, ends: affixes{end: true}, every: -1}
}

// slot gives the pattern's slot, the next one if the pattern is new. Expressions have none.
func (x *textIndex) slot(p *pattern) int32 {
	key := p.glob()
	slot, known := x.slots[key]
	if known {
		return slot
	}
	slot = int32(len(x.slots))
	x.slots[key] = slot
	switch p.shape {
	case exact:
		x.exacts[p.text] = slot
		x.long |= 1 << min(len(p.text), 63)
	case prefix:
		x.begins.add(p.text, slot)
	case suffix:
		x.ends.add(p.text, slot)
	case anything:
		x.every = slot
	default:
		x.odd = append(x.odd, oddPattern{*p, slot})
	}
	return slot
}

// finish completes the index. Nothing is added later.
func (x *textIndex) finish() {
	x.slots = nil
	x.begins.link()
	x.ends.link()
}

// A textSearch goes through the patterns that match one text.
type textSearch struct {
	index      *textIndex
	text       string
	exact      int32 // slots, -1 if there is none (any more)
	every      int32
	begin, end int32 // places in the index's lists, -1 at their end
	odd        int
}

// start begins a search. It fills s rather than giving one, as copies would cost as much as the search.
func (x *textIndex) start(s *textSearch, text string) {
	s.index, s.text, s.odd = x, text, 0
	s.exact, s.every, s.begin, s.end = -1, x.every, -1, -1
	if x.long&(1<<min(len(text), 63)) != 0 {
		if slot, ok := x.exacts[text]; ok {
			s.exact = slot
		}
	}
	if len(x.begins.list) > 0 {
		s.begin = x.begins.longest(text)
	}
	if len(x.ends.list) > 0 {
		s.end = x.ends.longest(text)
	}
}

// next gives the slot of the next pattern that matches; -1 if there are no more.
func (s *textSearch) next() int32 {
	if slot := s.exact; slot >= 0 {
		s.exact = -1
		return slot
	}
	if slot := s.every; slot >= 0 {
		s.every = -1
		return slot
	}
	if s.begin >= 0 {
		a := &s.index.begins.list[s.begin]
		s.begin = a.next
		return a.slot
	}
	if s.end >= 0 {
		a := &s.index.ends.list[s.end]
		s.end = a.next
		return a.slot
	}
	return s.nextOdd()
}

func (s *textSearch) nextOdd() int32 {
	for s.odd < len(s.index.odd) {
		p := &s.index.odd[s.odd]
		s.odd++
		if p.matches(s.text) {
			return p.slot
		}
	}
	return -1
}
