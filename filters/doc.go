// Package filters holds the heart of the proxy: a [Session], the state machine of one client connection and its server side, and the
// chain of filters that its bytes pass.
//
// A session does no I/O. A driver (proxy/loop, proxy/conn, or a test with a byte script) tells it what happened (bytes, ends, errors,
// time, verdicts) and asks it what to do next (send, read, dial, half-close, wake up). So the same code, and the same tests, run over an
// event loop, over net.Conn and over a script.
//
// Start from [Session] for drivers, from [Filter] and [Window] for whoever watches bytes, and from [MessageFilter] and [Exchange] for
// whoever judges or records what clients ask for. Package filters/inspect joins the two levels: it is the Filter that runs a protocol's
// decoder and asks the MessageFilters.
//
// Nothing here is safe for concurrent use except where it says so ([Ticket.Resume], [Handle]): a session belongs to one driver
// goroutine at a time.
package filters
