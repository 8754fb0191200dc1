package configs_test

import (
	"testing"
)

// TestAdvertise pins what is told about mistakes with advertise.
func TestAdvertise(t *testing.T) {
	const begin = "listeners:\n  - {name: a, address: ':7001', protocol: redis, to: '10.0.0.1:6379', advertise: 'proxy:7001'"
	const second = "}\n  - {name: b, address: ':7002', protocol: redis, to: '10.0.0.2:6379', "
	for _, tt := range []struct{ name, text, want string }{
		{"one for each", begin + second + "advertise: 'proxy:7002', announced_as: ['node2:6379']}\n", ""},
		{"two ways to one server", begin + "}\n  - {name: b, address: ':7002', protocol: redis, to: '10.0.0.1:6379', advertise: 'proxy:7001'}\n", ""},
		{"announced without", "listeners:\n  - {address: ':7001', protocol: redis, to: 'a:1', announced_as: ['b:1']}\n",
			`sluice.yaml:2: listeners[0].announced_as: only goes with advertise, the address by which clients reach the listener`},
		{"of another protocol", good + "  - {address: ':7001', protocol: postgres, to: 'a:1', advertise: 'b:1'}\n",
			`sluice.yaml:3: listeners[1].advertise: no reply of postgres names a server, so there is nothing to replace; remove this`},
		{"no host", begin + second + "advertise: ':7002'}\n", `sluice.yaml:3: listeners[1].advertise: has no host; write 127.0.0.1:7002 for this machine`},
		{"a socket", begin + second + "advertise: 'proxy:7002', announced_as: [/run/redis.sock]}\n",
			`sluice.yaml:3: listeners[1].announced_as[0]: must be host:port, as replies name servers`},
		{"two for one server", begin + second + "advertise: 'proxy:7002', announced_as: ['[::ffff:10.0.0.1]:6379']}\n",
			`sluice.yaml:3: listeners[1].advertise: listeners[0] has another one for [::ffff:10.0.0.1]:6379, and replies can name only one; let one of them advertise`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := parse(tt.text)
			got := ""
			if err != nil {
				got = err.Error()
			}
			if got != tt.want {
				t.Errorf("got\n%s\nwant\n%s", got, tt.want)
			}
		})
	}
}
