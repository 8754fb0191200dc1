package scenarios_test

import (
	"io"
	"math/rand/v2"
	"net"
	"strings"
	"testing"
	"time"
)

// A redisMixer makes commands of what COMMAND DOCS says of their arguments, mostly.
type redisMixer struct {
	*rand.Rand
	commands []redisSyntax
}

// A redisSyntax is a command, in one or two words, and its arguments.
type redisSyntax struct {
	words []string
	args  []any // as COMMAND DOCS has them
}

func (m *redisMixer) pick(all ...string) string { return all[m.IntN(len(all))] }

// name gives the name of a key or a channel, half of them allowed.
func (m *redisMixer) name() string {
	if m.IntN(2) == 0 {
		return m.pick("orders:1", "orders:list", "orders:set", "orders:zset", "orders:hash", "orders:stream", "orders:geo", "orders:hll", "orders:", "orders:*")
	}
	return m.pick("secret", "secret:list", "secret:set", "secret:zset", "secret:hash", "secret:stream", "secret:1", "ORDERS:1", "orders", "", "news", "secret\r\nx", "\x00", "1", "STORE")
}

// word gives anything.
func (m *redisMixer) word() string {
	if m.IntN(3) == 0 {
		return m.name()
	}
	return m.pick("0", "1", "2", "3", "-1", "+1", "01", "1.5", "100", "$", ">", "*", "-", "+", "x", "g", "(1", "[a", "inf", "STORE", "store", "STOREDIST", "BY", "GET", "get", "KEYS", "STREAMS", "streams", "LIMIT", "COUNT", "MATCH", "DB", "AUTH", "REPLACE",
		"WEIGHTS", "AGGREGATE", "WITHSCORES", "ASC", "ALPHA", "LEFT", "MIN", "BLOCK", "GROUP", "NOACK", "BCAST", "m", "FROMMEMBER", "BYRADIUS", "9999999999999999999999")
}

// arguments gives what one argument of COMMAND DOCS stands for.
func (m *redisMixer) arguments(arg any) (all []string) {
	a := redisMap(arg)
	flags := shownValue(a["flags"])
	if strings.Contains(flags, "optional") && m.IntN(2) == 0 {
		return nil
	}
	times := 1
	if strings.Contains(flags, "multiple") {
		times += m.IntN(3)
	}
	token, hasToken := a["token"].(string)
	for i := range times {
		if hasToken && (i == 0 || strings.Contains(flags, "multiple_token")) {
			all = append(all, token)
		}
		switch inner, _ := a["arguments"].([]any); a["type"] {
		case "key":
			all = append(all, m.name())
		case "integer":
			all = append(all, m.pick("0", "1", "1", "2", "2", "3", "-1", "100", "01"))
		case "double", "unix-time":
			all = append(all, m.pick("1", "1.5", "0", "100"))
		case "pure-token":
		case "oneof":
			all = append(all, m.arguments(inner[m.IntN(len(inner))])...)
		case "block":
			for _, arg := range inner {
				all = append(all, m.arguments(arg)...)
			}
		default:
			all = append(all, m.pick(m.word(), m.name()))
		}
	}
	return all
}

// command gives a command, now and then with an argument too few, too many, or another one.
func (m *redisMixer) command() []string {
	c := m.commands[m.IntN(len(m.commands))]
	all := append([]string{}, c.words...)
	for _, arg := range c.args {
		all = append(all, m.arguments(arg)...)
	}
	for range m.IntN(3) {
		i := len(c.words) + m.IntN(len(all)-len(c.words)+1)
		switch m.IntN(3) {
		case 0:
			all = append(all[:i], append([]string{m.word()}, all[i:]...)...)
		case 1:
			all = append(all[:i], all[min(i+1, len(all)):]...)
		default:
			if i < len(all) {
				all[i] = m.word()
			}
		}
	}
	if m.IntN(4) == 0 {
		all[0] = strings.ToLower(all[0])
	}
	return all
}

// redisMap gives a map as RESP2 has it.
func redisMap(v any) map[string]any {
	all := map[string]any{}
	if list, ok := v.([]any); ok {
		for i := 0; i+1 < len(list); i += 2 {
			all[shownValue(list[i])] = list[i+1]
		}
	}
	return all
}

// unpredictable are commands that change which answer belongs to which request, or end the session: what is behind them would be judged otherwise than it is compared.
var unpredictable = map[string]bool{"MULTI": true, "EXEC": true, "DISCARD": true, "RESET": true, "QUIT": true, "HELLO": true, "AUTH": true, "SELECT": true, "MONITOR": true, "SYNC": true, "PSYNC": true,
	"SUBSCRIBE": true, "PSUBSCRIBE": true, "SSUBSCRIBE": true, "UNSUBSCRIBE": true, "PUNSUBSCRIBE": true, "SUNSUBSCRIBE": true, "CLIENT": true, "SHUTDOWN": true}

// newRedisMixer asks the server what commands it has.
func newRedisMixer(t *testing.T, c *redisClient, seed uint64) *redisMixer {
	t.Helper()
	m := &redisMixer{Rand: rand.New(rand.NewPCG(seed, 7))}
	c.send(command("COMMAND", "DOCS"))
	docs, err := c.value()
	if err != nil {
		t.Fatal(err)
	}
	list, _ := docs.([]any)
	for i := 0; i+1 < len(list); i += 2 {
		name := strings.ToUpper(shownValue(list[i]))
		if unpredictable[name] {
			continue
		}
		doc := redisMap(list[i+1])
		args, _ := doc["arguments"].([]any)
		subs, _ := doc["subcommands"].([]any)
		if len(subs) == 0 {
			m.commands = append(m.commands, redisSyntax{[]string{name}, args})
		}
		for j := 0; j+1 < len(subs); j += 2 {
			_, sub, _ := strings.Cut(strings.ToUpper(shownValue(subs[j])), "|")
			args, _ := redisMap(subs[j+1])["arguments"].([]any)
			m.commands = append(m.commands, redisSyntax{[]string{name, sub}, args})
		}
	}
	if len(m.commands) < 200 {
		t.Fatalf("the server tells of %d commands", len(m.commands))
	}
	return m
}

// TestRedisRandom sends random commands under a policy that allows some keys. What the server itself, asked by ACL DRYRUN, would refuse a user who has no more than
// these, must be denied; what is forbidden stays as it is, and nobody gets to see it.
func TestRedisRandom(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	l := newRedisLab(t)
	l.prepare(t)
	l.clean = l.state()
	l.done(t)
	l.control.ask("ACL", "SETUSER", "limited", "on", "nopass", "resetkeys", "resetchannels", "~orders:*", "&news", "+@all")
	with := l.state()
	m := newRedisMixer(t, dialRedis(t, l.addr), seed)
	p := fronting(t, "redis", redisBypassPolicies["allow orders"], l.addr)
	spent := 10 * time.Second
	if long() {
		spent = 10 * time.Minute
	}
	tried, refused, stricter := 0, 0, 0
	seen := 0 // lines of the log
	for end := time.Now().Add(spent); time.Now().Before(end) && !t.Failed(); {
		sessions := map[int][]drawn{} // by the client's port; the log comes in batches, so many are made before it is read
		for range 30 {
			all := l.draw(t, m)
			answers, port := exchanged(t, p.addr, all)
			if leaked.MatchString(answers) {
				t.Errorf("BYPASS the client got %.500q for %v", answers, all)
			}
			sessions[port] = all
		}
		for port := range sessions {
			p.log.find(t, "the session", ended(port))
		}
		lines := p.log.all()
		for _, line := range lines[seen:] {
			all := sessions[line.Port]
			if line.Event != "exchange" || line.Exchange > uint64(len(all)) {
				continue
			}
			c := all[line.Exchange-1]
			verdict := judgement(t, line).Verdict
			switch {
			case c.refused && verdict != "deny":
				t.Errorf("BYPASS the server would refuse %q, the proxy has verdict %q", c.words, verdict)
			case c.refused:
				refused++
			case verdict == "deny":
				stricter++
			}
			tried++
		}
		seen = len(lines)
	}
	if now := l.state(); now != with {
		t.Errorf("BYPASS the server was changed: %s", firstDifference(with, now))
	}
	t.Logf("%d commands, of which the server would refuse %d for their keys or channels; %d others were denied", tried, refused, stricter)
	if refused < 1000 {
		t.Errorf("the server would refuse %d; the mixer makes nothing of worth", refused)
	}
}

// A drawn command is one of a mixer, and whether the server would refuse it.
type drawn struct {
	words   []string
	refused bool
}

// draw makes some commands, and asks the server about them.
func (l *redisLab) draw(t *testing.T, m *redisMixer) (all []drawn) {
	t.Helper()
	var asked strings.Builder
	for range 25 {
		c := m.command()
		all = append(all, drawn{words: c})
		asked.WriteString(command(append([]string{"ACL", "DRYRUN", "limited"}, c...)...))
	}
	l.extend(t)
	l.control.send(asked.String())
	for i := range all {
		all[i].refused = strings.Contains(l.control.reply(), "no permissions to access")
	}
	return all
}

// exchanged sends commands, and gives what comes until the server has nothing more to say.
func exchanged(t *testing.T, addr string, all []drawn) (answers string, from int) {
	t.Helper()
	c := dialRedis(t, addr)
	defer c.conn.Close()
	var bytes strings.Builder
	for _, d := range all {
		bytes.WriteString(command(d.words...))
	}
	_, _ = io.WriteString(c.conn, bytes.String()) // one of them may have ended the session
	_ = c.conn.(*net.TCPConn).CloseWrite()
	var said strings.Builder
	_, _ = c.in.WriteTo(&said) // however it ends, it is what the client got
	return said.String(), port(c.conn)
}
