package journeys_test

import (
	"math"
	"strings"
	"testing"

	"github.com/headgate-ci/headgate/modules/report"
	"github.com/headgate-ci/headgate/testenv/sample"
	"github.com/headgate-ci/headgate/testenv/sample/load"
)

// Traffic of the journeys in requests per second.
const (
	heavy = 300
	light = 60
)

func TestGoodVersionIsPromotedWithoutAFailedRequest(t *testing.T) {
	s := openShop(t)
	traffic := s.traffic(heavy)
	res := s.start(asked{tag: sample.Good}).ended(report.Promoted, "every gate passed")
	s.served(traffic.Stop(), "")
	s.asBefore(sample.Ref(sample.Good))
	if seen := withinBounds(t, res); seen < 5 {
		t.Errorf("%d of 5 steps measured a share", seen)
	}
	if res.Stable.Requests == 0 || res.Candidate.Requests == 0 || res.Candidate.Latency.P99 == nil {
		t.Errorf("the result lacks measurements: stable %+v, candidate %+v", res.Stable, res.Candidate)
	}
}

func TestBadVersionIsRolledBackAndHurtsNobodyElse(t *testing.T) {
	s := openShop(t)
	traffic := s.traffic(heavy)
	res := s.start(asked{tag: sample.Errors, steps: "[25, 50]"}).ended(report.RolledBack, "gate errors failed")
	s.served(traffic.Stop(), sample.Errors)
	s.asBefore("")
	withinBounds(t, res)
}

// served fails when a request failed that the named version did not itself fail.
func (s *shop) served(r load.Result, mayFail string) {
	s.t.Helper()
	for version, n := range r.Versions {
		if n.Failed > 0 && (version == "" || version != mayFail) {
			s.t.Errorf("%d of %d requests answered by %q failed: %+v", n.Failed, n.Requests, version, r.Failures)
		}
	}
	s.t.Logf("callers: %d requests, %d failed, by version %v, p99 %s", r.Requests, r.Failed, r.Versions, r.Latency.P99)
}

// withinBounds logs each gated weight's share beside its binomial's 99% bounds,
// and fails where it is so far outside (4.5 standard deviations, about one in
// 150,000) that the split cannot be the one asked for. One honest split in a
// hundred lies outside the 99% bounds, which no test may fail on.
func withinBounds(t *testing.T, res report.Result) (seen int) {
	t.Helper()
	for _, step := range res.Steps {
		if !strings.HasPrefix(step.Name, "gate ") || step.Candidate == nil || step.Stable == nil {
			continue
		}
		n := float64(step.Candidate.Requests + step.Stable.Requests)
		if step.Baseline != nil {
			n += float64(step.Baseline.Requests)
		}
		p := float64(step.Weight) / 100
		deviation := math.Sqrt(n * p * (1 - p))
		off := math.Abs(float64(step.Candidate.Requests) - n*p)
		t.Logf("%s: %d of %.0f requests reached the candidate; 99%% bounds %.0f ± %.0f", step.Name, step.Candidate.Requests, n, n*p, 2.576*deviation+0.5)
		if off > 4.5*deviation+0.5 {
			t.Errorf("%s: %d of %.0f requests is not %d%%", step.Name, step.Candidate.Requests, n, step.Weight)
		}
		seen++
	}
	return seen
}

func TestSlowVersionIsRolledBack(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	s.traffic(light)
	s.start(asked{tag: sample.Slow, steps: "[25, 50]", slow: "250ms"}).ended(report.RolledBack, "latency")
	s.asBefore("")
}

func TestCrashLoopIsExplained(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	traffic := s.traffic(light)
	res := s.start(asked{tag: sample.CrashLoop}).ended(report.RolledBack, "CrashLoopBackOff")
	if !strings.Contains(res.Reason, "sample-canary") {
		t.Errorf("the reason does not name the candidate: %s", res.Reason)
	}
	s.served(traffic.Stop(), "")
	s.asBefore("")
}

func TestNeverReadyIsExplained(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	s.traffic(light)
	s.start(asked{tag: sample.NeverReady}).ended(report.RolledBack, "not ready")
	s.asBefore("")
}

func TestUnknownImageIsExplained(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	s.traffic(light)
	s.start(asked{tag: "9.9.9"}).ended(report.RolledBack, "ImagePull")
	s.asBefore("")
}

func TestNoTrafficIsNeitherGoodNorBad(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	p := s.start(asked{tag: sample.Good, steps: "[25]", max: "5s"})
	res := p.ended(report.Held, "has not decided")
	if s.users()["virtualservices/sample"] == s.before["virtualservices/sample"] {
		t.Error("a held rollout keeps its place in the route, at weight 0")
	}
	if !strings.Contains(res.Next, "headgate resume sample -n "+s.ns) {
		t.Errorf("the result does not say how to go on: %q", res.Next)
	}
	if code := s.command("rollback", "sample", "-n", s.ns).wait(); code != 0 {
		t.Errorf("rollback: exit code %d", code)
	}
	s.asBefore("")
}
