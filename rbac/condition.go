package rbac

import (
	"fmt"
	"net/netip"
	"strings"
)

// A condition is what a rule asks of an identity.
type condition struct {
	users, databases, applications, listeners texts
	sources                                   sources
}

func (c *condition) holds(id *Identity) bool {
	return c.users.match(id.User) && c.databases.match(id.Database) && c.applications.match(id.Application) && c.listeners.match(id.Listener) &&
		c.sources.match(id.Source)
}

// covers says that c holds wherever d does. It may say no where that isn't easily seen.
func (c *condition) covers(d *condition) bool {
	return c.users.covers(&d.users) && c.databases.covers(&d.databases) && c.applications.covers(&d.applications) && c.listeners.covers(&d.listeners) &&
		c.sources.covers(&d.sources)
}

// texts is a list of patterns. The zero list matches all.
type texts struct {
	in, out []pattern
}

func parseTexts(list []string, problem func(i int, err error)) texts {
	var t texts
	for i, text := range list {
		rest, not := strings.CutPrefix(text, "!")
		p, err := parsePattern(rest)
		switch {
		case err != nil:
			problem(i, err)
		case not:
			t.out = append(t.out, p)
		default:
			t.in = append(t.in, p)
		}
	}
	return t
}

func (t *texts) match(text string) bool {
	for i := range t.out {
		if t.out[i].matches(text) {
			return false
		}
	}
	return len(t.in) == 0 || anyMatches(t.in, text)
}

func anyMatches(list []pattern, text string) bool {
	for i := range list {
		if list[i].matches(text) {
			return true
		}
	}
	return false
}

func (t *texts) covers(u *texts) bool {
	for i := range t.out {
		if !u.without(&t.out[i]) {
			return false
		}
	}
	if len(t.in) == 0 {
		return true
	}
	if len(u.in) == 0 {
		return anyCovers(t.in, &everyName.name)
	}
	for i := range u.in {
		if !anyCovers(t.in, &u.in[i]) {
			return false
		}
	}
	return true
}

// without says that the list matches nothing of what p does.
func (t *texts) without(p *pattern) bool {
	if anyCovers(t.out, p) {
		return true
	}
	for i := range t.in {
		if t.in[i].shape != exact || p.matches(t.in[i].text) {
			return false
		}
	}
	return len(t.in) > 0
}

func anyCovers(list []pattern, p *pattern) bool {
	for i := range list {
		if list[i].covers(p) {
			return true
		}
	}
	return false
}

// unixSocket is how a policy names clients without an address.
const unixSocket = "unix"

// A network is a set of addresses; the zero network is the clients of Unix sockets.
type network struct{ netip.Prefix }

// sources is a list of networks. The zero list matches all.
type sources struct {
	in, out []network
}

func parseSources(list []string, problem func(i int, err error)) sources {
	var s sources
	for i, text := range list {
		rest, not := strings.CutPrefix(text, "!")
		n, err := parseNetwork(rest)
		switch {
		case err != nil:
			problem(i, err)
		case not:
			s.out = append(s.out, n)
		default:
			s.in = append(s.in, n)
		}
	}
	return s
}

func parseNetwork(text string) (network, error) {
	if text == unixSocket {
		return network{}, nil
	}
	if !strings.Contains(text, "/") {
		a, err := netip.ParseAddr(text)
		if err != nil {
			return network{}, fmt.Errorf("is neither an address nor a prefix; write 192.0.2.1, 10.0.0.0/8, 2001:db8::/32, or unix for clients of a Unix socket")
		}
		a = plain(a)
		return network{netip.PrefixFrom(a, a.BitLen())}, nil
	}
	p, err := netip.ParsePrefix(text)
	switch {
	case err != nil:
		return network{}, fmt.Errorf("is not a prefix; write it like 10.0.0.0/8 or 2001:db8::/32")
	case p.Addr().Is4In6():
		return network{}, fmt.Errorf("is an IPv4 prefix in the form of IPv6; write it like 10.0.0.0/8")
	case p != p.Masked():
		return network{}, fmt.Errorf("has bits behind its length; write %v for the network, or %v for the one address", p.Masked(), p.Addr())
	}
	return network{p}, nil
}

// plain gives the address that a rule means: an IPv4 address may come in the form of IPv6, and a zone is this machine's affair.
func plain(a netip.Addr) netip.Addr { return a.Unmap().WithZone("") }

func (n network) has(a netip.Addr) bool {
	if !n.IsValid() || !a.IsValid() {
		return n.IsValid() == a.IsValid()
	}
	return n.Contains(a)
}

func (n network) covers(m network) bool {
	if !n.IsValid() || !m.IsValid() {
		return n == m
	}
	return n.Bits() <= m.Bits() && n.Contains(m.Addr())
}

func (s *sources) match(a netip.Addr) bool {
	a = plain(a)
	for _, n := range s.out {
		if n.has(a) {
			return false
		}
	}
	for _, n := range s.in {
		if n.has(a) {
			return true
		}
	}
	return len(s.in) == 0
}

func (s *sources) covers(t *sources) bool {
	for _, n := range s.out {
		if !t.without(n) {
			return false
		}
	}
	if len(s.in) == 0 {
		return true
	}
	for _, m := range t.in {
		if !anyNetworkCovers(s.in, m) {
			return false
		}
	}
	return len(t.in) > 0
}

// without says that the list matches no address of n.
func (s *sources) without(n network) bool {
	if anyNetworkCovers(s.out, n) {
		return true
	}
	for _, m := range s.in {
		if n.covers(m) || m.covers(n) {
			return false
		}
	}
	return len(s.in) > 0
}

func anyNetworkCovers(list []network, m network) bool {
	for _, n := range list {
		if n.covers(m) {
			return true
		}
	}
	return false
}
