package journeys_test

import (
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/headgate-ci/headgate/modules/rollout"
)

// remedies are how a Rollout whose driver was killed comes to its end.
var remedies = []string{"resume", "rollback", "watchdog"}

// fullFaults says that every cell is wanted, not the handful that stands for
// them in an ordinary run of the tests.
func fullFaults() bool { return os.Getenv("HEADGATE_FAULTS") == "full" }

// wanted leaves a cell out of an ordinary run.
func wanted(t *testing.T, sampled bool) {
	t.Helper()
	if !sampled && !fullFaults() {
		t.Skip("one of the cells that HEADGATE_FAULTS=full plays")
	}
}

// changes says that a step writes something of its own.
func changes(s rollout.StepSpec) bool {
	return s.Kind != rollout.KindGate && s.Kind != rollout.KindPause && s.Kind != rollout.KindKeep
}

// TestDriverKilledAtEveryStep kills the driver at each step, right after the
// step's intent is in the Journal and right after its first change, and has
// somebody else finish the rollout in each way.
func TestDriverKilledAtEveryStep(t *testing.T) {
	each(func(at place, s rollout.StepSpec) {
		for _, after := range []bool{false, true} {
			if after && !changes(s) {
				continue
			}
			for _, remedy := range remedies {
				sampled := s.Kind == rollout.KindWeight && s.Weight == 50 && after && remedy != "watchdog" || s.Kind == rollout.KindReturn && after && remedy == "resume"
				t.Run(fmt.Sprintf("%s/%s/%s/%s", slug(at.name), slug(s.Name()), moment(after), remedy), func(t *testing.T) {
					own := s.Kind == at.sampled && after && remedy == "rollback"
					wanted(t, sampled && at.own == nil || own)
					t.Parallel()
					killed(t, at, after, remedy)
				})
			}
		}
	})
}

// killed is one such cell.
func killed(t *testing.T, at place, after bool, remedy string) {
	t.Helper()
	s := at.step()
	c := openCell(t, at, "killed "+moment(after)+", then "+remedy)
	met := &intent{phase: "running", step: s.Name(), after: after, do: func() { c.signal(syscall.SIGKILL) }}
	c.proxy.Use(met.fault)
	c.drive(c.watchedFor(remedy))
	c.driver.wait()
	if !met.happened() {
		t.Fatalf("the rollout ended before step %q: %s", s.Name(), c.driver.progress())
	}
	code, said := c.finish(remedy)
	ended := c.settled()
	c.unharmed()
	want := "promoted"
	if remedy != "resume" && !late(s) {
		want = "rolledBack"
	}
	if ended != want || code != 0 && want != "promoted" {
		t.Errorf("killed at %q, then %s: %s with exit code %d; want %s\n%s", s.Name(), remedy, ended, code, want, said)
	}
}

// late says that stable serves the new version to everybody: the way out is
// forward.
func late(s rollout.StepSpec) bool { return s.Kind == rollout.KindRemove }

func moment(after bool) string {
	if after {
		return "after"
	}
	return "before"
}

func slug(name string) string { return strings.NewReplacer(" ", "-", "%", "").Replace(name) }

// TestDriverKilledWhilePuttingBack kills a driver that is rolling back, at each
// step that it undoes, and has somebody else finish.
func TestDriverKilledWhilePuttingBack(t *testing.T) {
	each(func(at place, s rollout.StepSpec) {
		for _, after := range []bool{false, true} {
			for _, remedy := range remedies {
				sampled := s.Kind == rollout.KindRoute && after && remedy == "rollback"
				t.Run(fmt.Sprintf("%s/%s/%s/%s", slug(at.name), slug(s.Name()), moment(after), remedy), func(t *testing.T) {
					if !undoes(t, s) {
						t.Skip("this step leaves nothing to be put back")
					}
					wanted(t, sampled && at.own == nil)
					t.Parallel()
					killedBack(t, at, after, remedy)
				})
			}
		}
	})
}

// undoes says that a step has something to put back.
func undoes(t *testing.T, s rollout.StepSpec) bool {
	t.Helper()
	step, err := s.Build()
	if err != nil {
		t.Fatal(err)
	}
	_, ok := step.(rollout.Undoer)
	return ok && !late(s)
}

// killedBack has the driver turn back, and kills it on its way.
func killedBack(t *testing.T, at place, after bool, remedy string) {
	t.Helper()
	s := at.step()
	c := openCell(t, at, "killed "+moment(after)+" while putting back, then "+remedy)
	back := &intent{phase: "running", step: at.turn, after: true, hold: true, do: func() { c.signal(syscall.SIGTERM) }}
	met := &intent{phase: "rollingBack", step: s.Name(), after: after, do: func() { c.signal(syscall.SIGKILL) }}
	c.proxy.Use(first(back.fault, met.fault))
	c.drive(c.watchedFor(remedy))
	c.driver.wait()
	if !met.happened() {
		t.Fatalf("the rollout ended before %q was put back: %s", s.Name(), c.driver.progress())
	}
	code, said := c.finish(remedy)
	if ended := c.settled(); ended != "aborted" && ended != "rolledBack" {
		t.Errorf("killed while putting back %q, then %s: %s with exit code %d\n%s", s.Name(), remedy, ended, code, said)
	}
	c.unharmed()
}

// watchedFor is what the Release says of a watchdog.
func (c *cell) watchedFor(remedy string) string {
	if remedy != "watchdog" {
		return ""
	}
	c.loadOwnImage()
	return fmt.Sprintf("  watchdog: {after: %s, image: %q}\n", silence, own)
}

// finish has a command, or the watchdog, end what the killed driver began.
func (c *cell) finish(remedy string) (code int, said string) {
	c.t.Helper()
	if remedy != "watchdog" {
		return c.again(remedy)
	}
	c.eventually("the watchdog ends the rollout", func() error {
		phase, reason := c.outcome()
		if rollout.Phase(phase).Ended() {
			return nil
		}
		return fmt.Errorf("it is %s (%s)", phase, reason)
	})
	c.eventually("the watchdog goes away", c.nothingStandsBy)
	return 0, ""
}
