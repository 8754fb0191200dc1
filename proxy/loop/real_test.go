//go:build linux && (amd64 || arm64)

package loop

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/sluice-proxy/sluice/filters"
)

func TestEchoAndHalfClose(t *testing.T) {
	each(t, func(t *testing.T, kind SenderKind, network string) {
		r := newRig(t, kind, func(*filters.Session) []filters.Filter { return []filters.Filter{passing{}} })
		client, server, s := r.session(network)
		for range 100 {
			exchange(t, client, server, []byte("request"))
			exchange(t, server, client, []byte("reply"))
		}
		endWrite(t, client)
		if n, err := server.Read(make([]byte, 1)); n != 0 || !errors.Is(err, io.EOF) {
			t.Fatalf("the server read %d, %v instead of the end", n, err)
		}
		exchange(t, server, client, []byte("last words"))
		endWrite(t, server)
		if n, err := client.Read(make([]byte, 1)); n != 0 || !errors.Is(err, io.EOF) {
			t.Fatalf("the client read %d, %v instead of the end", n, err)
		}
		if r.wait() != s || s.Cause != filters.ClientClosed || s.Bytes != [2]int64{700, 510} {
			t.Errorf("cause %v, bytes %v", s.Cause, s.Bytes)
		}
		ran := false
		if s.Handle().Post(func(*filters.Session) { ran = true }) || ran {
			t.Error("a post reached a closed session")
		}
	})
}

func TestBulk(t *testing.T) {
	size := int64(64 << 20)
	if os.Getenv("SLUICE_LONG") != "" {
		size = 1 << 30
	}
	each(t, func(t *testing.T, kind SenderKind, network string) {
		r := newRig(t, kind, nil)
		client, server, _ := r.session(network)
		var wg sync.WaitGroup
		var sums [4][]byte
		for i, c := range []net.Conn{client, server} {
			wg.Add(2)
			go func() { // waited for below
				defer wg.Done()
				h := sha256.New()
				p := pattern(1<<20, byte(i))
				for n := int64(0); n < size; n += int64(len(p)) {
					p[n%int64(len(p))]++
					h.Write(p)
					if _, err := c.Write(p); err != nil {
						t.Error(err)
						return
					}
				}
				sums[i] = h.Sum(nil)
				endWrite(t, c)
			}()
			go func() { // waited for below
				defer wg.Done()
				h := sha256.New()
				if n, err := io.Copy(h, c); n != size || err != nil {
					t.Errorf("%d bytes of %d: %v", n, size, err)
				}
				sums[3-i] = h.Sum(nil)
			}()
		}
		wg.Wait()
		r.wait()
		if !bytes.Equal(sums[0], sums[2]) || !bytes.Equal(sums[1], sums[3]) {
			t.Error("bytes differ")
		}
	})
}

func TestManyConnections(t *testing.T) {
	each(t, func(t *testing.T, kind SenderKind, network string) {
		r := newRig(t, kind, nil)
		const n, rounds = 200, 30
		var wg sync.WaitGroup
		for i := range n {
			client, server, _ := r.session(network)
			wg.Add(2)
			go func() { // waited for below
				defer wg.Done()
				_, _ = io.Copy(struct{ io.Writer }{server}, struct{ io.Reader }{server})
				server.Close()
			}()
			go func() { // waited for below
				defer wg.Done()
				defer client.Close()
				for k := range rounds {
					p, got := pattern(10+i*k, byte(i)), make([]byte, 10+i*k)
					if _, err := client.Write(p); err != nil {
						t.Error(err)
						return
					}
					if _, err := io.ReadFull(client, got); err != nil || !bytes.Equal(p, got) {
						t.Errorf("connection %d, round %d: %v", i, k, err)
						return
					}
				}
			}()
		}
		wg.Wait()
		for range n {
			r.wait()
		}
		if got := r.Stats().Sessions.Load(); got != 0 {
			t.Errorf("%d sessions left", got)
		}
	})
}

func TestSlowReader(t *testing.T) {
	each(t, func(t *testing.T, kind SenderKind, network string) {
		r := newRig(t, kind, nil)
		client, server, s := r.session(network)
		var written atomic.Int64
		done := make(chan struct{})
		go func() { // waited for below
			defer close(done)
			p := pattern(64<<10, 1)
			for {
				n, err := server.Write(p)
				written.Add(int64(n))
				if err != nil {
					return
				}
			}
		}()
		for last := int64(-1); last != written.Load(); <-time.After(300 * time.Millisecond) {
			last = written.Load() // until the server is stopped
		}
		held := make(chan int, 1)
		s.Handle().Post(func(s *filters.Session) { held <- len(s.Pending(1)) })
		if n := <-held; n > 1<<sizeMax {
			t.Errorf("%d bytes held", n)
		}
		parks := r.Stats().Passes.Load()
		<-time.After(50 * time.Millisecond)
		if n := r.Stats().Passes.Load() - parks; n > 5 {
			t.Errorf("%d passes while nothing moves", n)
		}
		server.Close() // what was taken still arrives, and the end behind it
		<-done
		p := pattern(64<<10, 1)
		var got int64
		buf := make([]byte, len(p))
		for {
			n, err := io.ReadFull(client, buf)
			got += int64(n)
			if !bytes.Equal(buf[:n], p[:n]) {
				t.Fatal("bytes differ")
			}
			if err != nil {
				break
			}
		}
		if got != written.Load() {
			t.Errorf("%d bytes of %d", got, written.Load())
		}
		client.Close()
		r.wait()
	})
}

func TestResetIsCarriedOver(t *testing.T) {
	each(t, func(t *testing.T, kind SenderKind, network string) {
		if network == "unix" {
			t.Skip("Unix sockets have no resets of their own")
		}
		for _, who := range []string{"client", "server"} {
			r := newRig(t, kind, nil)
			client, server, s := r.session(network)
			exchange(t, client, server, []byte("hello"))
			from, to := client, server
			cause := filters.ClientReset
			if who == "server" {
				from, to, cause = server, client, filters.ServerReset
			}
			if err := from.(*net.TCPConn).SetLinger(0); err != nil {
				t.Fatal(err)
			}
			from.Close()
			if _, err := to.Read(make([]byte, 1)); !errors.Is(err, syscall.ECONNRESET) {
				t.Errorf("%s reset: the other side read %v", who, err)
			}
			if r.wait(); s.Cause != cause {
				t.Errorf("cause %v", s.Cause)
			}
		}
	})
}

// breaking panics when it is told to.
type breaking struct{ passing }

func (breaking) OnRead(w *filters.Window) error {
	if bytes.Contains(w.Fresh(), []byte("panic")) {
		panic("as told")
	}
	w.PassTo(w.End())
	return nil
}

func TestPanicEndsOneSession(t *testing.T) {
	each(t, func(t *testing.T, kind SenderKind, network string) {
		r := newRig(t, kind, func(*filters.Session) []filters.Filter { return []filters.Filter{breaking{}} })
		c1, s1, _ := r.session(network)
		c2, s2, bad := r.session(network)
		exchange(t, c1, s1, []byte("one"))
		exchange(t, c2, s2, []byte("two"))
		if _, err := c2.Write([]byte("panic")); err != nil {
			t.Fatal(err)
		}
		if _, err := c2.Read(make([]byte, 1)); err == nil {
			t.Error("the session went on")
		}
		if s := r.wait(); s != bad || s.Cause != filters.Panicked || r.panics.Load() != 1 {
			t.Errorf("cause %v, %d panics told", s.Cause, r.panics.Load())
		}
		exchange(t, s1, c1, []byte("still here"))
	})
}

func TestTimeouts(t *testing.T) {
	r := newRig(t, Auto, nil)
	r.plan.IdleTimeout, r.plan.LingerClose = 150*time.Millisecond, 50*time.Millisecond
	client, server, s := r.session("tcp")
	start := time.Now()
	for time.Since(start) < 300*time.Millisecond { // activity puts it off
		exchange(t, client, server, []byte("x"))
		<-time.After(20 * time.Millisecond)
	}
	if n, err := client.Read(make([]byte, 1)); n != 0 || !errors.Is(err, io.EOF) {
		t.Fatalf("read %d, %v instead of the end", n, err)
	}
	if r.wait(); s.Cause != filters.Idle || time.Since(start) < 450*time.Millisecond {
		t.Errorf("cause %v after %v", s.Cause, time.Since(start))
	}
	if n := r.Stats().Passes.Load(); n > 200 {
		t.Errorf("%d passes", n)
	}
}

func TestPostRunsOnTheLoop(t *testing.T) {
	r := newRig(t, Auto, nil)
	_, server, s := r.session("tcp")
	n, done := 0, make(chan int)
	for range 1000 {
		if !s.Handle().Post(func(*filters.Session) { n++ }) {
			t.Fatal("refused")
		}
	}
	s.Handle().Post(func(s *filters.Session) { done <- n; s.Abort(filters.DrainLimit, nil) })
	if got := <-done; got != 1000 {
		t.Errorf("%d posts ran", got)
	}
	if _, err := server.Read(make([]byte, 1)); err == nil {
		t.Error("the session went on")
	}
	if r.wait(); s.Cause != filters.DrainLimit {
		t.Errorf("cause %v", s.Cause)
	}
}

func TestProbe(t *testing.T) {
	kind, why := Probe()
	t.Logf("%v, refused: %v", kind, why)
	if kind == Auto || len(why) != int(kind)-1 {
		t.Errorf("%v, %v", kind, why)
	}
}
