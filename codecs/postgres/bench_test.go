package postgres_test

import (
	"strings"
	"testing"

	"github.com/sluice-proxy/sluice/codecs"
	"github.com/sluice-proxy/sluice/codecs/codectest"
	"github.com/sluice-proxy/sluice/codecs/postgres"
)

// feed decodes f and gives the number of messages.
func feed(tb testing.TB, d codecs.Decoder, dir codecs.Direction, p []byte) (messages int) {
	for len(p) > 0 {
		n, m, err := d.Decode(dir, p)
		if err != nil {
			tb.Fatal(err)
		}
		if m != nil {
			messages += m.Count
		}
		p = p[n:]
	}
	return messages
}

func loggedIn(tb testing.TB, more ...codectest.Flow) codecs.Decoder {
	d := postgres.Protocol.New(codecs.Limits{})
	for _, f := range login.Then(more...) {
		feed(tb, d, f.Dir, f.Bytes)
	}
	return d
}

func BenchmarkRoundTrip(b *testing.B) {
	const text = "SELECT abalance FROM pgbench_accounts WHERE aid = $1"
	prepare := []codectest.Flow{codectest.Client(parse("P0_1", text), syncs), codectest.Server(parseComplete, ready('I'))}
	answer := codectest.Server(bindComplete, rowsOf, row("12345"), tag("SELECT 1"), ready('I'))
	for name, loop := range map[string]codectest.Script{
		"prepared": {codectest.Client(bind("", "P0_1", "77"), describe('P', ""), execute("", 0), syncs), answer},
		"extended": {
			codectest.Client(parse("", text), bind("", "", "77"), describe('P', ""), execute("", 0), syncs),
			codectest.Server(parseComplete, string(answer.Bytes)),
		},
		"simple": {codectest.Client(query("SELECT 1")), codectest.Server(rowsOf, row("12345"), tag("SELECT 1"), ready('I'))},
	} {
		b.Run(name, func(b *testing.B) {
			d := loggedIn(b, prepare...)
			b.SetBytes(int64(len(loop[0].Bytes) + len(loop[1].Bytes)))
			b.ReportAllocs()
			n := 0
			for b.Loop() {
				n += feed(b, d, codecs.FromClient, loop[0].Bytes) + feed(b, d, codecs.FromServer, loop[1].Bytes)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(n), "ns/msg")
		})
	}
}

func BenchmarkRows(b *testing.B) {
	for name, size := range map[string]int{"100B": 93, "10B": 3} {
		b.Run(name, func(b *testing.B) {
			d := loggedIn(b, codectest.Client(query("SELECT 1")), codectest.Server(rowsOf))
			p := []byte(strings.Repeat(row(strings.Repeat("x", size)), (64<<10)/(size+11)))
			b.SetBytes(int64(len(p)))
			b.ReportAllocs()
			n := 0
			for b.Loop() {
				n += feed(b, d, codecs.FromServer, p)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(n), "ns/msg")
		})
	}
}

// BenchmarkBigRow is one row of 1 GB that streams by in chunks of 64 KiB.
func BenchmarkBigRow(b *testing.B) {
	const size = 1 << 30
	head := []byte("D" + u32(size+4))
	chunk := make([]byte, 64<<10)
	d := loggedIn(b, codectest.Client(query("SELECT 1")), codectest.Server(rowsOf))
	b.SetBytes(size)
	b.ReportAllocs()
	for b.Loop() {
		feed(b, d, codecs.FromServer, head)
		for range size / len(chunk) {
			feed(b, d, codecs.FromServer, chunk)
		}
	}
}
