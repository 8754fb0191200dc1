package addresses

import (
	"net"
	"net/netip"
	"strconv"
	"strings"

	"github.com/sluice-proxy/sluice/codecs"
)

// Canonical reads an address, host:port, so that equal ones compare equal. It gives the zero Address for what is none, the path of a Unix socket.
func Canonical(address string) codecs.Address {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return codecs.Address{}
	}
	n, err := strconv.Atoi(port)
	if err != nil || n < 1 || n > 65535 {
		return codecs.Address{}
	}
	return canonical(codecs.Address{Host: host, Port: n})
}

func canonical(a codecs.Address) codecs.Address {
	a.Host = strings.ToLower(strings.TrimSuffix(a.Host, "."))
	if a.Host == "localhost" {
		a.Host = "127.0.0.1"
	}
	if ip, err := netip.ParseAddr(strings.Trim(a.Host, "[]")); err == nil {
		a.Host = ip.Unmap().String()
	}
	return a
}
