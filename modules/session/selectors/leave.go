package selectors

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
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"
)

var pods = schema.GroupVersionResource{Version: "v1", Resource: "pods"}

// Leave takes from Pods the labels by which Services select them, so that no
// request comes to them by a Service any more, whatever its caller follows. What
// they are answering they go on with. The labels of the selector, and those of the
// Pods' ReplicaSet, stay. Pods that are made later are not covered.
func Leave(ctx context.Context, client dynamic.Interface, namespace, selector string) error {
	own, err := labels.ConvertSelectorToLabelsMap(selector)
	if err != nil {
		return fmt.Errorf("read the selector %q: %w", selector, err)
	}
	own["pod-template-hash"] = ""
	all, err := List(ctx, client, namespace)
	if err != nil {
		return err
	}
	list, err := client.Resource(pods).Namespace(namespace).List(ctx, metav1.ListOptions{LabelSelector: selector})
	if err != nil {
		return fmt.Errorf("list the Pods %s in namespace %s: %w", selector, namespace, err)
	}
	var errs []error
	for i := range list.Items {
		pod := &list.Items[i]
		errs = append(errs, take(ctx, client, pod, spare(all.Of(pod.GetLabels()), own)))
	}
	return errors.Join(errs...)
}

// spare are labels without which Pods are selected by none of the Services: of each
// selector one that is not the Pods' own.
func spare(all Services, own labels.Set) []string {
	var out []string
	for _, svc := range all {
		keys := slices.DeleteFunc(slices.Sorted(maps.Keys(svc.Spec.Selector)), own.Has)
		if len(keys) > 0 && !slices.ContainsFunc(keys, func(k string) bool { return slices.Contains(out, k) }) {
			out = append(out, keys[0])
		}
	}
	return out
}

// take removes labels from the Pod that was read, and from no later one of its
// name.
func take(ctx context.Context, client dynamic.Interface, pod *unstructured.Unstructured, keys []string) error {
	if len(keys) == 0 {
		return nil
	}
	gone := map[string]any{}
	for _, k := range keys {
		gone[k] = nil
	}
	patch, err := json.Marshal(map[string]any{"metadata": map[string]any{"uid": pod.GetUID(), "labels": gone}})
	if err != nil {
		return fmt.Errorf("encode the patch: %w", err)
	}
	_, err = client.Resource(pods).Namespace(pod.GetNamespace()).Patch(ctx, pod.GetName(), types.MergePatchType, patch, metav1.PatchOptions{FieldManager: "headgate"})
	if apierrors.IsNotFound(err) || apierrors.IsConflict(err) {
		return nil // it has ended meanwhile
	}
	if err != nil {
		return fmt.Errorf("take the labels %v from Pod %s/%s: %w", keys, pod.GetNamespace(), pod.GetName(), err)
	}
	return nil
}
