package stats

import (
	"strings"

	"github.com/sluice-proxy/sluice/codecs"
)

// other is the name of what has no series of its own.
const other = "OTHER"

// maxOperations bounds the operations, OTHER included.
const maxOperations = 64

// operations finds an operation's number; 0 is OTHER.
type operations struct {
	list  []codecs.Operation
	index map[string]int
}

// noOperations are those of protocols that nobody has listed any for.
var noOperations = newOperations(nil)

func newOperations(given []codecs.Operation) *operations {
	o := &operations{list: []codecs.Operation{{Name: other}}, index: map[string]int{}}
	for _, g := range given {
		if _, ok := o.index[g.Name]; ok || len(o.list) == maxOperations || g.Name == other {
			continue
		}
		o.index[g.Name] = len(o.list)
		o.list = append(o.list, g)
	}
	return o
}

// find gives the number of the operation that name, "CREATE TABLE", begins with.
func (o *operations) find(name string) int {
	if i, ok := o.index[name]; ok {
		return i
	}
	if end := strings.IndexByte(name, ' '); end > 0 {
		return o.index[name[:end]]
	}
	return 0
}
