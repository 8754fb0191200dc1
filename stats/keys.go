package stats

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// A KeysReport is what is known of keys by their prefixes, as the admin server's /keys gives it in JSON.
type KeysReport struct {
	Time      time.Time   `json:"time"`
	Sort      KeySort     `json:"sort"`
	Listeners []KeyReport `json:"listeners"` // that count by prefix
}

// A KeyReport is the part of one listener.
type KeyReport struct {
	Listener  string      `json:"listener"`
	Separator string      `json:"separator"`
	Depth     int         `json:"depth"`
	Known     int         `json:"known"` // prefixes that have counts of their own, before the limit
	Evictions uint64      `json:"evictions"`
	Totals    KeyCounts   `json:"totals"`
	Rest      KeyCounts   `json:"rest"` // of prefixes that have no counts of their own
	Prefixes  []KeyPrefix `json:"prefixes"`

	BiggestRequests []BigValue `json:"biggest_requests"`
	BiggestReplies  []BigValue `json:"biggest_replies"`
}

// A KeyPrefix is one row of a [KeyReport].
type KeyPrefix struct {
	Database string `json:"database"` // its number; "" if it isn't known
	Prefix   string `json:"prefix"`
	KeyCounts
	LastSeen time.Time `json:"last_seen"`
}

// KeyCounts is what is added up for a prefix. Commands, Reads and Writes are of all commands that touch a key of the prefix, the rest is of those whose first key has it.
type KeyCounts struct {
	Commands     uint64 `json:"commands"`
	Reads        uint64 `json:"reads"` // keys read
	Writes       uint64 `json:"writes"`
	RequestBytes uint64 `json:"request_bytes"`
	ReplyBytes   uint64 `json:"reply_bytes"`
	MaxRequest   uint64 `json:"max_request_bytes"` // of one request
	MaxReply     uint64 `json:"max_reply_bytes"`
	Hits         uint64 `json:"hits"` // things that reads asked for and that were there
	Misses       uint64 `json:"misses"`
}

// Add adds o.
func (c *KeyCounts) Add(o *KeyCounts) {
	c.Commands += o.Commands
	c.Reads += o.Reads
	c.Writes += o.Writes
	c.RequestBytes += o.RequestBytes
	c.ReplyBytes += o.ReplyBytes
	c.MaxRequest = max(c.MaxRequest, o.MaxRequest)
	c.MaxReply = max(c.MaxReply, o.MaxReply)
	c.Hits += o.Hits
	c.Misses += o.Misses
}

// A BigValue is a key, and the biggest request or reply about it.
type BigValue struct {
	Database string    `json:"database"`
	Key      string    `json:"key"`
	Bytes    uint64    `json:"bytes"`
	Command  string    `json:"command"`
	Keys     int       `json:"keys"` // that the command has; Key is the first of them
	Time     time.Time `json:"time"`
}

// A KeySort names an order of prefixes, the greatest first.
type KeySort string

// The orders.
const (
	KeysByCommands KeySort = "commands"
	KeysByReads    KeySort = "reads"
	KeysByWrites   KeySort = "writes"
	KeysByBytes    KeySort = "bytes" // both ways
	KeysByMisses   KeySort = "misses"
	KeysByBiggest  KeySort = "biggest" // request or reply
)

// KeySorts lists the orders.
func KeySorts() []KeySort {
	return []KeySort{KeysByCommands, KeysByReads, KeysByWrites, KeysByBytes, KeysByMisses, KeysByBiggest}
}

// ParseKeySort gives the order of that name, KeysByCommands for "".
func ParseKeySort(name string) (KeySort, error) {
	if name == "" {
		return KeysByCommands, nil
	}
	if s := KeySort(name); slices.Contains(KeySorts(), s) {
		return s, nil
	}
	names := make([]string, 0, len(KeySorts()))
	for _, s := range KeySorts() {
		names = append(names, string(s))
	}
	return "", fmt.Errorf("no such order; there are %s", strings.Join(names, ", "))
}

// Order sorts prefixes.
func (s KeySort) Order(prefixes []KeyPrefix) {
	slices.SortFunc(prefixes, func(a, b KeyPrefix) int {
		return cmp.Or(cmp.Compare(s.value(&b.KeyCounts), s.value(&a.KeyCounts)), cmp.Compare(a.Prefix, b.Prefix), cmp.Compare(a.Database, b.Database))
	})
}

func (s KeySort) value(c *KeyCounts) uint64 {
	switch s {
	case KeysByReads:
		return c.Reads
	case KeysByWrites:
		return c.Writes
	case KeysByBytes:
		return c.RequestBytes + c.ReplyBytes
	case KeysByMisses:
		return c.Misses
	case KeysByBiggest:
		return max(c.MaxRequest, c.MaxReply)
	}
	return c.Commands
}
