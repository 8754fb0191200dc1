package codecs

// An Address is where a server is reached, as a reply names it. An empty host is the one that the client is connected to.
type Address struct {
	Host string // a name, or an IP address without brackets
	Port int
}

// A Directory knows by which addresses clients reach servers.
type Directory interface {
	// Public gives the address by which clients reach the server that calls itself a. ok is false if it has none.
	Public(a Address) (public Address, ok bool)

	// Leak is told of an address that stays in a reply as it is, for it has no public one. The zero Address stands for those of a reply that can't be read.
	Leak(a Address)
}
