package admin

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"net/http/pprof"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/sluice-proxy/sluice/stats"
)

// A Server answers about the proxy. The zero Server is usable: it answers what it can.
type Server struct {
	Metrics    prometheus.Gatherer // default: none, and no /metrics
	Statements *stats.Table        // default: none, and no /statements
	Policy     func() any          // gives what /policy shows, as JSON; default: there is no policy, and no page
	Keys       KeysPage            // default: keys are not counted, and there is no page
	Ready      func() error        // says why no new session should come; default: always ready. Draining is known beside it.
	Profile    bool                // with /debug/pprof, which shows what the process has in memory and may cost seconds of CPU
	Logger     *slog.Logger        // default slog.Default()

	draining atomic.Bool

	once   sync.Once
	server *http.Server
}

// A KeysPage gives what /keys shows; a limit of 0 is all.
type KeysPage func(by stats.KeySort, limit int) *stats.KeysReport

// An endpoint is one line of the index page.
type endpoint struct {
	path    string
	about   string
	handler http.Handler
}

func (s *Server) endpoints() []endpoint {
	all := []endpoint{
		{"/healthz", "200 while the process lives", http.HandlerFunc(s.healthz)},
		{"/readyz", "200 while new sessions are welcome, 503 while draining", http.HandlerFunc(s.readyz)},
	}
	if s.Metrics != nil {
		h := promhttp.HandlerFor(s.Metrics, promhttp.HandlerOpts{
			ErrorLog:            slog.NewLogLogger(s.logger().Handler(), slog.LevelError),
			EnableOpenMetrics:   true,
			MaxRequestsInFlight: 4,
			Timeout:             10 * time.Second,
		})
		all = append(all, endpoint{"/metrics", "Prometheus metrics; native histograms for scrapers that ask for protobuf", h})
	}
	if s.Statements != nil {
		all = append(all, endpoint{"/statements", "what was asked for, in JSON: ?sort=time|calls|errors|rows|bytes|p95&limit=100 (0: all)", limited(s.statements)})
	}
	if s.Keys != nil {
		all = append(all, endpoint{"/keys", "prefixes of keys and big values, in JSON: ?sort=commands|reads|writes|bytes|misses|biggest&limit=100 (0: all)", limited(s.keys)})
	}
	if s.Policy != nil {
		all = append(all, endpoint{"/policy", "the rules that count, and what they decided, in JSON", http.HandlerFunc(s.policy)})
	}
	return all
}

// Handler gives the handler of all endpoints.
func (s *Server) Handler() http.Handler {
	mux := http.NewServeMux()
	all := s.endpoints()
	if s.Profile {
		mux.HandleFunc("GET /debug/pprof/", pprof.Index)
		mux.HandleFunc("GET /debug/pprof/cmdline", pprof.Cmdline)
		mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
		mux.HandleFunc("GET /debug/pprof/symbol", pprof.Symbol)
		mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
		all = append(all, endpoint{path: "/debug/pprof/", about: "profiles of the process"})
	}
	for _, e := range all {
		if e.handler != nil {
			mux.Handle("GET "+e.path, e.handler)
		}
	}
	mux.Handle("GET /{$}", index(all))
	return mux
}

// Drain makes /readyz say that no new session should come.
func (s *Server) Drain() { s.draining.Store(true) }

// Serve answers on l until Shutdown or Close; it then returns http.ErrServerClosed.
func (s *Server) Serve(l net.Listener) error { return s.http().Serve(l) }

// Shutdown ends Serve once the requests at work are answered.
func (s *Server) Shutdown(ctx context.Context) error { return s.http().Shutdown(ctx) }

// Close ends Serve at once.
func (s *Server) Close() error { return s.http().Close() }

func (s *Server) http() *http.Server {
	s.once.Do(func() {
		s.server = &http.Server{
			Handler:           s.Handler(),
			ReadHeaderTimeout: 5 * time.Second,
			ReadTimeout:       10 * time.Second,
			WriteTimeout:      30 * time.Second,
			IdleTimeout:       2 * time.Minute,
			MaxHeaderBytes:    16 << 10,
			ErrorLog:          slog.NewLogLogger(s.logger().Handler(), slog.LevelWarn),
		}
		if s.Profile {
			s.server.WriteTimeout = 5 * time.Minute // a profile is written while it is taken
		}
	})
	return s.server
}

func (s *Server) logger() *slog.Logger {
	if s.Logger != nil {
		return s.Logger
	}
	return slog.Default()
}
