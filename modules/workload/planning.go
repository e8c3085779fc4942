package workload

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// annotationRestarted makes stable's Pods start anew when only a ConfigMap or
// Secret changed.
const annotationRestarted = "headgate.dev/restarted-at"

// plan works out the candidate and the Plan from what was read.
func (c *Candidate) plan(live *unstructured.Unstructured, opts Options) error {
	next := live.DeepCopy()
	for _, f := range c.state.Fields {
		if err := f.set(next); err != nil {
			return fmt.Errorf("%s: %w", c.stable(), err)
		}
	}
	refs := renames{}
	for _, item := range c.state.Config {
		if !item.New {
			refs.add(item.Kind, item.Name, item.copyName())
		}
	}
	candidate, err := buildTwin(next, roleCandidate, c.state.Release, opts.Labels, refs)
	if err != nil {
		return err
	}
	c.state.Candidate = candidate.Object
	p := &c.state.Plan
	p.Images = imageChanges(live, next)
	for _, f := range c.state.Fields {
		if !f.is([]string{"metadata", "annotations", lastApplied}) {
			p.Changes = append(p.Changes, changedPaths(dotted(f.Path), f.Former, f.Target)...)
		}
	}
	p.Differs = len(c.state.Config) > 0 || slices.ContainsFunc(c.state.Fields, func(f field) bool { return f.is(templatePath) })
	c.planCreations(next)
	if err := c.planBaseline(live, opts.Baseline); err != nil {
		return err
	}
	return c.planRestart(live, refs)
}

func dotted(path []string) string { return strings.Join(path, ".") }

func (c *Candidate) planCreations(next *unstructured.Unstructured) {
	p := &c.state.Plan
	podSpec, _, _ := unstructured.NestedMap(next.Object, "spec", "template", "spec")
	for _, item := range c.state.Config {
		p.Changes = append(p.Changes, object(item.Kind, c.state.Namespace, item.Name))
		why := "new in the manifests"
		if !item.New {
			why = "the candidate's own copy of changed content"
			if one := (renames{item.Kind: {item.Name: item.copyName()}}); !one.refers(podSpec) {
				c.warn("%s changes but no container or volume names it: whatever reads it sees the new content only after the promotion", object(item.Kind, c.state.Namespace, item.Name))
			}
		}
		p.Create = append(p.Create, Creation{Object: object(item.Kind, c.state.Namespace, item.copyName()), Why: why})
	}
	p.Create = append(p.Create, Creation{Object: p.Candidate, Why: "runs the new version beside " + p.Stable})
}

// planRestart makes stable start anew at promotion when the new version is in
// ConfigMaps or Secrets alone: its Pods would go on with the old environment.
func (c *Candidate) planRestart(live *unstructured.Unstructured, refs renames) error {
	podSpec, _, _ := unstructured.NestedMap(live.Object, "spec", "template", "spec")
	hasTemplate := slices.ContainsFunc(c.state.Fields, func(f field) bool { return f.is(templatePath) })
	if hasTemplate || !refs.refers(podSpec) {
		return nil
	}
	former, found, err := unstructured.NestedMap(live.Object, templatePath...)
	if err != nil || !found {
		return fmt.Errorf("%s has no spec.template", c.stable())
	}
	target := deepCopy(former)
	if err := unstructured.SetNestedField(target, time.Now().UTC().Format(time.RFC3339), "metadata", "annotations", annotationRestarted); err != nil {
		return fmt.Errorf("%s: spec.template.metadata.annotations: %w", c.stable(), err)
	}
	c.state.Fields = append(c.state.Fields, field{Path: templatePath, Former: former, Target: target})
	return nil
}

func (c *Candidate) warn(format string, args ...any) {
	c.state.Plan.Warnings = append(c.state.Plan.Warnings, fmt.Sprintf(format, args...))
}
