package filtertest

import (
	"bytes"
	"strings"
	"sync"

	"github.com/sluice-proxy/sluice/codecs"
	"github.com/sluice-proxy/sluice/filters"
)

// A Judge rules by the words of the toy protocol's requests, and records every exchange.
//
//	forbidden …  denied by rule "no"
//	wait …       held until the ticket is resumed; Tickets has it
//	swap …       replaced by "swapped"
//	edit …       its reply is replaced by "edited"
//	mute …       its reply is dropped
//	ask …        the proxy asks the server "whoami" first; it is denied if the answer isn't that
//	panic        panics
type Judge struct {
	Tickets chan filters.Ticket

	mu    sync.Mutex
	done  []Done
	asked int
}

// Done is what is kept of an ended exchange.
type Done struct {
	ID       uint64
	Session  uint64
	Outcome  filters.Outcome
	Rule     string
	Request  int64
	Reply    int64
	Code     string
	Duration int64
}

// NewJudge makes a judge.
func NewJudge() *Judge { return &Judge{Tickets: make(chan filters.Ticket, 100)} }

// OnRequest rules.
func (j *Judge) OnRequest(x *filters.Exchange) filters.Verdict {
	word, _, _ := strings.Cut(string(x.Request.Text), " ")
	switch word {
	case "forbidden":
		return filters.Verdict{Action: filters.Deny, Why: codecs.Refusal{Rule: "no"}}
	case "wait":
		j.Tickets <- x.Hold()
		return filters.Verdict{Action: filters.Hold}
	case "swap":
		return filters.Verdict{Action: filters.Replace, Bytes: []byte("swapped\n")}
	case "ask":
		t := x.Hold()
		var answer []byte
		err := x.Session.Asker.Ask([]byte("whoami\n"), func(m *codecs.Message) {
			answer = append(answer, m.Body...)
		}, func(err error) {
			v := filters.Verdict{}
			if err != nil || !bytes.Equal(answer, []byte("whoami\n")) {
				v = filters.Verdict{Action: filters.Deny, Why: codecs.Refusal{Rule: "answer"}}
			}
			j.mu.Lock()
			j.asked++
			j.mu.Unlock()
			t.Resume(v)
		})
		if err != nil {
			return filters.Verdict{Action: filters.Deny, Why: codecs.Refusal{Rule: "cannot-ask"}}
		}
		return filters.Verdict{Action: filters.Hold}
	case "panic":
		panic("the toy protocol said so")
	}
	return filters.Verdict{}
}

// WantReply wants those of edit and mute.
func (j *Judge) WantReply(x *filters.Exchange, m *codecs.Message) bool {
	return bytes.HasPrefix(m.Body, []byte("edit")) || bytes.HasPrefix(m.Body, []byte("mute"))
}

// OnReply edits.
func (j *Judge) OnReply(x *filters.Exchange, m *codecs.Message) filters.Verdict {
	if bytes.HasPrefix(m.Body, []byte("mute")) {
		return filters.Verdict{Action: filters.Drop}
	}
	return filters.Verdict{Action: filters.Replace, Bytes: []byte("edited\n")}
}

// OnDone records.
func (j *Judge) OnDone(x *filters.Exchange) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.done = append(j.done, Done{x.ID, x.Session.ID, x.Outcome, x.Rule, x.RequestBytes, x.ReplyBytes, x.StatusCode, x.Duration()})
}

// Done gives the exchanges that have ended.
func (j *Judge) Done() []Done {
	j.mu.Lock()
	defer j.mu.Unlock()
	return append([]Done(nil), j.done...)
}

// Asked gives the number of own exchanges that were answered.
func (j *Judge) Asked() int {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.asked
}
