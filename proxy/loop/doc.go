// Package loop drives sessions whose two sides are plain sockets: one goroutine owns many of them, and an idle one costs neither a
// goroutine nor a buffer.
//
// Start from [Start], which makes a [Loop], and [Loop.Adopt], which gives it a session. The package opens no connection, knows no protocol
// and decides nothing: [filters.Session] does, and the loop moves bytes as it says. What isn't a plain TCP or Unix socket (TLS, systems
// other than Linux) is not for it; see [Supported].
//
// # How it works
//
// A loop owns an edge-triggered epoll instance, and the epoll descriptor itself is parked in Go's netpoller. So no thread is locked, and
// waiting costs what a goroutine costs. One pass is: ask epoll what is ready; receive from each ready socket into one arena and show
// the bytes to the session's chain; collect what the chain released; send all of it in one system call; settle each session.
//
// Sending in one call is the point. A send wakes its receiver, which then tends to take the processor from the sender in the middle of its
// pass; with one send per call that happened about every third request, with one call per pass about every fiftieth. io_uring is used
// for this as "send to many sockets" and for nothing else; io_submit does as well where seccomp forbids io_uring.
//
// # Rules that are easy to break
//
//   - Edge-triggered: nothing says twice that a socket is ready. What is known is kept in side.ready, and whoever stops before the socket is
//     drained stays on the run list. The loop sleeps only when epoll, run list and inbox are empty.
//   - A session takes one step per batch. So at most one send per socket is in it, and what Receive borrowed stays in place until it is sent
//     or kept.
//   - Descriptors are closed after the batch: before, their numbers could become another connection's.
//   - Epoll data is (generation, slot, side): an event of a connection that has gone finds another generation, and is dropped.
//   - Memory behind a batch lies in the arena or on the heap, which don't move; never on a stack, which does.
//   - One recover around each session's step, never around a pass, which would lose the others' events and sends.
package loop
