// Package proxy accepts clients and runs their sessions: listeners, the choice of a driver, and the end of it all.
//
// Start from [Server]. A session begins on the conn driver (package conn) and, where both of its sides are plain sockets and the system has one,
// is adopted by an event loop (package loop) as soon as its server side is connected.
//
// The package knows neither protocols nor policies: those are in the plan of each listener.
package proxy
