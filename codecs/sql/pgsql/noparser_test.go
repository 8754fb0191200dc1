//go:build !cgo

package pgsql_test

import (
	"testing"

	"github.com/sluice-proxy/sluice/codecs/sql/pgsql"
)

func TestWithoutCgoNothingIsParsed(t *testing.T) {
	var p pgsql.Parser
	if r := p.Parse([]byte("SELECT 1"), pgsql.Mode{}); pgsql.Available() || r.Why != pgsql.WhyNoParser || len(r.Effects) != 0 {
		t.Errorf("got %+v", r)
	}
}
