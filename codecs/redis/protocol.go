package redis

import "github.com/sluice-proxy/sluice/codecs"

// Protocol is RESP, versions 2 and 3, with the commands of Redis and Valkey.
var Protocol = codecs.Protocol{
	Name:        "redis",
	System:      "redis",
	Spec:        "RESP2 and RESP3 (https://redis.io/docs/latest/develop/reference/protocol-spec/), Redis 8 and Valkey 8",
	DefaultPort: 6379,
	New:         newDecoder,
	NewReady:    newReady,
	NewLexicon:  newLexicon,
	NewResolver: newLearner,
	Refuse:      refuse,
	Denial:      denial,
	Code:        errorCode,
	Farewell:    farewell,
	Readdress:   readdress,
	ErrorClass:  errorClass,
	Vocabulary:  vocabulary,
	ParseACL:    parseACL,
	Lines:       true,
	Operations:  operations(),
	Keys:        keys(),
	Waits:       Blocking,
}
