package journeys_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strconv"
	"syscall"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/headgate-ci/headgate/modules/rollout"
)

// nodeFinalizer keeps a Pod that is deleted in the API, as one stays whose node
// is not there to say that it has ended.
const nodeFinalizer = "journeys.headgate.dev/node-is-away"

// loseNode has the candidate's Pods behave as those of a node that is cut off:
// nothing in them answers any more, and deleting them does not make them go. The
// test's mesh has one node, which all its rollouts share, so the node itself
// stays.
func (c *cell) loseNode() {
	for _, pod := range c.candidates() {
		c.finalizers(pod, `["`+nodeFinalizer+`"]`)
		c.freeze(pod, syscall.SIGSTOP)
	}
}

// nodeRemoved has the Pods go, as they do when somebody removes the lost node.
func (c *cell) nodeRemoved() {
	for _, pod := range c.candidates() {
		c.freeze(pod, syscall.SIGCONT)
		c.finalizers(pod, "null")
	}
}

// endsWithoutNode wants the driver to come to an end although the Pods do not;
// what it could not finish is finished once they have gone.
func (c *cell) endsWithoutNode(rollout.StepSpec) {
	code, said := c.driver.wait(), c.driver.progress()
	c.nodeRemoved()
	if phase, _ := c.outcome(); !rollout.Phase(phase).Ended() {
		code, said = c.again("resume")
	}
	if ended := c.settled(); (code == 0) != (ended == "promoted") {
		c.t.Errorf("the rollout is %s with exit code %d\n%s", ended, code, said)
	}
}

// candidates are the names of the candidate's Pods.
func (c *cell) candidates() []string {
	c.t.Helper()
	list, err := mesh.client.Resource(pods).Namespace(c.ns).List(context.Background(), metav1.ListOptions{LabelSelector: "headgate.dev/role=candidate"})
	if err != nil {
		c.t.Error(err)
		return nil
	}
	var names []string
	for _, pod := range list.Items {
		names = append(names, pod.GetName())
	}
	return names
}

func (c *cell) finalizers(pod, list string) {
	patch := []byte(`{"metadata":{"finalizers":` + list + `}}`)
	if _, err := mesh.client.Resource(pods).Namespace(c.ns).Patch(context.Background(), pod, types.MergePatchType, patch, metav1.PatchOptions{}); err != nil {
		c.t.Logf("finalizers of %s: %v", pod, err) // it may have gone by itself
	}
}

// freeze sends a signal to every process of a Pod, which are children of this
// machine like any other.
func (c *cell) freeze(pod string, s syscall.Signal) {
	files, err := filepath.Glob("/proc/[0-9]*/environ")
	if err != nil {
		c.t.Error(err)
	}
	for _, file := range files {
		env, err := os.ReadFile(file)
		if err != nil || !bytes.Contains(append([]byte{0}, env...), []byte("\x00HOSTNAME="+pod+"\x00")) {
			continue
		}
		pid, err := strconv.Atoi(filepath.Base(filepath.Dir(file)))
		if err == nil {
			_ = syscall.Kill(pid, s) // it may have ended
		}
	}
}
