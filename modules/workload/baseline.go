package workload

import (
	"context"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// planBaseline has stable's version run anew beside the candidate. It reads
// stable's own ConfigMaps and Secrets, which stay as they are until promotion;
// the baseline is gone by then.
func (c *Candidate) planBaseline(live *unstructured.Unstructured, edit *LabelEdit) error {
	if edit == nil {
		return nil
	}
	baseline, err := buildTwin(live, roleBaseline, c.state.Release, *edit, nil)
	if err != nil {
		return err
	}
	c.state.Baseline = baseline.Object
	p := &c.state.Plan
	p.Baseline = deployment(baseline)
	p.Create = append(p.Create, Creation{Object: p.Baseline, Why: "runs the version of " + p.Stable + " anew, to be compared with"})
	return nil
}

// BaselineName is the baseline Deployment's name; empty when there is none.
func (c *Candidate) BaselineName() string {
	if c.state.Baseline == nil {
		return ""
	}
	return twin{roleBaseline, c.state.Baseline}.name()
}

// BaselineSelector is the label selector of the baseline's Pods.
func (c *Candidate) BaselineSelector() string { return selectorString(roleBaseline, c.state.Release) }

// RemoveBaseline takes the baseline away and waits until its Pods are gone.
func (c *Candidate) RemoveBaseline(ctx context.Context) error {
	for _, t := range c.twins() {
		if t.role == roleBaseline {
			return c.removeTwins(ctx, t)
		}
	}
	return nil
}

// removeTwins deletes Deployments and waits for the end of their Pods.
func (c *Candidate) removeTwins(ctx context.Context, all ...twin) error {
	for _, t := range all {
		if err := c.delete(ctx, deployments, "Deployment", t.name(), metav1.DeletePropagationForeground); err != nil {
			return err
		}
	}
	for _, t := range all {
		if err := c.waitGone(ctx, t); err != nil {
			return err
		}
	}
	return nil
}
