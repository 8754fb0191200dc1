package postgres_test

import (
	"flag"
	"testing"

	"github.com/sluice-proxy/sluice/codecs"
	"github.com/sluice-proxy/sluice/codecs/codectest"
	"github.com/sluice-proxy/sluice/codecs/postgres"
)

var golden = flag.Bool("golden", false, "write testdata/*.golden, what the transcripts are decoded to")

func summary(tb testing.TB, s codectest.Script) string {
	tb.Helper()
	return codectest.Summary(tb, postgres.Protocol, codecs.Limits{}, codecs.NoPurpose, s)
}

func TestGolden(t *testing.T) { codectest.Golden(t, "testdata", *golden, summary) }
