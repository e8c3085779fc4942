package journeys_test

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"syscall"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/headgate-ci/headgate/modules/report"
	"github.com/headgate-ci/headgate/testenv/journeys/flaky"
	"github.com/headgate-ci/headgate/testenv/sample"
)

// behind puts a proxy in front of one of the mesh's servers.
func behind(t *testing.T, server string) (*flaky.Proxy, string) {
	t.Helper()
	u, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	p, err := flaky.New(u.Host)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Off)
	u.Host = p.Address()
	return p, u.String()
}

func TestPrometheusGoneInTheMiddle(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	traffic := s.traffic(light)
	prom, address := behind(t, mesh.env.Prometheus)
	p := s.start(asked{tag: sample.Good, steps: "[25, {weight: 50, max: 5m}]", extra: fmt.Sprintf("  metrics:\n    source: prometheus\n    prometheus: {url: %q}\n", address)})
	p.reaches("gate 50%")
	prom.Off()
	res := p.ended(report.Held, "no metrics for")
	if !strings.Contains(res.Reason, "refused") {
		t.Errorf("the reason does not say what is wrong: %s", res.Reason)
	}
	s.served(traffic.Stop(), "")
	s.weight(0)
	if err := prom.On(); err != nil {
		t.Fatal(err)
	}
	s.traffic(light)
	if code := s.command("resume", "sample", "-n", s.ns).wait(); code != 0 {
		t.Errorf("resume, with Prometheus back: exit code %d", code)
	}
	s.asBefore(sample.Ref(sample.Good))
}

func TestAPIServerGoneFor20Seconds(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	traffic := s.traffic(light)
	api, address := behind(t, mesh.config.Host)
	p := s.start(asked{tag: sample.Good, steps: "[10, 50]", server: address})
	p.reaches("gate 10%")
	api.Off()
	time.Sleep(20 * time.Second) // the outage itself
	if err := api.On(); err != nil {
		t.Fatal(err)
	}
	p.ended(report.Promoted, "")
	s.served(traffic.Stop(), "")
	s.asBefore(sample.Ref(sample.Good))
}

func TestRouteEditedBySomebodyElse(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	s.traffic(light)
	p := s.start(asked{tag: sample.Good, steps: "[25, {weight: 50, min: 1m, max: 5m}]"})
	p.reaches("gate 50%")
	s.patchRoute(`[{"op":"replace","path":"/spec/http/0/route/0/weight","value":70},{"op":"replace","path":"/spec/http/0/route/1/weight","value":30}]`)
	theirs := s.users()["virtualservices/sample"]
	res := p.ended(report.Held, "somebody else")
	if !strings.Contains(res.Next, "--force") {
		t.Errorf("the result does not say how to go on: %q", res.Next)
	}
	if got := s.users()["virtualservices/sample"]; got != theirs {
		t.Errorf("their edit was overwritten:\nwas %s\nis  %s", theirs, got)
	}
	if code := s.command("rollback", "sample", "-n", s.ns, "--force").wait(); code != 0 {
		t.Errorf("rollback --force: exit code %d", code)
	}
	s.asBefore("")
}

func TestAnotherFieldEditedBySomebodyElse(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	s.traffic(light)
	p := s.start(asked{tag: sample.Good, steps: "[25, {weight: 50, min: 3s}]"})
	p.reaches("gate 50%")
	s.patchRoute(`[{"op":"replace","path":"/spec/http/0/timeout","value":"7s"}]`)
	res := p.ended(report.Promoted, "")
	if !strings.Contains(strings.Join(res.Warnings, "\n"), "spec.http[0]") {
		t.Errorf("the report does not tell of the edit: %q", res.Warnings)
	}
	s.before["virtualservices/sample"] = strings.Replace(s.before["virtualservices/sample"], `"10s"`, `"7s"`, 1)
	s.asBefore(sample.Ref(sample.Good))
}

func TestSecondRunAtTheSameTime(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	s.traffic(light)
	first := s.start(asked{tag: sample.Good, steps: "[25, {weight: 50, min: 20s, max: 5m}]"})
	first.reaches("gate 25%")
	second := s.start(asked{tag: sample.Errors})
	if code := second.wait(); code != 4 {
		t.Errorf("the second exits with %d, want 4", code)
	}
	if msg := second.progress(); !strings.Contains(msg, "is rolling it out") || !strings.Contains(msg, "headgate status sample") {
		t.Errorf("the second does not say who drives and what to do: %s", msg)
	}
	first.ended(report.Promoted, "")
	s.asBefore(sample.Ref(sample.Good))
}

func TestInterruptPutsEverythingBack(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	traffic := s.traffic(light)
	p := s.start(asked{tag: sample.Good, steps: "[25, {weight: 50, min: 1m, max: 5m}]"})
	p.reaches("gate 50%")
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	p.ended(report.Aborted, "interrupted")
	s.served(traffic.Stop(), "")
	s.asBefore("")
}

func TestKilledRolloutIsFinishedByRollback(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	traffic := s.traffic(light)
	p := s.start(asked{tag: sample.Good, steps: "[25, {weight: 50, min: 1m, max: 5m}]"})
	p.reaches("gate 50%")
	if err := p.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	p.wait()
	s.eventually("the dead driver's lease expires", func() error {
		if code := s.command("rollback", "sample", "-n", s.ns).wait(); code != 0 {
			return fmt.Errorf("rollback: exit code %d", code)
		}
		return nil
	})
	s.served(traffic.Stop(), "")
	s.asBefore("")
}

func TestKilledRolloutIsFinishedByRunningAgain(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	traffic := s.traffic(light)
	release := s.file(asked{tag: sample.Good, steps: "[25, {weight: 50, min: 4s}]"})
	p := s.command("run", "-f", release, "-o", "json")
	p.reaches("gate 50%")
	if err := p.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	p.wait()
	s.eventually("the dead driver's lease expires", func() error {
		again := s.command("run", "-f", release, "-o", "json")
		if code := again.wait(); code != 0 {
			return fmt.Errorf("exit code %d: %s", code, again.progress())
		}
		if !strings.Contains(again.progress(), "going on with the rollout") || strings.Contains(again.progress(), "weight 25%") {
			t.Errorf("it began anew: %s", again.progress())
		}
		return nil
	})
	s.served(traffic.Stop(), "")
	s.asBefore(sample.Ref(sample.Good))
}

func TestPauseFromAnotherTerminal(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	s.traffic(light)
	p := s.start(asked{tag: sample.Good, steps: "[25, {weight: 50, min: 4s}]"})
	p.reaches("gate 25%")
	if code := s.command("pause", "sample", "-n", s.ns).wait(); code != 0 {
		t.Fatalf("pause: exit code %d", code)
	}
	p.reaches("paused at")
	if code := s.command("promote", "sample", "-n", s.ns).wait(); code != 0 {
		t.Errorf("promote: exit code %d", code)
	}
	p.ended(report.Promoted, "headgate promote")
	s.asBefore(sample.Ref(sample.Good))
}

func (s *shop) patchRoute(patch string) {
	s.t.Helper()
	if _, err := mesh.client.Resource(routes).Namespace(s.ns).Patch(context.Background(), "sample", types.JSONPatchType, []byte(patch), metav1.PatchOptions{}); err != nil {
		s.t.Fatal(err)
	}
}

// weight fails unless the route gives the candidate this share.
func (s *shop) weight(want int64) {
	s.t.Helper()
	if spec := s.users()["virtualservices/sample"]; !strings.Contains(spec, fmt.Sprintf(`"weight":%d`, want)) {
		s.t.Errorf("the route is %s; want the candidate at %d", spec, want)
	}
}
