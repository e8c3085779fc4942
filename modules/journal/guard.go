package journal

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
)

// Guard lets a driver's writes through only while the Lease is the driver's. It
// asks the API server before each one: what the driver believes may be hours
// old when its machine was asleep.
type Guard struct {
	mu    sync.Mutex
	check func(context.Context) error
}

// errUnarmed is a mistake in this program: it writes before it may drive.
var errUnarmed = errors.New("a write without a lease")

// Arm has the Guard ask about this Lease. Before it, nothing may be written.
func (g *Guard) Arm(l *Lease) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.check = l.Check
}

// Wrap guards a transport to the API server (rest.Config.Wrap).
func (g *Guard) Wrap(next http.RoundTripper) http.RoundTripper { return guarded{g, next} }

type guarded struct {
	guard *Guard
	next  http.RoundTripper
}

// WrappedRoundTripper lets client-go cancel what is under way.
func (t guarded) WrappedRoundTripper() http.RoundTripper { return t.next }

// RoundTrip sends a request that changes something when the Lease is ours.
func (t guarded) RoundTrip(req *http.Request) (*http.Response, error) {
	if changes(req) {
		if err := t.guard.ask(req.Context()); err != nil {
			if req.Body != nil {
				_ = req.Body.Close() // as every RoundTripper must; nothing was sent
			}
			return nil, err
		}
	}
	return t.next.RoundTrip(req)
}

func (g *Guard) ask(ctx context.Context) error {
	g.mu.Lock()
	check := g.check
	g.mu.Unlock()
	if check == nil {
		return errUnarmed
	}
	return check(ctx)
}

// changes says that a request changes an object that the Lease protects: not
// the Lease itself, no dry run, and no question put by POST.
func changes(req *http.Request) bool {
	switch req.Method {
	case http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete:
	default:
		return false
	}
	for _, own := range []string{"/apis/coordination.k8s.io/", "/apis/authorization.k8s.io/", "/apis/authentication.k8s.io/"} {
		if strings.Contains(req.URL.Path, own) {
			return false
		}
	}
	return req.URL.Query().Get("dryRun") == ""
}
