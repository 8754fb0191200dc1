package inspect_test

import (
	"encoding/binary"
	"fmt"
	"io"
	"net/netip"
	"testing"
	"time"

	"github.com/sluice-proxy/sluice/codecs"
	"github.com/sluice-proxy/sluice/codecs/postgres"
	"github.com/sluice-proxy/sluice/filters"
	"github.com/sluice-proxy/sluice/filters/accesslog"
	"github.com/sluice-proxy/sluice/filters/inspect"
	filterrbac "github.com/sluice-proxy/sluice/filters/rbac"
	filterstats "github.com/sluice-proxy/sluice/filters/stats"
	"github.com/sluice-proxy/sluice/metadata"
	"github.com/sluice-proxy/sluice/rbac"
	"github.com/sluice-proxy/sluice/stats"
)

// BenchmarkRoundTrip is the user code of one request and its reply: everything but system calls.
func BenchmarkRoundTrip(b *testing.B) {
	prepare := pg('P', "P0_1\x00SELECT abalance FROM pgbench_accounts WHERE aid = $1\x00\x00\x00") + pg('S', "")
	prepared := pg('B', "\x00P0_1\x00\x00\x00\x00\x01\x00\x00\x00\x0212\x00\x00") + pg('D', "P\x00") + pg('E', "\x00\x00\x00\x00\x00") + pg('S', "")
	answer := pg('2', "") + pg('T', "\x00\x01abalance\x00\x00\x00\x40\x00\x00\x01\x00\x00\x00\x17\x00\x04\xff\xff\xff\xff\x00\x00") +
		pg('D', "\x00\x01\x00\x00\x00\x015") + pg('C', "SELECT 1\x00") + pg('Z', "I")
	simple := pg('Q', "SELECT abalance FROM pgbench_accounts WHERE aid = 12345;\x00")
	for _, bb := range []struct {
		name            string
		stats, log      bool
		policy          bool
		request, answer string
	}{
		{"prepared", false, false, false, prepared, answer},
		{"prepared with statistics", true, false, false, prepared, answer},
		{"prepared with statistics and log", true, true, false, prepared, answer},
		{"prepared with statistics and policy", true, false, true, prepared, answer},
		{"simple", false, false, false, simple, answer[5:]},
		{"simple with statistics and log", true, true, false, simple, answer[5:]},
		{"simple with statistics and policy", true, false, true, simple, answer[5:]},
	} {
		b.Run(bb.name, func(b *testing.B) {
			epoch := filters.NewEpoch()
			cfg := &inspect.Config{Protocol: postgres.Protocol}
			if bb.stats {
				cfg.Filters = append(cfg.Filters, filterstats.New(filterstats.Config{Shards: 1, Table: stats.NewTable(stats.Config{Shards: 1})}))
			}
			if bb.log {
				log, err := accesslog.New(accesslog.Config{Shards: 1, Epoch: epoch, Writer: io.Discard})
				if err != nil {
					b.Fatal(err)
				}
				defer log.Close(time.Second)
				cfg.Filters = append(cfg.Filters, log)
			}
			if bb.policy {
				cfg.Enforce, cfg.Parse, cfg.Search = true, true, codecs.Search{Assume: []string{"public"}}
				cfg.Filters = append(cfg.Filters, filterrbac.New(1, allowAccounts(b)))
			}
			plan := &filters.Plan{Clock: epoch, Terminal: nowhere{}, Chain: func(s *filters.Session) []filters.Filter {
				return []filters.Filter{inspect.New(cfg, s, 0)}
			}}
			s := filters.NewSession(plan, 1, netip.MustParseAddrPort("192.0.2.1:5000"))
			s.Begin()
			step := func(dir codecs.Direction, p []byte) {
				s.Receive(dir, p)
				s.Sent(dir, len(s.Pending(dir)))
			}
			s.Tick(epoch.Now())
			s.Receive(codecs.FromClient, []byte(startup("user\x00ann\x00database\x00shop\x00\x00")))
			s.ServerConnected()
			step(codecs.FromClient, nil)
			step(codecs.FromServer, []byte(pg('R', "\x00\x00\x00\x00")+pg('Z', "I")))
			step(codecs.FromClient, []byte(prepare))
			step(codecs.FromServer, []byte(pg('1', "")+pg('Z', "I")))
			req, ans := []byte(bb.request), []byte(bb.answer)
			b.ReportAllocs()
			for b.Loop() {
				s.Tick(epoch.Now())
				step(codecs.FromClient, req)
				step(codecs.FromServer, ans)
			}
			if s.Exchanges < uint64(b.N) {
				b.Fatalf("%d exchanges for %d requests", s.Exchanges, b.N)
			}
		})
	}
}

// allowAccounts is a policy of a thousand rules, one of which allows the statement.
func allowAccounts(b *testing.B) *rbac.Engine {
	p := rbac.Policy{Connections: rbac.Rules{Default: rbac.Allow}}
	for i := range 1000 {
		name := fmt.Sprintf("public.table%d", i)
		if i == 500 {
			name = "public.pgbench_accounts"
		}
		p.Statements.List = append(p.Statements.List, rbac.Rule{Name: fmt.Sprintf("rule%d", i), Effect: rbac.Allow,
			Accesses: []rbac.AccessRule{{Verbs: []metadata.Verb{metadata.Read}, Kind: metadata.KindTable, Names: []string{name}}}})
	}
	e, problems := rbac.Compile(p)
	if len(problems) > 0 {
		b.Fatal(problems)
	}
	return e
}

type nowhere struct{}

func (nowhere) Connect(*filters.Session, int) (filters.Endpoint, error) {
	return filters.Endpoint{Address: "nowhere"}, nil
}
func (nowhere) Disconnected(*filters.Session, filters.Endpoint, error) {}

// pg makes a message of PostgreSQL.
func pg(typ byte, body string) string {
	return string(binary.BigEndian.AppendUint32([]byte{typ}, uint32(len(body)+4))) + body
}

func startup(params string) string {
	b := binary.BigEndian.AppendUint32(nil, uint32(len(params)+8))
	return string(binary.BigEndian.AppendUint32(b, 3<<16)) + params
}
