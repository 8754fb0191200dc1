package redis

import "github.com/sluice-proxy/sluice/metadata"

// What only Redis has.
var (
	ProtocolVersion = &metadata.Spec{Name: "redis.protocol.version", Type: metadata.Int, Scope: metadata.OfSession,
		Doc: "The version of RESP that the client and the server agreed on: 2, or 3 after HELLO 3."}
	Blocking = &metadata.Spec{Name: "redis.blocking", Type: metadata.Bool, Scope: metadata.OfExchange,
		Doc: "The command may wait for what others do (BLPOP, XREAD with BLOCK, WAIT): its duration is no measure of the server's work."}
)

func keys() []metadata.Key { return []metadata.Key{ProtocolVersion, Blocking} }
