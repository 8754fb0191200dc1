package filtertest_test

import (
	"fmt"
	"testing"

	"github.com/sluice-proxy/sluice/filters/filtertest"
)

func TestSessionsOverAByteScript(t *testing.T) {
	for seed := range uint64(5) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			filtertest.Run(t, filtertest.Script(seed))
		})
	}
}
