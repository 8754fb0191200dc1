// Package upstream holds clusters: named sets of endpoints, and how one is chosen for a session.
package upstream

import (
	"fmt"
	"sync/atomic"

	"github.com/sluice-proxy/sluice/filters"
)

// A Cluster is a set of static endpoints, taken in turn. A session whose endpoint can't be reached takes the next, as often as there are endpoints.
// It is safe for concurrent use.
type Cluster struct {
	name      string
	endpoints []endpoint
	next      atomic.Uint64
}

type endpoint struct {
	filters.Endpoint

	failures atomic.Uint64
	dials    atomic.Uint64
}

// NewCluster makes a cluster of addresses, each host:port or, for a Unix socket, an absolute path.
func NewCluster(name string, addresses []string) (*Cluster, error) {
	if len(addresses) == 0 {
		return nil, fmt.Errorf("cluster %s has no endpoint", name)
	}
	c := &Cluster{name: name, endpoints: make([]endpoint, len(addresses))}
	for i, a := range addresses {
		network := "tcp"
		if a != "" && a[0] == '/' {
			network = "unix"
		}
		c.endpoints[i].Endpoint = filters.Endpoint{Cluster: name, Network: network, Address: a}
	}
	return c, nil
}

// Name gives the cluster's name.
func (c *Cluster) Name() string { return c.name }

// Pick chooses the next endpoint in turn.
func (c *Cluster) Pick(attempt int) (filters.Endpoint, error) {
	if attempt >= len(c.endpoints) {
		return filters.Endpoint{}, fmt.Errorf("cluster %s: none of %d endpoints could be reached", c.name, len(c.endpoints))
	}
	e := &c.endpoints[(c.next.Add(1)-1)%uint64(len(c.endpoints))]
	e.dials.Add(1)
	return e.Endpoint, nil
}

// Done counts failed dials.
func (c *Cluster) Done(e filters.Endpoint, err error) {
	if err == nil {
		return
	}
	for i := range c.endpoints {
		if c.endpoints[i].Endpoint == e {
			c.endpoints[i].failures.Add(1)
		}
	}
}

// An EndpointStatus is what is counted of an endpoint.
type EndpointStatus struct {
	Endpoint        filters.Endpoint
	Dials, Failures uint64
}

// Status gives the counts of each endpoint.
func (c *Cluster) Status() []EndpointStatus {
	all := make([]EndpointStatus, len(c.endpoints))
	for i := range c.endpoints {
		e := &c.endpoints[i]
		all[i] = EndpointStatus{e.Endpoint, e.dials.Load(), e.failures.Load()}
	}
	return all
}
