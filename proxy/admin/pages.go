package admin

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/sluice-proxy/sluice/stats"
)

// defaultLimit is how many rows are given if nobody says how many.
const defaultLimit = 100

func index(all []endpoint) http.Handler {
	page := "Sluice\n\n"
	for _, e := range all {
		page += fmt.Sprintf("%-14s %s\n", e.path, e.about)
	}
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { plain(w, http.StatusOK, page) })
}

func (s *Server) healthz(w http.ResponseWriter, _ *http.Request) { plain(w, http.StatusOK, "ok\n") }

func (s *Server) readyz(w http.ResponseWriter, _ *http.Request) {
	if s.draining.Load() {
		plain(w, http.StatusServiceUnavailable, "draining\n")
		return
	}
	if s.Ready != nil {
		if err := s.Ready(); err != nil {
			plain(w, http.StatusServiceUnavailable, err.Error()+"\n")
			return
		}
	}
	plain(w, http.StatusOK, "ok\n")
}

func (s *Server) statements(w http.ResponseWriter, r *http.Request) {
	if by, limit, ok := order(w, r, stats.ParseSort); ok {
		answer(w, "", s.Statements.Report(time.Now(), by, limit))
	}
}

func (s *Server) keys(w http.ResponseWriter, r *http.Request) {
	if by, limit, ok := order(w, r, stats.ParseKeySort); ok {
		answer(w, "", s.Keys(by, limit))
	}
}

func (s *Server) policy(w http.ResponseWriter, _ *http.Request) { answer(w, "  ", s.Policy()) }

// order reads the parameters of a list. What is wrong with them is answered.
func order[Sort any](w http.ResponseWriter, r *http.Request, parse func(string) (Sort, error)) (by Sort, limit int, ok bool) {
	q := r.URL.Query()
	by, err := parse(q.Get("sort"))
	if err != nil {
		plain(w, http.StatusBadRequest, "sort: "+err.Error()+"\n")
		return by, 0, false
	}
	limit = defaultLimit
	if text := q.Get("limit"); text != "" {
		if limit, err = strconv.Atoi(text); err != nil || limit < 0 {
			plain(w, http.StatusBadRequest, "limit: not a number of rows\n")
			return by, 0, false
		}
	}
	return by, limit, true
}

// answer sends v as JSON.
func answer(w http.ResponseWriter, indent string, v any) {
	w.Header().Set("Content-Type", "application/json")
	guard(w)
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", indent)
	_ = e.Encode(v) // the reader has gone: there is nobody to tell
}

// limited lets one request through at a time: a report of a full table costs a good part of a second, which sessions would miss.
func limited(f http.HandlerFunc) http.Handler {
	free := make(chan struct{}, 1)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		select {
		case free <- struct{}{}:
			defer func() { <-free }()
			f(w, r)
		case <-r.Context().Done():
		}
	})
}

func plain(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	guard(w)
	w.WriteHeader(status)
	_, _ = io.WriteString(w, text) // the reader has gone: there is nobody to tell
}

// guard keeps browsers from taking what clients of the database wrote for a page of ours, or from keeping it.
func guard(w http.ResponseWriter) {
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Cache-Control", "no-store")
}
