package istio

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"

	"github.com/headgate-ci/headgate/modules/optimistic"
	"github.com/headgate-ci/headgate/modules/traffic"
)

const (
	group                    = "networking.istio.io"
	resourceVirtualServices  = "virtualservices"
	resourceDestinationRules = "destinationrules"
	resourceServices         = "services"
	kindVirtualService       = "VirtualService"
	kindDestinationRule      = "DestinationRule"
	kindService              = "Service"
)

// versions of Istio's API, the best first. The fields that matter here are the
// same in all of them.
var versions = []string{"v1", "v1beta1", "v1alpha3"}

// cluster reads and patches objects without knowing their types, so that
// fields that Headgate has never heard of survive.
type cluster struct {
	client  dynamic.Interface
	version string
}

func (c *cluster) objects(ref traffic.ObjectRef) dynamic.ResourceInterface {
	gvr := schema.GroupVersionResource{Version: "v1", Resource: ref.Resource}
	if ref.Group == group {
		gvr = schema.GroupVersionResource{Group: group, Version: c.version, Resource: ref.Resource}
	}
	return c.client.Resource(gvr).Namespace(ref.Namespace)
}

// list lists one of Istio's kinds; all namespaces when ns is empty.
func (c *cluster) list(ctx context.Context, resource, ns string) ([]unstructured.Unstructured, error) {
	l, err := c.objects(traffic.ObjectRef{Group: group, Resource: resource, Namespace: ns}).List(ctx, metav1.ListOptions{})
	if err != nil {
		return nil, err
	}
	return l.Items, nil
}

// choose finds the version of Istio's API that the cluster serves.
func (c *cluster) choose(ctx context.Context, ns string) error {
	for _, v := range versions {
		c.version = v
		_, err := c.list(ctx, resourceVirtualServices, ns)
		if err == nil || apierrors.IsForbidden(err) { // forbidden to list is no word about what is served
			return nil
		}
		if !apierrors.IsNotFound(err) {
			return explain("list VirtualServices in namespace "+ns, err)
		}
	}
	return errors.New("the cluster has no VirtualServices (networking.istio.io): install Istio, or point --context at a cluster that has it")
}

func (c *cluster) get(ctx context.Context, ref traffic.ObjectRef) (*unstructured.Unstructured, error) {
	return c.objects(ref).Get(ctx, ref.Name, metav1.GetOptions{})
}

// edit works out an edit from the object as it stands and sends it as a JSON
// Patch that holds only while the object is as it was read. Somebody else's
// write in between is not an error: the edit is worked out again.
func (c *cluster) edit(ctx context.Context, ref traffic.ObjectRef, plan func(*unstructured.Unstructured) ([]op, error)) error {
	return optimistic.Write(ctx, ref.String(), func() (bool, error) {
		obj, err := c.get(ctx, ref)
		if err != nil {
			return false, explain("read "+ref.String(), err)
		}
		ops, err := plan(obj)
		if err != nil || len(ops) == 0 {
			return false, err
		}
		raced, err := optimistic.RacedPatch(ctx, c.objects(ref), obj, c.patch(ctx, ref, obj, ops))
		return raced, explain("patch "+ref.String(), err)
	})
}

func (c *cluster) patch(ctx context.Context, ref traffic.ObjectRef, read *unstructured.Unstructured, ops []op) error {
	data, err := json.Marshal(append(asRead(read), ops...))
	if err != nil {
		return fmt.Errorf("encode the patch: %w", err)
	}
	_, err = c.objects(ref).Patch(ctx, ref.Name, types.JSONPatchType, data, metav1.PatchOptions{FieldManager: traffic.FieldManager})
	return err
}

// asRead tests that nobody has written the object since it was read. Indices
// mean the same routes then; and a driver that was asleep after it had read can
// not write after another one took over, which changes the version.
func asRead(o *unstructured.Unstructured) []op {
	if v := o.GetResourceVersion(); v != "" {
		return []op{test("/metadata/resourceVersion", v)}
	}
	return nil
}

// explain puts what was tried before an API error, and the next step after
// those that a person can do something about. nil stays nil.
func explain(what string, err error) error {
	switch {
	case err == nil:
		return nil
	case apierrors.IsForbidden(err):
		return fmt.Errorf("%s: %w; grant it (`headgate rbac` prints a Role) or see `kubectl auth can-i`", what, err)
	default:
		return fmt.Errorf("%s: %w", what, err)
	}
}

// spec is an object's spec, for reading.
func spec(obj *unstructured.Unstructured) map[string]any {
	m, _ := obj.Object["spec"].(map[string]any)
	return m
}
