package manifest

import (
	"context"
	"errors"
	"fmt"

	"golang.org/x/sync/errgroup"
	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// Action is what applying an object does, or would do.
type Action string

// The actions.
const (
	Created    Action = "created"
	Configured Action = "configured"
	Unchanged  Action = "unchanged"
	Pruned     Action = "pruned"
	// Unknown is what becomes of it where no cluster was asked.
	Unknown Action = "rendered"
)

// Change is what applying one object comes to.
type Change struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	Namespace  string `json:"namespace,omitempty"`
	Name       string `json:"name"`
	Action     Action `json:"action"`
	// Unchecked says why the API server could not check the object: what it
	// needs will be created with it.
	Unchecked string `json:"unchecked,omitempty"`
	// Diff is a unified diff of what changes; Secrets' values are masked.
	Diff string `json:"diff,omitempty"`

	// Live is what the cluster has, nil if nothing; Result is what it will have.
	Live   *unstructured.Unstructured `json:"-"`
	Result *unstructured.Unstructured `json:"-"`
	target target
}

// String names the object.
func (c Change) String() string {
	if c.Namespace == "" {
		return c.Kind + " " + c.Name
	}
	return fmt.Sprintf("%s %s/%s", c.Kind, c.Namespace, c.Name)
}

// Same says that nothing changes.
func Same(changes []Change) bool {
	for _, c := range changes {
		if c.Action != Unchanged {
			return false
		}
	}
	return true
}

// parallel bounds the requests at a time.
const parallel = 8

// Compare has the API server say what applying the objects would come to, and
// writes nothing. The changes are in the order in which they would be applied.
// All conflicts are told at once.
func (a *Applier) Compare(ctx context.Context, objs []*unstructured.Unstructured) ([]Change, error) {
	sorted := InOrder(objs)
	out := make([]Change, len(sorted))
	errs := make([]error, len(sorted))
	var g errgroup.Group
	g.SetLimit(parallel)
	for i, obj := range sorted {
		g.Go(func() error {
			out[i], errs[i] = a.compare(ctx, obj, sorted)
			return nil
		})
	}
	_ = g.Wait() // the errors are in errs, in the objects' order
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return out, nil
}

func (a *Applier) compare(ctx context.Context, obj *unstructured.Unstructured, all []*unstructured.Unstructured) (Change, error) {
	t, err := a.target(obj)
	var unknown *UnknownKindError
	if errors.As(err, &unknown) && brings(all, obj) {
		return newChange(obj, Created, "its CustomResourceDefinition is created with it"), nil
	}
	if err != nil {
		return Change{}, err
	}
	c := newChange(t.obj, Created, "")
	c.target = t
	if c.Live, err = t.read(ctx); err != nil {
		return c, err
	}
	c.Result, err = a.foresee(ctx, t, c.Live)
	if apierrors.IsNotFound(err) && c.Live == nil && holds(all, t.obj.GetNamespace()) {
		c.Result, c.Unchecked, err = t.obj, "its namespace is created with it", nil
	}
	if err != nil {
		return c, err
	}
	if c.Live != nil {
		c.Action = Configured
		if sameMeaning(c.Live, c.Result) {
			c.Action = Unchanged
		}
	}
	c.Diff = unified(c)
	return c, nil
}

func newChange(obj *unstructured.Unstructured, action Action, unchecked string) Change {
	return Change{
		APIVersion: obj.GetAPIVersion(), Kind: obj.GetKind(), Namespace: obj.GetNamespace(), Name: obj.GetName(),
		Action: action, Unchecked: unchecked, Result: obj,
	}
}

// brings says whether the CustomResourceDefinition of an object's kind is among
// the objects.
func brings(all []*unstructured.Unstructured, obj *unstructured.Unstructured) bool {
	gvk := obj.GroupVersionKind()
	for _, o := range all {
		group, _, _ := unstructured.NestedString(o.Object, "spec", "group")
		kind, _, _ := unstructured.NestedString(o.Object, "spec", "names", "kind")
		if isCRD(o) && group == gvk.Group && kind == gvk.Kind {
			return true
		}
	}
	return false
}

// holds says whether a namespace is among the objects.
func holds(all []*unstructured.Unstructured, namespace string) bool {
	for _, o := range all {
		if o.GetKind() == "Namespace" && o.GetName() == namespace {
			return true
		}
	}
	return false
}

// sameMeaning compares objects without what the API server keeps for itself.
func sameMeaning(a, b *unstructured.Unstructured) bool {
	return equality.Semantic.DeepEqual(plain(a).Object, plain(b).Object)
}

// kept are the fields of metadata that the API server keeps.
var kept = []string{"managedFields", "resourceVersion", "generation", "uid", "creationTimestamp", "selfLink"}

// plain is an object without what the API server keeps for itself.
func plain(obj *unstructured.Unstructured) *unstructured.Unstructured {
	out := obj.DeepCopy()
	for _, field := range kept {
		unstructured.RemoveNestedField(out.Object, "metadata", field)
	}
	unstructured.RemoveNestedField(out.Object, "metadata", "annotations", "kubectl.kubernetes.io/last-applied-configuration")
	if annotations := out.GetAnnotations(); len(annotations) == 0 {
		unstructured.RemoveNestedField(out.Object, "metadata", "annotations")
	}
	delete(out.Object, "status")
	return out
}
