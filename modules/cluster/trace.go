package cluster

import (
	"fmt"
	"io"
	"net/http"
	"time"
)

// traced tells each request and what came of it: no headers and no bodies, in
// which secrets may be.
func traced(next http.RoundTripper, to io.Writer) http.RoundTripper {
	if to == nil {
		return next
	}
	return tracing{next, to}
}

type tracing struct {
	next http.RoundTripper
	to   io.Writer
}

// WrappedRoundTripper lets client-go cancel what is under way.
func (t tracing) WrappedRoundTripper() http.RoundTripper { return t.next }

func (t tracing) RoundTrip(r *http.Request) (*http.Response, error) {
	began := time.Now()
	resp, err := t.next.RoundTrip(r)
	came := ""
	if err != nil {
		came = err.Error()
	} else {
		came = resp.Status
	}
	_, _ = fmt.Fprintf(t.to, "%s %s %s: %s in %s\n", began.Format("15:04:05.000"), r.Method, r.URL.RequestURI(), came, time.Since(began).Round(time.Millisecond))
	return resp, err
}
