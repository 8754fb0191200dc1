package scenarios_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// redisModule builds the module in testdata.
func redisModule(t *testing.T) (path string) {
	t.Helper()
	cc, err := exec.LookPath("cc")
	if err != nil {
		lacking(t, "cc", err)
	}
	path = filepath.Join(t.TempDir(), "shop.so")
	if out, err := exec.Command(cc, "-shared", "-fPIC", "-o", path, "testdata/module.c").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if err := os.Chmod(path, 0o755); err != nil { // servers load nothing that can't be executed
		t.Fatal(err)
	}
	return path
}

// TestRedisCommandsOfModules has commands that no table knows: the server is asked where their keys are.
func TestRedisCommandsOfModules(t *testing.T) {
	server := startRedis(t, freeAddr(t), "--loadmodule", redisModule(t))
	p := fronting(t, "redis", ordersOnly+`
        - {verbs: execute, kind: opaque, names: "SHOP.EV*"}
    - name: not-this
      effect: deny
      operations: ["SHOP.DROP"]
`, server.addr)
	c := dialRedis(t, p.addr)
	for _, tt := range []struct{ request, want string }{
		{"shop.read orders:1", "+SHOP"},
		{"SHOP.READ secret", "-NOPERM"},
		{"shop.write orders:1 x", "+SHOP"},
		{"shop.write secret x", "-NOPERM"},
		{"shop.all", "-NOPERM"},
		{"shop.every", "+SHOP"},
		{"shop.drop orders:1", "-NOPERM"},
		{"shop.none orders:1", "-NOPERM"},
	} {
		if got := c.ask(strings.Fields(tt.request)...); !strings.HasPrefix(got, tt.want) {
			t.Errorf("%s: got %s, want %s", tt.request, got, tt.want)
		}
	}
	l := p.log.find(t, "a module's command", func(l line) bool { return l.Operation == "SHOP.WRITE" && l.Outcome == "denied" })
	if !strings.Contains(l.raw, "secret") {
		t.Errorf("the log says %s", l.raw)
	}

	other := dialRedis(t, p.addr) // in a transaction nobody asks; by now nobody has to
	other.send(command("MULTI") + command("shop.read", "orders:1") + command("EXEC"))
	if a, b, d := other.reply(), other.reply(), other.reply(); a != "+OK" || b != "+QUEUED" || d != "[+SHOP]" {
		t.Errorf("in a transaction: got %q, %q, %q", a, b, d)
	}
	if got := dialRedis(t, server.addr).ask("INFO", "commandstats"); strings.Count(got, "command|info") != 1 || !strings.Contains(got, "command|info:calls=6,") {
		t.Errorf("the server was asked otherwise than once for each of its commands and the one that it doesn't have: %s", got)
	}
}

// TestRedisCommandsUnderOtherNames has a server whose configuration renames commands: they do what they did, to keys and to the session.
func TestRedisCommandsUnderOtherNames(t *testing.T) {
	server := startRedis(t, freeAddr(t), "--rename-command", "GET", "fetch", "--rename-command", "SELECT", "choose", "--rename-command", "FLUSHALL", "wipe",
		"--rename-command", "AUTH", "enter", "--user", "ann", "on", ">pw", "allkeys", "allcommands")
	p := fronting(t, "redis", ordersOnly, server.addr)
	c := dialRedis(t, p.addr)
	c.ask("SET", "orders:1", "book")
	c.send(command("fetch", "orders:1") + command("fetch", "secret") + command("Fetch", "orders:1") + command("wipe"))
	for i, want := range []string{"book", "-NOPERM", "book", "-NOPERM"} {
		if got := c.reply(); !strings.HasPrefix(got, want) {
			t.Errorf("answer %d: got %q, want %q", i, got, want)
		}
	}
	c.send(command("choose", "3") + command("fetch", "orders:1") + command("enter", "ann", "pw") + command("SET", "orders:2", "pen"))
	for i, want := range []string{"+OK", "nil", "+OK", "+OK"} {
		if got := c.reply(); got != want {
			t.Errorf("behind another database and another user, answer %d: got %q, want %q", i, got, want)
		}
	}
	p.log.find(t, "a command in the other database", func(l line) bool { return l.Operation == "GET" && strings.Contains(l.raw, `"db.namespace":"3"`) })
	p.log.find(t, "a command of the other user", func(l line) bool { return l.Operation == "SET" && strings.Contains(l.raw, `"ann"`) })
}
