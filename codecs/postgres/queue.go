package postgres

// A request is what of a message that the client sent the server's answers depend on.
type request uint8

const (
	reqStartup  request = iota // until ReadyForQuery
	reqQuery                   // until ReadyForQuery
	reqFunction                // until ReadyForQuery
	reqSync                    // ReadyForQuery
	reqParse                   // ParseComplete
	reqBind                    // BindComplete
	reqDescribe                // RowDescription or NoData
	reqClose                   // CloseComplete
	reqExecute                 // CommandComplete, EmptyQueryResponse, PortalSuspended
	reqCopyEnd                 // CopyDone, CopyFail: no answer of their own
)

// ends says that ReadyForQuery is the answer that ends r.
func (r request) ends() bool { return r <= reqSync }

// An entry is a request not yet answered to its end.
type entry struct {
	exchange uint64
	req      request
	last     bool  // its answer ends the exchange
	carries  bool  // a Sync that an exchange opened before it waits for
	changes  uint8 // of names, not yet confirmed
}

const entrySize = 16

// A queue is a ring of entries. It grows as needed and lets go of its memory when it is empty.
type queue struct {
	ring  []entry // length is a power of two
	head  int
	len   int
	count [reqCopyEnd + 1]int32 // entries by request
}

// A queue begins with smallQueue entries, and keeps its memory while that is no more than keptQueue: a batch of some twenty statements each time
// should not be paid for with allocations.
const (
	smallQueue = 8
	keptQueue  = 64
)

func (q *queue) at(i int) *entry { return &q.ring[(q.head+i)&(len(q.ring)-1)] }

func (q *queue) tail() *entry {
	if q.len == 0 {
		return nil
	}
	return q.at(q.len - 1)
}

func (q *queue) push(e entry) {
	if q.len == len(q.ring) {
		ring := make([]entry, max(smallQueue, 2*q.len))
		for i := range q.len {
			ring[i] = *q.at(i)
		}
		q.ring, q.head = ring, 0
	}
	q.len++
	*q.tail() = e
	q.count[e.req]++
}

// ready says that an entry is there that ReadyForQuery answers.
func (q *queue) ready() bool {
	return q.count[reqStartup]|q.count[reqQuery]|q.count[reqFunction]|q.count[reqSync] != 0
}

func (q *queue) pop() entry {
	e := *q.at(0)
	q.head = (q.head + 1) & (len(q.ring) - 1)
	q.len--
	q.count[e.req]--
	if q.len == 0 && len(q.ring) > keptQueue {
		q.ring, q.head = nil, 0
	}
	return e
}

// front gives the request that the server answers next. What a CopyDone or CopyFail left behind is answered by nothing.
func (q *queue) front() *entry {
	for q.len > 0 {
		if e := q.at(0); e.req != reqCopyEnd {
			return e
		}
		q.pop()
	}
	return nil
}

// nextSync gives the first Sync; nil if there is none.
func (q *queue) nextSync() *entry {
	if q.count[reqSync] == 0 {
		return nil
	}
	for i := range q.len {
		if e := q.at(i); e.req == reqSync {
			return e
		}
	}
	return nil
}

// maxIgnored bounds how far a copy that begins looks for its end among the requests already sent. No driver sends more than one.
const maxIgnored = 64

// ignoreSyncs takes out each Sync between the front and the next end of a copy, and says whether there is such an end.
//
// PostgreSQL 18, 54.2.7 "COPY Operations": the server ignores Flush and Sync while it copies in.
func (q *queue) ignoreSyncs() (ended bool) {
	i := 1
	for ; i < min(q.len, maxIgnored) && !ended; i++ {
		ended = q.at(i).req == reqCopyEnd
	}
	kept := i // entries from here on stay where they are; those before move up to close the gaps
	for j := i - 1; j >= 0; j-- {
		e := *q.at(j)
		if e.req == reqSync {
			q.count[reqSync]--
			continue
		}
		kept--
		*q.at(kept) = e
	}
	q.head = (q.head + kept) & (len(q.ring) - 1)
	q.len -= kept
	return ended
}

// endCopy takes out the end of the copy that the front asked for.
func (q *queue) endCopy() {
	if q.len > 1 && q.at(1).req == reqCopyEnd {
		front := *q.at(0)
		q.count[front.req]++
		q.pop()
		q.count[reqCopyEnd]--
		*q.at(0) = front
	}
}
