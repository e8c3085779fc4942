package journeys_test

import (
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
	s.eventually("the gateway serves without the subset", time.Minute, s.get)
	s.before = s.users()
	traffic := s.traffic(light)
	s.start(asked{tag: sample.Errors, steps: "[50]"}).ended(2*time.Minute, report.RolledBack, "gate errors failed")
	s.asBefore("")
	res := s.start(asked{tag: sample.Good, steps: "[25, 50]"}).ended(3*time.Minute, report.Promoted, "")
	s.served(traffic.Stop(), sample.Errors)
	s.asBefore(sample.Ref(sample.Good))
	if res.Candidate.Requests == 0 {
		t.Error("the candidate's requests were not counted")
	}
}
