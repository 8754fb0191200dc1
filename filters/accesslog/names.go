package accesslog

// The fields. Names are OpenTelemetry's where it has one; keys of the metadata (db.user, client.address and so on) appear under their own names.
const (
	fieldTime      = `"timestamp":`   // when the exchange or the session began: RFC 3339, UTC, nanoseconds
	fieldEvent     = `,"event.name":` // exchange, session, or dropped
	fieldListener  = `,"sluice.listener":`
	fieldProtocol  = `,"sluice.protocol":`
	fieldSession   = `,"session.id":`
	fieldDriver    = `,"sluice.session.driver":`
	fieldExchange  = `,"sluice.exchange.id":`       // within the session, from 1
	fieldPurpose   = `,"sluice.purpose":`           // connect, prepare, command, cancel, stream
	fieldRequest   = `,"sluice.request":`           // the specification's name of the request
	fieldOutcome   = `,"sluice.outcome":`           // ok, error, denied, skipped, lost
	fieldVerdict   = `,"sluice.policy.verdict":`    // allow, deny; absent if nothing was judged
	fieldReason    = `,"sluice.policy.reason":`     // why it was denied
	fieldShadow    = `,"sluice.policy.shadow":`     // the shadow rule that would have decided otherwise
	fieldRule      = `,"sluice.policy.rule":`       // that allowed or denied; absent if the default did
	fieldCancels   = `,"sluice.cancel.session.id":` // a cancel request: the session that it names
	fieldCanceled  = `,"sluice.canceled":true`
	fieldBypass    = `,"sluice.bypass":`                      // why it wasn't inspected entirely
	fieldDuration  = `,"db.client.operation.duration":`       // seconds
	fieldFirstByte = `,"sluice.response.time_to_first_byte":` // seconds; absent if there was no reply

	fieldServerAddress = `,"server.address":`
	fieldServerPort    = `,"server.port":`

	fieldOperation   = `,"db.operation.name":`
	fieldBatch       = `,"db.operation.batch.size":` // only if not 1
	fieldFingerprint = `,"db.query.fingerprint":`
	fieldText        = `,"db.query.text":`
	fieldRaw         = `,"db.query.text.raw":`
	fieldCut         = `,"sluice.truncated":true` // a text was longer than Config.Text
	fieldRows        = `,"db.response.returned_rows":`
	fieldAffected    = `,"db.response.affected_rows":`
	fieldStatus      = `,"db.response.status_code":`
	fieldRequestSize = `,"db.request.size":`
	fieldReplySize   = `,"db.response.size":`
	fieldTraceID     = `,"trace_id":` // of the client's traceparent
	fieldSpanID      = `,"span_id":`
	fieldTraceFlags  = `,"trace_flags":`
	fieldTags        = `,"db.query.tags":{` // the other tags of a sqlcommenter comment

	fieldCause           = `,"sluice.session.cause":`
	fieldError           = `,"error.message":`
	fieldSessionDuration = `,"sluice.session.duration":`        // seconds
	fieldConnected       = `,"sluice.session.time_to_connect":` // seconds until the server side was connected; absent if it never was
	fieldExchanges       = `,"sluice.session.exchanges":`
	fieldReceivedClient  = `,"sluice.session.client.bytes":` // received from the client
	fieldReceivedServer  = `,"sluice.session.server.bytes":`

	fieldDropped = `,"sluice.log.dropped":` // lines dropped since the line before of this shard
)
