package journeys_test

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/headgate-ci/headgate/modules/report"
	"github.com/headgate-ci/headgate/testenv/sample"
)

// TestServiceIsVerified asks about a service that nobody rolls out: alone, beside
// a command that is content, beside one that is not, and when it is down.
func TestServiceIsVerified(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	s.traffic(light)
	dir := t.TempDir()
	verify := func(more ...string) *process {
		return s.command(append([]string{"verify", "sample", "-n", s.ns, "--report", dir}, more...)...)
	}
	res := verify("-o", "json", "--for", "90s", "--max-errors", "5%", "--max-latency", "p50=5s").ended(report.GatePassed, "every gate passed")
	if res.Candidate.Requests == 0 || len(res.Timeline) == 0 {
		t.Errorf("the result lacks measurements: %+v", res.Candidate)
	}
	for command, want := range map[string]report.Verdict{"true": report.GatePassed, "false": report.GateFailed} {
		if code := verify("--", command).wait(); code != want.ExitCode() {
			t.Errorf("verify beside %q exits with %d, want %d", command, code, want.ExitCode())
		}
		if got := written(t, dir); got.Verdict != want || len(got.Steps) != 2 || got.Steps[0].Name != "command "+command {
			t.Errorf("the report beside %q says %s because %q, with the steps %v", command, got.Verdict, got.Reason, got.Steps)
		}
	}
	s.asBefore("")

	if _, err := mesh.client.Resource(deployments).Namespace(s.ns).Patch(t.Context(), "sample", types.MergePatchType, []byte(`{"spec":{"replicas":0}}`), metav1.PatchOptions{}); err != nil {
		t.Fatal(err)
	}
	s.eventually("nobody answers", func() error {
		if s.get() == nil {
			return errors.New("somebody does")
		}
		return nil
	})
	verify("-o", "json", "--for", "90s", "--max-errors", "5%").ended(report.GateFailed, "gate errors failed")
}

// TestTwoVersionsAreCompared has somebody else split the traffic; here a rollout
// that waits for a person.
func TestTwoVersionsAreCompared(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	s.traffic(light)
	dir := t.TempDir()
	p := s.start(asked{tag: sample.Good, steps: "[50, {pause: {approval: true}}]"})
	p.reaches("waiting for")
	res := s.command("gate", "sample", "-n", s.ns, "-o", "json", "--report", dir, "--for", "90s", "--max-errors", "5%").ended(report.GatePassed, "every gate passed")
	if share := 100 * float64(res.Candidate.Requests) / float64(res.Stable.Requests+res.Candidate.Requests); share < 25 || share > 75 {
		t.Errorf("stable had %d requests and the candidate %d; each gets a half", res.Stable.Requests, res.Candidate.Requests)
	}
	if !strings.HasSuffix(res.From, "1.0.0") || !strings.HasSuffix(res.To, sample.Good) {
		t.Errorf("compared %s with %s", res.From, res.To)
	}
	if code := s.command("rollback", "sample", "-n", s.ns, "--report", dir).wait(); code != 0 {
		t.Errorf("rollback exits with %d", code)
	}
	p.result()
	if got := written(t, dir); got.Verdict != report.RolledBack || len(got.Timeline) == 0 {
		t.Errorf("the rollback's report says %s, with %d looks", got.Verdict, len(got.Timeline))
	}
	s.asBefore("")
}

// written is the report in a folder, which must have every file.
func written(t *testing.T, dir string) report.Result {
	t.Helper()
	for _, name := range []string{"report.md", "report.html", "junit.xml", "metrics.txt", "headgate.env"} {
		if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.Size() == 0 {
			t.Errorf("%s: %v", name, err)
		}
	}
	data, err := os.ReadFile(filepath.Join(dir, "report.json"))
	if err != nil {
		t.Fatal(err)
	}
	var res report.Result
	if err := json.Unmarshal(data, &res); err != nil {
		t.Fatal(err)
	}
	return res
}
