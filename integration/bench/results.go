package main

import "strings"

// A sample is one run's. A number that a workload doesn't measure is 0.
type sample struct {
	rate     float64 // units per second
	p50, p99 float64 // µs
	cpu      float64 // µs of the proxy per unit
	memory   float64 // KiB of the proxy per connection
}

// per gives the sample for units of which there are n in each of s's.
func (s sample) per(n float64) sample {
	s.rate *= n
	s.cpu /= n
	return s
}

// An outcome is a sample, or why there is none.
type outcome struct {
	sample
	err error
}

// A row is what a workload measured through a peer, by round.
type row struct {
	peer
	outcomes []outcome
}

// samples are those of the rounds that went well.
func (r *row) samples() []sample {
	var all []sample
	for _, o := range r.outcomes {
		if o.ok() {
			all = append(all, o.sample)
		}
	}
	return all
}

// ok is false of failures and of rounds that were not run.
func (o *outcome) ok() bool { return o.err == nil && o.rate > 0 }

// A table is a workload and its rows.
type table struct {
	workload
	rows []row
}

// results are all there is to print of a protocol.
type results struct {
	protocol  protocol
	machine   machine
	tables    []table
	missing   []missing // peers, by title, that can't be had
	wantMicro bool
	micro     micro
}

type missing struct {
	title string
	err   error
}

// newResults makes the empty tables of what the flags ask for and the machine has.
func (b *bench) newResults(p protocol) *results {
	r := &results{protocol: p, wantMicro: b.only.MatchString(p.micro())}
	said := map[string]bool{}
	for _, w := range workloads() {
		if w.protocol != p || !b.only.MatchString(w.key) {
			continue
		}
		t := table{workload: w}
		for _, p := range w.peers {
			if !b.peers.MatchString(p.key) {
				continue
			}
			if p.missing != nil {
				if err := p.missing(b); err != nil {
					// One program missing is one line, not one for each of its rows.
					if !said[err.Error()] {
						said[err.Error()] = true
						r.missing = append(r.missing, missing{p.title, err})
						b.logf("%s: not measured: %v", p.title, err)
					}
					continue
				}
			}
			t.rows = append(t.rows, row{p, make([]outcome, b.rounds)})
		}
		if len(t.rows) > 0 {
			r.tables = append(r.tables, t)
		}
	}
	return r
}

// row finds a workload's row; nil if it wasn't run.
func (r *results) row(workload, peer string) *row {
	for i := range r.tables {
		if r.tables[i].key != workload {
			continue
		}
		for j := range r.tables[i].rows {
			if x := &r.tables[i].rows[j]; x.key == peer {
				return x
			}
		}
	}
	return nil
}

// measured says whether a peer has a row whose key begins like that.
func (r *results) measured(key string) bool {
	for _, t := range r.tables {
		for _, x := range t.rows {
			if strings.HasPrefix(x.key, key) {
				return true
			}
		}
	}
	return false
}

func (r *results) samples(workload, peer string) []sample {
	if x := r.row(workload, peer); x != nil {
		return x.samples()
	}
	return nil
}

// samples are those of a workload and a peer, whatever their protocol.
func (b *bench) samples(workload, peer string) (all []sample) {
	for _, r := range b.results {
		all = append(all, r.samples(workload, peer)...)
	}
	return all
}
