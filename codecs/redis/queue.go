package redis

// An entry stands for requests not yet answered: one, or several of no role.
type entry struct {
	count int32 // requests
	acks  int32 // of subscriptions: answers to come; none for the role's all. Of mute: which one it is
	role  role

	// silent says that the server answers nothing, if it has accepted the CLIENT REPLY before. Then gone says that the exchanges have ended nevertheless.
	silent, gone bool
	next         bool // mute for one request: CLIENT REPLY SKIP
	all          bool // an unsubscription from everything
}

const entrySize = 16

// A queue is a ring of entries. It grows as needed and lets go of its memory when it is empty.
type queue struct {
	ring []entry // length is a power of two
	head int
	len  int
	gone int // entries at the front whose exchanges have ended
}

// A queue begins with smallQueue entries, and keeps its memory while that is no more than keptQueue.
const (
	smallQueue = 4
	keptQueue  = 64
)

func (q *queue) at(i int) *entry { return &q.ring[(q.head+i)&(len(q.ring)-1)] }

// plain pushes a request of no role that will be answered.
func (q *queue) plain() {
	if q.len > 0 {
		if t := q.at(q.len - 1); t.role == noRole && !t.silent && !t.gone && t.count < 1<<30 {
			t.count++
			return
		}
	}
	q.push(entry{count: 1})
}

func (q *queue) push(e entry) {
	if q.len > 0 && e.role == noRole {
		if t := q.at(q.len - 1); t.role == noRole && t.silent == e.silent && t.gone == e.gone && t.count < 1<<30 {
			t.count += e.count
			return
		}
	}
	if q.len == len(q.ring) {
		ring := make([]entry, max(smallQueue, 2*q.len))
		for i := range q.len {
			ring[i] = *q.at(i)
		}
		q.ring, q.head = ring, 0
	}
	q.len++
	*q.at(q.len - 1) = e
	if e.gone {
		q.gone++
	}
}

// untake takes the last request out again, which must be of no role.
func (q *queue) untake() {
	if t := q.at(q.len - 1); t.count > 1 {
		t.count--
		return
	}
	q.len--
}

// front gives the oldest entry; nil if there is none.
func (q *queue) front() *entry {
	if q.len == 0 {
		return nil
	}
	return q.at(0)
}

// take takes one request out of the front.
func (q *queue) take() {
	if e := q.at(0); e.count > 1 {
		e.count--
		return
	}
	q.drop()
}

// drop takes the front out.
func (q *queue) drop() {
	if q.at(0).gone {
		q.gone--
	}
	q.head = (q.head + 1) & (len(q.ring) - 1)
	q.len--
	if q.len == 0 {
		q.reset()
	}
}

// reset empties the queue.
func (q *queue) reset() {
	if len(q.ring) > keptQueue {
		q.ring = nil
	}
	q.head, q.len, q.gone = 0, 0, 0
}

// end marks one exchange of the first entry that is not gone, which must be silent, as ended. ended counts those of that entry so far.
func (q *queue) end(ended *int32) {
	e := q.at(q.gone)
	if *ended++; *ended == e.count {
		e.gone, *ended = true, 0
		q.gone++
	}
}

// speaks marks what is behind the front as answered after all: the server has refused to be silent.
func (q *queue) speaks(one bool) {
	for i := 1; i < q.len; i++ {
		e := q.at(i)
		if !e.silent || e.role == roleMute {
			return
		}
		e.silent = false
		if one {
			return
		}
	}
}
