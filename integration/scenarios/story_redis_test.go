package scenarios_test

import (
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"
)

// redisDialect tells the stories in Redis's words: an object is a key.
type redisDialect struct {
	t       *testing.T // with which the server ends
	process *redisProcess
}

func (*redisDialect) name() string { return "redis" }

func (d *redisDialect) server(t *testing.T) string {
	t.Helper()
	d.t = t
	d.begin(freeAddr(t))
	return d.process.addr
}

// begin starts the server on addr.
func (d *redisDialect) begin(addr string) {
	d.t.Helper()
	d.process = startRedis(d.t, addr)
	c := dialRedis(d.t, addr)
	for _, user := range []string{"ann", "bob"} {
		c.ask("ACL", "SETUSER", user, "on", ">"+rolePassword, "~*", "&*", "+@all")
	}
	c.ask("MSET", "orders", "0", "secret", "0")
}

func (d *redisDialect) restart(t *testing.T) {
	t.Helper()
	d.process.stop()
	d.begin(d.process.addr)
}

func (*redisDialect) object(name string) string        { return "kind: key, names: " + name }
func (*redisDialect) operations() (read, write string) { return "GET", "INCR" }
func (*redisDialect) patient() bool                    { return true }

func (*redisDialect) codes() (denied, ends, noServer, idle string) {
	return "NOPERM", "ERR", "ERR", "ERR"
}

func (*redisDialect) connect(t *testing.T, addr, user string) (caller, error) {
	t.Helper()
	c := dialRedis(t, addr)
	c.send(command("AUTH", user, rolePassword))
	v, err := c.value()
	if err != nil {
		return nil, err
	}
	if f := redisFate(v); f.code != "" {
		return nil, f.failure()
	}
	return &redisCaller{c}, nil
}

type redisCaller struct{ *redisClient }

func (c *redisCaller) ask(t *testing.T, wishes ...wish) (fates []fate) {
	t.Helper()
	var all strings.Builder
	for _, w := range wishes {
		all.WriteString(map[string]string{
			"read": command("GET", w.object), "write": command("INCR", w.object), "begin": command("MULTI"), "commit": command("EXEC"), "rollback": command("DISCARD"),
			"listen": command("SUBSCRIBE", w.object), "publish": command("PUBLISH", w.object, "hello"),
		}[w.verb])
	}
	if _, err := io.WriteString(c.conn, all.String()); err != nil {
		return append(fates, fate{code: "gone", text: err.Error()})
	}
	for range wishes {
		v, err := c.value()
		if err != nil {
			return append(fates, fate{code: "gone", text: err.Error()})
		}
		fates = append(fates, redisFate(v))
	}
	return fates
}

func redisFate(v any) fate {
	text := shownValue(v)
	if e, ok := strings.CutPrefix(text, "-"); ok {
		code, rest, _ := strings.Cut(e, " ")
		return fate{code: code, text: rest}
	}
	return fate{value: strings.TrimLeft(text, "+:")}
}

func (c *redisCaller) hear(t *testing.T) (string, error) {
	t.Helper()
	v, err := c.value()
	if err != nil {
		return "", err
	}
	if f := redisFate(v); f.code != "" {
		return "", f.failure()
	}
	all, ok := v.([]any)
	if !ok || len(all) != 3 || all[0] != "message" {
		return "", fmt.Errorf("no message: %s", shownValue(v))
	}
	return shownValue(all[2]), nil
}

func (c *redisCaller) lastWords(t *testing.T) (code string) {
	t.Helper()
	for {
		v, err := c.value()
		if err != nil {
			if !errors.Is(err, io.EOF) {
				t.Logf("the connection ends with %v", err)
			}
			return code
		}
		code = redisFate(v).code
	}
}

func (c *redisCaller) port() int { return port(c.conn) }

func (c *redisCaller) close() {
	_ = c.conn.SetDeadline(time.Now().Add(hurry))
	_ = c.conn.(*net.TCPConn).CloseWrite()
	_, _ = io.Copy(io.Discard, c.in)
	c.conn.Close()
}
