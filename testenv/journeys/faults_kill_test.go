package journeys_test

import (
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/headgate-ci/headgate/modules/rollout"
)

// strategies are the step lists whose every step meets every fault. The names
// are those that the Journal holds.
var strategies = map[string][]rollout.StepSpec{
	"canary": rollout.Canary([]rollout.CanaryStep{{Weight: 50}}),
}

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
	return s.Kind != rollout.KindGate && s.Kind != rollout.KindPause
}

// TestDriverKilledAtEveryStep kills the driver at each step, right after the
// step's intent is in the Journal and right after its first change, and has
// another process finish the rollout in each way.
func TestDriverKilledAtEveryStep(t *testing.T) {
	for name, steps := range strategies {
		for i, s := range steps {
			for _, after := range []bool{false, true} {
				if after && !changes(s) {
					continue
				}
				for _, remedy := range []string{"resume", "rollback"} {
					sampled := s.Kind == rollout.KindWeight && s.Weight == 50 && after || s.Kind == rollout.KindReturn && after && remedy == "resume"
					t.Run(fmt.Sprintf("%s/%s/%s/%s", name, slug(s.Name()), moment(after), remedy), func(t *testing.T) {
						wanted(t, sampled)
						t.Parallel()
						killed(t, cellName{name, i, "killed " + moment(after) + ", then " + remedy}, s, after, remedy)
					})
				}
			}
		}
	}
}

// cellName is where a cell stands in the table.
type cellName struct {
	strategy string
	index    int
	fault    string
}

// killed is one such cell.
func killed(t *testing.T, name cellName, s rollout.StepSpec, after bool, remedy string) {
	t.Helper()
	c := openCell(t)
	c.note(name.strategy, name.index, s.Name(), name.fault)
	at := &intent{phase: "running", step: s.Name(), after: after, do: func() { c.signal(syscall.SIGKILL) }}
	c.proxy.Use(at.fault)
	c.drive("")
	c.driver.wait(3 * time.Minute)
	if !at.happened() {
		t.Fatalf("the rollout ended before step %q: %s", s.Name(), c.driver.progress())
	}
	code, said := c.again(remedy)
	ended := c.settled()
	c.unharmed()
	want := "promoted"
	if remedy == "rollback" && !late(s) {
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
// step that it undoes, and has another process finish.
func TestDriverKilledWhilePuttingBack(t *testing.T) {
	for name, steps := range strategies {
		for i, s := range steps {
			for _, after := range []bool{false, true} {
				for _, remedy := range []string{"resume", "rollback"} {
					sampled := s.Kind == rollout.KindRoute && after && remedy == "rollback"
					t.Run(fmt.Sprintf("%s/%s/%s/%s", name, slug(s.Name()), moment(after), remedy), func(t *testing.T) {
						if !undoes(t, s) {
							t.Skip("this step leaves nothing to be put back")
						}
						wanted(t, sampled)
						t.Parallel()
						killedBack(t, cellName{name, i, "killed " + moment(after) + " while putting back, then " + remedy}, s, after, remedy)
					})
				}
			}
		}
	}
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

// killedBack has the driver begin to roll back at the update of stable, which is
// the last step that there is a way back from, and kills it.
func killedBack(t *testing.T, name cellName, s rollout.StepSpec, after bool, remedy string) {
	t.Helper()
	c := openCell(t)
	c.note(name.strategy, name.index, s.Name(), name.fault)
	back := &intent{phase: "running", step: "update stable", after: true, hold: true, do: func() { c.signal(syscall.SIGTERM) }}
	at := &intent{phase: "rollingBack", step: s.Name(), after: after, do: func() { c.signal(syscall.SIGKILL) }}
	c.proxy.Use(first(back.fault, at.fault))
	c.drive("")
	c.driver.wait(3 * time.Minute)
	if !at.happened() {
		t.Fatalf("the rollout ended before %q was put back: %s", s.Name(), c.driver.progress())
	}
	code, said := c.again(remedy)
	if ended := c.settled(); ended != "aborted" && ended != "rolledBack" {
		t.Errorf("killed while putting back %q, then %s: %s with exit code %d\n%s", s.Name(), remedy, ended, code, said)
	}
	c.unharmed()
}
