package redis_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// located are scenarios about servers that name each other, by the variable that names such a server, host:port: a master of a cluster with replicas, a Sentinel of a master
// with a replica, called mymaster, and that master.
var located = map[string]map[string]func(*session){
	"SLUICE_TEST_REDIS_CLUSTER": {
		"cluster": func(s *session) {
			s.ask("CLUSTER", "SLOTS")
			s.ask("CLUSTER", "SHARDS")
			s.ask("CLUSTER", "NODES")
			s.ask("CLUSTER", "MYID")
			said := s.rec.Script()
			s.ask("CLUSTER", "REPLICAS", strings.Split(string(said[len(said)-1].Bytes), "\r\n")[1])
			s.ask("ROLE")
			s.ask("INFO", "replication")
			for _, key := range []string{"a", "b", "c"} { // of three nodes, so two of them are elsewhere
				s.ask("GET", key)
			}
			s.send(cmd("MULTI"), cmd("CLUSTER", "SLOTS"), cmd("ROLE"), cmd("EXEC"))
			s.until(4)
			s.ask("HELLO", "3")
			s.ask("CLUSTER", "SLOTS")
			s.ask("CLUSTER", "SHARDS")
			s.ask("CLUSTER", "NODES")
			s.ask("INFO")
		},
	},
	"SLUICE_TEST_REDIS_SENTINEL": {
		"sentinel": func(s *session) {
			for _, resp := range []string{"2", "3"} {
				s.ask("HELLO", resp)
				s.ask("SENTINEL", "MASTERS")
				s.ask("SENTINEL", "MASTER", "mymaster")
				s.ask("SENTINEL", "REPLICAS", "mymaster")
				s.ask("SENTINEL", "SENTINELS", "mymaster")
				s.ask("SENTINEL", "GET-MASTER-ADDR-BY-NAME", "mymaster")
				s.ask("SENTINEL", "GET-MASTER-ADDR-BY-NAME", "nobody")
				s.ask("SENTINEL", "INFO-CACHE", "mymaster")
				s.ask("INFO", "sentinel")
				s.ask("ROLE")
			}
			s.ask("HELLO", "2")
			s.ask("PSUBSCRIBE", "*")
			other := &session{t: s.t}
			other.connect()
			other.ask("SENTINEL", "FAILOVER", "mymaster")
			s.until(5)
		},
	},
	"SLUICE_TEST_REDIS_MASTER": {
		"replication_roles": func(s *session) {
			s.ask("ROLE")
			s.ask("INFO", "replication")
		},
	},
}

// TestRecordAddresses makes the transcripts of servers that name each other.
func TestRecordAddresses(t *testing.T) {
	if !*update {
		t.Skip("records only with -update")
	}
	for variable, scenarios := range located {
		server := os.Getenv(variable)
		if server == "" {
			continue
		}
		for name, play := range scenarios {
			t.Run(name, func(t *testing.T) {
				t.Setenv("SLUICE_TEST_REDIS", server)
				s := dial(t)
				play(s)
				text := append([]byte("# Recorded by TestRecordAddresses -update.\n"), s.rec.Script().Append(nil)...)
				if err := os.WriteFile(filepath.Join("testdata", name+"."+serverVersion(t)+".txt"), text, 0o644); err != nil {
					t.Fatal(err)
				}
			})
		}
	}
}
