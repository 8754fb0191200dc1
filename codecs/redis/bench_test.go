package redis_test

import (
	"strings"
	"testing"

	"github.com/sluice-proxy/sluice/codecs"
	"github.com/sluice-proxy/sluice/codecs/codectest"
)

// feed decodes p and gives the number of messages.
func feed(tb testing.TB, d codecs.Decoder, dir codecs.Direction, p []byte) (messages int) {
	for len(p) > 0 {
		n, m, err := d.Decode(dir, p)
		if err != nil {
			tb.Fatal(err)
		}
		if m != nil {
			messages++
		}
		p = p[n:]
	}
	return messages
}

func BenchmarkRoundTrip(b *testing.B) {
	for _, bb := range []struct {
		name string
		loop codectest.Script
	}{
		{"get", codectest.Script{codectest.Client(cmd("GET", "key:000000001234")), codectest.Server(bulk("xxx"))}},
		{"set", codectest.Script{codectest.Client(cmd("SET", "key:000000001234", "xxx")), codectest.Server(okay)}},
		{"incr", codectest.Script{codectest.Client(cmd("INCR", "counter")), codectest.Server(":123456\r\n")}},
		{"hset", codectest.Script{codectest.Client(cmd("HSET", "h", "f", "v")), codectest.Server(":1\r\n")}},
		{"ping", codectest.Script{codectest.Client(cmd("PING")), codectest.Server("+PONG\r\n")}},
		{"mget 10", codectest.Script{codectest.Client(cmd("MGET", "a", "b", "c", "d", "e", "f", "g", "h", "i", "j")), codectest.Server(longArray(10))}},
		{"get pipelined 16", codectest.Script{codectest.Client(strings.Repeat(cmd("GET", "key:000000001234"), 16)), codectest.Server(strings.Repeat(bulk("xxx"), 16))}},
	} {
		for _, mode := range []struct {
			name    string
			effects bool
		}{{"", false}, {" with effects", true}} {
			b.Run(bb.name+mode.name, func(b *testing.B) {
				d := protocol.New(codecs.Limits{Effects: mode.effects})
				b.SetBytes(int64(len(bb.loop[0].Bytes) + len(bb.loop[1].Bytes)))
				b.ReportAllocs()
				n := 0
				for b.Loop() {
					n += feed(b, d, codecs.FromClient, bb.loop[0].Bytes) + feed(b, d, codecs.FromServer, bb.loop[1].Bytes)
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(n), "ns/msg")
			})
		}
	}
}

// BenchmarkOneWay tells requests from replies.
func BenchmarkOneWay(b *testing.B) {
	const batch = 1000
	requests, replies := []byte(strings.Repeat(cmd("GET", "key:000000001234"), batch)), []byte(strings.Repeat(bulk("xxx"), batch))
	for _, dir := range []codecs.Direction{codecs.FromClient, codecs.FromServer} {
		b.Run(dir.String(), func(b *testing.B) {
			d := protocol.New(codecs.Limits{})
			n := 0
			for b.Loop() {
				if dir == codecs.FromServer {
					b.StopTimer()
				}
				n += feed(b, d, codecs.FromClient, requests)
				b.StartTimer()
				if dir == codecs.FromClient {
					b.StopTimer()
				}
				feed(b, d, codecs.FromServer, replies)
				b.StartTimer()
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(n), "ns/msg")
		})
	}
}

// BenchmarkBigValue is a value of 1 GB that streams by in chunks of 64 KiB.
func BenchmarkBigValue(b *testing.B) {
	const size = 1 << 30
	chunk := make([]byte, 64<<10)
	d := protocol.New(codecs.Limits{})
	b.SetBytes(size)
	b.ReportAllocs()
	for b.Loop() {
		feed(b, d, codecs.FromClient, []byte(cmd("GET", "a")))
		feed(b, d, codecs.FromServer, []byte("$1073741824\r\n"))
		for range size / len(chunk) {
			feed(b, d, codecs.FromServer, chunk)
		}
		feed(b, d, codecs.FromServer, []byte("\r\n"))
	}
}

// BenchmarkLongArray is a reply of 10,000 short strings.
func BenchmarkLongArray(b *testing.B) {
	d := protocol.New(codecs.Limits{})
	reply := []byte(longArray(10_000))
	b.SetBytes(int64(len(reply)))
	b.ReportAllocs()
	for b.Loop() {
		feed(b, d, codecs.FromClient, []byte(cmd("LRANGE", "l", "0", "-1")))
		feed(b, d, codecs.FromServer, reply)
	}
}
