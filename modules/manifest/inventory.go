package manifest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// Inventory lists what was applied under a name, so that a later apply can
// remove what the manifests hold no more. It is a ConfigMap.
type Inventory struct {
	applier   *Applier
	namespace string
	name      string
	entries   map[string]entry
}

// entry is an object that was applied.
type entry struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	Namespace  string `json:"namespace,omitempty"`
	Name       string `json:"name"`
}

const (
	inventoryPrefix = "headgate-inventory-"
	inventoryKey    = "objects.json"
	// annotationPrune with the value "disabled" keeps an object.
	annotationPrune = "headgate.dev/prune"
)

// OpenInventory reads an inventory; one that does not exist yet is empty.
func (a *Applier) OpenInventory(ctx context.Context, namespace, name string) (*Inventory, error) {
	inv := &Inventory{applier: a, namespace: namespace, name: inventoryPrefix + name, entries: map[string]entry{}}
	t, err := a.target(inv.object(""))
	if err != nil {
		return nil, err
	}
	live, err := t.api.Get(ctx, inv.name, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return inv, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the inventory %s/%s: %w", namespace, inv.name, err)
	}
	text, _, _ := unstructured.NestedString(live.Object, "data", inventoryKey)
	if err := json.Unmarshal([]byte(text), &inv.entries); err != nil {
		return nil, fmt.Errorf("the inventory %s/%s cannot be read; delete it, and what was to be pruned by hand: %w", namespace, inv.name, err)
	}
	return inv, nil
}

// Gone are the objects on the inventory that are not among the given ones and
// are still in the cluster. Namespaces and CustomResourceDefinitions are never
// among them: too much goes with them.
func (i *Inventory) Gone(ctx context.Context, objs []*unstructured.Unstructured) ([]Change, error) {
	now := i.of(objs)
	var out []Change
	for _, k := range slices.Sorted(maps.Keys(i.entries)) {
		e := i.entries[k]
		if _, still := now[k]; still || e.Kind == "Namespace" || e.Kind == "CustomResourceDefinition" {
			continue
		}
		c, err := i.gone(ctx, e)
		if err != nil {
			return nil, err
		}
		if c != nil {
			out = append(out, *c)
		}
	}
	return out, nil
}

func (i *Inventory) gone(ctx context.Context, e entry) (*Change, error) {
	obj := &unstructured.Unstructured{}
	obj.SetAPIVersion(e.APIVersion)
	obj.SetKind(e.Kind)
	obj.SetNamespace(e.Namespace)
	obj.SetName(e.Name)
	t, err := i.applier.target(obj)
	var unknown *UnknownKindError
	if errors.As(err, &unknown) {
		return nil, nil // the kind is gone, and its objects with it
	}
	if err != nil {
		return nil, err
	}
	live, err := t.api.Get(ctx, e.Name, metav1.GetOptions{})
	switch {
	case apierrors.IsNotFound(err):
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("read %s: %w", Describe(obj), err)
	case live.GetAnnotations()[annotationPrune] == "disabled":
		return nil, nil
	}
	c := newChange(live, Pruned, "")
	c.Live, c.Result, c.target = live, nil, t
	c.Diff = unified(c)
	return &c, nil
}

// Note writes down the objects besides those that are on the inventory: before
// they are applied, so that none can be forgotten.
func (i *Inventory) Note(ctx context.Context, objs []*unstructured.Unstructured) error {
	maps.Copy(i.entries, i.of(objs))
	return i.write(ctx)
}

// Prune deletes what Gone has found, and leaves the given objects on the
// inventory.
func (i *Inventory) Prune(ctx context.Context, gone []Change, objs []*unstructured.Unstructured) error {
	for _, c := range gone {
		background := metav1.DeletePropagationBackground
		uid := c.Live.GetUID()
		opts := metav1.DeleteOptions{PropagationPolicy: &background, Preconditions: &metav1.Preconditions{UID: &uid}}
		if err := c.target.api.Delete(ctx, c.Name, opts); err != nil && !apierrors.IsNotFound(err) {
			return fmt.Errorf("delete %s: %w", c, err)
		}
	}
	i.entries = i.of(objs)
	return i.write(ctx)
}

func (i *Inventory) of(objs []*unstructured.Unstructured) map[string]entry {
	out := map[string]entry{}
	for _, obj := range objs {
		out[key(obj)] = entry{APIVersion: obj.GetAPIVersion(), Kind: obj.GetKind(), Namespace: obj.GetNamespace(), Name: obj.GetName()}
	}
	return out
}

func (i *Inventory) write(ctx context.Context) error {
	data, err := json.Marshal(i.entries)
	if err != nil {
		return fmt.Errorf("encode the inventory: %w", err)
	}
	t, err := i.applier.target(i.object(string(data)))
	if err != nil {
		return err
	}
	owner := *i.applier
	owner.Force = true // nobody else has business here
	_, err = owner.send(ctx, t, false)
	return err
}

func (i *Inventory) object(text string) *unstructured.Unstructured {
	return &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "v1", "kind": "ConfigMap",
		"metadata": map[string]any{
			"name": i.name, "namespace": i.namespace,
			"labels": map[string]any{"app.kubernetes.io/managed-by": "headgate"},
		},
		"data": map[string]any{inventoryKey: text},
	}}
}
