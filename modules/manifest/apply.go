package manifest

import (
	"context"
	"encoding/json"
	"fmt"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/discovery/cached/memory"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/restmapper"
)

// FieldManager is the name under which Headgate applies.
const FieldManager = "headgate"

// Applier writes objects by server-side apply, and compares them with what the
// cluster has.
type Applier struct {
	client dynamic.Interface
	mapper meta.ResettableRESTMapper
	// Namespace is for objects that name none.
	Namespace string
	// Manager is the field manager; FieldManager when empty.
	Manager string
	// Force takes over fields that belong to others.
	Force bool
	// Part says that an object is not a manifest but a part of one, such as a
	// namespace's labels: what it leaves out is none of its business. nil: none is.
	Part func(*unstructured.Unstructured) bool
}

// NewApplier makes an Applier for a cluster that takes over fields.
func NewApplier(cfg *rest.Config, namespace string) (*Applier, error) {
	client, err := dynamic.NewForConfig(cfg)
	if err != nil {
		return nil, fmt.Errorf("make a client for %s: %w", cfg.Host, err)
	}
	disco, err := discovery.NewDiscoveryClientForConfig(cfg)
	if err != nil {
		return nil, fmt.Errorf("make a discovery client for %s: %w", cfg.Host, err)
	}
	mapper := restmapper.NewDeferredDiscoveryRESTMapper(memory.NewMemCacheClient(disco))
	return &Applier{client: client, mapper: mapper, Namespace: namespace, Force: true}, nil
}

// Apply writes the objects, what others live in (namespaces, CRDs) first.
func (a *Applier) Apply(ctx context.Context, objs []*unstructured.Unstructured) error {
	for _, obj := range InOrder(objs) {
		t, err := a.target(obj)
		if err != nil {
			return err
		}
		live, err := t.read(ctx)
		if err != nil {
			return err
		}
		if err := a.takeOver(ctx, t, live); err != nil {
			return err
		}
		if _, err := a.send(ctx, t, false); err != nil {
			return err
		}
		if isCRD(obj) {
			if err := a.established(ctx, t); err != nil {
				return err
			}
		}
	}
	return nil
}

// target is an object and where it belongs.
type target struct {
	obj  *unstructured.Unstructured
	api  dynamic.ResourceInterface
	part bool
}

// target finds the resource of an object's kind, and gives the object its
// namespace.
func (a *Applier) target(obj *unstructured.Unstructured) (target, error) {
	gvk := obj.GroupVersionKind()
	mapping, err := a.mapper.RESTMapping(gvk.GroupKind(), gvk.Version)
	if meta.IsNoMatchError(err) {
		return target{}, &UnknownKindError{Object: Describe(obj), Kind: gvk.GroupKind().String(), Version: gvk.Version}
	}
	if err != nil {
		return target{}, fmt.Errorf("%s: ask the cluster for its kinds: %w", Describe(obj), err)
	}
	part := a.Part != nil && a.Part(obj)
	obj = stored(obj)
	if mapping.Scope.Name() != meta.RESTScopeNameNamespace {
		obj.SetNamespace("")
		return target{obj: obj, api: a.client.Resource(mapping.Resource), part: part}, nil
	}
	if obj.GetNamespace() == "" {
		obj.SetNamespace(a.Namespace)
	}
	return target{obj: obj, api: a.client.Resource(mapping.Resource).Namespace(obj.GetNamespace()), part: part}, nil
}

// Placed is the objects in the namespaces where they will be. Those whose kind
// the cluster does not know (yet) stay as they are.
func (a *Applier) Placed(objs []*unstructured.Unstructured) []*unstructured.Unstructured {
	out := make([]*unstructured.Unstructured, 0, len(objs))
	for _, obj := range objs {
		if t, err := a.target(obj); err == nil {
			obj = t.obj
		}
		out = append(out, obj)
	}
	return out
}

// UnknownKindError says that the cluster does not serve an object's kind.
type UnknownKindError struct{ Object, Kind, Version string }

func (e *UnknownKindError) Error() string {
	return fmt.Sprintf("%s: the cluster does not know %s in version %s; install what brings its CustomResourceDefinition first (Istio?), or correct apiVersion and kind", e.Object, e.Kind, e.Version)
}

// send applies one object, or has the server say what that would come to.
func (a *Applier) send(ctx context.Context, t target, dry bool) (*unstructured.Unstructured, error) {
	data, err := json.Marshal(t.obj)
	if err != nil {
		return nil, fmt.Errorf("encode %s: %w", Describe(t.obj), err)
	}
	opts := metav1.PatchOptions{FieldManager: a.manager(), Force: &a.Force}
	if dry {
		opts.DryRun = []string{metav1.DryRunAll}
	}
	out, err := t.api.Patch(ctx, t.obj.GetName(), types.ApplyPatchType, data, opts)
	if err != nil {
		return nil, explain(t.obj, err)
	}
	return out, nil
}

func (a *Applier) manager() string {
	if a.Manager == "" {
		return FieldManager
	}
	return a.Manager
}
