package journeys_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/headgate-ci/headgate/modules/report"
	"github.com/headgate-ci/headgate/testenv/sample"
	"github.com/headgate-ci/headgate/testenv/sample/load"
)

// impatient callers hang up on their requests, whichever version answers.
func (s *shop) impatient(rate float64) {
	s.t.Helper()
	l, err := load.Start(context.WithoutCancel(s.t.Context()), load.Options{URL: mesh.env.Gateway + "?take=20s", Host: s.host, Rate: rate, Timeout: 300 * time.Millisecond})
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { l.Stop() })
}

// What a request is that did not go well: a caller that hangs up is no failure of
// the version, a 404 is one where the gate says so.
func TestCallersHangUpAndAVersionAnswers404(t *testing.T) {
	s := openShop(t)
	s.traffic(80)
	s.impatient(20)

	good := s.start(asked{tag: sample.Good, steps: "[25, 50]"}).ended(report.Promoted, "every gate passed")
	if n := good.Candidate.Outcomes["hangup"]; n == 0 || good.Candidate.Errors != 0 {
		t.Errorf("a fifth of the callers hung up; counted: %+v", good.Candidate)
	}
	t.Logf("promoted past hang-ups: stable %+v, candidate %+v", good.Stable, good.Candidate)

	strict := strings.Replace(s.text(asked{tag: sample.Lost, steps: "[25, 50]"}), "{max: 1%}", `{max: 1%, codes: "0|5..|404"}`, 1)
	lost := s.command("run", "-f", s.written(strict), "-o", "json").ended(report.RolledBack, "gate errors failed")
	if lost.Candidate.Outcomes["404"] == 0 || lost.Candidate.Errors < lost.Candidate.Outcomes["404"] {
		t.Errorf("the candidate's 404s were not counted as errors: %+v", lost.Candidate)
	}
	t.Logf("rolled back by codes: %s", lost.Reason)

	told := s.start(asked{tag: sample.Lost, steps: "[25, 50]"}).ended(report.Promoted, "every gate passed")
	if all := strings.Join(told.Warnings, "\n"); !strings.Contains(all, "with a 4xx") {
		t.Errorf("nobody is told that the new version answers 404: %q", all)
	}
}
