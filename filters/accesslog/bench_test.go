package accesslog_test

import (
	"testing"
	"time"

	"github.com/sluice-proxy/sluice/filters"
	"github.com/sluice-proxy/sluice/filters/accesslog"
)

// discard counts what it's given.
type discard struct{ n int64 }

func (d *discard) Write(p []byte) (int, error) {
	d.n += int64(len(p))
	return len(p), nil
}

func TestOnDoneDoesNotAllocate(t *testing.T) {
	l := open(t, accesslog.Config{Writer: &discard{}, Raw: true})
	x := exchange(session())
	x.Raw = []byte("select 'ä'")
	x.Tags = []filters.Tag{{Key: "route", Value: "/cart"}, {Key: "traceparent", Value: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}}
	for range 2000 {
		l.OnDone(x) // the buffers come into being
	}
	if n := testing.AllocsPerRun(100, func() { l.OnDone(x) }); n != 0 {
		t.Errorf("got %v allocations, want 0", n)
	}
}

func BenchmarkOnDone(b *testing.B) {
	for _, tt := range []struct {
		name string
		mode accesslog.Mode
		tags []filters.Tag
	}{
		{"all", accesslog.All, nil},
		{"all, traced", accesslog.All, []filters.Tag{{Key: "route", Value: "/cart"}, {Key: "traceparent", Value: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}}},
		{"errors", accesslog.Errors, nil},
	} {
		b.Run(tt.name, func(b *testing.B) {
			w := &discard{}
			l := open(b, accesslog.Config{Writer: w, Mode: tt.mode})
			x := exchange(session())
			x.Tags = tt.tags
			b.ReportAllocs()
			for b.Loop() {
				x.Began += 1000
				x.Ended += 1000
				l.OnDone(x)
			}
			b.StopTimer()
			if err := l.Close(time.Second); err != nil {
				b.Fatal(err)
			}
			if c := l.Counts(); c.Exchanges > 0 {
				b.ReportMetric(float64(c.Bytes)/float64(c.Exchanges), "B/line")
				b.ReportMetric(float64(c.Dropped), "dropped")
			}
		})
	}
}
