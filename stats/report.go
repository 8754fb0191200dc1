package stats

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// A Report is what the table counted, as the admin server's /statements gives it in JSON. Totals are those of the statements (all of them, not
// only those that a limit let through) and of the evicted rows together.
type Report struct {
	Time       time.Time   `json:"time"`
	Sort       Sort        `json:"sort"`
	Rows       int         `json:"rows"` // how many there are, before the limit
	Totals     Counts      `json:"totals"`
	Evicted    Evicted     `json:"evicted"`
	Statements []Statement `json:"statements"`
}

// Evicted is what became of the rows that had to make room.
type Evicted struct {
	Evictions uint64 `json:"evictions"` // over all shards; a statement that came back and was evicted again counts twice
	Counts
	Times
}

// A Statement is one row of a [Report].
type Statement struct {
	Fingerprint string `json:"fingerprint"` // 16 digits; "" if the exchanges have no text
	Operation   string `json:"operation"`
	User        string `json:"user"`
	Database    string `json:"database"`
	Text        string `json:"text"`
	Counts
	Times
	FirstSeen time.Time `json:"first_seen"`
	LastSeen  time.Time `json:"last_seen"`
}

// Times describes durations, in seconds. Quantiles are up to 4.5 % off, the rest is exact.
type Times struct {
	Total float64 `json:"time_total"`
	Mean  float64 `json:"time_mean"`
	Min   float64 `json:"time_min"`
	Max   float64 `json:"time_max"`
	P50   float64 `json:"time_p50"`
	P95   float64 `json:"time_p95"`
	P99   float64 `json:"time_p99"`
}

// Times describes what h counted.
func (h *Histogram) Times() Times {
	return Times{
		Total: h.Seconds(), Mean: h.Mean().Seconds(), Min: h.Min().Seconds(), Max: h.Max().Seconds(),
		P50: h.Quantile(.5).Seconds(), P95: h.Quantile(.95).Seconds(), P99: h.Quantile(.99).Seconds(),
	}
}

// A Sort names an order of statements, the greatest first.
type Sort string

// The orders.
const (
	ByTime   Sort = "time" // total
	ByCalls  Sort = "calls"
	ByErrors Sort = "errors" // everything that didn't end well
	ByRows   Sort = "rows"   // returned and affected
	ByBytes  Sort = "bytes"  // both ways
	ByP95    Sort = "p95"
)

// Sorts lists the orders.
func Sorts() []Sort { return []Sort{ByTime, ByCalls, ByErrors, ByRows, ByBytes, ByP95} }

// ParseSort gives the order of that name, ByTime for "".
func ParseSort(name string) (Sort, error) {
	if name == "" {
		return ByTime, nil
	}
	if s := Sort(name); slices.Contains(Sorts(), s) {
		return s, nil
	}
	names := make([]string, 0, len(Sorts()))
	for _, s := range Sorts() {
		names = append(names, string(s))
	}
	return "", fmt.Errorf("no such order; there are %s", strings.Join(names, ", "))
}

func (s Sort) value(r *Statement) float64 {
	switch s {
	case ByCalls:
		return float64(r.Calls)
	case ByErrors:
		return float64(r.Bad())
	case ByRows:
		return float64(r.Rows + r.Affected)
	case ByBytes:
		return float64(r.RequestBytes + r.ReplyBytes)
	case ByP95:
		return r.P95
	default:
		return r.Total
	}
}

// Report merges the shards and gives the first limit statements in order; all of them if limit is not positive. While exchanges go on, rows and
// totals may be apart by those that ended meanwhile; when none do they agree.
func (t *Table) Report(now time.Time, by Sort, limit int) *Report {
	p := &Report{Time: now.UTC(), Sort: by, Statements: []Statement{}}
	var gone Histogram
	rows := map[key]*row{}
	for _, sh := range t.shards {
		sh.merge(rows)
		sh.mu.Lock()
		p.Totals.Add(&sh.total)
		p.Evicted.Add(&sh.evicted)
		p.Evicted.Evictions += sh.evictions
		gone.Merge(&sh.times)
		sh.mu.Unlock()
	}
	p.Evicted.Times = gone.Times()
	p.Rows = len(rows)
	for k, r := range rows {
		s := Statement{
			Operation: k.operation, User: k.user, Database: k.database, Text: r.text, Counts: r.counts, Times: r.times.Times(),
			FirstSeen: t.config.Wall(r.first).UTC(), LastSeen: t.config.Wall(r.last).UTC(),
		}
		if k.fingerprint != 0 {
			s.Fingerprint = fmt.Sprintf("%016x", k.fingerprint)
		}
		p.Statements = append(p.Statements, s)
	}
	slices.SortFunc(p.Statements, func(a, b Statement) int {
		return cmp.Or(cmp.Compare(by.value(&b), by.value(&a)), cmp.Compare(a.Fingerprint, b.Fingerprint), cmp.Compare(a.Operation, b.Operation),
			cmp.Compare(a.User, b.User), cmp.Compare(a.Database, b.Database))
	})
	if limit > 0 && limit < len(p.Statements) {
		p.Statements = slices.Clone(p.Statements[:limit])
	}
	return p
}

// pace is how many rows are read under the lock at once: a shard's driver must not wait for a reader for longer than some microseconds.
const pace = 32

// merge adds the shard's rows to those in into.
func (sh *shard) merge(into map[key]*row) {
	var some [pace]row
	for from := 0; ; from += pace {
		sh.mu.Lock()
		n := 0
		for from+n < len(sh.ring) && n < pace {
			r := sh.ring[from+n]
			times := some[n].times
			some[n] = *r
			times.Copy(&r.times)
			some[n].times = times
			n++
		}
		sh.mu.Unlock()
		for i := range some[:n] {
			r := &some[i]
			m := into[r.key]
			if m == nil {
				m = &row{key: r.key, text: r.text, first: r.first, last: r.last}
				into[r.key] = m
			}
			m.counts.Add(&r.counts)
			m.times.Merge(&r.times)
			m.first, m.last = min(m.first, r.first), max(m.last, r.last)
		}
		if n < pace {
			return
		}
	}
}
