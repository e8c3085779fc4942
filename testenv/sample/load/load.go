// Package load sends a steady stream of requests to one URL and keeps the
// books: it is what proves that an action on the mesh failed no request.
//
// The stream is an open loop. Each request has a moment at which it is due,
// whether or not the ones before it have been answered, and its latency counts
// from that moment. A stall of the service therefore shows up in every request
// that should have been sent meanwhile.
package load

import (
	"context"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// VersionHeader is the response header in which the sample service names its
// version.
const VersionHeader = "X-Sample-Version"

// Options says what to send. Only URL is required.
type Options struct {
	// URL is where the requests go, by GET.
	URL string
	// Host replaces the host of URL in the request, as a virtual host.
	Host string
	// Headers are added to each request.
	Headers http.Header
	// Rate is in requests per second; 50 by default.
	Rate float64
	// Concurrency bounds the requests under way; 256 by default. With all of
	// them waiting, further ones are late, and their latency says so.
	Concurrency int
	// Timeout bounds one request; 10 seconds by default. A caller that it cuts off
	// hangs up.
	Timeout time.Duration
}

func (o Options) withDefaults() Options {
	if o.Rate <= 0 {
		o.Rate = 50
	}
	if o.Concurrency <= 0 {
		o.Concurrency = 256
	}
	if o.Timeout <= 0 {
		o.Timeout = 10 * time.Second
	}
	return o
}

// Load is a stream of requests under way.
type Load struct {
	options Options
	client  *http.Client
	request *http.Request
	start   time.Time
	next    atomic.Int64
	stop    context.CancelFunc
	workers sync.WaitGroup
	book    *book
}

// Start begins to send and returns at once. The stream ends with ctx or with
// Stop. The error is about options that make no request.
func Start(ctx context.Context, options Options) (*Load, error) {
	o := options.withDefaults()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, o.URL, nil)
	if err != nil {
		return nil, err
	}
	request.Host = o.Host
	if o.Headers != nil {
		request.Header = o.Headers.Clone()
	}
	ctx, stop := context.WithCancel(ctx)
	l := &Load{options: o, client: newClient(o), request: request, start: time.Now(), stop: stop}
	l.book = newBook(l.start)
	for range o.Concurrency {
		l.workers.Go(func() { l.work(ctx) })
	}
	return l, nil
}

// newClient keeps connections alive and follows nothing, so that each answer
// counts as it came.
func newClient(o Options) *http.Client {
	return &http.Client{
		Timeout: o.Timeout,
		Transport: &http.Transport{
			MaxIdleConnsPerHost: o.Concurrency,
			IdleConnTimeout:     30 * time.Second,
			DisableCompression:  true,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// Stop sends no further request, waits for the ones under way, and returns
// what came of all of them.
func (l *Load) Stop() Result {
	l.stop()
	l.workers.Wait()
	l.client.CloseIdleConnections()
	return l.Snapshot()
}

// Snapshot returns what came of the requests answered so far.
func (l *Load) Snapshot() Result { return l.book.result(time.Now()) }

// work takes the next due request, again and again, until ctx ends. Requests
// that have been sent are finished.
func (l *Load) work(ctx context.Context) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		due := l.start.Add(time.Duration(float64(l.next.Add(1)-1) / l.options.Rate * float64(time.Second)))
		timer.Reset(time.Until(due))
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		}
		if ctx.Err() != nil {
			return
		}
		late := time.Since(due)
		a := l.send(context.WithoutCancel(ctx))
		a.late, a.took = late, time.Since(due)
		l.book.add(a)
	}
}
