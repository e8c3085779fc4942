package session_test

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/rest"

	"github.com/headgate-ci/headgate/modules/journal"
	"github.com/headgate-ci/headgate/modules/report"
	"github.com/headgate-ci/headgate/modules/session"
)

// sleeper is a driver's connection that stops, with everything the driver does,
// when a certain write has left its hands and is not on the wire yet: as a
// process does that is stopped there, or a machine that is suspended.
type sleeper struct {
	at     int // which write
	asleep chan struct{}
	wake   chan struct{}

	mu     sync.Mutex
	writes []string
	late   []string // answers to writes that were sent after waking
}

func newSleeper(at int) *sleeper {
	return &sleeper{at: at, asleep: make(chan struct{}), wake: make(chan struct{})}
}

func (s *sleeper) wrap(config *rest.Config) {
	config.Wrap(func(next http.RoundTripper) http.RoundTripper { return sleeping{s, next} })
}

type sleeping struct {
	*sleeper
	next http.RoundTripper
}

func (s sleeping) RoundTrip(req *http.Request) (*http.Response, error) {
	writes := req.Method != http.MethodGet && !strings.Contains(req.URL.Path, "/leases") && !strings.Contains(req.URL.Path, "authorization.k8s.io")
	s.mu.Lock()
	if writes {
		s.writes = append(s.writes, req.Method+" "+req.URL.Path)
		if len(s.writes) == s.at {
			close(s.asleep)
		}
	}
	s.mu.Unlock()
	select {
	case <-s.asleep: // nothing of the process moves
		<-s.wake
		resp, err := s.next.RoundTrip(req)
		if req.Method != http.MethodGet && err == nil {
			s.mu.Lock()
			s.late = append(s.late, fmt.Sprintf("%s %s: %s", req.Method, req.URL.Path, resp.Status))
			s.mu.Unlock()
		}
		return resp, err
	default:
		return s.next.RoundTrip(req)
	}
}

// together is how many drivers sleep at a time: they mostly wait.
const together = 12

// TestADriverThatSleptWritesNothing stops a driver at each of its writes, has
// another one take over and finish, and wakes the first.
func TestADriverThatSleptWritesNothing(t *testing.T) {
	t.Parallel()
	slots := make(chan struct{}, together)
	var wg sync.WaitGroup
	for _, do := range []session.Action{session.Rollback, session.Promote} {
		for i, what := range writesOf(t, do) {
			slots <- struct{}{}
			wg.Go(func() {
				defer func() { <-slots }()
				t.Run(fmt.Sprintf("%s, write %d: %s", do, i+1, what), func(t *testing.T) { sleepsAt(t, do, i+1) })
			})
		}
	}
	wg.Wait()
}

// writesOf are the writes of a driver that is left alone.
func writesOf(t *testing.T, do session.Action) []string {
	t.Helper()
	s := newSleeper(-1)
	if _, err := session.Take(t.Context(), openAbandoned(t).cluster(s.wrap), "sample", session.TakeOver{Do: do}); err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, w := range s.writes {
		verb, path, _ := strings.Cut(w, " ")
		out = append(out, verb+" "+path[strings.LastIndex(path, "/")+1:])
	}
	return out
}

func sleepsAt(t *testing.T, do session.Action, at int) {
	a, s := openAbandoned(t), newSleeper(at)
	slept := make(chan error, 1)
	go func() {
		_, err := session.Take(t.Context(), a.cluster(s.wrap), "sample", session.TakeOver{Do: do})
		slept <- err
	}()
	select {
	case <-s.asleep:
	case err := <-slept:
		if err == nil {
			t.Skip("this time there were fewer writes: no other write came between")
		}
		t.Fatalf("the first driver ended before: %v", err)
	case <-time.After(3 * time.Minute):
		t.Fatal("the first driver never came so far")
	}
	a.shortLease()
	res, err := session.Take(t.Context(), a.cluster(nil), "sample", session.TakeOver{Do: session.Rollback})
	if err != nil || (res.Verdict != report.RolledBack && res.Verdict != report.Promoted) {
		t.Fatalf("the second driver: %+v, %v", res, err)
	}
	before := versions(t, a.client, a.ns)
	close(s.wake)
	select {
	case err := <-slept:
		if !errors.Is(err, journal.ErrFenced) {
			t.Errorf("the first driver was not told: %v", err)
		}
	case <-time.After(3 * time.Minute):
		t.Fatal("the first driver never ended")
	}
	if after := versions(t, a.client, a.ns); !maps.Equal(before, after) {
		t.Errorf("it wrote after it was taken over: %v\nbefore %v\nafter  %v", s.late, before, after)
	}
	image := "headgate/sample:1.0.0"
	if res.Verdict == report.Promoted {
		image = "headgate/sample:1.1.0"
	}
	a.asWritten(image)
}

// shortLease has the sleeper's Lease say that a second of silence is enough.
func (a *abandoned) shortLease() {
	a.t.Helper()
	leases := schema.GroupVersionResource{Group: "coordination.k8s.io", Version: "v1", Resource: "leases"}
	_, err := a.client.Resource(leases).Namespace(a.ns).Patch(a.t.Context(), "headgate-sample", types.MergePatchType, []byte(`{"spec":{"leaseDurationSeconds":1}}`), metav1.PatchOptions{})
	if err != nil {
		a.t.Fatal(err)
	}
}
