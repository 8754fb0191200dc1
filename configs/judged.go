package configs

import (
	"cmp"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"sync/atomic"
	"time"

	"github.com/sluice-proxy/sluice/codecs"
	"github.com/sluice-proxy/sluice/filters"
	"github.com/sluice-proxy/sluice/filters/inspect"
	filterrbac "github.com/sluice-proxy/sluice/filters/rbac"
	"github.com/sluice-proxy/sluice/rbac"
)

// A livePolicy is a policy file, and the filter that judges by it.
type livePolicy struct {
	file      string
	name      string   // of the file without its folder, if no other policy's is called so; else with it. A label
	listeners []string // that have it
	unparsed  string   // why statements can't be parsed for one of them; "" if they can

	// Set once it is in use.
	filter *filterrbac.Filter
	state  atomic.Pointer[policyState]
}

// policyState is what became of the file the last time it was read.
type policyState struct {
	engine *rbac.Engine
	loaded time.Time
	failed error // why a later version of the file does not count; nil if there is none
	tried  time.Time
}

// policies gives the policy files that listeners name, each once.
func (c *Config) policies() (all []*livePolicy) {
	for i := range c.Listeners {
		l := &c.Listeners[i]
		if l.Policy.File == "" {
			continue
		}
		p := policyOf(all, l)
		if p == nil {
			p = &livePolicy{file: l.Policy.File, name: filepath.Base(l.Policy.File)}
			for _, other := range all {
				if filepath.Base(other.file) == p.name {
					p.name, other.name = p.file, other.file
				}
			}
			all = append(all, p)
		}
		p.listeners = append(p.listeners, l.label())
		codec, _ := l.Protocol.codec()
		p.unparsed = cmp.Or(p.unparsed, codec.Unparsed)
	}
	return all
}

// policyOf gives a listener's policy, nil if it has none.
func policyOf(all []*livePolicy, l *Listener) *livePolicy {
	for _, p := range all {
		if p.file == l.Policy.File {
			return p
		}
	}
	return nil
}

// openPolicies makes the policies of all listeners ready to judge by.
func (a *assembly) openPolicies(shards int) error {
	for _, p := range a.c.policies() {
		e, err := p.load()
		if err != nil {
			return err
		}
		p.filter = filterrbac.New(shards, e)
		p.state.Store(&policyState{engine: e, loaded: time.Now()})
		a.policies = append(a.policies, p)
	}
	return nil
}

// judged gives a listener's chain its policy, if it has one.
func (a *assembly) judged(in *inspect.Config, l *Listener) {
	p := policyOf(a.policies, l)
	if p == nil {
		return
	}
	in.Enforce, in.Parse = true, true
	in.Limits.Effects = true
	in.Search = codecs.Search{Strict: l.Policy.SearchPath == "strict", Assume: l.Policy.Schemas}
	in.Filters = slices.Insert(slices.Clone(in.Filters), 0, filters.MessageFilter(p.filter))
}

// load reads the file, and says why it can't be used.
func (p *livePolicy) load() (*rbac.Engine, error) {
	e, err := LoadPolicy(p.file)
	if err == nil {
		err = p.usable(e)
	}
	return e, err
}

// usable says why an engine can't be used with what this build of the program understands.
func (p *livePolicy) usable(e *rbac.Engine) error {
	if p.unparsed == "" {
		return nil
	}
	for _, r := range e.Rules() {
		if len(r.Operations) > 0 || len(r.Accesses) > 0 || r.Text != "" {
			return Problems{{File: p.file, Text: fmt.Sprintf("rule %s is about what statements do, and %s", r.Name, p.unparsed)}}
		}
	}
	return nil
}

// reload reads the file anew. If that fails, the policy stays as it is.
func (p *livePolicy) reload() error {
	state := *p.state.Load()
	state.tried = time.Now()
	loaded, err := p.load()
	if state.failed = err; err == nil {
		p.filter.Replace(loaded)
		state.engine, state.loaded = loaded, state.tried
	}
	p.state.Store(&state)
	return err
}

// ReloadPolicies reads the policy files anew; sessions are judged by them from their next request on. A file that can't be used changes nothing, and the error
// says why.
func (n *Instance) ReloadPolicies() error {
	var all error
	for _, p := range n.policies {
		if err := p.reload(); err != nil {
			all = errors.Join(all, fmt.Errorf("the policy stays as it was: %w", err))
		}
	}
	return all
}

// CheckPolicies reads the policy files that c names, and says what is wrong with them as [Problems]. Start does so too.
func (c *Config) CheckPolicies() error {
	var all Problems
	for _, p := range c.policies() {
		var problems Problems
		switch _, err := p.load(); {
		case errors.As(err, &problems):
			all = append(all, problems...)
		case err != nil:
			all = append(all, Problem{Text: err.Error()})
		}
	}
	if len(all) == 0 {
		return nil
	}
	return all
}

// Policies gives the names of the policy files in use.
func (n *Instance) Policies() (files []string) {
	for _, p := range n.policies {
		files = append(files, p.file)
	}
	return files
}
