package sample

import (
	"fmt"
	"io"
	"net/http"
	"strings"
)

// traced are the headers a service in a mesh hands on, so that one user's
// request keeps its identity.
var traced = []string{"X-Request-Id", "Traceparent", "Tracestate", "Cookie", "X-User"}

// askUpstream returns " <- answer" of the upstream, or nothing without one.
func (s *service) askUpstream(r *http.Request) (string, error) {
	if s.config.upstream == "" {
		return "", nil
	}
	request, err := http.NewRequestWithContext(r.Context(), http.MethodGet, s.config.upstream, nil)
	if err != nil {
		return "", err
	}
	for _, name := range traced {
		if value := r.Header.Get(name); value != "" {
			request.Header.Set(name, value)
		}
	}
	response, err := s.upstream.Do(request)
	if err != nil {
		return "", err
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(response.Body, 64<<10))
	if err != nil {
		return "", err
	}
	if response.StatusCode >= http.StatusBadRequest {
		return "", fmt.Errorf("%s answered %s", s.config.upstream, response.Status)
	}
	return " <- " + strings.TrimSpace(string(body)), nil
}
