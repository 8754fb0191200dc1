package redis

import (
	"compress/gzip"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
)

// otherwise are commands of which Redis 7.0.15, whose answers were recorded, says something else than the table, and why.
var otherwise = map[string]string{
	"MIGRATE": "incomplete", "SORT": "incomplete", "SORT_RO": "incomplete",
	"WAIT": "blocking in Redis 7.2", "ZRANK": "WITHSCORE of Redis 7.2", "ZREVRANK": "WITHSCORE of Redis 7.2",
	"COMMAND GETKEYS": "arity mended in Redis 7.2", "COMMAND GETKEYSANDFLAGS": "arity mended in Redis 7.2",
}

// TestCommandInfoAgainstTheTable reads what Redis 7.0.15 answered to COMMAND, in both dialects: it must say the same as the table.
func TestCommandInfoAgainstTheTable(t *testing.T) {
	for _, dialect := range []string{"resp2", "resp3"} {
		v := recordedCommands(t, dialect)
		if len(v.items) < 240 {
			t.Fatalf("%s: %d commands", dialect, len(v.items))
		}
		for i := range v.items {
			info := v.at(i)
			compareWithTable(t, info)
			for k := range info.at(9).items {
				compareWithTable(t, info.at(9).at(k))
			}
		}
	}
}

func recordedCommands(t *testing.T, dialect string) value {
	t.Helper()
	f, err := os.Open("testdata/command-" + dialect + ".gz")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	v, rest, ok := parseValue(b)
	if !ok || len(rest) > 0 {
		t.Fatalf("%s is not one reply", dialect)
	}
	return v
}

func compareWithTable(t *testing.T, info *value) {
	t.Helper()
	c := newCommand(info)
	if c == nil {
		t.Errorf("%s is not understood", info.at(0).text)
		return
	}
	container, sub, _ := strings.Cut(c.name, " ")
	want := table.find([]byte(container))
	if sub != "" && want != nil {
		want = want.subs.find([]byte(sub))
	}
	if want == nil {
		t.Errorf("%s is not in the table", c.name)
		return
	}
	switch otherwise[c.name] {
	case "incomplete":
		if c.effect != doesAnything {
			t.Errorf("%s: its keys are not all told, but it counts as if they were", c.name)
		}
		return
	case "":
	default:
		return
	}
	tell := func(c *command) string {
		return fmt.Sprintf("arity %d, categories %x, keys %v", c.arity, c.categories, c.keys)
	}
	if got, want := tell(c), tell(want); got != want {
		t.Errorf("%s: the server says %s; the table, %s", c.name, got, want)
	}
}
