package configs

import (
	"fmt"
	"log/slog"
	"net"
	"slices"
	"strconv"

	"github.com/sluice-proxy/sluice/codecs"
	"github.com/sluice-proxy/sluice/filters/addresses"
	"github.com/sluice-proxy/sluice/filters/inspect"
)

// servers gives what the listener's servers are called: where it sends sessions to, and what they announce.
func (c *Config) servers(l *Listener) []string {
	servers := []string{l.To}
	if cluster := c.cluster(l.To); cluster != nil {
		servers = slices.Clone(cluster.Endpoints)
	}
	return append(servers, l.AnnouncedAs...)
}

// public gives the addresses by which clients reach the servers of a protocol.
func (c *Config) public(p Protocol) map[codecs.Address]codecs.Address {
	all := map[codecs.Address]codecs.Address{}
	for i := range c.Listeners {
		l := &c.Listeners[i]
		if l.Protocol != p || l.Advertise == "" {
			continue
		}
		host, port, _ := net.SplitHostPort(l.Advertise)
		n, _ := strconv.Atoi(port)
		for _, s := range c.servers(l) {
			all[addresses.Canonical(s)] = codecs.Address{Host: host, Port: n}
		}
	}
	delete(all, codecs.Address{}) // of Unix sockets, which no reply names
	return all
}

// advertise checks what one listener says.
func (k *checker) advertise(at string, l *Listener, port int) {
	if l.Advertise == "" {
		if len(l.AnnouncedAs) > 0 {
			k.problem(at+"announced_as", "only goes with advertise, the address by which clients reach the listener")
		}
		return
	}
	if p, ok := l.Protocol.codec(); !ok || p.Readdress == nil {
		k.problem(at+"advertise", "no reply of %s names a server, so there is nothing to replace; remove this", l.Protocol)
	}
	k.reachable(at+"advertise", l.Advertise, port)
	for i, s := range l.AnnouncedAs {
		k.reachable(fmt.Sprintf("%sannounced_as[%d]", at, i), s, port)
	}
}

// reachable checks an address that others are told.
func (k *checker) reachable(path, address string, port int) {
	if err := checkDial(address, port); err != nil {
		k.problem(path, "%v", err)
	} else if isPath(address) {
		k.problem(path, "must be host:port, as replies name servers")
	}
}

// advertised checks that every server has one address for clients.
func (k *checker) advertised() {
	type server struct {
		protocol Protocol
		address  codecs.Address
	}
	first := map[server]int{}
	for i := range k.c.Listeners {
		l := &k.c.Listeners[i]
		if l.Advertise == "" {
			continue
		}
		for _, name := range k.c.servers(l) {
			s := server{l.Protocol, addresses.Canonical(name)}
			if j, twice := first[s]; !twice {
				first[s] = i
			} else if s.address.Port != 0 && k.c.Listeners[j].Advertise != l.Advertise {
				k.problem(fmt.Sprintf("listeners[%d].advertise", i), "listeners[%d] has another one for %s, and replies can name only one; let one of them advertise", j, name)
			}
		}
	}
}

// readdressed gives a listener's chain the filter that replaces addresses of servers, if replies of its protocol have such.
func (a *assembly) readdressed(in *inspect.Config, l *Listener) {
	if in.Protocol.Readdress == nil {
		return
	}
	f := addresses.New(addresses.Config{
		Listener: l.label(), Readdress: in.Protocol.Readdress, Public: a.c.public(l.Protocol), Limit: in.Limits.InspectReply, Warn: warnLeak(a.o.Log, l.label()),
	})
	a.readdress = append(a.readdress, f)
	in.Filters = append(slices.Clip(in.Filters), f)
}

// warnLeak logs addresses of servers that clients get to know.
func warnLeak(log *slog.Logger, listener string) func(codecs.Address) {
	return func(s codecs.Address) {
		if s == (codecs.Address{}) {
			log.Warn("a reply that names servers is longer than is looked at, so clients get to know them: raise inspect.replies", "listener", listener)
			return
		}
		log.Warn("a reply names a server that no listener advertises, so clients may go past the proxy: put a listener with advertise in front of it, or name it in announced_as",
			"listener", listener, "server", net.JoinHostPort(s.Host, strconv.Itoa(s.Port)))
	}
}
