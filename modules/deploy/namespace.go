package deploy

import (
	"context"
	"fmt"
	"maps"
	"slices"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/headgate-ci/headgate/modules/manifest"
)

// InjectLabels have Istio put a proxy into every Pod of a namespace.
var InjectLabels = map[string]string{"istio-injection": "enabled"}

var namespaces = schema.GroupVersionResource{Version: "v1", Resource: "namespaces"}

// workloads are the kinds that run Pods.
var workloads = []string{"Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job", "CronJob", "Pod"}

// withNamespaces puts the labels on the workloads' namespaces that are among
// the objects, and adds those that are missing.
func (d *deployment) withNamespaces(ctx context.Context, objs []*unstructured.Unstructured) ([]*unstructured.Unstructured, error) {
	if len(d.NamespaceLabels) == 0 && !d.CreateNamespace {
		return objs, nil
	}
	out := slices.Clone(objs)
	made := map[string]bool{}
	d.applier.Part = func(o *unstructured.Unstructured) bool { return o.GetKind() == "Namespace" && made[o.GetName()] }
	for _, name := range d.workloadNamespaces(objs) {
		i := slices.IndexFunc(out, func(o *unstructured.Unstructured) bool { return o.GetKind() == "Namespace" && o.GetName() == name })
		if i >= 0 {
			out[i] = labelled(out[i].DeepCopy(), d.NamespaceLabels)
			continue
		}
		live, missing, err := d.lacks(ctx, name)
		if err != nil {
			return nil, err
		}
		if missing {
			ns := labelled(newNamespace(name), manifest.AppliedLabels(live))
			out = append(out, labelled(ns, d.NamespaceLabels))
			made[name] = true
		}
	}
	return out, nil
}

// workloadNamespaces are the namespaces in which the objects run Pods, or the
// one in use where none does.
func (d *deployment) workloadNamespaces(objs []*unstructured.Unstructured) []string {
	found := map[string]bool{}
	for _, o := range objs {
		if !slices.Contains(workloads, o.GetKind()) {
			continue
		}
		ns := o.GetNamespace()
		if ns == "" {
			ns = d.cluster.Namespace
		}
		found[ns] = true
	}
	if len(found) == 0 {
		found[d.cluster.Namespace] = true
	}
	return slices.Sorted(maps.Keys(found))
}

// lacks says that a namespace does not exist or has not all of the labels. One
// that is as it should be is not written, so that no right to do so is needed.
func (d *deployment) lacks(ctx context.Context, name string) (live *unstructured.Unstructured, missing bool, err error) {
	live, err = d.cluster.Dynamic.Resource(namespaces).Get(ctx, name, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return newNamespace(name), true, nil
	}
	if err != nil {
		return nil, false, fmt.Errorf("read namespace %s: %w", name, err)
	}
	have := live.GetLabels()
	for k, v := range d.NamespaceLabels {
		if have[k] != v {
			return live, true, nil
		}
	}
	return live, false, nil
}

func newNamespace(name string) *unstructured.Unstructured {
	return &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "v1", "kind": "Namespace", "metadata": map[string]any{"name": name},
	}}
}

func labelled(ns *unstructured.Unstructured, labels map[string]string) *unstructured.Unstructured {
	all := ns.GetLabels()
	if all == nil {
		all = map[string]string{}
	}
	maps.Copy(all, labels)
	if len(all) > 0 {
		ns.SetLabels(all)
	}
	return ns
}
