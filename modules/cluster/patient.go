package cluster

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"syscall"
	"time"
)

// tries is how often a question is asked of an API server that stumbles, and
// pause the time before the second try; each further pause is twice as long.
// Together they take less than a second, so a server that is away is told soon.
const (
	tries = 4
	pause = 100 * time.Millisecond
)

// patient asks again where an API server answered a question with an error of
// its own, or not at all. Only questions are asked again: what became of a change
// is for whoever made it to find out.
type patient struct{ next http.RoundTripper }

// WrappedRoundTripper lets client-go cancel what is under way.
func (p patient) WrappedRoundTripper() http.RoundTripper { return p.next }

func (p patient) RoundTrip(r *http.Request) (*http.Response, error) {
	if !question(r) {
		return p.next.RoundTrip(r)
	}
	for wait, left := pause, tries-1; ; wait, left = 2*wait, left-1 {
		resp, err := p.next.RoundTrip(r)
		if left == 0 || !stumbled(resp, err) || !rewind(r) {
			return resp, err
		}
		if resp != nil {
			_ = resp.Body.Close() // it says no more than its status
		}
		select {
		case <-r.Context().Done():
			return nil, r.Context().Err()
		case <-time.After(wait):
		}
	}
}

// question says that a request changes nothing: a read, or a review of rights.
// What is asked of a Pod through the API server is left to who asks: there an
// error of a server is an answer.
func question(r *http.Request) bool {
	switch {
	case strings.Contains(r.URL.Path, "/proxy/"):
		return false
	case r.Method == http.MethodGet:
		return r.URL.Query().Get("watch") == ""
	default:
		return r.Method == http.MethodPost && strings.HasPrefix(r.URL.Path, "/apis/authorization.k8s.io/")
	}
}

// stumbled says that asking again may help. An address where nothing listens
// is not asked again.
func stumbled(resp *http.Response, err error) bool {
	if err != nil {
		return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE)
	}
	switch resp.StatusCode {
	case http.StatusInternalServerError, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout, http.StatusTooManyRequests:
		return resp.Header.Get("Retry-After") == "" // client-go waits for as long as it says
	default:
		return false
	}
}

// rewind makes a request's body readable once more.
func rewind(r *http.Request) bool {
	if r.Body == nil || r.Body == http.NoBody {
		return true
	}
	if r.GetBody == nil {
		return false
	}
	body, err := r.GetBody()
	if err != nil {
		return false
	}
	r.Body = body
	return true
}
