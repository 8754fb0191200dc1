package loop

import "syscall"

// A kernel is all that the loop needs of the operating system. Tests put a scripted one in its place.
//
// Results are byte counts, or negative error numbers as system calls give them.
type kernel interface {
	// wait fills evs with what became ready since it was last told, and never blocks.
	wait(evs []event) int

	// register announces fd's changes, in both directions and edge-triggered, under id.
	register(fd int32, id uint64) error

	// recv receives without blocking.
	recv(fd int32, p []byte) int

	// send does all sends of the batch without blocking and sets their results.
	send(batch []send)

	shutdown(fd int32)          // no more will be sent
	close(fd int32, reset bool) // reset: drop what is unsent and let the peer know
	wake()                      // makes wait give wakeID; callable from any goroutine
	arm(in int64)               // ends park in so many nanoseconds
	park(cycle func() bool) (timeout bool)
	release() // gives everything back, at the end
}

// An event says that the descriptor registered as id became ready.
type event struct {
	id    uint64
	ready ready
}

// wakeID is the id of wake's event.
const wakeID = ^uint64(0)

// ready is what is known about a descriptor.
type ready uint8

const (
	canRead  ready = 1 << iota // receiving may give something
	canWrite                   // sending may take something
	drainAll                   // a short read doesn't mean that it is drained: the end, an error or urgent data are behind it
)

// A send is one of a batch.
type send struct {
	fd int32
	n  int32 // its result
	p  []byte
}

// batchMax bounds the sends of a batch: the processor is not given back before the last.
const batchMax = 128

// Results that aren't failures.
const (
	errAgain = -int(syscall.EAGAIN)
	errIntr  = -int(syscall.EINTR)
	errPipe  = syscall.EPIPE
)

// errno gives the error of a negative result.
func errno(n int) syscall.Errno { return syscall.Errno(-n) }
