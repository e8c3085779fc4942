package mesh

import (
	"context"
	"errors"
	"fmt"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/wait"
)

// Install brings Istio's objects into the cluster: CRDs, the namespace, RBAC,
// webhooks, the injection templates, and the filter that makes the standard
// metrics. It needs the API server and nothing else.
//
// Nothing it writes depends on one run, so a copy of etcd's data taken
// afterwards can start the next environment; take it before istiod has run,
// or the leader leases of that istiod hold up the next one. A mark in the
// cluster says what was installed: called again with the same content, Install
// reads that mark and returns.
func Install(ctx context.Context, cfg Config) error {
	s, err := load(cfg)
	if err != nil {
		return err
	}
	a, err := newApplier(cfg.REST)
	if err != nil {
		return err
	}
	mark := markOf(s)
	if installed, err := a.has(ctx, mark); err != nil || installed {
		return err
	}
	if err := a.install(ctx, s); err != nil {
		return fmt.Errorf("install Istio's objects: %w", err)
	}
	return a.apply(ctx, []*unstructured.Unstructured{mark})
}

func (a *applier) install(ctx context.Context, s *sources) error {
	if _, err := a.applyText(ctx, s.namespace); err != nil {
		return err
	}
	crds, err := a.applyText(ctx, s.crds)
	if err != nil {
		return err
	}
	if _, err := a.applyText(ctx, s.control); err != nil {
		return err
	}
	for _, crd := range crds {
		if err := a.established(ctx, crd); err != nil {
			return err
		}
	}
	_, err = a.applyText(ctx, s.custom)
	return err
}

// markOf returns the ConfigMap that says that s is in the cluster.
func markOf(s *sources) *unstructured.Unstructured {
	return &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "v1",
		"kind":       "ConfigMap",
		"metadata":   map[string]any{"namespace": Namespace, "name": "headgate-testenv"},
		"data":       map[string]any{"installed": s.sum()},
	}}
}

// has reports whether the cluster holds the same mark.
func (a *applier) has(ctx context.Context, mark *unstructured.Unstructured) (bool, error) {
	got, err := a.resource(mark).Get(ctx, mark.GetName(), metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("ConfigMap %s: %w", name(mark), err)
	}
	want, _, _ := unstructured.NestedString(mark.Object, "data", "installed")
	have, _, _ := unstructured.NestedString(got.Object, "data", "installed")
	return have == want, nil
}

// established waits until the API server serves the kind of a CRD.
func (a *applier) established(ctx context.Context, crd *unstructured.Unstructured) error {
	err := wait.PollUntilContextTimeout(ctx, 20*time.Millisecond, time.Minute, true, func(ctx context.Context) (bool, error) {
		got, err := a.resource(crd).Get(ctx, crd.GetName(), metav1.GetOptions{})
		if err != nil {
			return false, err
		}
		conditions, _, _ := unstructured.NestedSlice(got.Object, "status", "conditions")
		for _, c := range conditions {
			if m, ok := c.(map[string]any); ok && m["type"] == "Established" && m["status"] == "True" {
				return true, nil
			}
		}
		return false, nil
	})
	if errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("CustomResourceDefinition %s: not established after a minute; see the API server's log", crd.GetName())
	}
	return err
}
