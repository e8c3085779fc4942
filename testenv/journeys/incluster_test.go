package journeys_test

import (
	"strings"
	"syscall"
	"testing"

	"github.com/headgate-ci/headgate/modules/report"
	"github.com/headgate-ci/headgate/testenv/sample"
)

// TestRolloutInTheClusterSurvivesItsTerminal has a bad and a good version rolled
// out by Jobs, as the ServiceAccount of k8s/rbac; the terminals that started
// them go away in the middle.
func TestRolloutInTheClusterSurvivesItsTerminal(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	s.loadOwnImage()
	s.applyRBAC()
	traffic := s.traffic(light)
	for _, tt := range []struct {
		tag     string
		leave   syscall.Signal
		verdict report.Verdict
	}{{sample.Errors, syscall.SIGINT, report.RolledBack}, {sample.Good, syscall.SIGKILL, report.Promoted}} {
		p := s.command("run", "-f", s.file(asked{tag: tt.tag, steps: "[25]", slow: "30s"}), "--in-cluster", "--headgate-image", own)
		p.reaches("weight 25%")
		if err := p.cmd.Process.Signal(tt.leave); err != nil {
			t.Fatal(err)
		}
		if code := p.wait(); tt.leave == syscall.SIGINT && (code != 5 || !strings.Contains(p.progress(), "headgate attach sample -n "+s.ns)) {
			t.Errorf("it does not say how to come back (exit code %d): %s", code, p.progress())
		}
		s.command("attach", "sample", "-n", s.ns, "-o", "json").ended(tt.verdict, "")
	}
	s.served(traffic.Stop(), sample.Errors)
	s.asBefore(sample.Ref(sample.Good))
}
