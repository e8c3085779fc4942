package journeys_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/headgate-ci/headgate/modules/replay"
	"github.com/headgate-ci/headgate/modules/report"
	decide "github.com/headgate-ci/headgate/modules/rules"
	"github.com/headgate-ci/headgate/testenv/sample"
)

// TestReplayFromPrometheus: what a rollout came to, by the proxies' own counters,
// is found again in the mesh's Prometheus afterwards.
func TestReplayFromPrometheus(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	s.traffic(light)
	began := time.Now()
	res := s.start(asked{tag: sample.Errors, steps: "[50]"}).ended(report.RolledBack, "gate errors failed")
	ended := time.Now()
	// A Prometheus samples more coarsely than the rollout looked: with errors
	// that are known to come alone it is certain to find enough of them.
	rule := s.written("apiVersion: headgate.dev/v1\nkind: Release\nmetadata: {name: sample}\n" +
		"spec: {decision: {cluster: 1}, gates: [{errors: {max: 1%}}]}\n")
	var past replay.Result
	s.eventually("Prometheus has all of it", func() error {
		p := s.command("replay", "--prometheus", mesh.env.Prometheus, "-n", s.ns, "--stable", "sample",
			"--from", began.UTC().Format(time.RFC3339), "--to", ended.Add(30*time.Second).UTC().Format(time.RFC3339), "--every", "1s", "-f", rule, "-o", "json")
		if code := p.wait(); code != 0 {
			return fmt.Errorf("exit code %d: %s", code, p.progress())
		}
		if err := json.Unmarshal(p.stdout.Bytes(), &past); err != nil {
			return err
		}
		if past.Requests != res.Candidate.Requests || past.FailedRequests != res.Candidate.Errors {
			return fmt.Errorf("%d requests, %d failed; the rollout counted %d and %d", past.Requests, past.FailedRequests, res.Candidate.Requests, res.Candidate.Errors)
		}
		return nil
	})
	if len(past.Decisions) < 2 {
		t.Fatalf("%d rules were asked", len(past.Decisions))
	}
	if own := past.Decisions[0]; own.Outcome != decide.RolledBack {
		t.Errorf("%s decides %q over the counters of a rollout that was rolled back: %s", own.Rule, own.Outcome, own.Reason)
	}
}
