package redis_test

import (
	"flag"
	"path/filepath"
	"testing"

	"github.com/sluice-proxy/sluice/codecs"
	"github.com/sluice-proxy/sluice/codecs/codectest"
	"github.com/sluice-proxy/sluice/codecs/redis"
)

var golden = flag.Bool("golden", false, "write testdata/*.golden, what the transcripts are decoded to")

func summary(tb testing.TB, l codecs.Limits, s codectest.Script) string {
	tb.Helper()
	return codectest.Summary(tb, redis.Protocol, l, codecs.Command, s)
}

func TestGolden(t *testing.T) {
	for _, dir := range []string{"testdata", filepath.Join("testdata", "broken")} {
		codectest.Golden(t, dir, *golden, func(tb testing.TB, s codectest.Script) string {
			return summary(tb, codecs.Limits{Effects: true}, s)
		})
	}
}
