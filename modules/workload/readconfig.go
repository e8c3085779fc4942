package workload

import (
	"context"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

func (c *Candidate) readConfig(ctx context.Context, obj *unstructured.Unstructured) error {
	item := configItem{Kind: obj.GetKind()}
	live, err := find(ctx, c.api(item.resource()), obj.GetName())
	if err != nil {
		return refused("read", ref(obj), err)
	}
	if live != nil && c.ours(live) {
		live = nil // made by an earlier start of this Rollout
	}
	item, changed, err := compareConfig(obj, live)
	if err != nil || !changed {
		return err
	}
	made := newObject(obj, c.state.Release)
	if !item.New {
		made = copyOf(obj, item.copyName(), c.state.Release)
	}
	if c.state.ClientSide {
		if err := c.rememberApplied(made, obj, item); err != nil {
			return err
		}
	}
	c.contents[item.Kind+"/"+item.copyName()] = made
	c.state.Config = append(c.state.Config, item)
	return nil
}

// rememberApplied keeps kubectl's note on a new object, or aside on a copy.
func (c *Candidate) rememberApplied(made, manifest *unstructured.Unstructured, item configItem) error {
	text, err := applied(manifest)
	if err != nil {
		return err
	}
	a := made.GetAnnotations()
	if a == nil {
		a = map[string]string{}
	}
	key := annotationManifest
	if item.New {
		key = lastApplied
	}
	a[key] = text
	made.SetAnnotations(a)
	return nil
}
