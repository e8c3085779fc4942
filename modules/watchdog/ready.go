package watchdog

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"sync/atomic"
	"time"
)

// Ready answers whether the watchdog sees what it watches, for the Pod's
// readiness probe: one that cannot reach the API server guards nothing.
type Ready struct{ seen atomic.Bool }

// Set says that a look has succeeded, or that one has failed.
func (r *Ready) Set(seen bool) { r.seen.Store(seen) }

// ServeHTTP answers 200 or 503.
func (r *Ready) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	if !r.seen.Load() {
		http.Error(w, "cannot see the rollout", http.StatusServiceUnavailable)
	}
}

// Listen answers at an address until ctx ends.
func (r *Ready) Listen(ctx context.Context, address string) error {
	var config net.ListenConfig
	l, err := config.Listen(ctx, "tcp", address)
	if err != nil {
		return fmt.Errorf("answer the readiness probe at %s: %w", address, err)
	}
	server := &http.Server{Handler: r, ReadHeaderTimeout: 5 * time.Second}
	context.AfterFunc(ctx, func() { _ = server.Close() }) // nothing is lost
	go func() { _ = server.Serve(l) }()                   // ends by Close
	return nil
}
