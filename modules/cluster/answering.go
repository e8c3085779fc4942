package cluster

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// answering bounds how long the API server may take over one request. The usual
// limit, that of the HTTP client, counts the time in which a sign-in program
// waits for a person, too; this one stands inside of whatever signs in. What is
// asked of a Pod or a Service through the API server is bounded by who asks.
type answering struct {
	next   http.RoundTripper
	within time.Duration
}

// WrappedRoundTripper lets client-go cancel what is under way.
func (a answering) WrappedRoundTripper() http.RoundTripper { return a.next }

func (a answering) RoundTrip(r *http.Request) (*http.Response, error) {
	if strings.Contains(r.URL.Path, "/proxy/") {
		resp, err := a.next.RoundTrip(r)
		return resp, sent(err)
	}
	ctx, cancel := context.WithTimeoutCause(r.Context(), a.within, &silentError{a.within})
	resp, err := a.next.RoundTrip(r.WithContext(ctx))
	if err != nil {
		if cause := context.Cause(ctx); errors.As(cause, new(*silentError)) {
			err = cause
		}
		cancel()
		return nil, sent(err)
	}
	resp.Body = &bounded{resp.Body, cancel}
	return resp, nil
}

// bounded is a body that may be read until the request's time is over.
type bounded struct {
	io.ReadCloser
	done context.CancelFunc
}

func (b *bounded) Close() error {
	defer b.done()
	return b.ReadCloser.Close()
}

// silentError says that the API server took too long.
type silentError struct{ within time.Duration }

func (e *silentError) Error() string { return fmt.Sprintf("no answer within %s", e.within) }

// Timeout is what net/url asks of an error.
func (e *silentError) Timeout() bool { return true }

// Unwrap makes it what it is for the exit code.
func (e *silentError) Unwrap() error { return context.DeadlineExceeded }

// sentError is the failure of a request that was signed in and sent. One that
// fails without it never left: whatever signs in stopped it.
type sentError struct{ error }

func (e *sentError) Unwrap() error { return e.error }

// Timeout is what net/url asks of an error.
func (e *sentError) Timeout() bool {
	var t interface{ Timeout() bool }
	return errors.As(e.error, &t) && t.Timeout()
}

func sent(err error) error {
	if err == nil {
		return nil
	}
	return &sentError{err}
}
