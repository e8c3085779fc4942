package journeys_test

import (
	"context"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/headgate-ci/headgate/modules/report"
	"github.com/headgate-ci/headgate/testenv/sample"
)

// compared is a Release whose gate compares, with much at stake: requests of a
// cold version are all slow, and "no slower" is proven by some hundred.
const compared = `apiVersion: headgate.dev/v1
kind: Release
metadata: {name: sample, namespace: %s}
spec:
  candidate: {image: %s}
  strategy:
    canary: {steps: [25, 50, 75, 100], min: 2s, max: 90s%s}
  gates:
  - latency: {quantile: 50%%, regression: 1.5}
    effect: 20%%
  - errors: {max: 1%%}
  decision: {cluster: 1}
  timeouts: {ready: 60s, route: 20s, drain: 10s}
`

// Every version of this service is slow until its caches have filled, and stable's
// have. A good candidate fails beside stable's old Pods, and passes beside young
// ones of the same version, which get its share.
func TestGoodVersionIsComparedWithAYoungBaseline(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	s.ages()
	traffic := s.traffic(100)

	s.comparing("").ended(report.RolledBack, "gate latency-p50 failed")
	s.asBefore("")

	run := s.comparing(", baseline: true")
	run.reaches("weight 25%: confirmed")
	s.halves(t, s.answers(600))
	res := run.ended(report.Promoted, "every gate passed")
	s.served(traffic.Stop(), "")
	s.asBefore(sample.Ref(sample.Good))
	withinBounds(t, res)
	for _, step := range res.Steps {
		if strings.HasPrefix(step.Name, "gate ") && step.Weight < 100 {
			s.shared(t, step)
		}
	}
}

// ages has stable's Pods be cold at first and then warms them up.
func (s *shop) ages() {
	s.t.Helper()
	cold := `[{"op":"replace","path":"/spec/replicas","value":2},{"op":"add","path":"/spec/template/spec/containers/0/env/-","value":{"name":"SAMPLE_COLD","value":"300ms"}}]`
	if _, err := mesh.client.Resource(deployments).Namespace(s.ns).Patch(s.t.Context(), "sample", types.JSONPatchType, []byte(cold), metav1.PatchOptions{}); err != nil {
		s.t.Fatal(err)
	}
	s.eventually("both of stable's Pods are new", func() error {
		d, err := mesh.client.Resource(deployments).Namespace(s.ns).Get(s.t.Context(), "sample", metav1.GetOptions{})
		if err != nil {
			return err
		}
		status, _ := d.Object["status"].(map[string]any)
		if status["updatedReplicas"] != int64(2) || status["readyReplicas"] != int64(2) || status["replicas"] != int64(2) || status["observedGeneration"] != d.GetGeneration() {
			return fmt.Errorf("%v", status)
		}
		return nil
	})
	s.eventually("both of them are warm", func() error {
		warm := map[string]bool{}
		for range 20 {
			if _, err := s.answer("/warm"); err != nil {
				return err
			}
			began := time.Now()
			pod, err := s.answer("/")
			if err != nil {
				return err
			}
			if took := time.Since(began); took > 250*time.Millisecond {
				return fmt.Errorf("%s took %s", pod, took)
			}
			warm[pod] = true
		}
		if len(warm) != 2 {
			return fmt.Errorf("the last 20 requests were answered by %v", warm)
		}
		return nil
	})
	s.before = s.users()
}

// comparing runs the Release; more is added to its canary.
func (s *shop) comparing(more string) *process {
	s.t.Helper()
	return s.command("run", "-f", s.written(fmt.Sprintf(compared, s.ns, sample.Ref(sample.Good), more)), "-o", "json")
}

// answer asks for a path and says which Pod answered.
func (s *shop) answer(path string) (pod string, err error) {
	_, body, err := s.fetch(context.WithoutCancel(s.t.Context()), path, nil)
	_, pod, _ = strings.Cut(strings.TrimSpace(body), " ")
	return pod, err
}

// answers counts who answers so many callers, by Deployment.
func (s *shop) answers(n int) map[string]int {
	s.t.Helper()
	pods := make(chan string, n)
	slots := make(chan struct{}, 20)
	for range n {
		slots <- struct{}{}
		go func() {
			defer func() { <-slots }()
			pod, err := s.answer("/")
			if err != nil {
				s.t.Errorf("a caller got: %v", err)
			}
			pods <- pod
		}()
	}
	out := map[string]int{}
	for range n {
		pod := <-pods
		switch {
		case strings.HasPrefix(pod, "sample-canary-"):
			out["candidate"]++
		case strings.HasPrefix(pod, "sample-baseline-"):
			out["baseline"]++
		default:
			out["stable"]++
		}
	}
	return out
}

// halves fails unless callers see the baseline as often as the candidate, within
// 4.5 standard deviations.
func (s *shop) halves(t *testing.T, by map[string]int) {
	t.Helper()
	t.Logf("callers were answered by %v", by)
	both := float64(by["candidate"] + by["baseline"])
	if off := math.Abs(float64(by["baseline"]) - both/2); both == 0 || off > 4.5*math.Sqrt(both)/2 {
		t.Errorf("candidate and baseline do not have the same share: %v", by)
	}
}

// shared fails unless a step counted the baseline's requests by its share: the
// candidate's up to a half, and what is left above.
func (s *shop) shared(t *testing.T, step report.Step) {
	t.Helper()
	if step.Baseline == nil || step.Baseline.Latency.P50 == nil {
		t.Errorf("%s counted no baseline", step.Name)
		return
	}
	n := float64(step.Candidate.Requests + step.Stable.Requests + step.Baseline.Requests)
	p := float64(min(step.Weight, 100-step.Weight)) / 100
	t.Logf("%s: candidate %d, baseline %d, stable %d", step.Name, step.Candidate.Requests, step.Baseline.Requests, step.Stable.Requests)
	if off := math.Abs(float64(step.Baseline.Requests) - n*p); off > 4.5*math.Sqrt(n*p*(1-p))+.5 {
		t.Errorf("%s: the baseline got %d of %.0f requests, not %.0f%%", step.Name, step.Baseline.Requests, n, 100*p)
	}
	for _, g := range step.Gates {
		if strings.Contains(g.Reason, ", stable ") || g.Name == "latency-p50" && !strings.Contains(g.Reason, "baseline") {
			t.Errorf("%s: gate %s does not speak of the baseline: %s", step.Name, g.Name, g.Reason)
		}
	}
}
