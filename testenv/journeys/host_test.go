package journeys_test

import (
	"fmt"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/headgate-ci/headgate/modules/report"
	"github.com/headgate-ci/headgate/testenv/sample"
)

// TestRoutesByHost rolls out where the user has no subsets and no
// DestinationRule: the candidate gets a Service of its own.
func TestRoutesByHost(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	s.patchRoute(`[{"op":"remove","path":"/spec/http/0/route/0/destination/subset"}]`)
	if err := mesh.client.Resource(rules).Namespace(s.ns).Delete(t.Context(), "sample", metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	s.eventually("the gateway serves without the subset", s.get)
	s.before = s.users()
	traffic := s.traffic(light)
	// The journey's own change above may cost a request; what counts begins with
	// the first second that is clean.
	s.eventually("a second without a failed request", func() error {
		earlier := traffic.Snapshot()
		time.Sleep(time.Second) // the second that is looked at
		if second := traffic.Snapshot().Since(earlier); second.Failed > 0 || second.Requests < light/2 {
			return fmt.Errorf("%d of %d failed", second.Failed, second.Requests)
		}
		return nil
	})
	begin := traffic.Snapshot()
	s.start(asked{tag: sample.Errors, steps: "[50]"}).ended(report.RolledBack, "gate errors failed")
	s.asBefore("")
	res := s.start(asked{tag: sample.Good, steps: "[25, 50]"}).ended(report.Promoted, "")
	s.served(traffic.Stop().Since(begin), sample.Errors)
	s.asBefore(sample.Ref(sample.Good))
	if res.Candidate.Requests == 0 {
		t.Error("the candidate's requests were not counted")
	}
}
