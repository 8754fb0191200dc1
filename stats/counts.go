package stats

// An Outcome says how an exchange ended.
type Outcome uint8

// The outcomes.
const (
	OK      Outcome = iota // answered without an error
	Failed                 // answered with an error of the server
	Denied                 // refused by policy
	Skipped                // not carried out by the server, after an earlier error
	Lost                   // the session ended before the answer did
)

// Counts is what is added up: for a statement, for all of them, and for those that were evicted. The numbers of exchanges by outcome add up to
// Calls less the successful ones.
type Counts struct {
	Calls        uint64 `json:"calls"`
	Errors       uint64 `json:"errors"`  // of the server
	Denied       uint64 `json:"denied"`  // by policy
	Skipped      uint64 `json:"skipped"` // by the server, after an earlier error
	Lost         uint64 `json:"lost"`    // the session ended first
	Rows         uint64 `json:"rows"`
	Affected     uint64 `json:"affected"`
	RequestBytes uint64 `json:"request_bytes"`
	ReplyBytes   uint64 `json:"reply_bytes"`
	Hits         uint64 `json:"hits"`   // things that reads asked for and that were there
	Misses       uint64 `json:"misses"` // and that were not

	// Blocked counts the calls that waited for what others do, and BlockedTime adds up how long, in seconds. No other time has them.
	Blocked     uint64  `json:"blocked"`
	BlockedTime float64 `json:"blocked_time"`
}

// Bad gives the number of exchanges that ended in any way but well.
func (c *Counts) Bad() uint64 { return c.Errors + c.Denied + c.Skipped + c.Lost }

// Add adds o.
func (c *Counts) Add(o *Counts) {
	c.Calls += o.Calls
	c.Errors += o.Errors
	c.Denied += o.Denied
	c.Skipped += o.Skipped
	c.Lost += o.Lost
	c.Rows += o.Rows
	c.Affected += o.Affected
	c.RequestBytes += o.RequestBytes
	c.ReplyBytes += o.ReplyBytes
	c.Hits += o.Hits
	c.Misses += o.Misses
	c.Blocked += o.Blocked
	c.BlockedTime += o.BlockedTime
}

func (c *Counts) record(s *Sample) {
	c.Calls++
	switch s.Outcome {
	case Failed:
		c.Errors++
	case Denied:
		c.Denied++
	case Skipped:
		c.Skipped++
	case Lost:
		c.Lost++
	}
	c.Rows += uint64(max(s.Rows, 0))
	c.Affected += uint64(max(s.Affected, 0))
	c.RequestBytes += uint64(max(s.RequestBytes, 0))
	c.ReplyBytes += uint64(max(s.ReplyBytes, 0))
	c.Hits += uint64(max(s.Hits, 0))
	c.Misses += uint64(max(s.Misses, 0))
	if s.Blocked {
		c.Blocked++
		c.BlockedTime += max(s.Duration.Seconds(), 0)
	}
}
