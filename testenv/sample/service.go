package sample

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"sync/atomic"
	"time"

	"github.com/headgate-ci/headgate/testenv/sample/load"
)

// service is one instance at work.
type service struct {
	config   config
	hostname string
	started  time.Time
	mux      *http.ServeMux
	upstream *http.Client
	calls    *load.Load // nil unless the instance calls another service

	requests atomic.Int64
	failed   atomic.Int64
	leaving  atomic.Bool
	warm     atomic.Bool
}

func newService(c config) (*service, error) {
	hostname, err := os.Hostname()
	if err != nil {
		return nil, err
	}
	if pod := os.Getenv("POD_NAME"); pod != "" {
		hostname = pod
	}
	s := &service{config: c, hostname: hostname, started: time.Now(), mux: http.NewServeMux()}
	s.upstream = &http.Client{Timeout: 10 * time.Second}
	s.mux.HandleFunc("GET /healthz", ok)
	s.mux.HandleFunc("GET /readyz", s.ready)
	s.mux.HandleFunc("GET /info", s.info)
	s.mux.HandleFunc("GET /calls", s.callsMade)
	s.mux.HandleFunc("GET /warm", s.warmUp)
	s.mux.HandleFunc("/", s.work)
	return s, nil
}

// ServeHTTP names the version in each answer, whatever it is.
func (s *service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set(load.VersionHeader, s.config.version)
	if s.leaving.Load() {
		w.Header().Set("Connection", "close")
	}
	s.mux.ServeHTTP(w, r)
}

// work is what users of the service ask for: "version hostname". A request may
// ask to take longer, by ?take=8s.
func (s *service) work(w http.ResponseWriter, r *http.Request) {
	n := s.requests.Add(1)
	take, _ := time.ParseDuration(r.URL.Query().Get("take")) // none where it says no time
	select {
	case <-time.After(s.config.delay + s.coldness() + min(max(take, 0), longest)):
	case <-r.Context().Done():
		return
	}
	if s.fails(n) {
		s.failed.Add(1)
		http.Error(w, fmt.Sprintf("%s %s: failed on purpose", s.config.version, s.hostname), s.config.errorCode)
		return
	}
	tail, err := s.askUpstream(r)
	if err != nil {
		s.failed.Add(1)
		http.Error(w, fmt.Sprintf("%s %s: upstream: %v", s.config.version, s.hostname, err), http.StatusBadGateway)
		return
	}
	_, _ = fmt.Fprintf(w, "%s %s%s\n", s.config.version, s.hostname, tail) //nolint:gosec // plain text: it begins with the version
}

// coldness is what an instance takes longer that has not been warmed up.
func (s *service) coldness() time.Duration {
	if s.warm.Load() {
		return 0
	}
	return s.config.cold
}

// warmUp ends that: it stands for the hours in which caches fill.
func (s *service) warmUp(w http.ResponseWriter, _ *http.Request) {
	s.warm.Store(true)
	_, _ = fmt.Fprintf(w, "%s %s\n", s.config.version, s.hostname)
}

// longest is the most that a request may ask to take.
const longest = time.Minute

// fails decides about the n-th request.
func (s *service) fails(n int64) bool {
	if s.config.byChance {
		return rand.Float64() < s.config.errorRate //nolint:gosec // no secret
	}
	return due(n, s.config.errorRate)
}

// due spreads failures evenly: of any n requests, n·rate fail, rounded down.
func due(n int64, rate float64) bool {
	return int64(float64(n)*rate) > int64(float64(n-1)*rate)
}

func ok(w http.ResponseWriter, _ *http.Request) { _, _ = fmt.Fprintln(w, "ok") }

func (s *service) ready(w http.ResponseWriter, r *http.Request) {
	switch {
	case s.config.neverReady:
		http.Error(w, "not ready: SAMPLE_NEVER_READY is set", http.StatusServiceUnavailable)
	case s.leaving.Load():
		http.Error(w, "not ready: stopping", http.StatusServiceUnavailable)
	default:
		ok(w, r)
	}
}

// info describes the instance.
func (s *service) info(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, map[string]any{
		"version":   s.config.version,
		"hostname":  s.hostname,
		"requests":  s.requests.Load(),
		"failed":    s.failed.Load(),
		"errorRate": s.config.errorRate,
		"delay":     s.config.delay.String(),
		"uptime":    time.Since(s.started).Round(time.Millisecond).String(),
	})
}

func (s *service) callsMade(w http.ResponseWriter, _ *http.Request) {
	if s.calls == nil {
		http.Error(w, "this instance calls no other service: SAMPLE_CALL is not set", http.StatusNotFound)
		return
	}
	writeJSON(w, s.calls.Snapshot())
}

func writeJSON(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	_ = e.Encode(v)
}
