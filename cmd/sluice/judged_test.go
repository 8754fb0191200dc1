package main

import (
	"fmt"
	"strings"
	"testing"
)

// TestAPolicyWithAMistakeStartsNothing is told of wherever the policy is named.
func TestAPolicyWithAMistakeStartsNothing(t *testing.T) {
	bad := write(t, "statements:\n  rules:\n    - {name: a, efect: allow}\n")
	config := write(t, fmt.Sprintf("listeners: [{address: '127.0.0.1:0', protocol: postgres, to: '127.0.0.1:1', policy: {file: %s}}]\n", bad))
	for _, args := range [][]string{
		{"validate", "-c", config}, {"run", "-c", config},
		{"front", "postgres", "--listen", "127.0.0.1:0", "--to", "127.0.0.1:1", "--policy", bad},
	} {
		stdout, stderr, code := call(t, args...)
		if code != badConfig || stdout != "" || !strings.Contains(stderr, bad+":3: statements.rules[0].efect: unknown key; did you mean effect?") || !strings.Contains(stderr, "nothing was started") {
			t.Errorf("sluice %s: exit code %d, stdout %q, stderr %q", strings.Join(args, " "), code, stdout, stderr)
		}
	}
}
