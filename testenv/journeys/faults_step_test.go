package journeys_test

import (
	"context"
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/headgate-ci/headgate/modules/rollout"
	"github.com/headgate-ci/headgate/testenv/journeys/faulty"
	"github.com/headgate-ci/headgate/testenv/sample"
)

// stepFault is something that happens once a step's intent is in the Journal.
type stepFault struct {
	name string
	// strike is what happens. The driver goes on; after it has ended, end says
	// what the user must find.
	strike func(*cell)
	end    func(*cell, rollout.StepSpec)
	// sampled is the kind of step at which an ordinary run plays it.
	sampled rollout.Kind
}

var stepFaults = []stepFault{
	{"driver asleep while another takes over", (*cell).sleep, (*cell).endsForTheOther, rollout.KindGate},
	{"API server away for a minute", (*cell).apiAway, (*cell).endsPromoted, ""},
	{"candidate deleted", (*cell).deleteCandidate, (*cell).endsWhole, rollout.KindGate},
	{"candidate's Pods evicted", (*cell).evict, (*cell).endsWhole, rollout.KindGate},
	{"candidate's node lost", (*cell).loseNode, (*cell).endsWithoutNode, rollout.KindGate},
	{"route deleted", (*cell).deleteRoute, (*cell).endsWithoutRoute, rollout.KindGate},
	{"Journal deleted", (*cell).deleteJournal, (*cell).endsWithoutJournal, rollout.KindGate},
	{"namespace deleted", (*cell).deleteNamespace, (*cell).endsWithNothing, rollout.KindGate},
}

// TestFaultAtEveryStep has each fault happen at each step of each strategy.
func TestFaultAtEveryStep(t *testing.T) {
	for _, f := range stepFaults {
		each(func(at place, s rollout.StepSpec) {
			t.Run(fmt.Sprintf("%s/%s/%s", slug(at.name), slug(f.name), slug(s.Name())), func(t *testing.T) {
				wanted(t, s.Kind == f.sampled && at.own == nil)
				t.Parallel()
				c := openCell(t, at, f.name)
				met := &intent{phase: "running", step: s.Name(), do: func() { f.strike(c) }, pass: true}
				c.proxy.Use(met.fault)
				c.drive("")
				c.eventually("step "+s.Name(), func() error {
					if !met.happened() {
						return fmt.Errorf("not begun")
					}
					return nil
				})
				f.end(c, s)
			})
		})
	}
}

// sleep stops the driver as a laptop's lid does.
func (c *cell) sleep() { c.signal(syscall.SIGSTOP) }

// endsForTheOther has another process put everything back while the driver
// sleeps; what the driver does when it wakes up must change nothing.
func (c *cell) endsForTheOther(s rollout.StepSpec) {
	code, said := c.again("rollback")
	ended := c.settled()
	if want := ending(s); ended != want || code != 0 && want == "rolledBack" {
		c.t.Errorf("rollback while the driver slept: %s with exit code %d; want %s\n%s", ended, code, want, said)
	}
	c.signal(syscall.SIGCONT)
	if code := c.driver.wait(); code == 0 && ended != "promoted" {
		c.t.Errorf("the driver that was taken over ends with exit code 0:\n%s", c.driver.progress())
	}
	if again := c.settled(); again != ended {
		c.t.Errorf("the rollout was %s and is %s since the former driver woke up", ended, again)
	}
	c.unharmed()
}

// ending is what a rollback comes to at a step.
func ending(s rollout.StepSpec) string {
	if late(s) {
		return "promoted"
	}
	return "rolledBack"
}

// apiAway cuts the driver off from the API server.
func (c *cell) apiAway() {
	c.proxy.Use(faulty.Always(faulty.Break))
	time.AfterFunc(time.Minute, func() { c.proxy.Use(nil) })
}

func (c *cell) endsPromoted(rollout.StepSpec) {
	if code := c.driver.wait(); code != 0 {
		c.t.Errorf("exit code %d:\n%s", code, c.driver.progress())
	}
	if ended := c.settled(); ended != "promoted" {
		c.t.Errorf("the rollout is %s; want promoted", ended)
	}
	c.unharmed()
}

// remove deletes an object that somebody thought was in the way.
func (c *cell) remove(gvr schema.GroupVersionResource, name string) {
	background := metav1.DeletePropagationBackground
	err := mesh.client.Resource(gvr).Namespace(c.ns).Delete(context.Background(), name, metav1.DeleteOptions{PropagationPolicy: &background})
	if err != nil && !apierrors.IsNotFound(err) {
		c.t.Errorf("delete %s %s: %v", gvr.Resource, name, err)
	}
}

func (c *cell) deleteCandidate() { c.remove(deployments, "sample-canary") }
func (c *cell) deleteRoute()     { c.remove(routes, "sample") }
func (c *cell) deleteJournal()   { c.remove(configMaps, "headgate-sample") }

func (c *cell) deleteNamespace() {
	if err := mesh.client.Resource(namespaces).Delete(context.Background(), c.ns, metav1.DeleteOptions{}); err != nil {
		c.t.Error(err)
	}
}

// evict deletes the candidate's Pods, as an eviction or a dying node does.
func (c *cell) evict() {
	for _, pod := range c.candidates() {
		c.remove(pods, pod)
	}
}

// endsWhole has the rollout come to an end by itself, or with a rollback.
func (c *cell) endsWhole(rollout.StepSpec) {
	code := c.driver.wait()
	if phase, _ := c.outcome(); phase == "held" {
		if code, said := c.again("rollback"); code != 0 {
			c.t.Errorf("rollback of the held rollout: exit code %d\n%s", code, said)
		}
	}
	if ended := c.settled(); (code == 0) != (ended == "promoted") {
		c.t.Errorf("the rollout is %s with exit code %d", ended, code)
	}
}

// endsWithoutRoute wants the user told of the route, and nothing left behind.
func (c *cell) endsWithoutRoute(s rollout.StepSpec) {
	code := c.driver.wait()
	_, reason := c.outcome()
	if s.Kind != rollout.KindRemove && (code == 0 || !strings.Contains(reason, "sample")) {
		c.t.Errorf("exit code %d and %q do not tell of the deleted route", code, reason)
	}
	if phase, _ := c.outcome(); phase == "held" {
		if code, said := c.again("rollback", "--force"); code != 0 {
			c.t.Errorf("rollback --force: exit code %d\n%s", code, said)
		}
	}
	delete(c.before, "virtualservices/sample")
	phase, _ := c.outcome()
	image := ""
	if phase == "promoted" {
		image = sample.Ref(sample.Good)
	}
	c.asBefore(image)
}

// endsWithoutJournal wants the driver to have put everything in order although
// its record was taken away.
func (c *cell) endsWithoutJournal(rollout.StepSpec) {
	code := c.driver.wait()
	image := ""
	if code == 0 {
		image = sample.Ref(sample.Good)
	}
	c.asBefore(image)
	c.unharmed()
}

// endsWithNothing wants the driver to end soon and to say why; at the last step
// it may end before the namespace does.
func (c *cell) endsWithNothing(s rollout.StepSpec) {
	c.traffic.Stop()
	code := c.driver.wait()
	said := c.driver.progress() + c.driver.stdout.String()
	if ended := code == 0 && s.Kind == rollout.KindRemove; !ended && (code == 0 || !strings.Contains(said, c.ns)) {
		c.t.Errorf("exit code %d, and it does not name the namespace:\n%s", code, said)
	}
	c.eventually("the namespace is gone", func() error {
		ns, err := mesh.client.Resource(namespaces).Get(context.Background(), c.ns, metav1.GetOptions{})
		if apierrors.IsNotFound(err) {
			return nil
		}
		return fmt.Errorf("it is %v, %w", ns, err)
	})
}
