package journeys_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/headgate-ci/headgate/modules/report"
	"github.com/headgate-ci/headgate/testenv/sample"
	"github.com/headgate-ci/headgate/testenv/sample/load"
)

// asks sends one request and says which version answered it.
func (s *shop) asks(ctx context.Context, query string) (version string, err error) {
	header, _, err := s.fetch(ctx, query, nil)
	return header.Get(load.VersionHeader), err
}

// Requests that take six seconds are under way all the time: at every change of
// weight, when stable's Pods are replaced and when the candidate goes.
func TestLongRequestsOutliveTheirVersion(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	traffic := s.traffic(light)
	ctx, stop := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	var mu sync.Mutex
	answered := map[string]int{}
	wg.Go(func() {
		for ctx.Err() == nil {
			wg.Go(func() { //nolint:contextcheck // a long request outlives the sending of more
				version, err := s.asks(t.Context(), "/?take=6s")
				if err != nil {
					t.Errorf("a long request failed: %v", err)
				}
				mu.Lock()
				answered[version]++
				mu.Unlock()
			})
			select {
			case <-ctx.Done():
			case <-time.After(400 * time.Millisecond):
			}
		}
	})
	s.start(asked{tag: sample.Good, steps: "[50]", slow: "10s"}).ended(report.Promoted, "")
	stop()
	wg.Wait()
	s.served(traffic.Stop(), "")
	s.asBefore(sample.Ref(sample.Good))
	t.Logf("long requests by version: %v", answered)
	if answered["1.0.0"] == 0 || answered[sample.Good] == 0 {
		t.Errorf("not both versions answered long requests: %v", answered)
	}
}

// While the old version is kept, `headgate rollback` has all traffic on it as
// soon as the proxies have heard.
func TestGoingBackAtOnceWhileTheOldVersionIsKept(t *testing.T) {
	s := openShop(t)
	traffic := s.traffic(heavy)
	p := s.command("run", "-f", s.file(asked{tag: sample.Good, steps: "[50]"}), "--keep-old", "5m", "-o", "json")
	p.reaches("the old one is kept")
	began := time.Now()
	back := s.command("rollback", "sample", "-n", s.ns)
	var last time.Time // when the new version answered last
	for quiet := began; time.Since(quiet) < 3*time.Second; {
		version, err := s.asks(t.Context(), "")
		if err != nil {
			t.Fatal(err)
		}
		if version == sample.Good {
			last, quiet = time.Now(), time.Now()
		}
	}
	t.Logf("from `headgate rollback` to the last answer of the new version: %s", last.Sub(began).Round(10*time.Millisecond))
	if code := back.wait(); code != 0 {
		t.Errorf("rollback: exit code %d", code)
	}
	p.ended(report.RolledBack, "headgate rollback")
	s.served(traffic.Stop(), "")
	s.asBefore("")
}
