package rbac

import "encoding/binary"

// Key stands for the set of rules that matter to the subject: subjects of one engine that have equal keys decide alike, whoever they are.
func (s *Subject) Key() string {
	var key []byte
	for _, v := range []*view{&s.real, s.shadow} {
		if v == nil {
			continue
		}
		for _, m := range []mask{v.deny, v.allow} {
			for _, w := range m {
				key = binary.LittleEndian.AppendUint64(key, w)
			}
		}
	}
	return string(key)
}
