package inspect_test

import (
	"testing"

	"github.com/sluice-proxy/sluice/codecs"
	"github.com/sluice-proxy/sluice/codecs/redis"
	"github.com/sluice-proxy/sluice/filters/inspect"
)

// TestTheFarewellSaysWhatIsWrong: in the words of the server that did not get to see it, behind the answers to what came before.
func TestTheFarewellSaysWhatIsWrong(t *testing.T) {
	const farewell = "-ERR Protocol error: expected '$', got 'f'\r\n"
	enforced := func() *court {
		return &court{t: t, clerk: &clerk{}, cfg: &inspect.Config{Protocol: redis.Protocol, Enforce: true}}
	}
	c := enforced()
	c.begin("*1\r\nfoo\r\n")
	if got := c.got(codecs.FromServer); got != farewell {
		t.Errorf("the client got %q, want %q", got, farewell)
	}
	c = enforced()
	c.begin("PING\r\n")
	c.client("*1\r\nfoo\r\n")
	if got, want := c.server("+PONG\r\n"), "+PONG\r\n"+farewell; got != want {
		t.Errorf("the client got %q, want %q", got, want)
	}
}
