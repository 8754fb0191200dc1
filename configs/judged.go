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

// A policies is a policy file, and the filter that judges by it.
type policies struct {
	file   string
	name   string // the file's, without its folder: a label
	filter *filterrbac.Filter

	listeners []string
	unparsed  string // why statements can't be parsed for one of the listeners; "" if they can
	state     atomic.Pointer[policyState]
}

// policyState is what became of the file the last time it was read.
type policyState struct {
	engine *rbac.Engine
	loaded time.Time
	failed error // why a later version of the file does not count; nil if there is none
	tried  time.Time
}

// judged gives a listener's chain its policy, if it has one.
func (a *assembly) judged(in *inspect.Config, l *Listener) error {
	if l.Policy.File == "" {
		return nil
	}
	p, err := a.policy(l.Policy.File)
	if err != nil {
		return err
	}
	p.listeners = append(p.listeners, l.label())
	p.unparsed = cmp.Or(p.unparsed, in.Protocol.Unparsed)
	if err := p.usable(p.state.Load().engine); err != nil {
		return err
	}
	in.Enforce, in.Parse = true, true
	in.Limits.Effects = true
	in.Search = codecs.Search{Strict: l.Policy.SearchPath == "strict", Assume: l.Policy.Schemas}
	in.Filters = slices.Insert(slices.Clone(in.Filters), 0, filters.MessageFilter(p.filter))
	return nil
}

// policy gives the policy of a file, which listeners share.
func (a *assembly) policy(file string) (*policies, error) {
	for _, p := range a.policies {
		if p.file == file {
			return p, nil
		}
	}
	loaded, err := LoadPolicy(file)
	if err != nil {
		return nil, err
	}
	p := &policies{file: file, name: filepath.Base(file), filter: filterrbac.New(a.shards(), loaded)}
	p.state.Store(&policyState{engine: loaded, loaded: time.Now()})
	a.policies = append(a.policies, p)
	return p, nil
}

// usable says why an engine can't be used with what this build of the program understands.
func (p *policies) usable(e *rbac.Engine) error {
	if p.unparsed == "" {
		return nil
	}
	for _, r := range e.Rules() {
		if len(r.Operations) > 0 || len(r.Accesses) > 0 {
			return Problems{{File: p.file, Text: fmt.Sprintf("rule %s is about what statements do, and %s", r.Name, p.unparsed)}}
		}
	}
	return nil
}

// reload reads the file anew. If that fails, the policy stays as it is.
func (p *policies) reload() error {
	state := *p.state.Load()
	state.tried = time.Now()
	loaded, err := LoadPolicy(p.file)
	if err == nil {
		err = p.usable(loaded)
	}
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
	seen := map[string]bool{}
	for i := range c.Listeners {
		l := &c.Listeners[i]
		if l.Policy.File == "" || seen[l.Policy.File] {
			continue
		}
		seen[l.Policy.File] = true
		p := &policies{file: l.Policy.File}
		if codec, ok := l.Protocol.codec(); ok {
			p.unparsed = codec.Unparsed
		}
		e, err := LoadPolicy(p.file)
		if err == nil {
			err = p.usable(e)
		}
		var problems Problems
		switch {
		case errors.As(err, &problems):
			all = append(all, problems...)
		case err != nil:
			all = append(all, Problem{Path: fmt.Sprintf("listeners[%d].policy.file", i), Text: err.Error()})
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
