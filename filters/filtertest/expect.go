package filtertest

import (
	"errors"
	"io"
	"strings"
	"testing"
	"time"
)

func send(t *testing.T, c Conn, p string) {
	t.Helper()
	if p == "" {
		return
	}
	if _, err := c.Write([]byte(p)); err != nil {
		t.Fatalf("sending %q: %v", clip(p), err)
	}
}

func expect(t *testing.T, c Conn, want string) {
	t.Helper()
	got := make([]byte, len(want))
	n, err := io.ReadFull(c, got)
	if err != nil && len(want) > 0 {
		t.Fatalf("got %q and then %v, want %q", clip(string(got[:n])), err, clip(want))
	}
	if string(got) != want {
		t.Fatalf("got %q, want %q", clip(string(got)), clip(want))
	}
}

// talk sends p and expects want.
func talk(t *testing.T, c Conn, p, want string) {
	t.Helper()
	send(t, c, p)
	expect(t, c, want)
}

// expectEnd expects the end of the stream, in order.
func expectEnd(t *testing.T, c Conn) {
	t.Helper()
	rest, err := io.ReadAll(c)
	if err != nil || len(rest) > 0 {
		t.Fatalf("got %q and %v, want the end of the stream", clip(string(rest)), err)
	}
	c.Close()
}

// expectGone expects the end of the connection, in whatever way.
func expectGone(t *testing.T, c Conn) {
	t.Helper()
	if rest, _ := io.ReadAll(c); len(rest) > 0 {
		t.Fatalf("got %q, want the end", clip(string(rest)))
	}
	c.Close()
}

// hangUp says goodbye and waits until everything is over.
func hangUp(t *testing.T, c Conn) {
	t.Helper()
	if err := c.CloseWrite(); err != nil && !errors.Is(err, io.ErrClosedPipe) {
		t.Fatal(err)
	}
	expectEnd(t, c)
}

// outcomes compares those of all exchanges, in the order of their end.
func outcomes(t *testing.T, j *Judge, want string) {
	t.Helper()
	var got string
	waitFor(t, func() bool {
		var all []string
		for _, d := range j.Done() {
			all = append(all, d.Outcome.String())
		}
		got = strings.Join(all, " ")
		return got == want
	})
	if got != want {
		t.Errorf("outcomes: got %q, want %q", got, want)
	}
}

// waitFor gives cond two seconds to become true.
func waitFor(t *testing.T, cond func() bool) {
	t.Helper()
	for deadline := time.Now().Add(2 * time.Second); !cond(); {
		if time.Now().After(deadline) {
			t.Error("what the test waits for has not come within two seconds")
			return
		}
		time.Sleep(time.Millisecond) // polls another goroutine's progress: there is no event to wait for
	}
}

func clip(s string) string {
	if len(s) > 200 {
		return s[:100] + "…" + s[len(s)-100:]
	}
	return s
}
