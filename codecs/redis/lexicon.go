package redis

import (
	"bytes"
	"strconv"
	"sync"

	"github.com/sluice-proxy/sluice/codecs"
	"github.com/sluice-proxy/sluice/metadata"
)

// A lexicon holds what a server said of commands that the table doesn't have: those of modules, those of newer versions, and those that the server's configuration
// has renamed. The sessions that go to the same servers share it.
type lexicon struct {
	mu    sync.RWMutex
	words map[string]*command // by name in upper case
}

// maxWords bounds a lexicon. Names are in it only if the server has such a command, so no client can fill it.
const maxWords = 4096

func newLexicon() *codecs.Lexicon {
	return &codecs.Lexicon{Words: &lexicon{words: map[string]*command{}}}
}

// find gives the command that the server calls name, whatever its case; nil if that isn't known.
func (x *lexicon) find(name []byte) *command {
	if x == nil || len(name) > maxName {
		return nil
	}
	var upper [maxName]byte
	x.mu.RLock()
	defer x.mu.RUnlock()
	return x.words[string(upper[:copyUpper(upper[:], name)])]
}

func (x *lexicon) add(name []byte, c *command) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if len(x.words) < maxWords {
		x.words[string(bytes.ToUpper(name))] = c
	}
}

func copyUpper(dst, name []byte) int {
	for i, b := range name {
		if b >= 'a' && b <= 'z' {
			b -= 'a' - 'A'
		}
		dst[i] = b
	}
	return len(name)
}

// A learner is the Resolver of a session: it asks the server about a command that nobody knows, before the request is judged. Everything else that Resolvers find out
// is plain in Redis, where names mean one thing.
type learner struct {
	d      *decoder
	asked  []byte // the last name that the server was asked about
	answer []byte
}

func newLearner(_ codecs.Search, d codecs.Decoder) codecs.Resolver { return &learner{d: d.(*decoder)} }

// Sent tells what is unsettled. Requests that unsettle what follows say so themselves; one without effects is not understood at all.
func (l *learner) Sent(m *codecs.Message, _ *codecs.Parsed) codecs.Settling {
	l.d.puzzle = false // its bytes may go now
	if m.Effects == nil {
		return codecs.Reading
	}
	return codecs.Settled
}

// Seen has nothing to learn from.
func (*learner) Seen(*codecs.Message) {}

// Stale says that the request at hand is of a command that nobody knows. It is asked for but once in a row, unless the server refuses to say, so that a client that makes up names pays for them
// itself; and only where an answer can't be taken for another: not in a transaction, among messages that were subscribed to, or behind requests that change how the server answers.
func (l *learner) Stale(bool) bool {
	d := l.d
	if !d.puzzle || d.limits.Lexicon == nil {
		return false
	}
	if d.grouped || d.inMulti || d.loose || d.off || d.skip || d.follows || d.monitors || d.subscribed() || d.rest > 0 {
		return false
	}
	for i := range d.queue.len {
		if e := d.queue.at(i); e.role != noRole && !e.role.names() || e.silent {
			return false
		}
	}
	name := d.scan.args.at(0)
	return len(name) <= maxName && !bytes.Equal(name, l.asked)
}

// Question asks for the command's row.
func (l *learner) Question(dst []byte) []byte {
	args := &l.d.scan.args
	args.b = bytes.Clone(args.b[:min(len(args.b), args.from(args.have).pos)]) // for reread: they outlive the input now; an inline request is shorter than they are
	l.asked, l.answer = append(l.asked[:0], args.at(0)...), l.answer[:0]
	dst = append(dst, "*3\r\n$7\r\nCOMMAND\r\n$4\r\nINFO\r\n$"...)
	dst = strconv.AppendInt(dst, int64(len(l.asked)), 10)
	dst = append(append(dst, "\r\n"...), l.asked...)
	return append(dst, "\r\n"...)
}

// Answer keeps the answer, unless it is longer than is looked at.
func (l *learner) Answer(m *codecs.Message) {
	if m.Last && !m.Cut {
		l.answer = append(l.answer, m.Body...)
	}
}

// Answered learns the command, if the server has it, and reads the request anew.
func (l *learner) Answered(err error) {
	if err != nil {
		return
	}
	if len(l.answer) > 0 && (l.answer[0] == '-' || l.answer[0] == '!') {
		l.asked = l.asked[:0] // the server didn't say whether it has the command: it may once the client has logged in
		return
	}
	if c := commandInfo(l.answer); c != nil {
		l.d.lexicon().add(l.asked, c)
		l.d.reread(c)
	}
}

// Path is of no use: names mean the same everywhere.
func (*learner) Path() *metadata.SearchPath { return nil }

// Expand has nothing to expand.
func (*learner) Expand(dst []metadata.Effect, p *codecs.Parsed) []metadata.Effect {
	return append(dst, p.Effects...)
}

// lexicon gives what the servers of the session said of their commands; nil if nobody keeps it.
func (d *decoder) lexicon() *lexicon {
	if d.limits.Lexicon == nil {
		return nil
	}
	return d.limits.Lexicon.Words.(*lexicon)
}

// reread reads the request at hand, which was of an unknown command, as one of c.
func (d *decoder) reread(c *command) {
	s := &d.scan
	s.command = c
	if c.container && s.args.n > 1 {
		s.subcommand(s.args.at(1))
	}
	s.cut = s.cut || s.more > 0 || !s.args.whole() // what is missing was not waited for
	d.queue.untake()
	d.opened--
	_ = d.request(&d.msg[codecs.FromClient]) // an error is final: the next call tells it
}
