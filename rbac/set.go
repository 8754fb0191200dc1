package rbac

import "math/bits"

// A mask is a set of rules as wide as the policy: bit i%64 of word i/64 is rule i+1.
type mask []uint64

func newMask(rules int) mask { return make(mask, (rules+63)/64) }

func (m mask) add(id RuleID)      { m[(id-1)/64] |= 1 << ((id - 1) % 64) }
func (m mask) has(id RuleID) bool { return m[(id-1)/64]&(1<<((id-1)%64)) != 0 }

// firstIn gives the first rule that is in n too, 0 if there is none.
func (m mask) firstIn(n mask) RuleID {
	for i, w := range m {
		if w &= n[i]; w != 0 {
			return at(i, w)
		}
	}
	return 0
}

func at(word int, bitsOfIt uint64) RuleID {
	return RuleID(word*64 + bits.TrailingZeros64(bitsOfIt) + 1)
}

// A ruleSet is a set of rules that is only as wide as it must be: most patterns belong to one rule.
type ruleSet struct {
	from  int // the first word
	words []uint64
}

// add adds a rule, which is no earlier than the ones before.
func (s *ruleSet) add(id RuleID) {
	word := int(id-1) / 64
	if len(s.words) == 0 {
		s.from = word
	}
	for word >= s.from+len(s.words) {
		s.words = append(s.words, 0)
	}
	s.words[word-s.from] |= 1 << ((id - 1) % 64)
}

// firstIn gives the first rule that is in m too, 0 if there is none.
func (s *ruleSet) firstIn(m mask) RuleID {
	for i, w := range s.words {
		if w &= m[s.from+i]; w != 0 {
			return at(s.from+i, w)
		}
	}
	return 0
}

// addTo adds the set to m.
func (s *ruleSet) addTo(m mask) {
	for i, w := range s.words {
		m[s.from+i] |= w
	}
}

// earlier gives the rule that stands first in the policy; 0 is no rule.
func earlier(a, b RuleID) RuleID {
	if a == 0 || b != 0 && b < a {
		return b
	}
	return a
}
