package metadata

// A Value is a fact's value; the key's type says which field holds it.
type Value struct {
	Str string
	Int int64
}

// A Field is one fact.
type Field struct {
	Key   Key
	Value Value
}

// A Set is a small collection of facts, one per key. The zero Set is empty and ready to use. It is not safe for concurrent
// use. Looking up is a linear search: a set has a handful of fields.
type Set struct {
	fields []Field
}

// PutString sets k, a key of type String, to v.
func (s *Set) PutString(k Key, v string) { s.put(k, Value{Str: v}) }

// PutInt sets k, a key of type Int, to v.
func (s *Set) PutInt(k Key, v int64) { s.put(k, Value{Int: v}) }

// PutBool sets k, a key of type Bool, to v.
func (s *Set) PutBool(k Key, v bool) {
	n := int64(0)
	if v {
		n = 1
	}
	s.put(k, Value{Int: n})
}

// Put sets k to v.
func (s *Set) Put(k Key, v Value) { s.put(k, v) }

func (s *Set) put(k Key, v Value) {
	for i := range s.fields {
		if s.fields[i].Key == k {
			s.fields[i].Value = v
			return
		}
	}
	s.fields = append(s.fields, Field{k, v})
}

// Get gives k's value and whether it is set.
func (s *Set) Get(k Key) (Value, bool) {
	for i := range s.fields {
		if s.fields[i].Key == k {
			return s.fields[i].Value, true
		}
	}
	return Value{}, false
}

// Str gives the value of a key of type String, "" if it is not set.
func (s *Set) Str(k Key) string {
	v, _ := s.Get(k)
	return v.Str
}

// Int gives the value of a key of type Int or Bool, 0 if it is not set.
func (s *Set) Int(k Key) int64 {
	v, _ := s.Get(k)
	return v.Int
}

// Delete removes k.
func (s *Set) Delete(k Key) {
	for i := range s.fields {
		if s.fields[i].Key == k {
			s.fields = append(s.fields[:i], s.fields[i+1:]...)
			return
		}
	}
}

// Fields gives all facts in the order in which they were first set; borrowed for the call.
func (s *Set) Fields() []Field { return s.fields }

// Len gives the number of facts.
func (s *Set) Len() int { return len(s.fields) }

// Clear empties s and keeps its memory.
func (s *Set) Clear() {
	clear(s.fields)
	s.fields = s.fields[:0]
}
