package accesslog

import (
	"strconv"

	"github.com/sluice-proxy/sluice/codecs"
	"github.com/sluice-proxy/sluice/filters"
	"github.com/sluice-proxy/sluice/metadata"
)

// maxValue bounds what is written of a fact, a rule's name, an error.
const maxValue = 1 << 10

// exchangeLine appends the line of an exchange.
func (sh *shard) exchangeLine(dst []byte, x *filters.Exchange) []byte {
	l, s := sh.log, x.Session
	dst = sh.head(dst, s, x.Began, `"exchange"`)
	dst = strconv.AppendUint(append(dst, fieldExchange...), x.ID, 10)
	dst = name(append(dst, fieldPurpose...), x.Purpose.String())
	if x.Name != "" {
		dst = name(append(dst, fieldRequest...), x.Name)
	}
	dst = name(append(dst, fieldOutcome...), x.Outcome.String())
	if x.Judgement != filters.NotJudged {
		dst = name(append(dst, fieldVerdict...), x.Judgement.String())
	}
	if x.Reason != "" {
		dst = short(append(dst, fieldReason...), x.Reason)
	}
	if x.Shadow != "" {
		dst = short(append(dst, fieldShadow...), x.Shadow)
	}
	if x.Rule != "" {
		dst = short(append(dst, fieldRule...), x.Rule)
	}
	if x.Cancels != 0 {
		dst = strconv.AppendUint(append(dst, fieldCancels...), x.Cancels, 10)
	}
	if x.Canceled {
		dst = append(dst, fieldCanceled...)
	}
	if x.Bypass != "" {
		dst = short(append(dst, fieldBypass...), x.Bypass)
	}
	dst = appendSeconds(append(dst, fieldDuration...), x.Duration())
	if x.FirstByte != 0 {
		dst = appendSeconds(append(dst, fieldFirstByte...), x.TimeToFirstByte())
	}
	if op := x.Operation(); op != "" {
		dst = short(append(dst, fieldOperation...), op)
	}
	truncated := false
	if t := x.Statement; t != nil {
		if t.Statements != 1 && t.Statements != 0 {
			dst = strconv.AppendInt(append(dst, fieldBatch...), int64(t.Statements), 10)
		}
		if t.FingerprintHex != "" {
			dst = name(append(dst, fieldFingerprint...), t.FingerprintHex)
		}
		text, less := cut(t.Normalized, l.config.Text)
		dst = appendString(append(dst, fieldText...), text)
		truncated = less
	}
	if l.config.Raw && len(x.Raw) > 0 {
		text, less := cut(x.Raw, l.config.Text)
		dst = appendString(append(dst, fieldRaw...), text)
		truncated = truncated || less
	}
	if truncated {
		dst = append(dst, fieldCut...)
	}
	dst = strconv.AppendInt(append(dst, fieldRows...), x.Rows, 10)
	if x.Affected != 0 {
		dst = strconv.AppendInt(append(dst, fieldAffected...), x.Affected, 10)
	}
	if x.StatusCode != "" {
		dst = short(append(dst, fieldStatus...), x.StatusCode)
	}
	dst = strconv.AppendInt(append(dst, fieldRequestSize...), x.RequestBytes, 10)
	dst = strconv.AppendInt(append(dst, fieldReplySize...), x.ReplyBytes, 10)
	for _, f := range x.Meta.Fields() {
		if !fielded(f.Key) {
			dst = fact(dst, &f)
		}
	}
	if len(x.Tags) > 0 {
		dst = appendTags(dst, x.Tags)
	}
	return append(dst, '}', '\n')
}

// sessionLine appends the line of a session that has ended.
func (sh *shard) sessionLine(dst []byte, s *filters.Session) []byte {
	dst = sh.head(dst, s, s.Opened, `"session"`)
	dst = name(append(dst, fieldCause...), s.Cause.String())
	if s.Err != nil {
		dst = short(append(dst, fieldError...), s.Err.Error())
	}
	dst = appendSeconds(append(dst, fieldSessionDuration...), int64(s.Ended-s.Opened))
	if s.Connected != 0 {
		dst = appendSeconds(append(dst, fieldConnected...), int64(s.Connected-s.Opened))
	}
	if s.Driver != "" {
		dst = name(append(dst, fieldDriver...), s.Driver)
	}
	dst = strconv.AppendUint(append(dst, fieldExchanges...), s.Exchanges, 10)
	dst = strconv.AppendInt(append(dst, fieldReceivedClient...), s.Bytes[codecs.FromClient], 10)
	dst = strconv.AppendInt(append(dst, fieldReceivedServer...), s.Bytes[codecs.FromServer], 10)
	return append(dst, '}', '\n')
}

// droppedLine appends the line that says how many lines are missing.
func (sh *shard) droppedLine(dst []byte, n uint64) []byte {
	dst = append(append(dst, '{'), fieldTime...)
	dst = sh.stamp.append(dst, sh.log.base+int64(sh.log.config.Epoch.Now()))
	dst = append(append(dst, fieldEvent...), `"dropped"`...)
	dst = strconv.AppendUint(append(dst, fieldDropped...), n, 10)
	return append(dst, '}', '\n')
}

// head appends what all lines begin with.
func (sh *shard) head(dst []byte, s *filters.Session, at filters.Instant, event string) []byte {
	dst = append(append(dst, '{'), fieldTime...)
	dst = sh.stamp.append(dst, sh.log.base+int64(at))
	dst = append(append(dst, fieldEvent...), event...)
	return sh.session(dst, s)
}

// fielded says whether a key of an exchange is written from a field of its own.
func fielded(k metadata.Key) bool {
	switch k {
	case metadata.Operation, metadata.QueryText, metadata.Fingerprint, metadata.StatementCount, metadata.ReturnedRows, metadata.AffectedRows,
		metadata.StatusCode, metadata.RequestBytes, metadata.ResponseBytes:
		return true
	}
	return false
}

// name appends a string from a constant table, which needs no escape.
func name(dst []byte, s string) []byte { return append(append(append(dst, '"'), s...), '"') }

// short appends a string of which maxValue bytes are enough.
func short(dst []byte, s string) []byte {
	s, _ = cut(s, maxValue)
	return appendString(dst, s)
}
