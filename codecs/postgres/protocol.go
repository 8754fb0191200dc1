package postgres

import (
	"github.com/sluice-proxy/sluice/codecs"
	"github.com/sluice-proxy/sluice/codecs/sql/pgsql"
)

// Protocol is PostgreSQL's frontend/backend protocol, 3.0 to 3.2.
var Protocol = codecs.Protocol{
	Name:        "postgres",
	System:      "postgresql",
	Spec:        "PostgreSQL 18, chapter 54 (https://www.postgresql.org/docs/18/protocol.html)",
	DefaultPort: 5432,
	New:         newDecoder,
	NewReady:    newReady,
	NewAnalyser: newAnalyser,
	Unparsed:    unparsed(),
	NewResolver: func(s codecs.Search, _ codecs.Decoder) codecs.Resolver { return newResolver(s) },
	Refuse:      refuse,

	DeclineUpgrade: func(dst []byte, _ *codecs.Message) []byte { return append(dst, 'N') }, // PostgreSQL 18, 54.2.11, 54.2.12
	Denial:         denial,
	Code:           errorCode,
	Farewell:       farewell,
	Vocabulary:     pgsql.Operations,
	ErrorClass:     codecs.SQLStateClass,
	Operations:     codecs.SQLOperations(),
	Keys:           keys(),
}
