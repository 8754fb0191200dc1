package rbac

import (
	"strings"
	"sync/atomic"
	"unsafe"
)

// An operation is what the rules of a view say of one operation, whatever it accesses.
type operation struct {
	name        string
	deny, allow mask   // the rules that name it, or name none
	allowBare   RuleID // the first of them that allows whatever is accessed; 0 if there is none
	denyBare    RuleID // likewise, that denies
	number      int    // among those that selectors name; -1 if none does
}

// operations remembers what a view's rules say of operations: clients do the same few again and again. An operation takes a place that is free, for good; which
// does not find its place free is looked up each time. It may be used by several goroutines.
type operations [128]atomic.Pointer[operation]

// place gives where the operation called name may be. Names come from constant tables, so that where they lie in memory tells them apart; it need not: what is
// in the place is compared.
func (o *operations) place(name string) *atomic.Pointer[operation] {
	at := uintptr(unsafe.Pointer(unsafe.StringData(name)))
	return &o[(at^at>>7)%uintptr(len(o))]
}

// operation gives what the view's rules say of the operation called name.
func (v *view) operation(name string) *operation {
	place := v.operations.place(name)
	o := place.Load()
	if o != nil && o.name == name {
		return o
	}
	found := v.lookUp(name)
	if o == nil {
		place.CompareAndSwap(nil, found)
	}
	return found
}

// lookUp finds what the view's rules say of the operation called name.
func (v *view) lookUp(name string) *operation {
	e := v.engine
	o := &operation{name: strings.Clone(name), deny: v.deny, allow: v.allow, number: e.number(name)}
	if e.operations != nil {
		fits := newMask(len(e.rules))
		e.fitting(name, fits)
		o.deny, o.allow = newMask(len(e.rules)), newMask(len(e.rules))
		for i, w := range fits {
			o.deny[i], o.allow[i] = w&v.deny[i], w&v.allow[i]
		}
	}
	if v.allowBare != 0 {
		o.allowBare = o.allow.firstIn(e.bare)
	}
	if v.denyBare {
		o.denyBare = o.deny.firstIn(e.bare)
	}
	return o
}
