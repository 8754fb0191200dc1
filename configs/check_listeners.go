package configs

import (
	"fmt"
	"net"
	"path/filepath"
	"strconv"
	"strings"
)

func (k *checker) listeners() {
	names := map[string]int{}
	for i := range k.c.Listeners {
		l, at := &k.c.Listeners[i], fmt.Sprintf("listeners[%d].", i)
		if l.Name != "" {
			k.name(at+"name", l.Name)
		}
		if first, twice := names[l.label()]; twice && l.Address != "" {
			k.problem(at+"name", "%s is the name of listeners[%d] too; give each a name of its own", l.label(), first)
		} else {
			names[l.label()] = i
		}
		port := 0
		if p, ok := l.Protocol.codec(); ok {
			port = p.DefaultPort
		}
		if l.Address != "" {
			if err := checkListen(l.Address, port); err != nil {
				k.problem(at+"address", "%v", err)
			}
		}
		for j := range i {
			if sameAddress(k.c.Listeners[j].Address, l.Address) {
				k.problem(at+"address", "is the address of listeners[%d] too; take another port", j)
			}
		}
		k.to(at+"to", l, port)
		if l.Protocol == plainTCP && l.Inspect != (Inspect{}) {
			k.problem(at+"inspect", "a tcp listener looks at nothing; remove this, or name the protocol")
		}
		k.policy(at+"policy", l)
		k.keys(at+"keys", l)
		k.advertise(at, l, port)
	}
}

func (k *checker) policy(at string, l *Listener) {
	p := &l.Policy
	switch {
	case p.File == "" && p.SearchPath == "" && p.Schemas == nil:
		return
	case p.File == "":
		k.problem(at+".file", "is missing; name the policy file: file: policy.yaml")
	case l.Protocol == plainTCP:
		k.problem(at, "a tcp listener looks at nothing, so it can't judge; remove this, or name the protocol")
	}
	if assume := p.SearchPath == "assume"; assume != (len(p.Schemas) > 0) {
		if assume {
			k.problem(at+".schemas", "is missing; say which schemas the server looks in: schemas: [public]")
		} else {
			k.problem(at+".schemas", "only goes with search_path: assume")
		}
	}
}

func (k *checker) to(path string, l *Listener, port int) {
	switch {
	case l.To == "":
	case isAddress(l.To):
		if err := checkDial(l.To, port); err != nil {
			k.problem(path, "%v", err)
		} else if sameAddress(l.To, l.Address) {
			k.problem(path, "is the listener's own address; it would talk to itself")
		}
	case k.c.cluster(l.To) == nil:
		var names []string
		for i := range k.c.Clusters {
			names = append(names, k.c.Clusters[i].Name)
		}
		if near := Nearest(l.To, names); near != "" {
			k.problem(path, "there is no cluster %q; did you mean %s?", l.To, near)
		} else {
			k.problem(path, "there is no cluster %q; add it to clusters, or write an address, host:port", l.To)
		}
	}
}

func (k *checker) clusters() {
	names := map[string]int{}
	for i := range k.c.Clusters {
		c, at := &k.c.Clusters[i], fmt.Sprintf("clusters[%d].", i)
		if c.Name != "" {
			k.name(at+"name", c.Name)
			if first, twice := names[c.Name]; twice {
				k.problem(at+"name", "%s is the name of clusters[%d] too; give each a name of its own", c.Name, first)
			}
			names[c.Name] = i
		}
		seen := map[string]bool{}
		for j, e := range c.Endpoints {
			at := fmt.Sprintf("%sendpoints[%d]", at, j)
			if err := checkDial(e, k.portOf(c.Name)); err != nil {
				k.problem(at, "%v", err)
			} else if seen[e] {
				k.problem(at, "is listed twice; remove one")
			}
			seen[e] = true
		}
	}
}

// portOf gives the usual port of what a cluster's listeners speak; 0 if there is none.
func (k *checker) portOf(cluster string) int {
	for i := range k.c.Listeners {
		if l := &k.c.Listeners[i]; l.To == cluster {
			if p, ok := l.Protocol.codec(); ok {
				return p.DefaultPort
			}
		}
	}
	return 0
}

// name checks a name, which becomes a label.
func (k *checker) name(path, name string) {
	for _, c := range []byte(name) {
		letter := c|0x20 >= 'a' && c|0x20 <= 'z' || c >= '0' && c <= '9' || strings.IndexByte("._-", c) >= 0
		if !letter || len(name) > 64 {
			k.problem(path, "a name is up to 64 letters, digits, dots, - and _")
			return
		}
	}
}

// cluster gives the cluster of that name.
func (c *Config) cluster(name string) *Cluster {
	for i := range c.Clusters {
		if c.Clusters[i].Name == name {
			return &c.Clusters[i]
		}
	}
	return nil
}

// label gives the listener's name, or the default of it.
func (l *Listener) label() string {
	if l.Name != "" {
		return l.Name
	}
	if isPath(l.Address) {
		return string(l.Protocol) + "-" + strings.TrimPrefix(filepath.Base(l.Address), ".")
	}
	_, port, _ := net.SplitHostPort(l.Address)
	return string(l.Protocol) + "-" + port
}

func isPath(address string) bool { return strings.HasPrefix(address, "/") }

// isAddress tells an address from a cluster's name, which has neither colon nor slash.
func isAddress(s string) bool { return strings.ContainsAny(s, ":/") }

// maxPath is how long the path of a Unix socket may be: sun_path without its zero.
const maxPath = 107

// checkListen says what is wrong with an address to listen on. port is the usual one, for the mend.
func checkListen(address string, port int) error {
	return checkAddress(address, port, 0)
}

// checkDial says what is wrong with an address to connect to.
func checkDial(address string, port int) error {
	if err := checkAddress(address, port, 1); err != nil {
		return err
	}
	if host, _, _ := net.SplitHostPort(address); host == "" && !isPath(address) {
		return fmt.Errorf("has no host; write 127.0.0.1%s for this machine", address)
	}
	return nil
}

func checkAddress(address string, port, least int) error {
	if isPath(address) {
		if len(address) > maxPath {
			return fmt.Errorf("the path of a Unix socket has at most %d bytes; take a shorter one", maxPath)
		}
		return nil
	}
	if strings.Contains(address, "/") {
		return fmt.Errorf("the path of a Unix socket must begin with /; an address is host:port, without a scheme")
	}
	_, p, err := net.SplitHostPort(address)
	if err != nil {
		usual := "6432"
		if port > 0 {
			usual = strconv.Itoa(port)
		}
		switch {
		case address == "":
			return fmt.Errorf("is empty; write host:port, 127.0.0.1:%s", usual)
		case strings.Count(address, ":") > 1 && !strings.HasPrefix(address, "["):
			return fmt.Errorf("an IPv6 address needs brackets: [::1]:%s", usual)
		case isNumber(address):
			return fmt.Errorf("is only a port; write 127.0.0.1:%s, or :%s for every address of the machine", address, address)
		}
		return fmt.Errorf("needs a host and a port: %s:%s", strings.Trim(address, "[]:"), usual)
	}
	n, err := strconv.Atoi(p)
	if err != nil || n < least || n > 65535 {
		return fmt.Errorf("the port must be a number from %d to 65535", least)
	}
	return nil
}

// sameAddress says that two listeners can't have both. Port 0 is another port each time.
func sameAddress(a, b string) bool {
	if a != b || a == "" {
		return false
	}
	_, port, _ := net.SplitHostPort(a)
	return isPath(a) || port != "0"
}
