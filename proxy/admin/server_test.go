package admin_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/sluice-proxy/sluice/proxy/admin"
	"github.com/sluice-proxy/sluice/stats"
)

func get(t *testing.T, h http.Handler, target string, header ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest("GET", target, nil)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

type oneHistogram struct{ h stats.Histogram }

var desc = prometheus.NewDesc("x_seconds", "X.", nil, nil)

func (o *oneHistogram) Describe(ch chan<- *prometheus.Desc) { ch <- desc }
func (o *oneHistogram) Collect(ch chan<- prometheus.Metric) { ch <- o.h.Metric(desc) }

func full() *admin.Server {
	table := stats.NewTable(stats.Config{})
	for i := range 200 {
		table.Record(0, &stats.Sample{Fingerprint: uint64(i + 1), Text: "select <x>", Operation: "SELECT", Rows: int64(i), Duration: time.Duration(200-i) * time.Millisecond})
	}
	r := prometheus.NewPedanticRegistry()
	o := &oneHistogram{}
	o.h.Observe(time.Millisecond)
	r.MustRegister(o, table)
	return &admin.Server{Metrics: r, Statements: table}
}

func TestStatements(t *testing.T) {
	h := full().Handler()
	for _, tt := range []struct {
		query string
		rows  int
		first string
	}{
		{"", 100, "0000000000000001"},
		{"?sort=rows&limit=3", 3, "00000000000000c8"},
		{"?sort=p95&limit=0", 200, "0000000000000001"},
	} {
		w := get(t, h, "/statements"+tt.query)
		var r stats.Report
		if err := json.Unmarshal(w.Body.Bytes(), &r); err != nil || w.Code != 200 {
			t.Fatalf("%s: status %d, %v", tt.query, w.Code, err)
		}
		if len(r.Statements) != tt.rows || r.Statements[0].Fingerprint != tt.first || r.Totals.Calls != 200 || r.Rows != 200 {
			t.Errorf("%s: got %d of %d statements, %s first, %d calls", tt.query, len(r.Statements), r.Rows, r.Statements[0].Fingerprint, r.Totals.Calls)
		}
	}
	for _, bad := range []string{"?sort=beauty", "?limit=x", "?limit=-1"} {
		if w := get(t, h, "/statements"+bad); w.Code != 400 {
			t.Errorf("%s: got status %d, want 400", bad, w.Code)
		}
	}
}

func TestKeys(t *testing.T) {
	s := &admin.Server{Keys: func(by stats.KeySort, limit int) *stats.KeysReport {
		return &stats.KeysReport{Sort: by, Listeners: []stats.KeyReport{{Known: limit}}}
	}}
	for query, want := range map[string]string{"": "commands 100", "?sort=biggest&limit=7": "biggest 7", "?limit=0": "commands 0"} {
		var r stats.KeysReport
		w := get(t, s.Handler(), "/keys"+query)
		if err := json.Unmarshal(w.Body.Bytes(), &r); err != nil || w.Code != 200 {
			t.Fatalf("%s: status %d, %v", query, w.Code, err)
		}
		if got := fmt.Sprint(r.Sort, " ", r.Listeners[0].Known); got != want {
			t.Errorf("%s: got %s, want %s", query, got, want)
		}
	}
	if w := get(t, s.Handler(), "/keys?sort=time"); w.Code != 400 {
		t.Errorf("an order of statements: got status %d, want 400", w.Code)
	}
	if w := get(t, full().Handler(), "/keys"); w.Code != 404 {
		t.Errorf("without anybody who counts keys: got status %d, want 404", w.Code)
	}
}

func TestMetricsInBothFormats(t *testing.T) {
	h := full().Handler()
	text := get(t, h, "/metrics").Body.String()
	if !strings.Contains(text, `x_seconds_bucket{le="0.0009765625"} 0`) || !strings.Contains(text, "sluice_statement_calls_total 200") {
		t.Errorf("got\n%s", text)
	}
	w := get(t, h, "/metrics", "Accept", "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited")
	if ct := w.Header().Get("Content-Type"); !strings.HasPrefix(ct, "application/vnd.google.protobuf") || w.Code != 200 {
		t.Errorf("got status %d, %s", w.Code, ct)
	}
	w = get(t, h, "/metrics", "Accept", "application/openmetrics-text;version=1.0.0")
	if !strings.HasSuffix(w.Body.String(), "# EOF\n") {
		t.Errorf("OpenMetrics: got\n%s", w.Body)
	}
}

func TestHealthAndReadiness(t *testing.T) {
	var why error
	s := &admin.Server{Ready: func() error { return why }}
	h := s.Handler()
	check := func(path string, status int, body string) {
		t.Helper()
		if w := get(t, h, path); w.Code != status || w.Body.String() != body+"\n" {
			t.Errorf("%s: got %d %q, want %d %q", path, w.Code, w.Body, status, body)
		}
	}
	check("/healthz", 200, "ok")
	check("/readyz", 200, "ok")
	why = errors.New("no endpoint of cluster pg is up")
	check("/readyz", 503, "no endpoint of cluster pg is up")
	s.Drain()
	check("/readyz", 503, "draining")
	check("/healthz", 200, "ok")
}

func TestIndexListsWhatThereIs(t *testing.T) {
	s := full()
	h := s.Handler()
	for _, path := range []string{"/metrics", "/statements", "/healthz", "/readyz"} {
		if page := get(t, h, "/").Body.String(); !strings.Contains(page, path+" ") {
			t.Errorf("%s is not on the index page\n%s", path, page)
		}
	}
	if w := get(t, h, "/debug/pprof/"); w.Code != 404 {
		t.Errorf("profiles without being asked for: got status %d", w.Code)
	}
	if w := get(t, h, "/nothing"); w.Code != 404 {
		t.Errorf("an unknown path: got status %d", w.Code)
	}
	s.Profile = true
	if w := get(t, s.Handler(), "/debug/pprof/"); w.Code != 200 {
		t.Errorf("profiles: got status %d", w.Code)
	}
	if w := get(t, (&admin.Server{}).Handler(), "/metrics"); w.Code != 404 {
		t.Errorf("metrics of a server without: got status %d", w.Code)
	}
	r := httptest.NewRequest("POST", "/healthz", nil)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	if w.Code != 405 {
		t.Errorf("POST: got status %d, want 405", w.Code)
	}
}

func TestServeAndShutdown(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := full()
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(l) }()
	r, err := http.Get("http://" + l.Addr().String() + "/healthz")
	if err != nil {
		t.Fatal(err)
	}
	body, _ := io.ReadAll(r.Body)
	_ = r.Body.Close()
	if string(body) != "ok\n" {
		t.Errorf("got %q", body)
	}
	if err := s.Shutdown(context.Background()); err != nil {
		t.Error(err)
	}
	if err := <-ended; !errors.Is(err, http.ErrServerClosed) {
		t.Errorf("got %v", err)
	}
}
