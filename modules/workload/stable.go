package workload

import (
	"context"
	"fmt"
	"strings"

	"github.com/fluxcd/cli-utils/pkg/kstatus/status"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/headgate-ci/headgate/modules/keeper"
)

// readStable reads the stable Deployment and makes sure that it can be rolled.
func (c *Candidate) readStable(ctx context.Context) (*unstructured.Unstructured, error) {
	live, err := find(ctx, c.api(deployments), c.state.Name)
	switch {
	case err != nil:
		return nil, refused("read", c.stable(), err)
	case live == nil:
		return nil, c.explainMissing(ctx)
	case live.GetDeletionTimestamp() != nil:
		return nil, fmt.Errorf("%s is being deleted: deploy it first", c.stable())
	}
	if paused, _, _ := unstructured.NestedBool(live.Object, "spec", "paused"); paused {
		return nil, fmt.Errorf("%s is paused, so it would never take the new version: run `kubectl rollout resume deployment/%s -n %s`", c.stable(), c.state.Name, c.state.Namespace)
	}
	return live, nil
}

// explainMissing says what is there instead of the Deployment.
func (c *Candidate) explainMissing(ctx context.Context) error {
	for kind, r := range map[string]schema.GroupVersionResource{"StatefulSet": statefulSets, "DaemonSet": daemonSets, "Argo Rollout": rollouts} {
		if obj, err := find(ctx, c.api(r), c.state.Name); err == nil && obj != nil {
			return &UnsupportedError{Namespace: c.state.Namespace, Name: c.state.Name, Kind: kind}
		}
	}
	items, err := list(ctx, c.api(deployments), metav1.ListOptions{Limit: 20})
	if err != nil || len(items) == 0 {
		return fmt.Errorf("%s: not found, and the namespace has no Deployments: check the namespace and the kubeconfig's context", c.stable())
	}
	there := make([]string, 0, len(items))
	for i := range items {
		there = append(there, items[i].GetName())
	}
	return fmt.Errorf("%s: not found; the namespace has %s", c.stable(), strings.Join(there, ", "))
}

// replicasOf is a Deployment's desired size, 1 when it does not say.
func replicasOf(dep *unstructured.Unstructured) int {
	n, found, err := unstructured.NestedInt64(dep.Object, replicasPath...)
	if err != nil || !found {
		return 1
	}
	return int(n)
}

// unable says that an answer is about what can be asked, not about what was.
func unable(err error) bool {
	return apierrors.IsForbidden(err) && !strings.Contains(err.Error(), "denied the request") ||
		apierrors.IsBadRequest(err) || apierrors.IsMethodNotSupported(err)
}

// look warns of what a person should know before stable is rolled.
func (c *Candidate) look(ctx context.Context, live *unstructured.Unstructured) {
	if res, err := status.Compute(live); err == nil && res.Status != status.CurrentStatus {
		c.warn("%s is not well itself: %s", c.stable(), res.Message)
	}
	if c.state.Size == 0 {
		c.warn("%s is scaled to 0: the candidate gets one Pod, and there is nothing to compare it with", c.stable())
	}
	if tool := keeper.Of(live.GetLabels(), live.GetAnnotations()); tool != "" {
		c.warn("%s is kept by %s: commit the new version to its source before or right after the promotion, or %s will put the old one back", c.stable(), tool, tool)
	}
	if o := metav1.GetControllerOf(live); o != nil {
		c.warn("%s is kept by %s %s, which may undo the promotion", c.stable(), o.Kind, o.Name)
	}
	c.lookAtLabels(live)
	c.lookAtBudgets(ctx)
}

// lookAtLabels warns where stable's own selector selects the candidate's Pods.
// Controllers tell Pods apart by owner, so stable does not take them; an
// autoscaler does not.
func (c *Candidate) lookAtLabels(live *unstructured.Unstructured) {
	sel, _, _ := unstructured.NestedMap(live.Object, "spec", "selector")
	if c.state.Plan.Autoscaler != "" && selects(sel, podLabels(c.state.candidate())) {
		c.warn("%s counts the candidate's Pods in its averages, since the Service needs their labels to be stable's", c.state.Plan.Autoscaler)
	}
}

// lookAtBudgets warns of disruption budgets that count the candidate's Pods.
func (c *Candidate) lookAtBudgets(ctx context.Context) {
	items, err := list(ctx, c.api(budgets), metav1.ListOptions{})
	if err != nil {
		c.warn("PodDisruptionBudgets could not be read: %v", err)
		return
	}
	labels := podLabels(c.state.candidate())
	for i := range items {
		sel, _, _ := unstructured.NestedMap(items[i].Object, "spec", "selector")
		if selects(sel, labels) {
			c.warn("%s counts the candidate's Pods too: while both versions run, it lets that many more of stable's Pods be evicted", ref(&items[i]))
		}
	}
}
