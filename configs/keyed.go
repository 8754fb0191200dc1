package configs

import (
	"slices"
	"time"

	"github.com/sluice-proxy/sluice/filters"
	"github.com/sluice-proxy/sluice/filters/inspect"
	"github.com/sluice-proxy/sluice/filters/keys"
	"github.com/sluice-proxy/sluice/proxy/admin"
	"github.com/sluice-proxy/sluice/stats"
)

// maxSeparator bounds the length of what ends a part of a key.
const maxSeparator = 16

func (k *checker) keys(at string, l *Listener) {
	if l.Keys == (Keys{}) {
		return
	}
	if l.Protocol != "redis" {
		k.problem(at, "only redis has keys; remove this")
	}
	if len(l.Keys.Separator) > maxSeparator {
		k.problem(at+".separator", "is longer than %d bytes; usual is a colon", maxSeparator)
	}
}

// keyed gives a listener's chain the filter that counts keys, if it is to count them.
func (a *assembly) keyed(in *inspect.Config, l *Listener) {
	if l.Keys == (Keys{}) {
		return
	}
	f := keys.New(keys.Config{
		Listener: l.label(), Separator: l.Keys.Separator, Depth: l.Keys.Depth, Top: l.Keys.Top, Shards: a.shards(), Wall: a.epoch.Wall,
	})
	a.keys = append(a.keys, f)
	in.Limits.Effects = true
	in.Filters = slices.Insert(slices.Clone(in.Filters), 0, filters.MessageFilter(f))
}

// keysPage gives what the admin server shows at /keys; nil if no listener counts keys.
func (a *assembly) keysPage() admin.KeysPage {
	if len(a.keys) == 0 {
		return nil
	}
	return func(by stats.KeySort, limit int) *stats.KeysReport {
		r := &stats.KeysReport{Time: time.Now(), Sort: by}
		for _, f := range a.keys {
			r.Listeners = append(r.Listeners, f.Report(by, limit))
		}
		return r
	}
}
