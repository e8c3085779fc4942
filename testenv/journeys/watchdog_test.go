package journeys_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/headgate-ci/headgate/testenv"
	"github.com/headgate-ci/headgate/testenv/sample"
	"github.com/headgate-ci/headgate/testenv/sample/load"
)

// own is the image that holds the program under test.
const own = "headgate-ci/headgate:journeys"

func (s *shop) loadOwnImage() {
	s.t.Helper()
	if err := mesh.env.LoadImage(testenv.Image{Ref: own, Command: []string{mesh.headgate}}); err != nil {
		s.t.Fatal(err)
	}
}

// Silence of the watchdog's journey, and what the rest may take.
const (
	silence = 15 * time.Second
	margin  = 5 * time.Second
)

func TestWatchdogPutsBackWhatAKilledDriverLeft(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	s.loadOwnImage()
	traffic := s.traffic(heavy)
	p := s.start(asked{tag: sample.Good, steps: "[{weight: 25, min: 2m, max: 5m}]", extra: fmt.Sprintf("  watchdog: {after: %s, image: %q}\n", silence, own)})
	p.reaches("gate 25%")
	if !strings.Contains(p.progress(), "stands by") {
		t.Error("no watchdog stands by while the weight has moved")
	}
	if err := p.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	killed := time.Now()
	s.eventually("the route is as the user wrote it", func() error {
		if got, want := s.users()["virtualservices/sample"], s.before["virtualservices/sample"]; got != want {
			return fmt.Errorf("the route is %s", got)
		}
		return nil
	})
	took := time.Since(killed)
	t.Logf("traffic was back %s after the driver was killed; the watchdog's time is %s", took.Round(10*time.Millisecond), silence)
	if took > silence+margin {
		t.Errorf("it took %s longer than its time", took-silence)
	}
	s.eventually("the rollout ends and takes the watchdog with it", func() error { return s.nothingStandsBy() })
	p = s.command("status", "sample", "-n", s.ns)
	p.wait()
	if text := strings.Join(strings.Fields(p.stdout.String()), " "); !strings.Contains(text, "rolled back") || !strings.Contains(text, "gave no sign of life for") {
		t.Errorf("the record does not say what happened: %s", text)
	}
	r := traffic.Stop()
	s.served(r, "")
	t.Logf("the candidate answered last %s after the driver was killed", lastAnswer(r, sample.Good, killed))
	s.asBefore("")
}

// lastAnswer is when a version last answered, to the second.
func lastAnswer(r load.Result, version string, since time.Time) time.Duration {
	began := time.Now().Add(-r.Duration)
	for i := len(r.Timeline) - 1; i >= 0; i-- {
		if sec := r.Timeline[i]; sec.Versions[version].Requests > 0 {
			return began.Add(sec.After + time.Second).Sub(since).Round(time.Second)
		}
	}
	return 0
}

// nothingStandsBy says what is left of what Headgate ran in the cluster.
func (s *shop) nothingStandsBy() error {
	for _, gvr := range []schema.GroupVersionResource{
		{Group: "batch", Version: "v1", Resource: "jobs"}, {Version: "v1", Resource: "serviceaccounts"},
		{Group: "rbac.authorization.k8s.io", Version: "v1", Resource: "roles"}, {Group: "rbac.authorization.k8s.io", Version: "v1", Resource: "rolebindings"},
	} {
		list, err := mesh.client.Resource(gvr).Namespace(s.ns).List(context.Background(), metav1.ListOptions{LabelSelector: "headgate.dev/job"})
		if err != nil {
			return err
		}
		if len(list.Items) > 0 {
			return fmt.Errorf("%s %s is left", gvr.Resource, list.Items[0].GetName())
		}
	}
	return nil
}
