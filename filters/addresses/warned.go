package addresses

import (
	"sync"
	"time"

	"github.com/sluice-proxy/sluice/codecs"
	"github.com/sluice-proxy/sluice/filters"
)

const (
	// warnEvery is how long nothing more is said of an address.
	warnEvery = time.Minute
	// maxWarned bounds the addresses that are remembered. Of more of them nothing is said in the same time; they are counted.
	maxWarned = 256
)

// warned remembers which addresses were warned of.
type warned struct {
	mu   sync.Mutex
	last map[codecs.Address]filters.Instant
}

// due says that it is time to warn of a.
func (w *warned) due(a codecs.Address, now filters.Instant) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if at, ok := w.last[a]; ok && now < at.Add(warnEvery) {
		return false
	}
	if w.last == nil {
		w.last = map[codecs.Address]filters.Instant{}
	}
	if len(w.last) >= maxWarned {
		for b, at := range w.last {
			if now >= at.Add(warnEvery) {
				delete(w.last, b)
			}
		}
	}
	if len(w.last) >= maxWarned {
		return false
	}
	w.last[a] = now
	return true
}
