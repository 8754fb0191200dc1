package filters

import (
	"sync"

	"github.com/sluice-proxy/sluice/metadata"
)

// Tokens is where a cancel request finds the session that it names: a bounded map from a token that a server gave out (PostgreSQL's
// BackendKeyData) to the endpoint that gave it and the session that got it. It is safe for concurrent use.
type Tokens struct {
	Max int // entries; default 1,000,000. At the limit new tokens are not kept.

	mu sync.Mutex
	m  map[string]TokenOwner
}

// A TokenOwner is who a token stands for.
type TokenOwner struct {
	Endpoint Endpoint
	Session  *Handle
	ID       uint64 // the session's

	// What the session is known as, for those who ask whether it may be cancelled.
	User, Namespace, Application string
}

// Put keeps token for s, and says whether there was room.
func (t *Tokens) Put(token []byte, s *Session) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	limit := t.Max
	if limit <= 0 {
		limit = 1_000_000
	}
	if t.m == nil {
		t.m = map[string]TokenOwner{}
	}
	if len(t.m) >= limit {
		return false
	}
	t.m[string(token)] = TokenOwner{
		Endpoint: s.Endpoint, Session: s.Handle(), ID: s.ID,
		User: s.Meta.Str(metadata.User), Namespace: s.Meta.Str(metadata.Namespace), Application: s.Meta.Str(metadata.Application),
	}
	return true
}

// Find gives the owner of token.
func (t *Tokens) Find(token []byte) (TokenOwner, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	o, ok := t.m[string(token)]
	return o, ok
}

// Remove forgets token.
func (t *Tokens) Remove(token []byte) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.m, string(token))
}
