package accesslog

import "sync"

// A chunk is a buffer full of lines.
type chunk struct {
	p     []byte
	lines int
}

// A queue holds the chunks that wait for the writer, the one that is being written included, and the buffers that are free. It is bounded in bytes.
type queue struct {
	limit int64
	spare int // free buffers to keep when nothing goes on

	more chan struct{} // something was put

	mu     sync.Mutex
	space  sync.Cond
	chunks []chunk
	bytes  int64
	free   [][]byte
	closed bool
}

func (q *queue) setup(limit int64, spare int) {
	q.limit, q.spare = limit, spare+2
	q.more = make(chan struct{}, 1)
	q.space.L = &q.mu
}

// put takes c if there is room for it, and gives an empty buffer in exchange.
func (q *queue) put(c chunk, force bool) (fresh []byte, ok bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if !force && !q.roomy() {
		return nil, false
	}
	q.chunks = append(q.chunks, c)
	q.bytes += int64(len(c.p))
	if n := len(q.free); n > 0 {
		fresh, q.free = q.free[n-1], q.free[:n-1]
	} else {
		fresh = make([]byte, 0, bufferSize+4<<10)
	}
	select {
	case q.more <- struct{}{}:
	default:
	}
	return fresh, true
}

// roomy says whether another buffer fits. An empty queue always takes one.
func (q *queue) roomy() bool { return q.bytes == 0 || q.bytes+bufferSize <= q.limit }

// wait returns when there is room, or none is needed any more.
func (q *queue) wait() {
	q.mu.Lock()
	for !q.roomy() && !q.closed {
		q.space.Wait()
	}
	q.mu.Unlock()
}

// next gives the oldest chunk; it stays counted until done.
func (q *queue) next() (c chunk, ok bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.chunks) == 0 {
		return chunk{}, false
	}
	c = q.chunks[0]
	q.chunks[0] = chunk{}
	q.chunks = q.chunks[1:]
	if len(q.chunks) == 0 {
		q.chunks = nil
	}
	return c, true
}

// done says that a chunk needs no memory any more.
func (q *queue) done(c chunk) {
	q.mu.Lock()
	q.bytes -= int64(len(c.p))
	if cap(c.p) <= 2*bufferSize {
		q.free = append(q.free, c.p[:0]) // no more of them than fit into the queue
	}
	q.mu.Unlock()
	q.space.Broadcast()
}

// trim lets go of one of the buffers that a flood has left behind.
func (q *queue) trim() {
	q.mu.Lock()
	if n := len(q.free); n > q.spare {
		q.free[n-1] = nil
		q.free = q.free[:n-1]
	}
	q.mu.Unlock()
}

func (q *queue) close() {
	q.mu.Lock()
	q.closed = true
	q.mu.Unlock()
	q.space.Broadcast()
}

func (q *queue) pending() int64 {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.bytes
}
