package cluster

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
)

// script answers requests one after the other: a status, or an error.
type script struct {
	answers []any
	bodies  []string
}

func (s *script) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		body, _ := io.ReadAll(r.Body)
		s.bodies = append(s.bodies, string(body))
	}
	a := s.answers[0]
	s.answers = s.answers[1:]
	if err, ok := a.(error); ok {
		return nil, err
	}
	return &http.Response{StatusCode: a.(int), Header: http.Header{}, Body: http.NoBody}, nil
}

func TestAStumblingServerIsAskedAgain(t *testing.T) {
	refused := errors.New("connection refused")
	for name, tt := range map[string]struct {
		method, path string
		answers      []any
		want         any
		unasked      int
	}{
		"a read goes on past errors of the server":         {http.MethodGet, "/api/v1/pods", []any{500, io.EOF, 503, 200}, 200, 0},
		"it is given up in the end":                        {http.MethodGet, "/api/v1/pods", []any{500, 500, 500, 504, 200}, 504, 1},
		"what the server refuses is its answer":            {http.MethodGet, "/api/v1/pods", []any{403, 200}, 403, 1},
		"an address where nothing listens is told at once": {http.MethodGet, "/api/v1/pods", []any{refused, 200}, refused, 1},
		"a review of rights changes nothing":               {http.MethodPost, "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", []any{500, 201}, 201, 0},
		"a change is not sent twice":                       {http.MethodPost, "/api/v1/namespaces/a/configmaps", []any{500, 201}, 500, 1},
		"a Pod's own error is an answer":                   {http.MethodGet, "/api/v1/namespaces/a/pods/b:15090/proxy/stats", []any{503, 200}, 503, 1},
		"a watch is begun anew by who watches":             {http.MethodGet, "/api/v1/pods?watch=true", []any{500, 200}, 500, 1},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &script{answers: tt.answers}
				r, err := http.NewRequestWithContext(t.Context(), tt.method, "http://cluster"+tt.path, strings.NewReader("{}"))
				if err != nil {
					t.Fatal(err)
				}
				resp, err := patient{s}.RoundTrip(r) //nolint:bodyclose // it has none
				if want, ok := tt.want.(int); ok && (err != nil || resp.StatusCode != want) {
					t.Errorf("got %v, %v; want %d", resp, err, want)
				}
				if want, ok := tt.want.(error); ok && !errors.Is(err, want) {
					t.Errorf("got %v; want %v", err, want)
				}
				if len(s.answers) != tt.unasked {
					t.Errorf("%d answers were not asked for, want %d", len(s.answers), tt.unasked)
				}
				for _, body := range s.bodies {
					if body != "{}" {
						t.Errorf("a try was sent with the body %q", body)
					}
				}
			})
		})
	}
}
