package workload

import (
	"context"
	"fmt"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
)

// promoteConfig gives the real ConfigMaps and Secrets the new content. What
// they held goes into a keeper beside them first.
func (c *Candidate) promoteConfig(ctx context.Context) error {
	for i, item := range c.state.Config {
		if item.New {
			continue // made under its own name already
		}
		if err := c.promoteItem(ctx, i); err != nil {
			return err
		}
	}
	return nil
}

func (c *Candidate) promoteItem(ctx context.Context, i int) error {
	item := c.state.Config[i]
	live, next, err := c.pair(ctx, item, item.copyName())
	if err != nil {
		return err
	}
	switch {
	case equal(content(live), content(next)):
		return c.rememberKept(ctx, i, next)
	case live.GetResourceVersion() != item.Version:
		return &ConflictError{Object: ref(live), Path: "data", Detail: "its resourceVersion differs"}
	}
	keeper := copyOf(live, item.Name+formerSuffix, c.state.Release)
	carry(keeper, annotationManifest, live.GetAnnotations()[lastApplied])
	kept, err := createOrFind(ctx, c.api(item.resource()), keeper)
	if err != nil {
		return refused("create", ref(keeper), err)
	}
	if !c.ours(kept) || !equal(content(kept), content(live)) {
		return fmt.Errorf("%s is there and does not hold what %s holds now: delete it", ref(keeper), ref(live))
	}
	if err := c.remember(i, kept, next); err != nil {
		return err
	}
	return c.replaceContent(ctx, item, live, next)
}

// rememberKept puts on record what a driver that died had replaced already.
func (c *Candidate) rememberKept(ctx context.Context, i int, next *unstructured.Unstructured) error {
	item := c.state.Config[i]
	keeper, err := find(ctx, c.api(item.resource()), item.Name+formerSuffix)
	if err != nil {
		return refused("read", object(item.Kind, c.state.Namespace, item.Name+formerSuffix), err)
	}
	if keeper == nil || !c.ours(keeper) {
		return nil
	}
	return c.remember(i, keeper, next)
}

// revertConfig puts the former content back.
func (c *Candidate) revertConfig(ctx context.Context) error {
	for i, item := range c.state.Config {
		if item.New {
			continue
		}
		version, err := c.revertItem(ctx, item)
		if err != nil {
			return err
		}
		c.state.Config[i].Version, c.state.Config[i].Former = version, nil
	}
	return nil
}

// revertItem gives the resourceVersion at which the former content stands.
func (c *Candidate) revertItem(ctx context.Context, item configItem) (string, error) {
	api := c.api(item.resource())
	keeper, err := find(ctx, api, item.Name+formerSuffix)
	if err != nil {
		return "", refused("read", object(item.Kind, c.state.Namespace, item.Name+formerSuffix), err)
	}
	if keeper == nil || !c.ours(keeper) {
		if item.Former != nil { // the promotion is over
			return c.restore(ctx, item)
		}
		return item.Version, nil // it was never promoted
	}
	other := item.copyName()
	if c.force {
		other = item.Name // what the new content was does not matter
	}
	live, next, err := c.pair(ctx, item, other)
	if err != nil {
		return "", err
	}
	switch {
	case equal(content(live), content(keeper)):
		return live.GetResourceVersion(), nil
	case !c.force && !equal(content(live), content(next)):
		return "", &ConflictError{Object: ref(live), Path: "data", Detail: "it holds neither the old nor the new content"}
	}
	if err := c.replaceContent(ctx, item, live, keeper); err != nil {
		return "", err
	}
	if live, _, err = c.pair(ctx, item, other); err != nil {
		return "", err
	}
	return live.GetResourceVersion(), nil
}

// pair reads the real object and one of ours beside it.
func (c *Candidate) pair(ctx context.Context, item configItem, other string) (live, ours *unstructured.Unstructured, err error) {
	api := c.api(item.resource())
	if live, err = find(ctx, api, item.Name); err != nil {
		return nil, nil, refused("read", object(item.Kind, c.state.Namespace, item.Name), err)
	}
	if live == nil {
		return nil, nil, &ConflictError{Object: object(item.Kind, c.state.Namespace, item.Name), Path: "metadata", Detail: "it was deleted"}
	}
	if ours, err = find(ctx, api, other); err != nil {
		return nil, nil, refused("read", object(item.Kind, c.state.Namespace, other), err)
	}
	if ours == nil {
		return nil, nil, fmt.Errorf("%s is gone, and the new content with it: roll back and start again", object(item.Kind, c.state.Namespace, other))
	}
	return live, ours, nil
}

// replaceContent writes only what Pods see, and kubectl's note; it fails when
// the object changed since it was read.
func (c *Candidate) replaceContent(ctx context.Context, item configItem, live, from *unstructured.Unstructured) error {
	want := live.DeepCopy()
	fill(want, from)
	carry(want, lastApplied, from.GetAnnotations()[annotationManifest])
	ops := []operation{{Op: "test", Path: "/metadata/resourceVersion", Value: live.GetResourceVersion()}}
	for _, path := range [][]string{{"data"}, {"binaryData"}, {"metadata", "annotations", lastApplied}} {
		f := field{Path: path}
		f.Target = f.in(want)
		ops = append(ops, change(live, f)...)
	}
	data, err := encodePatch(ops)
	if err != nil {
		return err
	}
	pctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	got, err := c.api(item.resource()).Patch(pctx, item.Name, types.JSONPatchType, data, metav1.PatchOptions{FieldManager: fieldManager})
	if err != nil {
		return refused("write the content of", ref(live), err)
	}
	return c.handOver(ctx, item.resource(), applier(live), got)
}

// carry sets an annotation, unless there is nothing to say.
func carry(obj *unstructured.Unstructured, key, value string) {
	if value == "" {
		return
	}
	a := obj.GetAnnotations()
	if a == nil {
		a = map[string]string{}
	}
	a[key] = value
	obj.SetAnnotations(a)
}
