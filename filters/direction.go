package filters

import "github.com/sluice-proxy/sluice/codecs"

// A Direction names a stream by its source, and so also a side of the session. It is codecs' own, under a name that drivers may use, who know no codec.
type Direction = codecs.Direction

// The directions.
const (
	FromClient = codecs.FromClient
	FromServer = codecs.FromServer
)
