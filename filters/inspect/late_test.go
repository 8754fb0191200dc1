package inspect_test

import (
	"strings"
	"testing"

	"github.com/sluice-proxy/sluice/codecs"
	"github.com/sluice-proxy/sluice/codecs/redis"
	"github.com/sluice-proxy/sluice/filters"
	"github.com/sluice-proxy/sluice/filters/inspect"
)

// A censor denies MGET.
type censor struct{ clerk }

func (*censor) OnRequest(x *filters.Exchange) filters.Verdict {
	if x.Request.Name == "MGET" {
		return filters.Verdict{Action: filters.Deny}
	}
	return filters.Verdict{}
}

// TestTheRestOfADeniedRequestIsNoRequest: a request may be denied, and the client told so, before all of it has come. What comes then is still a part of it, though it
// looks like a request when read by itself.
func TestTheRestOfADeniedRequestIsNoRequest(t *testing.T) {
	c := &court{t: t}
	c.cfg = &inspect.Config{Protocol: redis.Protocol, Enforce: true, Parse: true, Limits: codecs.Limits{Inspect: 1 << 10, Effects: true}, Filters: []filters.MessageFilter{&censor{}}}
	c.begin("PING\r\n")
	c.server("+PONG\r\n")
	got := c.client("*4\r\n$4\r\nMGET\r\n$1\r\na\r\n$2048\r\n" + strings.Repeat("x", 2048) + "\r\n")
	if !strings.Contains(got, "SLUICE") {
		t.Fatalf("the server got %.60q, want a replacement", got)
	}
	if got := c.server("-ERR unknown command\r\n"); !strings.HasPrefix(got, "-NOPERM") {
		t.Fatalf("the client got %q", got)
	}
	if got := c.client("$10\r\nGET secret\r\n"); got != "" {
		t.Errorf("the server got %q: the last argument of a denied request", got)
	}
	const next = "*2\r\n$3\r\nGET\r\n$1\r\na\r\n"
	if got := c.client(next); got != next {
		t.Errorf("the server got %q, want the next request", got)
	}
}
