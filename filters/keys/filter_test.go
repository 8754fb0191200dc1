package keys_test

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/sluice-proxy/sluice/codecs"
	"github.com/sluice-proxy/sluice/filters"
	"github.com/sluice-proxy/sluice/filters/keys"
	"github.com/sluice-proxy/sluice/metadata"
	"github.com/sluice-proxy/sluice/stats"
)

// A command is an exchange, before its end.
type command struct {
	filters.Exchange
	effect [1]metadata.Effect
}

func newCommand(shard int) *command {
	c := &command{}
	c.Session, c.Request, c.Outcome = &filters.Session{Shard: shard}, &codecs.Message{}, filters.OK
	c.Request.Effects = c.effect[:]
	return c
}

// touch makes c one that does this to keys: "r cart:1", "w cart:1", "rw cart:1".
func (c *command) touch(does ...string) *command {
	accesses := c.effect[0].Accesses[:0]
	for _, d := range does {
		how, name, _ := strings.Cut(d, " ")
		if strings.Contains(how, "r") {
			accesses = append(accesses, metadata.Access{Verb: metadata.Read, Kind: metadata.KindKey, Schema: "0", Name: name})
		}
		if strings.Contains(how, "w") {
			accesses = append(accesses, metadata.Access{Verb: metadata.Write, Kind: metadata.KindKey, Schema: "0", Name: name})
		}
	}
	c.effect[0].Accesses = accesses
	return c
}

func run(f *keys.Filter, c *command) {
	if v := f.OnRequest(&c.Exchange); v.Action != filters.Pass {
		panic("the filter judges")
	}
	f.OnDone(&c.Exchange)
}

func TestCounts(t *testing.T) {
	f := keys.New(keys.Config{Listener: "l", Shards: 2})
	for shard := range 2 {
		c := newCommand(shard).touch("r cart:1", "r cart:2", "r user:7", "r cart:3")
		c.Name, c.RequestBytes, c.ReplyBytes, c.Sought, c.Found = "MGET", 40, 1000, 4, 3
		run(f, c)
		c = newCommand(shard).touch("rw cart:1")
		c.Name, c.RequestBytes, c.ReplyBytes = "INCR", 30, 5
		run(f, c)
		c = newCommand(shard).touch("r cart:9")
		c.Name, c.Outcome, c.Sought = "GET", filters.Failed, 1
		run(f, c)
		run(f, newCommand(shard).touch("w lonely")) // without a separator
		run(f, newCommand(shard).touch())           // without keys
	}
	r := f.Report(stats.KeysByCommands, 0)
	want := []stats.KeyPrefix{
		{Prefix: "cart:", KeyCounts: stats.KeyCounts{Commands: 6, Reads: 10, Writes: 2, RequestBytes: 140, ReplyBytes: 2010, MaxRequest: 40, MaxReply: 1000, Hits: 6, Misses: 2}},
		{Prefix: "lonely", KeyCounts: stats.KeyCounts{Commands: 2, Writes: 2}},
		{Prefix: "user:", KeyCounts: stats.KeyCounts{Commands: 2, Reads: 2}},
	}
	if len(r.Prefixes) != len(want) {
		t.Fatalf("got %+v", r.Prefixes)
	}
	for i, p := range r.Prefixes {
		if p.Prefix != want[i].Prefix || p.Database != "0" || p.KeyCounts != want[i].KeyCounts {
			t.Errorf("got %+v, want %+v", p, want[i])
		}
	}
	if r.Totals.Commands != 8 || r.Rest != (stats.KeyCounts{}) {
		t.Errorf("totals %+v, rest %+v", r.Totals, r.Rest)
	}
	if b := r.BiggestReplies; len(b) == 0 || b[0].Key != "cart:1" || b[0].Bytes != 1000 || b[0].Command != "MGET" || b[0].Keys != 4 {
		t.Errorf("biggest replies: %+v", b)
	}
}

func TestPrefixes(t *testing.T) {
	for _, tt := range []struct {
		separator string
		depth     int
		key, want string
	}{
		{"", 0, "a:b:c", "a:"},
		{":", 2, "a:b:c", "a:b:"},
		{":", 2, "a:b", "a:"},
		{":", 3, "plain", "plain"},
		{"::", 1, "a:b::c", "a:b::"},
		{":", 1, ":x", ":"},
		{":", 1, "", ""},
		{":", 1, strings.Repeat("x", 1000), strings.Repeat("x", 128)},
		{":", 1, "\xff\x00:a", `\xff\x00:`},
	} {
		f := keys.New(keys.Config{Separator: tt.separator, Depth: tt.depth})
		run(f, newCommand(0).touch("r "+tt.key))
		if r := f.Report("", 0); len(r.Prefixes) != 1 || r.Prefixes[0].Prefix != tt.want {
			t.Errorf("%q: got %+v, want %q", tt.key, r.Prefixes, tt.want)
		}
	}
}

// TestMemoryIsBounded has clients name a million prefixes, and checks that what is used much is found among them all the same.
func TestMemoryIsBounded(t *testing.T) {
	const flood, top = 1_000_000, 10
	f := keys.New(keys.Config{Shards: 1, Top: top})
	c := newCommand(0)
	for i := range 300 { // what takes all rows first
		run(f, c.touch(fmt.Sprintf("r early%d:", i)))
	}
	before := heap()
	heavy := 0
	for i := range flood {
		c.RequestBytes = int64(i % 1000)
		run(f, c.touch(fmt.Sprintf("r %d:%s", i, "x")))
		if i%100 == 0 { // 1 % of all, in turn of 5 prefixes
			run(f, c.touch(fmt.Sprintf("rw heavy%d:x", heavy%5)))
			heavy++
		}
	}
	if grown := heap() - before; grown > 1<<20 {
		t.Errorf("%d bytes more for %d prefixes", grown, flood)
	}
	r := f.Report(stats.KeysByCommands, 0)
	for i := range 5 {
		if p := r.Prefixes[i]; !strings.HasPrefix(p.Prefix, "heavy") || p.Commands < flood/100/5*8/10 {
			t.Errorf("place %d: %s with %d commands", i, p.Prefix, p.Commands)
		}
	}
	if want := uint64(300 + flood + heavy); r.Totals.Commands != want || r.Totals.Reads != want || len(r.Prefixes) != top {
		t.Errorf("%d commands and %d reads, want %d; %d prefixes", r.Totals.Commands, r.Totals.Reads, want, len(r.Prefixes))
	}
	runtime.KeepAlive(f)
}

func heap() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// TestEvictedWhileOpen ends commands whose prefix has lost its row meanwhile.
func TestEvictedWhileOpen(t *testing.T) {
	f := keys.New(keys.Config{Top: 1})
	var open []*command
	for i := range 1000 {
		c := newCommand(0).touch(fmt.Sprintf("r early%d:", i))
		c.ReplyBytes = 1
		f.OnRequest(&c.Exchange)
		open = append(open, c)
	}
	for i := range 1000 {
		for range 5 {
			run(f, newCommand(0).touch(fmt.Sprintf("r later%d:", i)))
		}
	}
	for _, c := range open {
		f.OnDone(&c.Exchange)
	}
	if r := f.Report("", 0); r.Totals.ReplyBytes != 1000 || r.Totals.Commands != 6000 || r.Totals.Reads != 6000 || r.Evictions == 0 {
		t.Errorf("totals %+v, %d evictions", r.Totals, r.Evictions)
	}
}

func TestBiggest(t *testing.T) {
	f := keys.New(keys.Config{Shards: 2, Top: 3})
	for i, size := range []int64{5, 900, 20, 900, 100, 7, 3000, 2000, 2000} {
		c := newCommand(i % 2).touch(fmt.Sprintf("w big:%d", size))
		c.RequestBytes = size
		run(f, c)
	}
	got := ""
	for _, b := range f.Report("", 0).BiggestRequests {
		got += fmt.Sprint(b.Key, "=", b.Bytes, " ")
	}
	if want := "big:3000=3000 big:2000=2000 big:900=900 "; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// TestDriversMeet counts on several shards and reads meanwhile; exchanges may end on another shard than they began on.
func TestDriversMeet(t *testing.T) {
	f := keys.New(keys.Config{Listener: "l", Shards: 2, Top: 5})
	const drivers, each = 4, 5000
	var wg sync.WaitGroup
	for d := range drivers {
		wg.Go(func() {
			r := rand.New(rand.NewPCG(uint64(d), 1))
			for range each {
				c := newCommand(d % 2).touch(fmt.Sprintf("rw p%d:", r.IntN(400)))
				c.ReplyBytes = 3
				f.OnRequest(&c.Exchange)
				c.Session.Shard = 1 - c.Session.Shard
				f.OnDone(&c.Exchange)
			}
		})
	}
	wg.Go(func() {
		for range 20 {
			f.Report(stats.KeysByBytes, 3)
		}
	})
	wg.Wait()
	if r := f.Report("", 0); r.Totals.Commands != drivers*each || r.Totals.Writes != drivers*each || r.Totals.ReplyBytes != 3*drivers*each {
		t.Errorf("totals %+v", r.Totals)
	}
	r := prometheus.NewPedanticRegistry()
	r.MustRegister(keys.Metrics{f, keys.New(keys.Config{Listener: "other"})})
	if problems, err := testutil.GatherAndLint(r); err != nil || len(problems) > 0 {
		t.Errorf("lint: %v %v", problems, err)
	}
	if n, err := testutil.GatherAndCount(r, "sluice_key_commands_total"); err != nil || n != 2 {
		t.Errorf("%d listeners, %v", n, err)
	}
}

func BenchmarkCommand(b *testing.B) {
	for _, bb := range []struct {
		name     string
		prefixes int
	}{{"one prefix", 1}, {"100 prefixes", 100}, {"a million prefixes", 1_000_000}} {
		b.Run(bb.name, func(b *testing.B) {
			f := keys.New(keys.Config{})
			const many = 512
			commands := make([]*command, many)
			r := rand.New(rand.NewPCG(1, 1))
			for i := range commands {
				commands[i] = newCommand(0).touch(fmt.Sprintf("r user%d:%d", r.IntN(bb.prefixes), i))
				commands[i].RequestBytes, commands[i].ReplyBytes = 30, 100
			}
			for i := range commands {
				run(f, commands[i])
			}
			b.ReportAllocs()
			i := 0
			for b.Loop() {
				run(f, commands[i%many])
				i++
			}
		})
	}
}
