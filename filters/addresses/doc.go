// Package addresses replaces the addresses of servers in replies (the nodes of a cluster, the servers that a Sentinel watches) by those of the listeners in front of them, so
// that clients that are sent to another server come to it through the proxy.
//
// Start from [Filter]. It stands behind filters/inspect and knows no protocol: [codecs.Protocol.Readdress] finds the addresses, [Filter] says what becomes of them, and counts
// and reports those that it can say nothing about. Only replies of which the decoder says that they name servers are held.
package addresses
