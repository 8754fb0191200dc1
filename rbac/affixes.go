package rbac

import (
	"slices"
	"strings"
)

// affixes finds which of many texts another text begins with, or ends with. Texts with the same beginning stand together in order, and each knows the longest of
// the others that it begins with itself: so the place of a text in the order leads to all that it begins with.
type affixes struct {
	end  bool // texts are ends, and read backwards
	list []affix

	firsts [4]uint64 // the first (or last) bytes of all of them, as a set
}

type affix struct {
	text string
	head uint64 // of text, so that most comparisons are of numbers
	slot int32
	next int32 // in list, the longest other that this one begins with; -1 if there is none
}

// add adds a text, which isn't empty.
func (a *affixes) add(text string, slot int32) {
	i, _ := a.search(text)
	b := a.first(text)
	a.firsts[b/64] |= 1 << (b % 64)
	a.list = slices.Insert(a.list, i, affix{text: text, head: a.head(text), slot: slot})
}

// link completes the list. Nothing is added later.
func (a *affixes) link() {
	for i := range a.list {
		next := int32(i - 1)
		for next >= 0 && !a.has(a.list[i].text, a.list[next].text) {
			next = a.list[next].next
		}
		a.list[i].next = next
	}
}

// longest gives the place of the longest one that text begins (or ends) with; -1 if there is none.
func (a *affixes) longest(text string) int32 {
	if text == "" {
		return -1
	}
	if b := a.first(text); a.firsts[b/64]&(1<<(b%64)) == 0 {
		return -1
	}
	i, found := a.search(text)
	if found {
		return int32(i)
	}
	next := int32(i - 1)
	for next >= 0 && !a.has(text, a.list[next].text) {
		next = a.list[next].next
	}
	return next
}

// first gives the first (or last) byte of a text that isn't empty.
func (a *affixes) first(text string) byte {
	if a.end {
		return text[len(text)-1]
	}
	return text[0]
}

// has says whether text begins (or ends) with affix.
func (a *affixes) has(text, affix string) bool {
	if a.end {
		return strings.HasSuffix(text, affix)
	}
	return strings.HasPrefix(text, affix)
}

// search gives the place of text in the order, and whether it is there.
func (a *affixes) search(text string) (int, bool) {
	head := a.head(text)
	low, high := 0, len(a.list)
	for low < high {
		mid := (low + high) / 2
		m := &a.list[mid]
		less := m.head < head
		if m.head == head {
			c := a.compare(m.text, text)
			if c == 0 {
				return mid, true
			}
			less = c < 0
		}
		if less {
			low = mid + 1
		} else {
			high = mid
		}
	}
	return low, false
}

// head gives the first eight bytes (or the last ones, backwards) as a number, which has the order of the texts. Texts that differ only in zero bytes at their end
// may have the same.
func (a *affixes) head(text string) (h uint64) {
	n := len(text)
	for i := range 8 {
		h <<= 8
		switch {
		case i >= n:
		case a.end:
			h |= uint64(text[n-1-i])
		default:
			h |= uint64(text[i])
		}
	}
	return h
}

func (a *affixes) compare(b, c string) int {
	if a.end {
		return compareBackwards(b, c)
	}
	return strings.Compare(b, c)
}

func compareBackwards(a, b string) int {
	for i := 1; i <= len(a) && i <= len(b); i++ {
		if x, y := a[len(a)-i], b[len(b)-i]; x != y {
			return int(x) - int(y)
		}
	}
	return len(a) - len(b)
}
