package manifest

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

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

// Applier writes objects by server-side apply.
type Applier struct {
	client dynamic.Interface
	mapper meta.RESTMapper
	// Namespace is for objects that name none.
	Namespace string
	// Manager is the field manager; "headgate" when empty.
	Manager string
}

// NewApplier makes an Applier for a cluster.
func NewApplier(cfg *rest.Config, namespace string) (*Applier, error) {
	client, err := dynamic.NewForConfig(cfg)
	if err != nil {
		return nil, fmt.Errorf("make a client for %s: %w", cfg.Host, err)
	}
	disco, err := discovery.NewDiscoveryClientForConfig(cfg)
	if err != nil {
		return nil, fmt.Errorf("make a discovery client for %s: %w", cfg.Host, err)
	}
	return &Applier{client: client, mapper: restmapper.NewDeferredDiscoveryRESTMapper(memory.NewMemCacheClient(disco)), Namespace: namespace}, nil
}

// Apply writes the objects, what others live in (namespaces, CRDs) first.
func (a *Applier) Apply(ctx context.Context, objs []*unstructured.Unstructured) error {
	sorted := slices.Clone(objs)
	slices.SortStableFunc(sorted, func(x, y *unstructured.Unstructured) int { return rank(x) - rank(y) })
	for _, obj := range sorted {
		if err := a.apply(ctx, obj); err != nil {
			return err
		}
	}
	return nil
}

func rank(obj *unstructured.Unstructured) int {
	switch obj.GetKind() {
	case "Namespace", "CustomResourceDefinition":
		return 0
	case "ServiceAccount", "ConfigMap", "Secret", "Role", "ClusterRole":
		return 1
	case "RoleBinding", "ClusterRoleBinding", "Service":
		return 2
	default:
		return 3
	}
}

func (a *Applier) apply(ctx context.Context, obj *unstructured.Unstructured) error {
	gvk := obj.GroupVersionKind()
	mapping, err := a.mapper.RESTMapping(gvk.GroupKind(), gvk.Version)
	if err != nil {
		return fmt.Errorf("apply %s %s: the cluster does not know this kind: %w", gvk.Kind, obj.GetName(), err)
	}
	var api dynamic.ResourceInterface = a.client.Resource(mapping.Resource)
	if mapping.Scope.Name() == meta.RESTScopeNameNamespace {
		obj = obj.DeepCopy()
		if obj.GetNamespace() == "" {
			obj.SetNamespace(a.Namespace)
		}
		api = a.client.Resource(mapping.Resource).Namespace(obj.GetNamespace())
	}
	data, err := json.Marshal(obj)
	if err != nil {
		return fmt.Errorf("encode %s %s: %w", gvk.Kind, obj.GetName(), err)
	}
	manager := a.Manager
	if manager == "" {
		manager = "headgate"
	}
	force := true
	if _, err := api.Patch(ctx, obj.GetName(), types.ApplyPatchType, data, metav1.PatchOptions{FieldManager: manager, Force: &force}); err != nil {
		return fmt.Errorf("apply %s %s/%s: %w", gvk.Kind, obj.GetNamespace(), obj.GetName(), err)
	}
	return nil
}
