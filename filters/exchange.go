package filters

import (
	"sync/atomic"

	"github.com/sluice-proxy/sluice/codecs"
	"github.com/sluice-proxy/sluice/metadata"
)

// An Outcome says how an exchange ended.
type Outcome uint8

// The outcomes.
const (
	Open    Outcome = iota // not yet ended
	OK                     // answered without an error
	Failed                 // answered with an error of the server
	Denied                 // refused by policy
	Skipped                // not carried out: the server skipped it after an earlier error in its batch
	Lost                   // the session ended before the answer did
)

// String gives the outcome as logs and metrics write it.
func (o Outcome) String() string {
	if int(o) < len(outcomeNames) {
		return outcomeNames[o]
	}
	return "unknown"
}

var outcomeNames = [...]string{"open", "ok", "error", "denied", "skipped", "lost"}

// A Judgement says what a policy said.
type Judgement uint8

// The judgements.
const (
	NotJudged Judgement = iota // there is no policy, or there was nothing to judge
	Allowed
	Refused
)

// String gives the judgement as logs and metrics write it.
func (j Judgement) String() string {
	if int(j) < len(judgementNames) {
		return judgementNames[j]
	}
	return "unknown"
}

var judgementNames = [...]string{"none", "allow", "deny"}

// A Statement is what is known of a statement's text, shared by all exchanges that have the same one. It is immutable.
type Statement struct {
	Operation      string
	Normalized     string
	Fingerprint    uint64
	FingerprintHex string // 16 digits
	Statements     int
}

// A Deed is what a text does, shared by all exchanges that have the same one. It is immutable but for what a filter keeps with it.
type Deed struct {
	*codecs.Parsed

	// Kept is where the filter that judges keeps its last verdict on the deed.
	Kept atomic.Value
}

// A Tag is one key and value of a sqlcommenter comment: the client's claim.
type Tag struct{ Key, Value string }

// An Exchange is one thing that the client asked for, from its first request byte to the last byte of its reply. It belongs to the
// session's driver: filters use it during a call and keep nothing of it.
type Exchange struct {
	ID      uint64 // within its session, from 1
	Session *Session
	Purpose codecs.Purpose
	Name    string // the specification's name of the request that gave it its purpose: "Query", "Execute"

	// Request is the message under judgement; set during MessageFilter.OnRequest only.
	Request *codecs.Message

	Statement *Statement // nil if the request has no text, or none that is known

	// Effects tell what the request under judgement does; empty if there is nothing to judge. Deed is theirs, nil if they depend on more than the text. Path tells
	// what names without a schema mean in them.
	Effects []metadata.Effect
	Deed    *Deed
	Path    *metadata.SearchPath
	Tags    []Tag
	Raw     []byte // the text as the client sent it; set only if a filter of the chain asked for raw text

	// Meta holds the exchange's facts beside those that have a field of their own.
	Meta metadata.Set

	Began     Instant // the first request byte was seen
	FirstByte Instant // the first reply byte was seen; 0 if none was
	Ended     Instant // the last reply byte was seen, or the session ended

	RequestBytes int64
	ReplyBytes   int64
	Rows         int64 // rows returned
	Affected     int64 // rows that the server says were changed or copied
	Sought       int64 // things that it asks for of which the answer tells whether they were there
	Found        int64 // how many the answer brings; see Hits

	Outcome    Outcome
	StatusCode string // the server's error code; "" if none
	Judgement  Judgement
	Rule       string // the rule that denied it, or allowed it
	Reason     string // why it was denied, for people
	Shadow     string // the shadow rule that would have decided otherwise
	Judged     any    // what the filter that judged it keeps
	Keyed      any    // what the filter that counts keys keeps
	Canceled   bool   // a cancel request named its session while it was the oldest open; set at its end
	Cancels    uint64 // a cancel request: the session that it names, if it is one of ours
	Bypass     string // why it could not be inspected, from a constant table; "" if it was
}

// Duration gives the time from the first request byte to the end, in nanoseconds.
func (x *Exchange) Duration() int64 { return int64(x.Ended - x.Began) }

// TimeToFirstByte gives the time from the first request byte to the first reply byte, in nanoseconds; 0 if there was no reply.
func (x *Exchange) TimeToFirstByte() int64 {
	if x.FirstByte == 0 {
		return 0
	}
	return int64(x.FirstByte - x.Began)
}

// Operation gives what the exchange does, for metrics and logs: that of its statement, else the request's name.
func (x *Exchange) Operation() string {
	if x.Statement != nil {
		return x.Statement.Operation
	}
	return x.Name
}

// Hits gives how many of the things that x asked for were there and how many were not; both are 0 if the answer does not tell.
func (x *Exchange) Hits() (hits, misses int64) {
	if x.Sought == 0 || x.Outcome != OK {
		return 0, 0
	}
	hits = min(x.Found, x.Sought)
	return hits, x.Sought - hits
}

// Reset makes x blank and keeps its memory.
func (x *Exchange) Reset() {
	meta, raw, tags := x.Meta, x.Raw[:0], x.Tags[:0]
	meta.Clear()
	if cap(raw) > 16<<10 {
		raw = nil // one long text must not stay in the pool's memory
	}
	*x = Exchange{Meta: meta, Raw: raw, Tags: tags}
}
