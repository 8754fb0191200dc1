// Package all lists the protocols that the proxy speaks. Configuration, metrics, documentation and tests range over the list.
package all

import (
	"github.com/sluice-proxy/sluice/codecs"
	"github.com/sluice-proxy/sluice/codecs/postgres"
	"github.com/sluice-proxy/sluice/codecs/redis"
)

// Protocols gives every protocol, one line each.
func Protocols() []codecs.Protocol {
	return []codecs.Protocol{
		postgres.Protocol,
		redis.Protocol,
	}
}
